"""Opening, resuming and leaving sessions; several of them in one program."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from goose_agent.commands import AnswerRequest, Submit
from goose_agent.events import ApprovalAnswer
from goose_agent.wire import Open
from goose_tui.first_frame import Typed
from goose_tui.theming import load_look
from goose_tui.tour.prepare import PROMPT, connect_any, prepare_tour
from support.models import FakeModel, said
from support.workbench import Workbench, script

SHELL = "[{text: I look., calls: [{tool: shell, arguments: {command: ls; touch x}}]}, {text: So it is.}]"


async def test_a_new_session_says_where_it_is_and_what_holds(home: Path) -> None:
    bench = Workbench(home)
    (bench.folder / ".git" / "refs").mkdir(parents=True)
    (bench.folder / ".git" / "objects").mkdir()
    (bench.folder / ".git" / "HEAD").write_text("ref: refs/heads/topic\n", encoding="utf-8")
    async with bench.running():
        await bench.sees("What shall we do?", "folder  ~/work", "branch  topic")
        await bench.sees("model   scripted/model", "mode    smart: reads run, the rest asks")
        await bench.sees("~/work (topic)", "You could say")


async def test_earlier_sessions_of_the_folder_are_named_with_their_age(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("mend the parser")
        await bench.idle()
    async with Workbench(home).running() as again:
        await again.sees("Earlier here", "mend the parser  now")


async def test_a_resumed_session_shows_all_of_its_past(home: Path) -> None:
    bench = Workbench(home, script(SHELL), mode="auto")
    async with bench.running():
        await bench.send("what is here?")
        await bench.sees("So it is.")
        before = bench.lines(2, 8, columns=60)
    again = Workbench(home, script(SHELL), resume=bench.state.session_id)
    async with again.running():
        await again.sees("▌ what is here?", "So it is.")
        assert again.lines(2, 8, columns=60) == before
        await again.press("up")
        assert again.draft == "what is here?"
        await again.press("ctrl+u")
        await again.send("and now?")
        await again.sees("end of the script")


async def test_what_did_not_end_in_order_is_said_when_it_is_resumed(home: Path) -> None:
    model = script(SHELL.replace("command: ls; touch x", "command: sleep 60"))
    bench = Workbench(home, model, mode="auto")
    async with bench.running():
        await bench.send("go")
        await bench.sees("▸ shell")
    again = Workbench(home, model, resume=bench.state.session_id)
    async with again.running():
        await again.sees("⊘ shell", "cancelled")
        assert not again.state.working


async def test_an_unknown_session_ends_the_program_with_a_sentence(home: Path) -> None:
    async with Workbench(home, resume="s-nowhere").running() as bench:
        await bench.until(lambda: bench.left)
        refused = bench.app.refused
        assert refused is not None and refused.kind == "UnknownSession"
        assert bench.app.return_value == refused.exit_code


async def test_without_a_model_the_tour_is_offered_and_works(home: Path) -> None:
    bench = Workbench(home, open_word=Open(str(home)), environ={"OLLAMA_HOST": "127.0.0.1:1"})
    async with bench.running(120, 40):
        await bench.sees("Welcome to goose-tui", "OPENAI_API_KEY", "127.0.0.1:1", "Take the tour")
        await bench.press("enter")
        await bench.sees(f"▌ {PROMPT}")
        for _ in range(3):
            await bench.answer("y")
        await bench.sees("Fixed", "4/4", "all 6 tests pass", "✓ edit   shoplist/total.py")
        assert not bench.state.working


async def test_without_a_model_one_can_leave(home: Path) -> None:
    bench = Workbench(home, open_word=Open(str(home)), environ={"OLLAMA_HOST": "127.0.0.1:1"})
    async with bench.running():
        await bench.sees("Welcome to goose-tui")
        await bench.press("q")
        await bench.until(lambda: bench.left)
        assert bench.app.return_value == 3


async def test_what_is_typed_before_the_onboarding_is_not_lost(home: Path) -> None:
    nobody = {"OLLAMA_HOST": "127.0.0.1:1"}
    typed = Typed("my draft", (), b"")
    word = Open(str(home))
    async with Workbench(home, open_word=word, environ=nobody, typed=typed).running() as bench:
        await bench.sees("Welcome to goose-tui", "› my draft")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_a_signal_closes_the_session_in_order(
    home: Path, number: signal.Signals, code: int
) -> None:
    async with Workbench(home, script(SHELL)).running() as bench:
        await bench.send("go")
        await bench.dialog()
        os.kill(os.getpid(), number)
        await bench.until(lambda: bench.left)
        assert bench.app.return_value == code
        assert bench.state.ended
        assert bench.state.pending, "the question waits for the next time"


async def test_two_sessions_in_one_program_do_not_mix(home: Path) -> None:
    bench = Workbench(home, script(SHELL))
    other_model = FakeModel([said("I am the other.")])
    bench.rig.with_model(other_model)
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    async with bench.running():
        await bench.send("in the first")
        await bench.dialog()
        first = bench.state.session_id
        asked = bench.state.pending[0].request_id
        bench.app.bridge.open(Open(str(elsewhere), model="fake/one"))
        await bench.until(lambda: bench.app.session_id != first)
        second = bench.app.session_id
        await bench.until(lambda: not bench.asks)
        await bench.send("in the second")
        await bench.sees("I am the other.", "~/elsewhere")
        assert "in the first" not in bench.screen_text()
        bench.app.bridge.tell(first, AnswerRequest(asked, ApprovalAnswer("once")))
        states = bench.app.bridge.sessions
        await bench.until(lambda: states[first].state.turns and not states[first].state.working)
        bench.app.bridge.tell(second, Submit("again"))
        await bench.until(lambda: len(states[second].state.turns) == 2)
        assert [turn.text for turn in states[first].state.turns] == ["in the first"]
        assert [turn.text for turn in states[second].state.turns] == ["in the second", "again"]
        assert states[first].state.folder != states[second].state.folder


def test_every_theme_makes_a_look(home: Path) -> None:
    from goose_tui.theme_shelf import shelf

    for name in shelf().themes:
        assert load_look(name).name == name


def test_the_tour_is_prepared_afresh_each_time(home: Path) -> None:
    from goose_agent.clock import World
    from goose_agent.config.places import Places

    places = Places.of(os.environ)
    first, second = prepare_tour(places), prepare_tour(places)
    assert first.folder != second.folder
    assert connect_any(first.model, World()).info.name == first.model

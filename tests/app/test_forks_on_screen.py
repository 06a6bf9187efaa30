"""Going back to an earlier message, and forks of a session, on the screen."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from goose_agent.clock import SteppingClock
from goose_agent.providers.model import ModelInfo, TextDelta
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore
from goose_agent.state.records import UserRecord
from goose_tui.screens.places import PlacesScreen
from goose_tui.screens.replay import ReplayScreen
from support.models import Answer, FakeModel, calls, said
from support.workbench import Workbench, script

TWO = "[{text: A parser.}, {text: A lexer.}, {text: A printer.}]"


def content(bench: Workbench, session_id: str) -> str:
    """All that is on record of a session, as one hash."""
    path = Library(bench.rig.places.sessions).path(session_id)
    with closing(SessionStore(path, write=False)) as store:
        return hashlib.sha256(b"".join(row.body + link for row, link in store.rows())).hexdigest()


async def said_two(bench: Workbench) -> str:
    """Say two things; the result is the session's id."""
    await bench.send("write a parser")
    await bench.sees("A parser.")
    await bench.idle()
    await bench.send("now a lexer")
    await bench.sees("A lexer.")
    await bench.idle()
    return bench.state.session_id


def spoken(bench: Workbench) -> list[str]:
    return [record.text for record in bench.state.records if isinstance(record, UserRecord)]


async def forked(bench: Workbench, session_id: str) -> None:
    """Wait until a fork is open in the place of a session."""
    await bench.until(
        lambda: bench.state.fork is not None and bench.state.fork.parent == session_id
    )


async def test_escape_twice_goes_back_to_a_message_that_is_edited_and_sent(home: Path) -> None:
    model = FakeModel([said("A parser."), said("A lexer."), said("A printer.")])
    async with Workbench(home, model).running() as bench:
        first = await said_two(bench)
        await bench.press("escape")
        await bench.sees("esc again")
        await bench.press("escape")
        await bench.sees("Back to", "1  write a parser", "2  now a lexer", "files stay as they are")
        await bench.press("enter")
        await forked(bench, first)
        await bench.until(lambda: bench.draft == "now a lexer")
        await bench.sees(
            f"Forked from {first}", "Files are as they are now, not as they were then."
        )
        assert spoken(bench) == ["write a parser"]
        await bench.press("ctrl+u")
        await bench.send("now a printer")
        await bench.sees("A printer.")
        await bench.idle()
        second = bench.state.session_id
        assert spoken(bench) == ["write a parser", "now a printer"]
        await bench.press("ctrl+x", "s")
        await bench.sees("of 2", "write a parser", "now a printer")
    entries = {each.session_id: each for each in Library(bench.rig.places.sessions).entries()}
    assert entries[second].parent == first
    assert entries[first].messages == 4


async def test_the_session_stays_as_it_was(home: Path) -> None:
    async with Workbench(home, script(TWO)).running() as bench:
        first = await said_two(bench)
        await bench.send("/rewind 1 write a printer")
        await forked(bench, first)
        await bench.until(lambda: first not in bench.app.bridge.sessions)
        before = content(bench, first)
        await bench.until(lambda: spoken(bench) == ["write a printer"])
        await bench.idle()
        assert content(bench, first) == before


async def test_an_escape_that_stops_the_agent_is_no_first_one(home: Path) -> None:
    slow = FakeModel([Answer((TextDelta("Slow words"),), anyio.Event())])
    async with Workbench(home, slow).running() as bench:
        await bench.send("go")
        await bench.sees("Slow")
        await bench.press("escape")
        await bench.idle()
        await bench.press("escape")
        await bench.sees("esc again")
        assert not isinstance(bench.app.screen, PlacesScreen)


async def test_an_escape_over_a_draft_leaves_it_alone(home: Path) -> None:
    async with Workbench(home, script(TWO)).running() as bench:
        await said_two(bench)
        await bench.type("half a thought")
        await bench.press("escape", "escape", "escape")
        await bench.settle()
        assert bench.draft == "half a thought"
        assert bench.app.screen is bench.app.workbench


async def test_two_escapes_far_apart_open_nothing(home: Path) -> None:
    clock = SteppingClock()
    async with Workbench(home, script(TWO), clock=clock).running() as bench:
        await said_two(bench)
        await bench.press("escape")
        clock.elapsed += 5
        await bench.press("escape")
        await bench.sees("esc again")
        assert bench.app.screen is bench.app.workbench


async def test_where_nothing_was_said_there_is_nothing_to_go_back_to(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.press("escape", "escape")
        await bench.settle()
        assert bench.app.screen is bench.app.workbench
        await bench.send("/rewind")
        await bench.sees("you have said nothing yet")


@pytest.mark.parametrize(("line", "words"), [("/rewind 9", "from 1 to 2"), ("/fork 9999", "event")])
async def test_what_is_not_there_is_said(home: Path, line: str, words: str) -> None:
    async with Workbench(home, script(TWO)).running(120) as bench:
        first = await said_two(bench)
        await bench.send(line)
        await bench.sees(words)
        assert bench.state.session_id == first


async def test_what_a_search_found_is_explained_and_forked_with_another_model(home: Path) -> None:
    past = script(
        "[{calls: [{tool: glob, arguments: {pattern: zebra*}}]}, {text: No stripes here.}]"
    )
    async with Workbench(home, past).running() as bench:
        await bench.send("look for stripes")
        await bench.sees("No stripes here.")
        await bench.idle()
        found = bench.state.session_id
    bench = Workbench(home, script(TWO))
    other = ScriptedModel.load("[{text: I am another.}]", name="other/model", speed=0)
    bench.rig.models["other/model"] = other
    async with bench.running():
        await said_two(bench)
        await bench.press("ctrl+x", "s", "tab")
        await bench.type("zebra")
        await bench.sees("zebra*", "or a passage")
        await bench.press("down", "enter")
        await bench.sees("▌ look for stripes", "x fork")
        await bench.misses("No stripes here.")
        await bench.press("y")
        await bench.sees("Why: glob", "look for stripes")
        await bench.press("escape", "x")
        await bench.sees("Fork: who goes on")
        await bench.type("other/model")
        await bench.press("enter")
        await forked(bench, found)
        assert spoken(bench) == ["look for stripes"]
        await bench.until(lambda: bench.state.model == "other/model")


async def test_a_fork_at_the_end_goes_on_with_all_that_was_said(home: Path) -> None:
    async with Workbench(home, script(TWO)).running() as bench:
        first = await said_two(bench)
        await bench.send("/fork")
        await forked(bench, first)
        await bench.send("and a printer")
        await bench.sees("A printer.")
        assert spoken(bench) == ["write a parser", "now a lexer", "and a printer"]


async def test_while_the_agent_works_it_is_to_be_interrupted_first(home: Path) -> None:
    slow = FakeModel([Answer((TextDelta("Slow words"),), anyio.Event())])
    async with Workbench(home, slow).running() as bench:
        await bench.send("go")
        await bench.sees("Slow")
        await bench.send("/fork")
        await bench.sees("interrupt it first")


async def test_from_a_replay_one_goes_on_with_another_model(home: Path) -> None:
    other = ScriptedModel.load("[{text: I am another.}]", name="other/model", speed=0)
    bench = Workbench(home, script(TWO))
    bench.rig.models["other/model"] = other
    async with bench.running(120, 40) as bench:
        first = await said_two(bench)
        await bench.press("ctrl+x", "r")
        await bench.until(lambda: isinstance(bench.app.screen, ReplayScreen))
        await bench.sees("why", "x fork")
        await bench.press("H", "H")
        await bench.press("x")
        await bench.sees("Fork: who goes on", "scripted/model")
        await bench.type("other/model")
        await bench.press("enter")
        await forked(bench, first)
        await bench.until(lambda: bench.state.model == "other/model")
        assert bench.app.screen is bench.app.workbench
        await bench.send("who are you?")
        await bench.sees("I am another.")


async def test_a_piece_that_is_dropped_in_a_replay_is_in_no_request_of_the_fork(home: Path) -> None:
    model = FakeModel([said("First."), said("Second."), said("Third.")])
    async with Workbench(home, model).running(120, 40) as bench:
        await bench.send("the poisoned message")
        await bench.idle()
        await bench.send("go on")
        await bench.sees("Second.")
        await bench.idle()
        first = bench.state.session_id
        await bench.press("ctrl+x", "r")
        await bench.until(lambda: isinstance(bench.app.screen, ReplayScreen))
        await bench.press("c")
        await bench.sees("the poisoned message", "in a fork from here")
        await bench.press("home", "down", "down", "d")
        await bench.sees("Fork: who goes on")
        await bench.press("enter")
        await forked(bench, first)
        await bench.send("/retry")
        await bench.sees("Third.")
        assert "the poisoned message" not in repr(model.requests[-1].messages)
        assert "go on" in repr(model.requests[-1].messages)
    assert len(model.requests) == 3


async def test_a_prompt_that_is_edited_in_a_replay_opens_the_requests_of_the_fork(
    home: Path,
) -> None:
    model = FakeModel([said("First."), said("Second.")])
    async with Workbench(home, model).running(120, 40) as bench:
        await bench.send("hello")
        await bench.sees("First.")
        await bench.idle()
        first = bench.state.session_id
        await bench.press("ctrl+x", "r")
        await bench.until(lambda: isinstance(bench.app.screen, ReplayScreen))
        await bench.press("c")
        await bench.sees("in a fork from here")
        await bench.press("home", "e")
        await bench.sees("You are goose", "ctrl+s keeps")
        await bench.type("Be terse. ")
        await bench.press("ctrl+s")
        await bench.sees("Fork: who goes on")
        await bench.press("enter")
        await forked(bench, first)
        await bench.send("/retry")
        await bench.sees("Second.")
        assert model.requests[-1].system.startswith("Be terse. You are goose")
        assert not model.requests[0].system.startswith("Be terse.")


async def test_a_piece_is_dropped_in_a_fork_and_stays_in_the_session(home: Path) -> None:
    model = FakeModel([said("First."), said("Second.")])
    async with Workbench(home, model).running(120, 40) as bench:
        await bench.send("the poisoned message")
        await bench.sees("First.")
        await bench.idle()
        first = bench.state.session_id
        await bench.press("ctrl+x", "c")
        await bench.sees("b branch")
        await bench.press("home", "down", "down", "b")
        await forked(bench, first)
        await bench.send("and now?")
        await bench.sees("Second.")
        assert "the poisoned message" not in repr(model.requests[-1].messages)
    path = Library(bench.rig.places.sessions).path(first)
    with closing(SessionStore(path, write=False)) as store:
        assert not any(b'"segment.edited"' in line for line in store.events())


async def test_a_question_waits_in_the_fork_too(home: Path) -> None:
    model = FakeModel(
        [calls(("shell", '{"command": "touch made"}')), said("Made."), said("As you wish.")],
        ModelInfo("fake/one", 10_000),
    )
    async with Workbench(home, model).running() as bench:
        await bench.send("make it")
        await bench.answer("y")
        await bench.sees("Made.")
        await bench.idle()
        first = bench.state.session_id
        (bench.folder / "made").unlink()
        await bench.press("ctrl+x", "r")
        await bench.until(lambda: isinstance(bench.app.screen, ReplayScreen))
        await bench.press("left_curly_bracket", "x")
        await bench.sees("Fork: who goes on")
        await bench.press("enter")
        await forked(bench, first)
        await bench.answer("n")
        await bench.sees("As you wish.")
        assert not (bench.folder / "made").exists()

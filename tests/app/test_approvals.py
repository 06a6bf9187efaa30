"""The question whether a call may run: how it is asked, and what answers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.commands import AnswerRequest
from goose_agent.events import Approval, ApprovalAnswer
from goose_agent.events.requests import ApprovalChoice
from support.models import FakeModel, calls, said
from support.requests import results
from support.workbench import Workbench, script

ONE = """
- {text: I look., calls: [{tool: shell, arguments: {command: echo ran it; touch x}}]}
- {text: So it is.}
"""
TWICE = """
- {calls: [{tool: shell, arguments: {command: echo ran it; touch x}}]}
- {calls: [{tool: shell, arguments: {command: echo ran it; touch x}}]}
- {text: So it is.}
"""
THREE = """
- calls:
  - {tool: shell, arguments: {command: echo one; touch x}}
  - {tool: shell, arguments: {command: echo two; touch x}}
  - {tool: shell, arguments: {command: echo three; touch x}}
- {text: So it is.}
"""
EDIT = """
- calls: [{tool: edit, arguments: {path: list.py, old: "a = 1", new: "a = 2"}}]
- {text: So it is.}
"""


async def test_it_shows_what_would_run_and_why_it_asks(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        await bench.sees(
            "Approve", "◆ shell   echo ran it", "$ echo ran it", "2 ? touch x      `touch` is not"
        )
        await bench.sees("◆ waiting for you", "◆ shell  echo ran it", "1 y once", "6 s stop")


async def test_an_edit_shows_what_it_would_change(home: Path) -> None:
    bench = Workbench(home, script(EDIT))
    bench.rig.write("list.py", "import os\na = 1\n")
    async with bench.running():
        await bench.send("go")
        await bench.sees("why   edit changes files", "- a = 1", "+ a = 2", "list.py")
        assert (bench.folder / "list.py").read_text(encoding="utf-8") == "import os\na = 1\n"
        await bench.answer("y")
        await bench.sees("✓ edit   list.py", "+1 −1", "So it is.")
        assert (bench.folder / "list.py").read_text(encoding="utf-8") == "import os\na = 2\n"


async def test_yes_runs_it(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        await bench.answer("y")
        await bench.sees("✓ shell", "So it is.")
        assert bench.calls[0].result == "ran it"


async def test_no_denies_it_and_the_agent_goes_on(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        await bench.answer("n")
        await bench.sees("⊘ shell", "denied", "So it is.")
        await bench.idle()
        assert bench.state.turn and bench.state.turn.reason == "done"


async def test_a_reason_reaches_the_model(home: Path) -> None:
    model = FakeModel([calls(("shell", '{"command": "rm -r build"}')), said("As you like.")])
    async with Workbench(home, model).running() as bench:
        await bench.send("go")
        await bench.answer("r", reason="keep the build")
        await bench.sees("⊘ shell", "As you like.")
        assert "denied this call: keep the build" in results(model.requests[-1])[0].text


async def test_escape_leaves_the_reason_and_the_question_stays(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("r")
        await bench.type("because y")
        await bench.press("escape")
        assert bench.state.pending
        await bench.answer("y")
        await bench.sees("So it is.")


@pytest.mark.parametrize("key", ["s", "escape"])
async def test_stop_denies_it_and_ends_the_turn(home: Path, key: str) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        await bench.answer(key)
        await bench.idle()
        await bench.sees("⊘ shell")
        assert bench.state.turn and bench.state.turn.reason == "stopped"
        assert bench.answers == ["I look."]


async def test_digits_answer_as_letters_do(home: Path) -> None:
    async with Workbench(home, script(THREE)).running() as bench:
        await bench.send("go")
        for digit in "146":
            await bench.answer(digit)
        await bench.idle()
        assert [call.state for call in bench.calls] == ["ok", "denied", "denied"]
        assert bench.state.turn and bench.state.turn.reason == "stopped"


async def test_always_lets_the_same_call_run_without_asking(home: Path) -> None:
    async with Workbench(home, script(TWICE)).running() as bench:
        await bench.send("go")
        await bench.answer("a", "y")
        await bench.sees("So it is.")
        assert [call.state for call in bench.calls] == ["ok", "ok"]
        assert len(bench.state.rules) == 1


async def test_once_is_for_once(home: Path) -> None:
    async with Workbench(home, script(TWICE)).running() as bench:
        await bench.send("go")
        await bench.answer("y")
        await bench.answer("n")
        await bench.sees("So it is.")
        assert [call.state for call in bench.calls] == ["ok", "denied"]


async def test_what_waits_is_counted_and_asked_one_after_another(home: Path) -> None:
    async with Workbench(home, script(THREE)).running() as bench:
        await bench.send("go")
        await bench.sees("1 of 3 waiting", "$ echo one")
        await bench.answer("y")
        await bench.sees("1 of 2 waiting", "$ echo two")
        await bench.answer("n")
        await bench.sees("$ echo three")
        await bench.misses("waiting\n")
        await bench.answer("y")
        await bench.sees("So it is.")
        assert [call.state for call in bench.calls] == ["ok", "denied", "ok"]


async def test_keys_typed_ahead_go_to_the_draft_and_answer_nothing(home: Path) -> None:
    async with Workbench(home, script(ONE), key_silence=1.5).running() as bench:
        await bench.send("go")
        await bench.until(lambda: bench.asks)
        await bench.type("yes, ")
        await bench.type("anyway")
        assert bench.state.pending and bench.asks
        assert bench.draft == "yes, anyway"
        await bench.answer("y")
        await bench.sees("So it is.")
        assert bench.draft == "yes, anyway"


async def test_typing_ahead_is_mended_by_backspace(home: Path) -> None:
    async with Workbench(home, script(ONE), key_silence=1.5).running() as bench:
        await bench.send("go")
        await bench.until(lambda: bench.asks)
        await bench.burst("a", "b", "backspace", "c")
        assert bench.draft == "ac"


async def test_enter_answers_nothing(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("enter", "space", "tab", "x")
        assert bench.state.pending and bench.asks
        assert not bench.draft


async def test_the_dialog_closes_when_somebody_else_answers(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        await bench.until(lambda: bench.asks)
        asked = bench.state.pending[0]
        choice: ApprovalChoice = "once"
        bench.app.tell(AnswerRequest(asked.request_id, ApprovalAnswer(choice)))
        await bench.until(lambda: not bench.asks)
        await bench.sees("So it is.")


async def test_the_dialog_stays_until_the_answer_is_on_record(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        dialog = await bench.dialog()
        told: list[object] = []
        with pytest.MonkeyPatch.context() as lossy:
            lossy.setattr(bench.app.bridge, "tell", lambda *word: told.append(word))
            await bench.press("y", "y", "n")
        assert len(told) == 1
        assert bench.app.screen is dialog


async def test_it_folds_so_that_what_is_behind_can_be_read(home: Path) -> None:
    text = "\\n\\n".join(f"paragraph {number}" for number in range(60))
    model = script(
        f'[{{text: "{text}", calls: [{{tool: shell, arguments: {{command: ls; touch x}}}}]}}]'
    )
    async with Workbench(home, model).running(120, 30) as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.sees("$ ls")
        await bench.press("v")
        await bench.misses("$ ls")
        await bench.sees("1 y once", "paragraph 59")
        await bench.press("pageup", "pageup")
        await bench.misses("paragraph 59")
        await bench.press("v")
        await bench.sees("$ ls")
        await bench.answer("n")


async def test_a_long_command_is_all_there_and_scrolls(home: Path) -> None:
    command = "\\n".join(f"echo step {number}" for number in range(1, 60)) + "\\ntouch x"
    model = script(f'[{{calls: [{{tool: shell, arguments: {{command: "{command}"}}}}]}}]')
    async with Workbench(home, model).running(120, 30) as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.sees("1  echo step 1", "1 y once")
        await bench.press("end")
        await bench.sees("59  echo step 59", "1 y once")


async def test_keys_of_the_workbench_do_nothing_while_it_asks(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("shift+tab", "ctrl+x", "ctrl+p", "f1")
        assert bench.asks and bench.state.pending
        assert bench.state.mode == "smart"


async def test_a_question_of_the_model_is_answered_by_a_digit(home: Path) -> None:
    model = script(
        "[{calls: [{tool: ask_user, arguments: {question: Which, choices: [red, blue]}}]}]"
    )
    async with Workbench(home, model).running() as bench:
        await bench.send("go")
        await bench.sees("The agent asks", "Which", "1  red", "2  blue")
        await bench.answer("2", "enter")
        await bench.sees("end of the script")
        assert "blue" in bench.calls[0].result


async def test_a_question_of_the_model_is_answered_in_words_or_declined(home: Path) -> None:
    model = script(
        """
        - calls: [{tool: ask_user, arguments: {question: "What colour?"}}]
        - calls: [{tool: ask_user, arguments: {question: "What shape?"}}]
        """
    )
    async with Workbench(home, model).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.type("a dark green")
        await bench.press("enter")
        await bench.sees("What shape?")
        await bench.answer("escape")
        await bench.sees("end of the script")
        assert "a dark green" in bench.calls[0].result


async def test_a_question_that_waits_is_asked_again_when_the_session_is_resumed(
    home: Path,
) -> None:
    bench = Workbench(home, script(ONE))
    async with bench.running():
        await bench.send("go")
        await bench.dialog()
        session_id = bench.state.session_id
    again = Workbench(home, script(ONE), resume=session_id)
    async with again.running():
        await again.sees("▌ go", "$ echo ran it")
        subject = again.state.pending[0].subject
        assert isinstance(subject, Approval) and subject.tool == "shell"
        await again.answer("y")
        await again.sees("✓ shell", "So it is.")


async def test_it_lies_at_the_bottom_whatever_was_open_before(home: Path) -> None:
    async with Workbench(home, script(ONE)).running() as bench:
        for keys in (["f1"], ["ctrl+x", "h"]):
            await bench.press(*keys, "escape")
        await bench.send("go")
        place = (await bench.dialog()).query_one("#approval").region
        assert place.bottom == bench.app.size.height - 3

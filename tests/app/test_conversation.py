"""Messages, answers and tools, as they are seen while they come and afterwards."""

from __future__ import annotations

import re
from pathlib import Path

import anyio

from goose_agent.providers.model import AnswerEnd, TextDelta, ThinkingDelta, ThinkingSeal
from goose_tui.first_frame import Typed
from support.models import Answer, FakeModel
from support.workbench import Workbench, script

SHELL = "[{text: I try., calls: [{tool: shell, arguments: {command: %s}}]}, {text: There it is.}]"


def held(*words: str, then: str = "") -> tuple[FakeModel, anyio.Event]:
    """A model that stops in the middle of its first answer until the event is set."""
    gate = anyio.Event()
    pieces = [TextDelta(word) for word in words]
    model = FakeModel([Answer(pieces, gate, [TextDelta(then), AnswerEnd("stop")])])
    return model, gate


async def test_an_answer_is_in_the_transcript_below_its_question(home: Path) -> None:
    model = script("[{text: The parser drops **trailing** commas., pace: 1}]")
    async with Workbench(home, model).running() as bench:
        await bench.send("what is wrong?")
        await bench.idle()
        await bench.sees("▌ what is wrong?", "The parser drops trailing commas.")
        assert bench.answers == ["The parser drops **trailing** commas."]


async def test_an_answer_is_seen_while_it_comes(home: Path) -> None:
    model, gate = held("The first ", "words", then=" and the last.")
    async with Workbench(home, model).running() as bench:
        await bench.send("tell me")
        await bench.sees("The first words", "answering", "● working", "esc interrupt")
        gate.set()
        await bench.sees("The first words and the last.", "enter send")
        assert "working" not in bench.line(0)


async def test_a_thought_that_only_the_provider_can_read_is_not_shown(home: Path) -> None:
    pieces = (ThinkingDelta("hm"), TextDelta("Yes."), ThinkingSeal("sealed"), AnswerEnd("stop"))
    async with Workbench(home, FakeModel([Answer(pieces)])).running() as bench:
        await bench.send("is it so?")
        await bench.sees("1 words", "Yes.", "enter send")
        assert "0 words" not in bench.screen_text()


async def test_the_output_of_a_running_tool_is_seen_with_its_time(home: Path) -> None:
    command = "'echo one; echo two; while [ ! -e go ]; do sleep 0.01; done; echo three'"
    model = script(SHELL % command)
    async with Workbench(home, model, mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("│ one", "│ two", "▸ shell", "running shell", "1 call · 1 live")
        (bench.folder / "go").touch()
        await bench.sees("✓ shell", "There it is.")
        assert "│ two" not in bench.screen_text()


async def test_a_failed_command_shows_how_it_ended(home: Path) -> None:
    model = script(SHELL % "seq 30; exit 3")
    async with Workbench(home, model, mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("✗ shell", "exit 3", "│ 30", "more lines above", "There it is.")
        assert "│ 12" not in bench.screen_text()


async def test_thinking_and_output_are_unfolded_and_folded_again(home: Path) -> None:
    model = script(
        "[{thinking: A quiet thought., text: Look., calls: "
        "[{tool: shell, arguments: {command: echo the output}}]}]"
    )
    async with Workbench(home, model, mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("▸ thinking · 3 words", "end of the script")
        await bench.press("ctrl+o")
        await bench.sees("▾ thinking", "│ A quiet thought.", "│ the output")
        await bench.press("ctrl+o")
        await bench.misses("A quiet thought.")


async def test_the_end_of_what_comes_is_followed(home: Path) -> None:
    text = "\n".join(f"- line {number}" for number in range(100))
    model, gate = held(text, then="\n- the very last")
    async with Workbench(home, model).running(120, 24) as bench:
        await bench.send("count")
        await bench.sees("line 99")
        gate.set()
        await bench.sees("the very last")


async def test_what_a_person_scrolled_to_stays_while_text_comes_below(home: Path) -> None:
    text = "\n".join(f"- line {number}" for number in range(100))
    model, gate = held(text, then="\n- line 100\n- the very last")
    async with Workbench(home, model).running(120, 24) as bench:
        await bench.send("count")
        await bench.sees("line 99")
        await bench.press("pageup", "pageup")
        await bench.misses("line 99")
        before = bench.lines(2, 18, columns=70)
        gate.set()
        await bench.idle()
        await bench.sees("↓ 1 new")
        assert bench.lines(2, 18, columns=70) == before
        await bench.press("pagedown", "pagedown", "pagedown")
        await bench.sees("the very last")
        await bench.misses("new ")


async def test_the_conversation_is_searched(home: Path) -> None:
    lines = "\\n\\n".join(f"paragraph {number}" for number in range(60))
    model = script(f'[{{text: "{lines}"}}]')
    async with Workbench(home, model).running(120, 24) as bench:
        await bench.send("write")
        await bench.sees("paragraph 59")
        await bench.press("ctrl+f")
        await bench.type("paragraph 7")
        await bench.press("enter")
        await bench.misses("paragraph 59")
        await bench.sees("paragraph 7")
        await bench.press("escape")
        await bench.type("back in the draft")
        assert bench.draft == "back in the draft"


async def test_a_search_without_a_hit_says_so(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("hello")
        await bench.idle()
        await bench.press("ctrl+f")
        await bench.type("nowhere")
        await bench.press("enter")
        await bench.sees("nothing matches nowhere")


async def test_a_failing_provider_is_shown_and_the_draft_is_kept(home: Path) -> None:
    model = script(
        "[{text: Back again., error: "
        "{kind: auth, message: The key was refused., hint: Set OPENAI_API_KEY., times: 1}}]"
    )
    async with Workbench(home, model).running() as bench:
        await bench.send("hello")
        await bench.type("not sent yet")
        await bench.sees("✗ The key was refused.", "Set OPENAI_API_KEY.", "✗ failed")
        assert bench.draft == "not sent yet"
        await bench.press("ctrl+u")
        await bench.send("/retry")
        await bench.sees("Back again.")
        assert "failed" not in bench.line(0)


async def test_a_lost_connection_is_tried_again_and_said_so(home: Path) -> None:
    model = script(
        "[{text: All of it., error: {kind: connection, message: It broke off., times: 1}}]"
    )
    async with Workbench(home, model).running() as bench:
        await bench.send("hello")
        await bench.sees("All of it.")
        assert bench.state.turn and bench.state.turn.reason == "done"


async def test_the_wait_before_another_try_is_counted_down_and_can_be_left(home: Path) -> None:
    model = script(
        "[{error: {kind: rate_limit, message: Too many requests., retry_after: 90, times: 1}}]"
    )
    async with Workbench(home, model).running() as bench:
        await bench.send("hello")
        await bench.sees("Too many requests.")
        await bench.until(lambda: re.search(r"trying again in \d\d s", bench.screen_text()))
        await bench.press("escape")
        await bench.sees("interrupted")
        assert bench.state.turn and bench.state.turn.reason == "interrupted"


async def test_escape_interrupts_an_answer_and_keeps_what_came(home: Path) -> None:
    model, _ = held("As far as ", "this")
    async with Workbench(home, model).running() as bench:
        await bench.send("tell me")
        await bench.sees("As far as this")
        await bench.press("escape")
        await bench.sees("(interrupted)", "● interrupted", "As far as this")
        assert bench.state.turn and bench.state.turn.reason == "interrupted"


async def test_escape_stops_a_running_command(home: Path) -> None:
    model = script(SHELL % "'echo started; sleep 60'")
    async with Workbench(home, model, mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("│ started")
        await bench.press("escape")
        await bench.sees("⊘ shell", "cancelled")
        assert bench.calls[0].state == "cancelled"


async def test_a_message_sent_while_the_agent_works_waits_in_sight_and_is_sent_after(
    home: Path,
) -> None:
    model, gate = held("One moment", then=".")
    async with Workbench(home, model).running() as bench:
        await bench.send("first")
        await bench.sees("One moment")
        await bench.send("second")
        await bench.sees("queued: second")
        assert "▌ second" not in bench.screen_text()
        gate.set()
        await bench.sees("▌ second", "done.")
        await bench.misses("queued:")


async def test_enter_on_an_empty_draft_sends_the_queued_message_at_the_next_pause(
    home: Path,
) -> None:
    command = "'while [ ! -e go ]; do sleep 0.01; done'"
    async with Workbench(home, script(SHELL % command), mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("▸ shell")
        await bench.send("be quick")
        await bench.sees("queued: be quick")
        await bench.press("enter")
        await bench.sees("next: be quick")
        (bench.folder / "go").touch()
        await bench.sees("(while you work) be quick", "There it is.")
        await bench.idle()
        assert len(bench.state.turns) == 1


async def test_the_last_queued_message_comes_back_to_be_edited(home: Path) -> None:
    model, gate = held("One moment", then=".")
    async with Workbench(home, model).running() as bench:
        await bench.send("first")
        await bench.sees("One moment")
        for text in ("second", "third", "fourth", "fifth"):
            await bench.send(text)
        await bench.sees("queued: second", "queued: fourth", "and 1 more")
        await bench.press("alt+up")
        await bench.until(lambda: bench.draft == "fifth")
        await bench.misses("and 1 more")
        await bench.press("ctrl+u")
        await bench.type("/queue")
        await bench.press("enter")
        await bench.sees("enter edits")
        await bench.press("down", "down", "enter")
        await bench.until(lambda: bench.draft == "fourth")
        gate.set()
        await bench.until(lambda: not bench.state.working and not bench.state.queue)
        assert len(bench.state.turns) == 3


async def test_what_is_said_before_the_session_is_open_is_sent_when_it_is(home: Path) -> None:
    typed = Typed("unfinished", ("hello", "and more"), b"")
    async with Workbench(home, typed=typed).running() as bench:
        await bench.until(lambda: len(bench.state.turns) == 2 and not bench.state.working)
        await bench.sees("▌ hello", "▌ and more")
        assert bench.draft == "unfinished"


async def test_one_may_leave_while_the_conversation_is_being_made(home: Path) -> None:
    async with Workbench(home).running() as bench:
        transcript = bench.app.workbench.query_one("#transcript")
        remove_children = transcript.remove_children

        async def remove_then_leave() -> None:
            await remove_children()
            bench.app.exit(0)

        transcript.remove_children = remove_then_leave  # type: ignore[method-assign, assignment] # in time
        await bench.type("/mode plan")
        await bench.press("enter")
        await bench.until(lambda: bench.state.mode == "plan")

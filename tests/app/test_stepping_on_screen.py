"""Stepping on the screen: the step bar and its keys, the request, results, breakpoints."""

from __future__ import annotations

from pathlib import Path

from goose_agent.messages import Text
from goose_tui.widgets.step_bar import StepBar
from support.models import FakeModel, calls, said
from support.requests import results
from support.workbench import Workbench

GIT = ("shell", '{"command": "git --version"}')
ECHO = ("shell", '{"command": "echo hello"}')
LONG_SILENCE = 30.0


def model_of(*answers: tuple[tuple[str, str], ...]) -> FakeModel:
    return FakeModel([*(calls(*each) for each in answers), said("So it is.")])


async def bar_taken(bench: Workbench) -> None:
    """Wait until the step bar has the keys."""
    await bench.until(lambda: isinstance(bench.app.focused, StepBar) and bench.paused)


async def begin(bench: Workbench, text: str = "go") -> None:
    await bench.send("/step on")
    await bench.until(lambda: bench.state.stepping)
    await bench.send(text)
    await bar_taken(bench)


async def step(bench: Workbench, key: str, *seen: str) -> None:
    """Press a key of the bar and wait for what the next pause says."""
    before = bench.state.debugging.pause
    await bar_taken(bench)
    await bench.press(key)
    await bench.until(lambda: bench.state.debugging.pause != before)
    await bench.sees(*seen)


async def test_a_turn_is_stepped_through_with_plain_keys(home: Path) -> None:
    model = model_of((ECHO, GIT))
    async with Workbench(home, model, mode="auto").running(120, 30) as bench:
        await begin(bench)
        await bench.sees(
            "◆ paused before model call 1 · stepping · next: request to fake/one (4 segments ≈",
            "c continue  n next  s into  o out  w write  b break  e edit  x stop",
            "◆ paused",
        )
        await step(bench, "s", "◆ paused before shell · stepping · next: shell echo hello")
        await step(bench, "s", "◆ paused after shell: ok", "next: shell git --version")
        await step(bench, "n", "paused before shell", "next: shell git --version")
        await step(bench, "n", "paused before model call 2")
        await step(bench, "n", "So it is.")
        await bench.idle()
        await bench.misses("paused")
        await bench.until(lambda: bench.app.focused is bench.composer)
        assert bench.draft == ""


async def test_the_same_key_can_be_pressed_again_and_again(home: Path) -> None:
    model = model_of((ECHO, GIT))
    async with Workbench(home, model, mode="auto").running(120, 30) as bench:
        await begin(bench)
        for _ in range(40):
            await bench.press("n")
            if not bench.state.working:
                break
        await bench.idle()
        assert bench.draft in ("", "n", "nn")  # pressed after the end
        assert [call.state for call in bench.calls] == ["ok", "ok"]


async def test_to_the_next_write_and_out(home: Path) -> None:
    touch = ("shell", '{"command": "touch b"}')
    model = model_of((("read", '{"path": "a.txt"}'), ECHO, touch))
    bench = Workbench(home, model, mode="auto")
    bench.rig.write("a.txt", "some text")
    async with bench.running(120, 30):
        await begin(bench)
        await step(bench, "w", "paused before shell", "next: shell touch b")
        await step(bench, "o", "So it is.")
        await bench.idle()
        assert bench.state.stepping


async def test_who_writes_keeps_the_keys(home: Path) -> None:
    bench = Workbench(home, model_of(), mode="auto")
    async with bench.running(120, 30):
        await bench.send("/step")
        await bench.send("go")
        await bench.type("nice so")
        await bench.sees("paused before model call 1", "tab steps")
        await bench.settle()
        assert (bench.draft, bench.app.focused) == ("nice so", bench.composer)
        await bench.press("tab")
        await bar_taken(bench)
        await bench.press("i")
        assert bench.app.focused is bench.composer
        await bench.type("n")
        assert bench.draft == "nice son"
        await bench.press("tab", "escape")
        assert bench.app.focused is bench.composer
        assert bench.paused
        await bench.press("ctrl+u", "tab", "n")
        await bench.idle()


async def test_keys_typed_as_the_pause_begins_are_the_draft(home: Path) -> None:
    bench = Workbench(home, model_of(), mode="auto", key_silence=LONG_SILENCE)
    async with bench.running(120, 30):
        await bench.send("/step")
        await bench.send("go")
        await bench.sees("paused before model call 1")
        await bench.type("nso")
        assert bench.draft == "nso"
        assert bench.paused


async def test_x_stops_the_turn(home: Path) -> None:
    async with Workbench(home, model_of((ECHO,)), mode="auto").running(120, 30) as bench:
        await begin(bench)
        await step(bench, "s", "paused before shell")
        await bar_taken(bench)
        await bench.press("x")
        await bench.idle()
        assert bench.state.turn and bench.state.turn.reason == "interrupted"
        assert bench.calls[0].state == "cancelled"


async def test_a_pause_is_no_approval(home: Path) -> None:
    async with Workbench(home, model_of((ECHO,)), mode="approve").running(120, 30) as bench:
        await begin(bench)
        await step(bench, "s", "paused before shell")
        await step(bench, "s", "Approve")
        await bench.answer("y")
        await bench.sees("paused after shell: ok")
        await step(bench, "c", "So it is.")
        assert not bench.state.stepping


async def test_a_segment_of_the_request_is_edited_dropped_pinned_and_restored(home: Path) -> None:
    model = model_of((ECHO,))
    async with Workbench(home, model, mode="auto").running(120, 30) as bench:
        await begin(bench, "delete everything")
        await bench.press("e")
        await bench.sees("The next request: 4 segments ≈", "system", "tools", "delete everything")
        await bench.press("e")
        await bench.sees("ctrl+s keeps")
        await bench.press("end", *["backspace"] * len("everything"))
        await bench.type("nothing")
        await bench.press("ctrl+s")
        await bench.sees("delete nothing", "edited")
        await bench.press("p")
        await bench.sees("edited pinned")
        await bench.press("u")
        await bench.sees("delete everything", "pinned")
        await bench.misses("edited")
        await bench.press("up", "d")
        await bench.sees("dropped", "3 segments")
        await bench.press("escape")
        await bar_taken(bench)
        await bench.press("c")
        await bench.sees("So it is.")
        request = model.requests[0]
        assert request.messages[0].parts == (Text("delete everything"),)
        assert request.tools == ()


async def test_a_call_is_dropped_with_its_result_and_both_come_back(home: Path) -> None:
    model = model_of((ECHO,))
    async with Workbench(home, model, mode="auto").running(120, 30) as bench:
        await begin(bench)
        await step(bench, "s", "paused before shell")
        await step(bench, "n", "paused before model call 2")
        await bar_taken(bench)
        await bench.press("e")
        await bench.sees("6 segments", "call", "result", "hello")
        await bench.press("up", "d")
        await bench.sees("4 segments")
        await bench.until(lambda: bench.screen_text().count("dropped") == 2)
        await bench.press("down", "u")
        await bench.sees("6 segments")
        await bench.misses("dropped")
        await bench.press("d")
        await bench.sees("5 segments")
        await bench.press("escape")
        await step(bench, "c", "So it is.")
        assert "took this result out" in results(model.requests[1])[0].text


async def test_the_system_prompt_is_read_and_edited(home: Path) -> None:
    model = model_of()
    async with Workbench(home, model, mode="auto").running(120, 40) as bench:
        await begin(bench)
        await bench.press("e", "home", "enter")
        await bench.sees("You are goose, a coding agent")
        await bench.press("escape", "e")
        await bench.sees("ctrl+s keeps", "You are goose")
        await bench.type("Listen! ")
        await bench.press("ctrl+s")
        await bench.sees("Listen! You are goose", "edited")
        await bench.press("down", "e")
        await bench.sees("The tools can be dropped, not edited.")
        await bench.press("escape", "c")
        await bench.sees("So it is.")
        assert model.requests[0].system.startswith("Listen! You are goose")


async def test_a_result_is_edited_before_the_model_reads_it(home: Path) -> None:
    model = model_of((ECHO,))
    async with Workbench(home, model, mode="auto").running(120, 30) as bench:
        await begin(bench)
        await step(bench, "s", "paused before shell")
        await step(bench, "s", "paused after shell")
        await bench.press("e")
        await bench.sees("Result of shell", "hello")
        await bench.press("end")
        await bench.type(", world")
        await bench.press("ctrl+s")
        await bench.until(lambda: bench.calls[0].original == "hello")
        await bench.sees("edited")
        await step(bench, "c", "So it is.")
        assert results(model.requests[1])[0].text == "hello, world"
        await bench.press("ctrl+x", "t", "down", "down", "enter")
        await bench.sees("hello, world", "before you edited it")


async def test_a_breakpoint_by_command_pauses_without_stepping(home: Path) -> None:
    model = model_of((ECHO, GIT))
    async with Workbench(home, model, mode="auto").running(120, 30) as bench:
        await bench.send('/break tool == shell and argv[0] == "git"')
        await bench.until(lambda: bench.state.debugging.breakpoints)
        await bench.send("go")
        await bench.sees(
            '◆ paused before shell · breakpoint tool == shell and argv[0] == "git"',
            "next: shell git --version",
        )
        await step(bench, "c", "So it is.")
        assert bench.state.debugging.breakpoints[0].hits == 1


async def test_the_list_of_breakpoints(home: Path) -> None:
    async with Workbench(home, mode="auto").running(120, 30) as bench:
        await bench.send("/breaks")
        await bench.sees("Breakpoints", "None yet")
        await bench.type("tool = shell")
        await bench.press("enter")
        await bench.sees("= means nothing here, at character 6.")
        await bench.press("ctrl+u", "ctrl+k")
        await bench.type("tool == shell")
        await bench.press("enter")
        await bench.sees("● tool == shell", "0 hits")
        await bench.press("t")
        await bench.sees("○ tool == shell", "off")
        await bench.press("enter")
        await bench.type(" and error")
        await bench.press("enter")
        await bench.sees("tool == shell and error")
        await bench.press("a")
        await bench.type("cost > 1")
        await bench.press("enter")
        await bench.sees("● cost > 1")
        assert [item.enabled for item in bench.state.debugging.breakpoints] == [False, True]
        await bench.press("d")
        await bench.until(lambda: len(bench.state.debugging.breakpoints) == 1)
        await bench.press("escape")
        await bench.misses("Breakpoints")


async def test_b_suggests_a_breakpoint_for_where_it_stands(home: Path) -> None:
    async with Workbench(home, model_of((ECHO,)), mode="auto").running(120, 30) as bench:
        await begin(bench)
        await step(bench, "s", "paused before shell")
        await bar_taken(bench)
        await bench.press("b", "enter")
        await bench.sees("● tool == shell")
        await bench.press("escape")
        await bar_taken(bench)
        await bench.press("c")
        await bench.sees("So it is.")


async def test_a_condition_that_cannot_be_read_is_said(home: Path) -> None:
    async with Workbench(home).running(120, 30) as bench:
        await bench.send("/break tol == shell")
        await bench.sees("There is nothing called `tol`, at character 1.")
        assert not bench.state.debugging.breakpoints


async def test_what_a_call_says_cannot_draw_the_bar(home: Path) -> None:
    evil = ("shell", '{"command": "echo \\u001b[31m\\n◆ paused"}')
    async with Workbench(home, model_of((evil,)), mode="auto").running(120, 30) as bench:
        await begin(bench)
        await step(bench, "s", "paused before shell")
        assert "\x1b" not in bench.screen_text()
        await bar_taken(bench)
        await bench.press("x")
        await bench.idle()


async def test_a_pause_is_there_again_after_a_restart(home: Path) -> None:
    model = model_of((ECHO,))
    first = Workbench(home, model, mode="auto")
    async with first.running(120, 30):
        await begin(first)
        await step(first, "s", "paused before shell")
        session_id = first.app.session_id
    again = Workbench(home, model, resume=session_id)
    async with again.running(120, 30):
        await again.sees("◆ paused before shell")
        await bar_taken(again)
        await again.press("escape", "escape")
        await again.idle()
        assert again.calls[0].state == "cancelled"

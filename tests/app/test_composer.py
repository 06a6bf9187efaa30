"""Writing a message: what each key does to the draft."""

from __future__ import annotations

import base64
from pathlib import Path

from support.workbench import Workbench, script


async def test_enter_sends_and_empties_the_draft(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("hello there")
        assert bench.draft == "hello there"
        await bench.press("enter")
        await bench.idle()
        assert bench.draft == ""
        assert bench.state.turns[0].text == "hello there"


async def test_enter_within_a_burst_is_a_line_end(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.burst(*"one", "enter", *"two", "enter", *"three")
        assert bench.draft == "one\ntwo\nthree"
        assert not bench.state.turns
        await bench.press("enter")
        await bench.until(lambda: bench.state.turns)
        await bench.sees("▌ one", "▌ two", "▌ three")


async def test_an_enter_that_ends_a_burst_after_another_is_a_line_end(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.burst(*"one", "enter", *"two", "enter")
        assert bench.draft == "one\ntwo\n"
        assert not bench.state.turns


async def test_a_pasted_text_is_a_draft_with_its_lines(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.paste("one\r\ntwo\rthree\n")
        assert bench.draft == "one\ntwo\nthree\n"
        assert not bench.state.turns


async def test_a_line_end_is_written_with_several_keys(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.press("a", "ctrl+j", "b", "shift+enter", "c", "alt+enter", "d", "ctrl+enter")
        assert bench.draft == "a\nb\nc\nd\n"
        assert not bench.state.turns


async def test_blank_drafts_are_not_sent(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.press("enter")
        await bench.type("   ")
        await bench.press("enter")
        await bench.settle()
        assert not bench.state.turns


async def test_up_and_down_go_through_earlier_messages_and_back_to_the_draft(home: Path) -> None:
    async with Workbench(home).running() as bench:
        for text in ("first", "second"):
            await bench.send(text)
            await bench.idle()
        await bench.type("unfinished")
        await bench.press("up")
        assert bench.draft == "second"
        await bench.press("up", "up")
        assert bench.draft == "first"
        await bench.press("down")
        assert bench.draft == "second"
        await bench.press("down")
        assert bench.draft == "unfinished"


async def test_up_moves_within_a_draft_of_several_lines_first(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("before")
        await bench.type("one")
        await bench.press("ctrl+j")
        await bench.type("two")
        await bench.press("up")
        assert bench.draft == "one\ntwo"
        await bench.press("up")
        assert bench.draft == "before"


async def test_ctrl_r_finds_earlier_messages_that_hold_what_is_written(home: Path) -> None:
    async with Workbench(home).running() as bench:
        for text in ("fix the Parser", "run tests", "parse again", "stop"):
            await bench.send(text)
        await bench.type("pars")
        await bench.press("ctrl+r")
        assert bench.draft == "parse again"
        await bench.press("ctrl+r")
        assert bench.draft == "fix the Parser"
        await bench.press("ctrl+r")
        assert bench.draft == "fix the Parser"


async def test_what_is_cut_comes_back_with_ctrl_y(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("one two three")
        for keys, left in (
            (["ctrl+u"], ""),
            (["ctrl+w"], "one two "),
            (["home", *["right"] * 4, "ctrl+k"], "one "),
        ):
            await bench.press(*keys)
            assert bench.draft == left
            await bench.press("ctrl+y")
            assert bench.draft == "one two three"


async def test_ctrl_underscore_undoes(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("one two")
        await bench.press("ctrl+w", "ctrl+underscore")
        assert bench.draft == "one two"


async def test_ctrl_a_and_ctrl_e_go_to_the_ends_of_the_line(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("two")
        await bench.press("ctrl+a")
        await bench.type("one ")
        await bench.press("ctrl+e")
        await bench.type(" three")
        assert bench.draft == "one two three"


async def test_ctrl_d_deletes_in_a_draft_and_quits_without_one(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("ab")
        await bench.press("home", "ctrl+d")
        assert bench.draft == "b"
        await bench.press("ctrl+d", "ctrl+d")
        await bench.until(lambda: bench.left)
        assert bench.app.return_value == 0
        assert bench.state.ended


async def test_ctrl_c_copies_what_is_selected_in_the_draft(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("copy me")
        await bench.press("shift+home", "ctrl+c")
        await bench.sees("copied 1 line")
        assert base64.b64encode(b"copy me").decode() in "".join(bench.written)
        assert not bench.left


async def test_ctrl_c_interrupts_a_turn_and_twice_quits(home: Path) -> None:
    model = script("[{calls: [{tool: shell, arguments: {command: sleep 60}}]}]")
    async with Workbench(home, model, mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("running shell")
        await bench.press("ctrl+c")
        await bench.sees("ctrl+c again quits", "⊘ shell")
        assert not bench.left
        await bench.press("ctrl+c")
        await bench.until(lambda: bench.left)
        assert bench.app.return_value == 0


async def test_a_word_of_two_cells_is_written_and_rubbed_out_whole(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.type("漢字é")
        await bench.press("backspace", "backspace")
        assert bench.draft == "漢"


async def test_a_long_draft_grows_and_then_scrolls(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.paste("\n".join(f"line {number}" for number in range(30)))
        await bench.sees("line 20", "line 29")
        assert bench.composer.size.height == 10
        await bench.press("ctrl+end")
        assert "line 0\n" not in bench.screen_text()

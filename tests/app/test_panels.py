"""The side column, the overlay it becomes, and a call in full."""

from __future__ import annotations

from pathlib import Path

from support.workbench import Workbench, script

PLAN = """
- text: Let me see.
  calls:
  - tool: update_plan
    arguments:
      items:
      - {text: read the parser, state: done}
      - {text: patch parse_list, state: active}
      - {text: run the tests, state: pending}
      - {text: write to the list, state: dropped}
  - {tool: shell, arguments: {command: echo done}}
- {text: So it is.}
"""
LONG = """
- calls: [{tool: shell, arguments: {command: seq 1 3000}}]
- {text: So it is.}
"""
HUGE = """
- calls: [{tool: shell, arguments: {command: seq 1 1000000}}]
- {text: So it is.}
"""


async def test_the_plan_shows_its_steps_and_how_far_it_is(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="auto").running() as bench:
        await bench.sees("no plan yet")
        await bench.send("go")
        await bench.sees("1/3", "✓ read the parser", "▸ patch parse_list", "○ run the tests")


async def test_the_gauge_fills_up_as_the_model_sees_more(home: Path) -> None:
    model = script(
        "{window: 1000, input_price: 3, output_price: 15, answers: "
        "[{text: One., usage: {input_tokens: 610, output_tokens: 10}}]}"
    )
    async with Workbench(home, model).running() as bench:
        await bench.sees("Context", "nothing sent yet")
        await bench.send("go")
        await bench.sees("62%", "620/1k", "$0.0020", "sys ", "tools ", "you ", "█")


async def test_a_call_opens_from_the_tree_with_all_of_its_output(home: Path) -> None:
    async with Workbench(home, script(LONG), mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("So it is.")
        await bench.press("ctrl+x", "t")
        await bench.until(lambda: bench.app.focused and bench.app.focused.id == "tool-tree")
        await bench.press("down", "enter")
        await bench.sees("shell ok", "▾ command", "seq 1 3000", "▾ why it ran", "exit 0")
        view = bench.app.bridge.sessions[bench.state.session_id]
        await bench.until(lambda: view.blobs)  # the end is where the output ends
        await bench.press("end")
        await bench.sees("2999", "3000")
        await bench.press("home", "k", "k")
        await bench.press("escape")
        await bench.misses("▾ command")
        assert not bench.left


async def test_all_output_is_there_in_the_middle_too(home: Path) -> None:
    async with Workbench(home, script(LONG), mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("So it is.")
        assert "\n1500\n" not in bench.calls[0].result
        await bench.press("ctrl+x", "t", "down", "enter")
        view = bench.app.bridge.sessions[bench.state.session_id]
        await bench.until(lambda: view.blobs)
        assert "\n1500\n" in view.blobs[bench.calls[0].output]
        await bench.press("escape")
        await bench.until(lambda: not view.blobs)


async def test_a_call_with_huge_output_opens_with_its_start_and_its_end(home: Path) -> None:
    async with Workbench(home, script(HUGE), mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("So it is.")
        await bench.press("ctrl+x", "t", "down", "enter")
        view = bench.app.bridge.sessions[bench.state.session_id]
        await bench.until(lambda: view.blobs)
        assert len(view.blobs[bench.calls[0].output]) < 300_000
        await bench.press("end")
        await bench.sees("999999", "1000000")
        await bench.press("space")
        await bench.sees("▸ output")
        await bench.misses("999999")
        await bench.press("space")
        await bench.sees("▾ output")
        await bench.press("end")
        await bench.sees("1000000")
        await bench.press("o")
        await bench.sees("▸ command", "▸ output")
        await bench.press("escape")
        await bench.misses("▸ output")


async def test_sections_of_a_call_are_folded(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("So it is.")
        await bench.press("ctrl+x", "t", "end", "enter")
        await bench.sees("shell ok", "▾ command", "echo done")
        await bench.press("enter")
        await bench.sees("▸ command")


async def test_a_turn_is_folded_in_the_tree(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("So it is.", "▾ go")
        await bench.press("ctrl+x", "t", "home", "enter")
        await bench.sees("▸ go")
        await bench.press("enter")
        await bench.sees("▾ go")


async def test_only_the_last_turn_is_open_in_the_tree(home: Path) -> None:
    model = script("- {calls: [{tool: tree}]}\n- {text: Done.}\n" * 2)
    async with Workbench(home, model).running() as bench:
        await bench.send("one")
        await bench.sees("Done.", "▾ one")
        await bench.send("two")
        await bench.sees("▸ one", "1 call", "▾ two")


async def test_tab_goes_to_the_next_panel_and_escape_back_to_the_composer(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("So it is.")
        await bench.press("tab")
        assert bench.app.focused is not bench.composer
        await bench.press("escape")
        assert bench.app.focused is bench.composer


async def test_the_keys_after_ctrl_x_are_shown_and_any_other_closes_them(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.press("ctrl+x")
        await bench.sees("t tool calls", "p plan", "z transcript over the whole width")
        await bench.press("q")
        await bench.misses("t tool calls")
        assert bench.draft == ""


async def test_the_transcript_takes_the_whole_width_and_gives_it_back(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.sees("Plan")
        await bench.press("ctrl+x", "z")
        await bench.misses("no plan yet")
        await bench.press("ctrl+x", "z")
        await bench.sees("no plan yet")


async def test_a_narrow_terminal_has_the_side_column_as_an_overlay(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="auto").running(80, 24) as bench:
        await bench.send("go")
        await bench.sees("So it is.")
        assert "patch parse_list" not in bench.screen_text()
        await bench.press("ctrl+x", "t")
        await bench.sees("▸ patch parse_list", "Tools", "Context")
        await bench.press("escape")
        await bench.misses("patch parse_list")
        assert bench.app.focused is bench.composer


async def test_a_terminal_that_grows_and_shrinks_shows_what_fits(home: Path) -> None:
    async with Workbench(home, script(PLAN), mode="auto").running(120, 30) as bench:
        await bench.send("go")
        await bench.sees("So it is.", "▸ patch parse_list")
        await bench.resize(80, 24)
        await bench.misses("patch parse_list")
        await bench.sees("So it is.")
        await bench.resize(20, 5)
        await bench.resize(3, 2)
        await bench.resize(120, 30)
        await bench.sees("So it is.", "▸ patch parse_list")

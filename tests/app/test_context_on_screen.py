"""What the model sees, on the screen: looked through, changed, and as it was sent."""

from __future__ import annotations

from pathlib import Path

from goose_tui.screens.request import RequestScreen
from support.models import FakeModel, calls, said
from support.workbench import Workbench, script

LOOKS = """
window: 20000
answers:
- {text: Let me see., calls: [{tool: shell, arguments: {command: "seq 1 4000"}}]}
- {text: So it is., usage: {input_tokens: 9000, output_tokens: 10, cache_read_tokens: 4000}}
- {text: That is all., usage: {input_tokens: 9100, output_tokens: 10, cache_read_tokens: 9000}}
"""


async def _talk(bench: Workbench) -> None:
    await bench.send("count for me")
    await bench.sees("So it is.")
    await bench.idle()
    await bench.send("and now")
    await bench.sees("That is all.")
    await bench.idle()


async def test_ctrl_x_c_a_click_and_a_command_open_it(home: Path) -> None:
    async with Workbench(home, script(LOOKS), mode="auto").running(120, 40) as bench:
        await _talk(bench)
        for way in ("key", "command", "click"):
            if way == "key":
                await bench.press("ctrl+x", "c")
            elif way == "command":
                await bench.send("/context")
            else:
                await bench.click("#gauge")
            await bench.sees("The last request", "tokens", "all, in order", "count for me")
            await bench.press("escape")
            await bench.until(lambda: bench.app.screen is bench.app.workbench)


async def test_it_is_looked_through_by_size_age_and_kind(home: Path) -> None:
    async with Workbench(home, script(LOOKS), mode="auto").running(120, 40) as bench:
        await _talk(bench)
        await bench.press("ctrl+x", "c")
        await bench.sees("count for me", "cached", "3x", "new")
        await bench.press("n")
        await bench.sees("new in the last request", "#20    2", "new  and now")
        await bench.misses("3x")
        await bench.press("l")
        await bench.sees("largest first")
        screen = bench.app.screen
        assert isinstance(screen, RequestScreen)
        await bench.press("a", "t", "t", "t")
        await bench.sees("you only", "3x  count for me", "new  and now")
        await bench.misses("enter shows it")
        await bench.press("a", "x")
        await bench.sees("dropped since the request before", "nothing")


async def test_a_long_output_is_cut_outside_a_pause_and_the_next_request_has_it_so(
    home: Path,
) -> None:
    model = FakeModel([calls(("shell", '{"command": "seq 1 4000"}')), said("One."), said("Two.")])
    async with Workbench(home, model, mode="auto").running(120, 40) as bench:
        await bench.send("count for me")
        await bench.sees("One.")
        await bench.idle()
        await bench.press("ctrl+x", "c", "l")
        await bench.press("a", "end", "up", "c")  # behind it stands what holds just now
        await bench.until(lambda: bench.state.edits)
        await bench.sees("edited")
        await bench.press("escape")
        await bench.send("and now")
        await bench.sees("Two.")
        await bench.idle()
    sent = repr(model.requests[-1])
    assert "The person left" in sent
    assert r"\n2000\n" not in sent


async def test_a_piece_that_was_dropped_is_gone_from_the_next_request(home: Path) -> None:
    async with Workbench(home, script(LOOKS), mode="auto").running(120, 40) as bench:
        await bench.send("count for me")
        await bench.sees("So it is.")
        await bench.idle()
        await bench.press("ctrl+x", "c")
        await bench.sees("result")
        await bench.press("a", "end", "up", "d")  # the call, and its result with it
        await bench.until(lambda: bench.state.edits)
        await bench.sees("dropped")
        await bench.press("escape")
        await bench.send("and now")
        await bench.sees("That is all.")
        await bench.idle()
        await bench.press("ctrl+x", "c", "x")
        await bench.sees("dropped since the request before", "call", "result", "dropped")


async def test_the_request_is_shown_as_it_was_sent(home: Path) -> None:
    async with Workbench(home, script(LOOKS), mode="auto").running(120, 40) as bench:
        await _talk(bench)
        await bench.press("ctrl+x", "c", "r")
        await bench.sees("to scripted/model", "as it was sent", '"model": "scripted/model"')
        await bench.misses("NOT")


async def test_it_leads_to_where_a_piece_came_from(home: Path) -> None:
    async with Workbench(home, script(LOOKS), mode="auto").running(120, 20) as bench:
        await _talk(bench)
        await bench.press("ctrl+x", "c", "a", "home", "g")
        await bench.sees("the program itself brings this")
        await bench.press("down", "down", "g")
        await bench.until(lambda: bench.app.screen is bench.app.workbench)
        await bench.sees("▌ count for me")


async def test_a_file_is_added_to_the_next_message(home: Path) -> None:
    async with Workbench(home, script(LOOKS), mode="auto").running(120, 40) as bench:
        await _talk(bench)
        await bench.press("ctrl+x", "c", "f")
        await bench.until(lambda: bench.draft == "@")
        assert bench.app.focused is bench.composer

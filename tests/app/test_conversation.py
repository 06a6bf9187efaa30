"""Messages, answers and tools, as they are seen."""

from __future__ import annotations

from pathlib import Path

from support.workbench import Workbench, script


async def test_a_message_streams_an_answer_into_the_transcript(home: Path) -> None:
    model = script("[{text: The parser drops **trailing** commas., pace: 1}]")
    async with Workbench(home, model).running() as bench:
        await bench.send("what is wrong?")
        await bench.idle()
        await bench.sees("▌ what is wrong?", "The parser drops trailing commas.")
        assert bench.answers == ["The parser drops **trailing** commas."]


async def test_x(home: Path) -> None:
    model = script("[{text: I try., calls: [{tool: shell, arguments: {command: echo hi there}}]},{text: done it}]")
    async with Workbench(home, model).running() as bench:
        await bench.send("what is wrong?")
        await bench.answer("y")
        await bench.idle()
        await bench.sees("done it")
        print(bench.screen_text())

"""The same workbench with the engine in another process, behind a pipe."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, ObjectReceiveStream, ObjectSendStream

from goose_agent.wire import Open
from goose_tui.bridge import Link
from support.workbench import Workbench

ROOTS = [str(Path(__file__).parents[2] / name) for name in ("agent", "app", "themes")]
SCRIPT = """
- text: I look first.
  calls:
  - {tool: update_plan, arguments: {items: [{text: look around, state: active}]}}
  - {tool: shell, arguments: {command: seq 1 3000; touch x}}
- text: So it is.
"""


async def link(inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]) -> None:
    """Run an engine in another process and carry lines to and from it."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(ROOTS), "GOOSE_SCRIPT_SPEED": "0"}
    command = [sys.executable, "-m", "goose_agent.stdio"]
    process = await anyio.open_process(command, stderr=None, env=environ)
    async with process, anyio.create_task_group() as tasks:
        assert process.stdin is not None
        assert process.stdout is not None
        tasks.start_soon(_speak, inbound, process.stdin)
        await _listen(process.stdout, outbound)
        tasks.cancel_scope.cancel()


async def _speak(inbound: ObjectReceiveStream[bytes], stdin: ByteSendStream) -> None:
    async with stdin:
        async for chunk in inbound:
            await stdin.send(chunk)


async def _listen(stdout: ByteReceiveStream, outbound: ObjectSendStream[bytes]) -> None:
    rest = b""
    async for chunk in stdout:
        lines, end, rest = (rest + chunk).rpartition(b"\n")
        if end:
            await outbound.send(lines + end)


def workbench(home: Path, resume: str = "", link: Link = link) -> Workbench:
    """One whose model is in a file, as the other process must find it by its name."""
    script = home / "script.yaml"
    script.write_text(SCRIPT, encoding="utf-8")
    word = Open(str(home / "work"), resume=resume, model="" if resume else f"scripted/{script}")
    return Workbench(home, open_word=word, link=link)


async def test_a_session_in_another_process_is_worked_with_as_one_in_this(home: Path) -> None:
    async with workbench(home).running() as bench:
        await bench.send("what is here?")
        await bench.sees("I look first.", "▸ look around", "$ seq 1 3000", "◆ waiting for you")
        await bench.answer("y")
        await bench.sees("✓ shell", "So it is.")
        await bench.press("ctrl+x", "t", "end", "enter")
        view = bench.app.bridge.sessions[bench.state.session_id]
        await bench.until(lambda: view.blobs)
        await bench.press("escape", "escape")
        await bench.send("/rename over there")
        await bench.until(lambda: bench.state.title == "over there")
        await bench.press("ctrl+d")
        await bench.until(lambda: bench.left)
        assert bench.state.ended
    async with workbench(home, bench.state.session_id).running() as again:
        await again.sees("over there", "▌ what is here?", "So it is.")


async def test_an_engine_that_dies_is_noticed(home: Path) -> None:
    async def dying(inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(link, inbound, outbound)
            await died.wait()
            tasks.cancel_scope.cancel()

    died = anyio.Event()
    async with workbench(home, link=dying).running() as bench:
        await bench.send("what is here?")
        await bench.dialog()
        died.set()
        await bench.until(lambda: bench.left)
        assert bench.app.return_value == 1
        assert bench.app.refused and "-c" in bench.app.refused.hint

"""The engine in another process, behind a pipe: what a face sees is the same."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import ObjectReceiveStream, Process

import goose_agent
from goose_agent.commands import Submit
from goose_agent.sessions.library import Library
from goose_agent.wire import Open, Tell, write
from support.engine import Face

SCRIPT = """
- text: Let me look.
  calls: [{tool: shell, arguments: {command: "echo hi; touch x"}}, {tool: read, arguments: {path: "a"}}]
- text: Done.
"""


async def _feed(process: Process, lines: ObjectReceiveStream[bytes]) -> None:
    assert process.stdin is not None
    async with process.stdin:
        async for line in lines:
            await process.stdin.send(line)


async def _listen(process: Process, face: Face) -> None:
    assert process.stdout is not None
    rest = b""
    async for chunk in process.stdout:
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        face.hear(whole + end)


@asynccontextmanager
async def engine(home: Path) -> AsyncIterator[tuple[Face, Process]]:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GOOSE_TUI_HOME": str(home),
        "PYTHONPATH": str(Path(str(goose_agent.__file__)).parents[1]),
    }
    send, receive = anyio.create_memory_object_stream[bytes](16)
    face = Face(send)
    async with (
        await anyio.open_process(
            [sys.executable, "-m", "goose_agent.stdio"], env=environ, cwd=home, stderr=None
        ) as process,
        send,
        receive,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(_feed, process, receive)
        tasks.start_soon(_listen, process, face)
        yield face, process
        tasks.cancel_scope.cancel()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "script.yaml").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def opening(home: Path) -> bytes:
    return write(Open(str(home), model=f"scripted/{home}/script.yaml", mode="smart"))


async def test_a_session_runs_on_the_other_side_of_a_pipe(home: Path) -> None:
    async with engine(home) as (face, process):
        await face.say(opening(home))
        await face.until(lambda: face.opened)
        await face.say(write(Tell(face.session_id, Submit("go"))))
        await face.pending()
        await face.approve("once")
        await face.idle()
        assert face.answer == "Done."
        assert [call.state for call in face.state.calls_of_turn(face.state.turns[0])] == [
            "ok",
            "failed",
        ]
        await face.leave()
        await face._to_engine.aclose()
        with anyio.fail_after(10):
            assert await process.wait() == 0


async def test_when_the_pipe_closes_the_session_ends_in_order(home: Path) -> None:
    async with engine(home) as (face, process):
        await face.say(opening(home))
        await face.until(lambda: face.opened)
        await face.say(write(Tell(face.session_id, Submit("go"))))
        await face.pending()
        await face._to_engine.aclose()
        with anyio.fail_after(10):
            assert await process.wait() == 0
    assert [entry.state for entry in Library(home / "data" / "sessions").entries()] == ["waiting"]


async def test_a_killed_engine_loses_nothing_that_was_shown(home: Path) -> None:
    async with engine(home) as (face, process):
        await face.say(opening(home))
        await face.until(lambda: face.opened)
        await face.say(write(Tell(face.session_id, Submit("go"))))
        (asked,) = await face.pending()
        process.kill()
        await process.wait()
        shown = [event for event in face.events if not event.transient]
    async with engine(home) as (again, _):
        await again.say(write(Open(str(home), continue_last=True)))
        await again.until(lambda: again.data("session.recovered"))
        assert again.events[: len(shown)] == shown
        assert [item.request_id for item in again.state.pending] == [asked.request_id]
        await again.approve("once")
        await again.idle()
        assert again.answer == "Done."

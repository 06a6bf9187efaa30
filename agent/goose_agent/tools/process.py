"""Runs a program: live output, a time limit, and a way to stop all that it started.

The program has no terminal and no input. Its standard output and error are one stream, in the order
in which they were written.
"""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anyio
from msgspec import Struct

from goose_agent.tools.output import Capture
from goose_agent.tools.process_tree import MARKER, ProcessTree
from goose_agent.tools.starter import Started, Starter, start

__all__ = ["Ended", "Leaving", "Left", "run", "run_until_left"]

_CHUNK = 256 * 2**10
_PAUSE = 1 / 15
"""Seconds between two reports of progress, at least."""
_GRACE = 0.3
"""Seconds for which output is awaited after the program has ended, where others hold the pipe."""
_POLL = 0.02
"""Seconds between two looks at a process where the system cannot tell of its end."""

Progress = Callable[[str, int], None]
"""Takes the last lines of the output so far, and how many bytes there are."""


class Ended(Struct, frozen=True):
    """How a program ended."""

    exit_code: int | None
    """As a shell tells it: 128 and the signal's number where a signal ended it; None where the time
    limit did."""
    held: tuple[int, ...] = ()
    """Processes it left in the background that still held its output."""


class Leaving(Struct, frozen=True):
    """When a program is left to itself, so that whoever waits for it need not."""

    moved: anyio.Event
    """Set when somebody wants that."""
    after: float = math.inf
    """Seconds until it is left in any case."""


class Left:
    """A program that runs on while nobody waits for it; `see_out` has to be called, once."""

    def __init__(self, child: _Child, capture: Capture) -> None:
        self._child = child
        self._capture = capture

    async def see_out(self) -> Ended:
        """Collect its output to its end; when the caller is cancelled, stop all of it."""
        ended = await _attend(self._child, self._capture, lambda tail, total: None)
        assert ended is not None
        return ended


async def run(
    program: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str],
    seconds: float,
    capture: Capture,
    progress: Progress,
    starter: Starter | None = None,
) -> Ended:
    """Run a program to its end; when the time is over or the caller is cancelled, stop all of it.

    Args:
        program: its path or name, and its arguments.
        folder: where it runs.
        environ: its whole environment.
        seconds: how long it may take.
        capture: takes its output.
        progress: is told of new output, at most 15 times a second.
        starter: keeps hold of daemons too, for what may start any.

    Raises:
        OSError: it cannot be started.
    """
    child = await _started(program, folder, environ, starter)
    ended = await _attend(child, capture, progress, starter, seconds)
    assert ended is not None
    return ended


async def run_until_left(
    program: Sequence[str],
    leaving: Leaving,
    *,
    folder: Path,
    environ: Mapping[str, str],
    seconds: float,
    capture: Capture,
    progress: Progress,
    starter: Starter | None = None,
) -> Ended | Left:
    """The same, for a program that may be left to itself before its end.

    Args:
        program: its path or name, and its arguments.
        leaving: when it is left.
        folder: where it runs.
        environ: its whole environment.
        seconds: how long it may take, if it is not left before.
        capture: takes its output.
        progress: is told of new output, at most 15 times a second.
        starter: keeps hold of daemons too, for what may start any.

    Raises:
        OSError: it cannot be started.
    """
    child = await _started(program, folder, environ, starter)
    ended = await _attend(child, capture, progress, starter, seconds, leaving)
    return Left(child, capture) if ended is None else ended


async def _started(
    program: Sequence[str], folder: Path, environ: Mapping[str, str], starter: Starter | None
) -> _Child:
    marker = secrets.token_hex(12)
    marked = {**environ, MARKER: marker}
    if starter is None:
        return _Child(start(program, folder, marked), marker)
    return _Child(await starter.start(program, folder, marked), marker)


async def _attend(
    child: _Child,
    capture: Capture,
    progress: Progress,
    starter: Starter | None = None,
    seconds: float = math.inf,
    leaving: Leaving | None = None,
) -> Ended | None:
    """See a program to its end; None where it was left before."""
    held: tuple[int, ...] = ()
    orderly = left = False
    news = _News()
    try:
        with anyio.move_on_after(seconds) as limit:
            left = await _follow(child, capture, news, progress, starter, leaving)
            if not left and not news.complete.is_set():
                held = tuple(sorted(await anyio.to_thread.run_sync(child.tree.find)))
        orderly = not limit.cancelled_caught
    finally:
        if not (left and orderly):
            with anyio.CancelScope(shield=True):
                if not orderly:
                    await child.tree.stop(child.process.poll)
                    child.drain(capture)
                child.close()
                if capture.total != news.reported:
                    progress(capture.tail(), capture.total)
    if left and orderly:
        return None
    return Ended(_shell_status(child.process.poll()) if orderly else None, held)


async def _follow(
    child: _Child,
    capture: Capture,
    news: _News,
    progress: Progress,
    starter: Starter | None,
    leaving: Leaving | None,
) -> bool:
    """Collect output until the program has ended, and the output too unless others hold it.

    Returns:
        Whether it was left before its end.
    """
    async with anyio.create_task_group() as group:
        group.start_soon(_report, news, capture, progress)
        group.start_soon(_collect, child.output, capture, news)
        if starter is not None:
            group.start_soon(starter.prepare)
        if leaving is not None:
            group.start_soon(_leave, leaving, group.cancel_scope)
        await child.ended()
        with anyio.move_on_after(_GRACE):
            await news.complete.wait()
        group.cancel_scope.cancel()
    return leaving is not None and child.process.poll() is None


async def _leave(leaving: Leaving, scope: anyio.CancelScope) -> None:
    with anyio.move_on_after(leaving.after):
        await leaving.moved.wait()
    scope.cancel()


class _News:
    """Whether there is output that was not reported yet, and whether there will be more."""

    def __init__(self) -> None:
        self.arrived = anyio.Event()
        self.complete = anyio.Event()
        self.reported = 0
        """Bytes of output that were reported."""


async def _collect(output: int, capture: Capture, news: _News) -> None:
    while True:
        await anyio.wait_readable(output)
        try:
            chunk = os.read(output, _CHUNK)
        except BlockingIOError:
            continue
        if not chunk:
            news.complete.set()
            return
        capture.add(chunk)
        news.arrived.set()


async def _report(news: _News, capture: Capture, progress: Progress) -> None:
    while True:
        await news.arrived.wait()
        await anyio.sleep(_PAUSE / 2)  # of what is over at once, the result tells
        news.arrived, news.reported = anyio.Event(), capture.total
        progress(capture.tail(), capture.total)
        await anyio.sleep(_PAUSE / 2)


class _Child:
    """A started program and what we hold of it."""

    def __init__(self, started: Started, marker: str) -> None:
        self.process, self.output = started.process, started.output
        os.set_blocking(self.output, False)
        self.tree = ProcessTree(self.process.pid, marker)
        self._handle = _open_handle(self.process.pid)

    async def ended(self) -> None:
        """Wait until the program itself has ended, whatever it left behind."""
        if self._handle is not None:
            await anyio.wait_readable(self._handle)
        # Without a handle there is nothing to wait for but the next look.
        while self.process.poll() is None:  # noqa: ASYNC110
            await anyio.sleep(_POLL)

    def drain(self, capture: Capture) -> None:
        """Take what was written and not yet read; a pipe holds little."""
        for _ in range(8):
            try:
                chunk = os.read(self.output, _CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                return
            capture.add(chunk)

    def close(self) -> None:
        """Let go of everything; the exit status is collected if there is one."""
        self.process.poll()
        os.close(self.output)
        if self._handle is not None:
            os.close(self._handle)


def _open_handle(process: int) -> int | None:
    """A descriptor that becomes readable when the process ends, where the system has such."""
    try:
        return os.pidfd_open(process)
    except (AttributeError, OSError):
        return None


def _shell_status(status: int | None) -> int | None:
    return 128 - status if status is not None and status < 0 else status

"""Runs a program: live output, a time limit, and a way to stop all that it started.

The program has no terminal and no input. Its standard output and error are one stream, in the order
in which they were written.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anyio
from msgspec import Struct

from goose_agent.tools.output import Capture
from goose_agent.tools.process_tree import MARKER, ProcessTree
from goose_agent.tools.starter import Started, Starter, start

__all__ = ["Ended", "run"]

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
    marker = secrets.token_hex(12)
    marked = {**environ, MARKER: marker}
    if starter is None:
        started = start(program, folder, marked)
    else:
        started = await starter.start(program, folder, marked)
    child = _Child(started, marker)
    held: tuple[int, ...] = ()
    orderly = False
    news = _News()
    try:
        with anyio.move_on_after(seconds) as limit:
            await _follow(child, capture, news, progress, starter)
            if not news.complete.is_set():
                held = tuple(sorted(await anyio.to_thread.run_sync(child.tree.find)))
        orderly = not limit.cancelled_caught
    finally:
        with anyio.CancelScope(shield=True):
            if not orderly:
                await child.tree.stop(child.process.poll)
                child.drain(capture)
            child.close()
            if capture.total != news.reported:
                progress(capture.tail(), capture.total)
    return Ended(_shell_status(child.process.poll()) if orderly else None, held)


async def _follow(
    child: _Child, capture: Capture, news: _News, progress: Progress, starter: Starter | None
) -> None:
    """Collect output until the program has ended, and the output too unless others hold it."""
    async with anyio.create_task_group() as group:
        group.start_soon(_report, news, capture, progress)
        group.start_soon(_collect, child.output, capture, news)
        if starter is not None:
            group.start_soon(starter.prepare)
        await child.ended()
        with anyio.move_on_after(_GRACE):
            await news.complete.wait()
        group.cancel_scope.cancel()


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

"""The way to a server that is a program: its standard input and output, each message bounded.

What it writes that is no message is kept for people to see. It leads a session of its own, so that it
and all it starts can be ended.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from msgspec import Struct

from goose_agent.mcp.framing import LARGEST_MESSAGE, Framing, Oversized
from goose_agent.mcp.server_log import ServerLog
from goose_agent.tools.output import human_size
from goose_agent.tools.process_tree import MARKER, ProcessTree

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.client._transport import TransportStreams
    from mcp.shared.message import SessionMessage
    from mcp_types import JSONRPCMessage

__all__ = ["Program", "StdioTransport"]

_CHUNK = 256 * 2**10
_GRACE = 0.6
"""Seconds that a server has to end by itself once its input has ended."""
_POLL = 0.02
"""Seconds between two looks at a process where the system cannot tell of its end."""
_LARGE = 256 * 2**10
"""Bytes of a message from which on it is read beside the event loop."""
_BREATHER = 0.01
"""Seconds of rest after each piece of a flood on standard error."""
_FLOOD = 4 * 2**20
"""Bytes of standard error after which it is read no faster than that."""


class Program(Struct, frozen=True):
    """What to start."""

    argv: Sequence[str]
    folder: Path
    environ: Mapping[str, str]
    """The whole of it."""


class StdioTransport:
    """A started server, as the SDK wants it: a context with a stream in and a stream out.

    Args:
        program: what to start.
        log: takes its standard error.
    """

    def __init__(self, program: Program, log: ServerLog) -> None:
        self._program = program
        self._log = log
        self._marker = secrets.token_hex(12)
        self.ended = anyio.Event()
        """Set once it has ended, or speaks no more."""
        self.why = ""
        """Why, in words; empty while it runs."""

    async def __aenter__(self) -> TransportStreams:
        """Start it.

        Raises:
            OSError: it cannot be started.
        """
        with anyio.CancelScope(shield=True):  # whoever is stopped now must know what was started
            self._process = await to_thread.run_sync(self._start)
        self._tree = ProcessTree(self._process.pid, self._marker)
        to_us, incoming = anyio.create_memory_object_stream["SessionMessage | Exception"](0)
        outgoing, from_us = anyio.create_memory_object_stream["SessionMessage"](0)
        self._streams = (to_us, incoming, outgoing, from_us)
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._read, to_us)
        self._tasks.start_soon(self._write, from_us)
        self._tasks.start_soon(self._listen)
        self._tasks.start_soon(self._watch)
        return incoming, outgoing

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        """End it and all it started, in bounded time, come what may."""
        for stream in self._streams:
            stream.close()
        self._tasks.cancel_scope.cancel()
        try:
            return await self._tasks.__aexit__(kind, error, trace)
        finally:
            with anyio.CancelScope(shield=True):
                await self._stop()

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._program.argv,
            cwd=self._program.folder,
            env={**self._program.environ, MARKER: self._marker},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        return process

    async def _stop(self) -> None:
        process = self._process
        with suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        with anyio.move_on_after(_GRACE):
            await self._exited()
        await self._tree.stop(process.poll)
        process.poll()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()

    async def _exited(self) -> None:
        """Wait until the program itself has ended."""
        try:
            handle = os.pidfd_open(self._process.pid)
        except (AttributeError, OSError):
            handle = None
        try:
            if handle is not None:
                await anyio.wait_readable(handle)
            while self._process.poll() is None:  # noqa: ASYNC110 # nothing else tells
                await anyio.sleep(_POLL)
        finally:
            if handle is not None:
                os.close(handle)

    async def _watch(self) -> None:
        await self._exited()
        # What it wrote last is still to be read: it may be the answer that somebody waits for.
        with anyio.move_on_after(_GRACE):
            await self.ended.wait()
        self._end()

    async def _closed(self) -> None:
        """It speaks or listens no more: most likely because it is ending."""
        with anyio.move_on_after(_GRACE / 2):
            await self._exited()
        self._end()

    def _end(self, why: str = "") -> None:
        self.why = self.why or why or self._how()
        self.ended.set()
        self._streams[0].close()

    def _how(self) -> str:
        status = self._process.poll()
        if status is None:
            return "it closed its output"
        return f"a signal ended it ({-status})" if status < 0 else f"it ended with status {status}"

    async def _read(self, to_us: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        framing = Framing()
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            while chunk := await _read_some(output):
                for line in framing.take(chunk):
                    message = await self._message(line)
                    if message is not None:
                        await to_us.send(message)
                if framing.flooded:
                    self._end("it sent a message without an end")
                    return
        await self._closed()

    async def _message(self, line: bytes | Oversized) -> SessionMessage | None:
        """The message that a line is; None for what is none."""
        from mcp.shared.message import SessionMessage
        from mcp_types import ErrorData, JSONRPCError, jsonrpc_message_adapter

        if isinstance(line, Oversized):
            most = human_size(LARGEST_MESSAGE)
            self._log.note(f"(a message larger than {most} was not taken)")
            if line.request_id is None:
                return None
            error = ErrorData(code=-32603, message=f"The answer is larger than {most}.")
            return SessionMessage(JSONRPCError(jsonrpc="2.0", id=line.request_id, error=error))
        if not line.strip():
            return None
        try:
            if len(line) > _LARGE:
                read = await to_thread.run_sync(_validated, line)
            else:
                read = jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValueError:
            self._log.note(f"(not a message) {line[:400].decode('utf-8', 'replace')}")
            return None
        return SessionMessage(read)

    async def _write(self, from_us: MemoryObjectReceiveStream[SessionMessage]) -> None:
        assert self._process.stdin is not None
        pipe = self._process.stdin.fileno()
        try:
            async for message in from_us:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await _write_all(pipe, text.encode() + b"\n")
        except (OSError, anyio.ClosedResourceError):
            await self._closed()

    async def _listen(self) -> None:
        """Gather standard error; a flood is read slowly, so that it costs nobody else."""
        assert self._process.stderr is not None
        pipe = self._process.stderr.fileno()
        while chunk := await _read_some(pipe):
            self._log.add(chunk)
            if self._log.total > _FLOOD:
                await anyio.sleep(_BREATHER)


def _validated(line: bytes) -> JSONRPCMessage:
    from mcp_types import jsonrpc_message_adapter

    return jsonrpc_message_adapter.validate_json(line, by_name=False)


async def _read_some(pipe: int) -> bytes:
    """The next bytes; empty at the end."""
    while True:
        await anyio.wait_readable(pipe)
        try:
            return os.read(pipe, _CHUNK)
        except BlockingIOError:
            continue
        except OSError:
            return b""


async def _write_all(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(pipe, view) :]
        except BlockingIOError:
            await anyio.wait_writable(pipe)

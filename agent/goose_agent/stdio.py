"""The engine behind a pipe: `python -m goose_agent.stdio` speaks `wire` lines on its standard streams.

A face in another process writes `open` and `tell` lines to it and reads everything else from it.
When its input ends, it closes the sessions in order and ends.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import BinaryIO

import anyio
from anyio import to_thread
from anyio.abc import ObjectReceiveStream, ObjectSendStream

from goose_agent.clock import World
from goose_agent.config.places import Places
from goose_agent.engine import Engine, Options

__all__ = ["main", "serve"]

_CHUNKS = 64
"""Most chunks of lines that wait on either side."""


async def serve(options: Options, world: World, source: BinaryIO, sink: BinaryIO) -> None:
    """Serve one face until its words end.

    Args:
        options: what the engine is made with.
        world: clock, ids, environment.
        source: lines of the face.
        sink: lines for the face; where it breaks, sessions go on until `source` ends.
    """
    to_engine, inbound = anyio.create_memory_object_stream[bytes](_CHUNKS)
    outbound, from_engine = anyio.create_memory_object_stream[bytes](_CHUNKS)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_listen, source, to_engine)
        tasks.start_soon(_speak, from_engine, sink)
        async with inbound, outbound:
            await Engine(options, world, outbound).run(inbound)


async def _listen(source: BinaryIO, to_engine: ObjectSendStream[bytes]) -> None:
    async with to_engine:
        # A thread that waits for words cannot be woken: at the end it is left behind.
        while line := await to_thread.run_sync(source.readline, abandon_on_cancel=True):
            await to_engine.send(line)


async def _speak(from_engine: ObjectReceiveStream[bytes], sink: BinaryIO) -> None:
    async with from_engine:
        async for chunk in from_engine:
            try:
                await to_thread.run_sync(_write, sink, chunk)
            except BrokenPipeError:
                return


def _write(sink: BinaryIO, chunk: bytes) -> None:
    sink.write(chunk)
    sink.flush()


def main() -> None:
    """Serve whoever started this process."""
    try:
        number = version("goose-tui")
    except PackageNotFoundError:
        number = "unknown"
    world = World()
    options = Options(number, Places.of(world.environ))
    anyio.run(serve, options, world, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()

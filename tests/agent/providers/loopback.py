"""A server on loopback that sends exactly the bytes it was given, and exchanges with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

import anyio

from goose_agent.messages import Message, Text, ToolSchema
from goose_agent.providers.model import (
    CallDelta,
    ConnectedModel,
    Model,
    ModelRequest,
    Piece,
    TextDelta,
    ThinkingDelta,
)


class Act(Enum):
    """What a server may do besides sending bytes."""

    HANG = "say nothing more until the client goes"
    PAUSE = "say nothing for a moment"
    CLOSE = "close the connection in the middle"
    RESET = "break the connection"


Connected = TypeVar("Connected", bound=ConnectedModel)

Reply = Iterable[bytes | Act]
"""What is sent, in steps; there may be no end of them."""


@dataclass
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> object:
        value: object = json.loads(self.body)
        return value


@dataclass
class Loopback:
    """The n-th request gets the n-th reply; the last one is repeated."""

    replies: Sequence[Reply]
    url: str = ""
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    sent: int = 0
    """Bytes of all replies."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client went while the server hung."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        try:
            while True:
                await self._exchange(reader, writer, connection)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.received.append(Received(method, path, headers, body, connection))
        for step in self.replies[min(len(self.received), len(self.replies)) - 1]:
            if isinstance(step, bytes):
                writer.write(step)
                self.sent += len(step)
                await writer.drain()
            elif step is Act.PAUSE:
                with anyio.move_on_after(0.01):
                    await anyio.sleep_forever()
            elif step is Act.HANG:
                await reader.read()
                self.gone.set()
                raise ConnectionError
            elif step is Act.RESET:
                writer.transport.abort()
                raise ConnectionError
            else:
                raise ConnectionError


@asynccontextmanager
async def serving(*replies: Reply) -> AsyncIterator[Loopback]:
    """A server for the time of the block."""
    loopback = Loopback(replies)
    server = await asyncio.start_server(loopback.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    loopback.url = f"http://{host}:{port}"
    try:
        yield loopback
    finally:
        server.close()


Speaking = AbstractAsyncContextManager[tuple[Connected, Loopback]]


@asynccontextmanager
async def speaking(
    build: Callable[[str], Connected], *replies: Reply
) -> AsyncIterator[tuple[Connected, Loopback]]:
    """A model and the server it speaks to, for the time of the block.

    Args:
        build: makes the model of the server's address.
        replies: of the server.
    """
    async with serving(*replies) as server:
        model = build(server.url)
        yield model, server
        await model.aclose()


def streamed(
    *chunks: bytes, content_type: str = "text/event-stream", end: bytes | Act | None = None
) -> Reply:
    """A streamed answer, each chunk framed on its own; `end` replaces its proper end."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    frames = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return [head.encode(), *frames, b"0\r\n\r\n" if end is None else end]


def whole(status: int, body: bytes = b"", **headers: str) -> Reply:
    """An answer that is not streamed; underscores in header names stand for dashes."""
    lines = [f"HTTP/1.1 {status} Said so", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ["\r\n".join(lines).encode() + b"\r\n\r\n" + body]


def events(*values: object, last: str = "") -> bytes:
    """Values as events of a stream, and `last` verbatim behind them."""
    text = "".join(f"data: {json.dumps(value)}\n\n" for value in values)
    return (text + last).encode()


def named(*values: dict[str, Any]) -> bytes:
    """Events that bear their type as a name too, as the services send them."""
    return b"".join(b"event: %s\n%s" % (value["type"].encode(), events(value)) for value in values)


def sliced(data: bytes, size: int) -> list[bytes]:
    """`data` in pieces of `size` bytes, cutting wherever that falls."""
    return [data[place : place + size] for place in range(0, len(data), size)]


SHELL = ToolSchema(
    "shell",
    "Run a command.",
    {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)


def asking(text: str = "hi", *tools: ToolSchema, system: str = "") -> ModelRequest:
    """The simplest request."""
    return ModelRequest(system, (Message("user", (Text(text),)),), tools)


def joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces with neighbours of one kind as one, however they arrived."""
    whole: list[Piece] = []
    for piece in pieces:
        match (whole[-1] if whole else None), piece:
            case TextDelta(before), TextDelta(text):
                whole[-1] = TextDelta(before + text)
            case ThinkingDelta(before), ThinkingDelta(text):
                whole[-1] = ThinkingDelta(before + text)
            case CallDelta(index, before), CallDelta(other, text) if index == other:
                whole[-1] = CallDelta(index, before + text)
            case _:
                whole.append(piece)
    return whole


async def answered(model: Model, request: ModelRequest | None = None) -> list[Piece]:
    """All pieces of an answer."""
    pieces: list[Piece] = []
    await listen(model, pieces, request)
    return pieces


async def listen(model: Model, pieces: list[Piece], request: ModelRequest | None = None) -> None:
    """Put the pieces of an answer where they outlive a failure."""
    with anyio.fail_after(10):
        async with aclosing(model.stream(request or asking())) as batches:
            async for batch in batches:
                pieces.extend(batch)

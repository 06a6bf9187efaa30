"""Server-sent events: bytes in, events out, by the rules of the HTML standard for any chunking.

Every streamed token passes here, so the work is done on whole blocks of text, not on characters.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import NamedTuple

__all__ = ["EventDecoder", "ServerSentEvent", "WholeBody", "decode"]

_BOM = b"\xef\xbb\xbf"


class ServerSentEvent(NamedTuple):
    """One event of a stream."""

    event: str
    """Its type; `message` where the stream names none."""
    data: str
    id: str = ""
    """The last id the stream has given."""


class EventDecoder:
    """Takes the bytes of a stream as they arrive and gives the events that are complete."""

    foreign = b"<{["
    """First bytes that no event stream has: such a body is a page or a JSON document."""
    openings = (b"data", b"event", b"id", b"retry", b":")
    """What lines of an event stream begin with."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._last_byte = b""
        self._size = 0
        self._skip_newline = False
        self._started = False
        self._id = ""

    @property
    def pending(self) -> int:
        """Bytes that wait for the end of their event."""
        return self._size

    def feed(self, chunk: bytes) -> tuple[ServerSentEvent, ...]:
        """The events that `chunk` completes."""
        if self._skip_newline and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skip_newline = False
        if b"\r" in chunk:
            # A line may end in CR LF across two chunks: the CR ends it now, the LF is dropped then.
            self._skip_newline = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not chunk:
            return ()
        # Searching only what is new keeps a long event of many chunks linear.
        found = b"\n\n" in self._last_byte + chunk
        self._parts.append(chunk)
        self._last_byte = chunk[-1:]
        self._size += len(chunk)
        return self._complete() if found else ()

    def finish(self) -> tuple[ServerSentEvent, ...]:
        """Nothing: an event without its blank line is dropped."""
        return ()

    def _complete(self) -> tuple[ServerSentEvent, ...]:
        blocks, _, rest = b"".join(self._parts).rpartition(b"\n\n")
        self._parts = [rest] if rest else []
        self._size = len(rest)
        # The newline that closed the last event is part of no later one.
        self._last_byte = rest[-1:]
        if not self._started:
            self._started = True
            blocks = blocks.removeprefix(_BOM)
        events = []
        for block in blocks.decode("utf-8", "replace").split("\n\n"):
            # Most blocks of most streams are this one line.
            if block.startswith("data: ") and "\n" not in block:
                events.append(ServerSentEvent("message", block[6:], self._id))
            elif (event := self._event(block)) is not None:
                events.append(event)
        return tuple(events)

    def _event(self, block: str) -> ServerSentEvent | None:
        kind = ""
        data: list[str] = []
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            elif name == "event":
                kind = value
            elif name == "id" and "\0" not in value:
                self._id = value
        if not data:
            return None
        return ServerSentEvent(kind or "message", "\n".join(data), self._id)


class WholeBody:
    """Takes the body of a service that does not stream, and gives it as one event at its end."""

    foreign = b"<"
    """First byte of a page, which is no answer."""
    openings = (b"{",)
    """A JSON object does."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def pending(self) -> int:
        """Bytes that have come so far."""
        return self._size

    def feed(self, chunk: bytes) -> tuple[ServerSentEvent, ...]:
        """Nothing yet."""
        self._parts.append(chunk)
        self._size += len(chunk)
        return ()

    def finish(self) -> tuple[ServerSentEvent, ...]:
        """The whole."""
        text = b"".join(self._parts).removeprefix(_BOM).decode("utf-8", "replace")
        return (ServerSentEvent("", text),) if text.strip() else ()


async def decode(chunks: AsyncIterable[bytes]) -> AsyncIterator[ServerSentEvent]:
    """Yield the events of a stream one by one; an event without its blank line is dropped.

    Args:
        chunks: the body, cut anywhere.
    """
    decoder = EventDecoder()
    async for chunk in chunks:
        for event in decoder.feed(chunk):
            yield event

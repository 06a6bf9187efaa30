"""AWS event streams: bytes in, messages out, their checksums verified by the official library."""

from __future__ import annotations

from collections.abc import Mapping
from struct import error as StructError
from struct import unpack_from
from typing import TYPE_CHECKING, Literal, NamedTuple

from goose_agent.errors import BadAnswer
from goose_agent.providers.service import Service

if TYPE_CHECKING:
    from botocore.eventstream import EventStreamBuffer, EventStreamMessage

__all__ = ["StreamMessage", "StreamMessageDecoder", "WholeMessage"]

_PRELUDE = 12
"""Bytes that say how long a message is, with a checksum of their own."""
_SHORTEST = 16
_LARGEST = 24 * 1024 * 1024
"""Bytes of a message, as the format limits them."""
_LONGEST_HEADERS = 16 * 1024


class StreamMessage(NamedTuple):
    """One message of a stream."""

    kind: str
    """`event`, `exception` or `error`."""
    name: str
    """Which of its kind."""
    text: str
    """JSON; of an `error`, words."""


class StreamMessageDecoder:
    """Takes the bytes of a stream as they arrive and gives the messages that are complete.

    Args:
        service: who sends them, for errors.
    """

    foreign = b"<{["
    """First bytes of a page or a JSON document: no message is long enough to begin so."""
    openings = (b"\0",)
    """A message's length is four bytes, the first one always 0 or 1."""

    def __init__(self, service: Service) -> None:
        # The transport has loaded the library by now, in a thread.
        from botocore.eventstream import EventStreamBuffer

        self._service = service
        self._buffer: EventStreamBuffer = EventStreamBuffer()
        self._held = bytearray()
        self._length = 0
        """Bytes of the message that has begun; 0 where none has."""
        self._kind: Literal["unknown", "stream", "other"] = "unknown"

    @property
    def pending(self) -> int:
        """Bytes that wait for the end of their message."""
        return len(self._held)

    def feed(self, chunk: bytes) -> tuple[StreamMessage, ...]:
        """The messages that `chunk` completes.

        Raises:
            BadAnswer: the stream is damaged.
        """
        from botocore.eventstream import ParserError

        self._held += chunk
        if self._is_other():
            return ()  # the transport tells what it is
        found: list[StreamMessage] = []
        try:
            while (message := self._next()) is not None:
                found.append(_read(message))
        except (ParserError, StructError, ValueError, LookupError) as error:
            raise BadAnswer(
                f"{self._service.name} sent a damaged stream: {error}.",
                "Try again, or choose another model.",
            ) from error
        return tuple(found)

    def finish(self) -> tuple[StreamMessage, ...]:
        """Nothing: a message that is not whole is dropped."""
        return ()

    def _is_other(self) -> bool:
        """Whether the body is no stream at all."""
        start = self._held[:_PRELUDE].lstrip()[:1]
        if self._kind == "unknown" and start:
            self._kind = "other" if start in self.foreign else "stream"
        return self._kind == "other"

    def _next(self) -> EventStreamMessage | None:
        if not self._length:
            # A page may begin with blanks; a message that does is too long.
            if len(self._held) < _PRELUDE:
                return None
            self._begin()
        if len(self._held) < self._length:
            return None
        # Handed over whole: the library would copy what waits with every chunk.
        self._buffer.add_data(bytes(self._held[_PRELUDE : self._length]))
        del self._held[: self._length]
        self._length = 0
        message: EventStreamMessage = next(self._buffer)
        return message

    def _begin(self) -> None:
        """Have the first bytes of a message checked before the rest is waited for."""
        length, headers = unpack_from("!II", self._held)
        if length > _LARGEST:
            raise BadAnswer(
                f"{self._service.name} sent an event of more than {_LARGEST >> 20} MB.",
                "Try again, or choose another model.",
            )
        if headers > min(_LONGEST_HEADERS, length - _SHORTEST):
            raise ValueError("a message of an impossible length")
        self._buffer.add_data(bytes(self._held[:_PRELUDE]))
        next(self._buffer, None)
        self._length = length


class WholeMessage:
    """Takes the body of an answer that is not streamed, and gives it as one message at its end."""

    foreign = b"<"
    """First byte of a page, which is no answer."""
    openings = (b"{",)
    """A JSON object does."""

    def __init__(self) -> None:
        self._body = bytearray()

    @property
    def pending(self) -> int:
        """Bytes that have come so far."""
        return len(self._body)

    def feed(self, chunk: bytes) -> tuple[StreamMessage, ...]:
        """Nothing yet."""
        self._body += chunk
        return ()

    def finish(self) -> tuple[StreamMessage, ...]:
        """The whole."""
        text = self._body.decode("utf-8", "replace")
        return (StreamMessage("event", "", text),) if text.strip() else ()


def _read(message: EventStreamMessage) -> StreamMessage:
    headers: Mapping[str, object] = message.headers  # type: ignore[assignment] # stubs: a number
    kind = str(headers.get(":message-type", "event"))
    if kind == "error":
        words = str(headers.get(":error-message", ""))
        return StreamMessage(kind, str(headers.get(":error-code", "")), words)
    name = headers.get(":exception-type" if kind == "exception" else ":event-type", "")
    return StreamMessage(kind, str(name), message.payload.decode("utf-8", "replace"))

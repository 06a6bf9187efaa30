"""Lines of JSON out of a stream of bytes, with a bound on each: a server may never end one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

__all__ = ["LARGEST_MESSAGE", "Framing", "Oversized"]

LARGEST_MESSAGE = 16 * 2**20
"""Bytes of one message."""
_MOST_DROPPED = 512 * 2**20
"""Bytes of one message after which a server is not listened to any more."""
_ID = re.compile(rb'"id"\s*:\s*(\d+|"[^"\\]{1,100}")')
_LOOKED_AT = 4096


class Oversized(Struct, frozen=True):
    """A message that is larger than any may be."""

    request_id: int | str | None
    """What it answers, as far as its beginning tells."""


class Framing:
    """Takes a stream apart into lines.

    Args:
        largest: bytes of a line.
        most_dropped: bytes of a line too large for ever.
    """

    def __init__(self, largest: int = LARGEST_MESSAGE, most_dropped: int = _MOST_DROPPED) -> None:
        self._largest = largest
        self._most_dropped = most_dropped
        self._pieces: list[bytes] = []
        self._size = 0
        self._dropping = 0
        """Bytes of the line under way that are too many; 0 while it is of a good size."""

    @property
    def flooded(self) -> bool:
        """Whether a line goes on for ever."""
        return self._dropping > self._most_dropped

    def take(self, chunk: bytes) -> Iterator[bytes | Oversized]:
        """The lines that end with this piece, and those that have just become too large."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            yield from self._add(end)
            if not self._dropping:
                yield b"".join(self._pieces)
            self._pieces, self._size, self._dropping = [], 0, 0
        yield from self._add(rest)

    def _add(self, piece: bytes) -> Iterator[Oversized]:
        if self._dropping:
            self._dropping += len(piece)
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._largest:
            head = b"".join(self._pieces)[:_LOOKED_AT]
            self._pieces, self._dropping = [], self._size
            yield Oversized(_request_id(head))


def _request_id(head: bytes) -> int | str | None:
    found = _ID.search(head)
    if found is None:
        return None
    text = found[1].decode("utf-8", "replace")
    return text.strip('"') if text.startswith('"') else int(text)

"""Output, bounded: what the model reads of it, and what is kept of it.

A program may put out more than fits into a context window, or into memory. The start and the end
are kept, since that is where a program says what it does and how it went, and what is left out is
counted and said.
"""

from __future__ import annotations

import re
from collections import deque

__all__ = ["KEEP", "MODEL_BYTES", "MODEL_LINES", "Capture", "for_model", "human_size", "plain"]

MODEL_LINES = 2000
MODEL_BYTES = 50_000
"""What a model reads of one output, at most."""

KEEP = 4 * 2**20
"""Bytes kept of the start of an output, and as many of its end.

Each of them stands in memory several times while it is cleaned, masked and stored: with this much
the largest output costs some 40 MB for a moment.
"""
_BLOCK = 64 * 2**10
"""Bytes of the blocks that small pieces are gathered in: objects cost more than their content."""
_WINDOW = 8
"""How many times more is looked at than shown: escape codes and redrawn lines fall away."""
_NOTICE = 100
"""Bytes set aside for the line that says what is left out."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def human_size(size: int) -> str:
    """A number of bytes as people read it, such as `1.5 MB`."""
    if size < 1000:
        return f"{size} bytes" if size != 1 else "1 byte"
    amount = float(size)
    for unit in ("kB", "MB"):
        amount /= 1000
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} GB"


def plain(text: str) -> str:
    """Terminal output as it would stand on paper: no escape codes, overwritten text gone."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    if "\b" in text:
        text = re.sub("[^\n\b]\b", "", text)
    if "\r" in text:
        text = "\n".join(_last_drawn(line) for line in text.split("\n"))
    return _CONTROLS.sub("", text)


def _last_drawn(line: str) -> str:
    """What stands in a line after every carriage return in it, as a progress bar uses them."""
    return next((piece for piece in reversed(line.split("\r")) if piece), "")


def for_model(text: str, max_lines: int = MODEL_LINES, max_bytes: int = MODEL_BYTES) -> str:
    """The start and the end of `text`, and how much is left out between; all of it where it fits.

    Args:
        text: any text.
        max_lines: lines of the answer, at most.
        max_bytes: bytes of the answer in UTF-8, at most; at least 200.
    """
    data = text.encode("utf-8", "replace")
    lines = data.count(b"\n")
    if len(data) <= max_bytes and lines <= max_lines:
        return text
    return _head_and_tail(data, data, len(data), lines, max_lines, max_bytes)


def _head_and_tail(
    first: bytes, last: bytes, size: int, lines: int, max_lines: int, max_bytes: int
) -> str:
    half = (max_bytes - _NOTICE) // 2
    head = _first_lines(first, half, max_lines // 2 - 1)
    tail = _last_lines(last, half, max_lines // 2 - 1)
    gone_lines = max(0, lines - head.count(b"\n") - tail.count(b"\n"))
    gone = human_size(max(0, size - len(head) - len(tail)))
    count = f"{gone_lines:,} lines, {gone}" if gone_lines else gone
    start = head.decode("utf-8", "ignore").rstrip("\n")
    return f"{start}\n[… left out here: {count} …]\n{tail.decode('utf-8', 'ignore')}"


def _first_lines(data: bytes, size: int, lines: int) -> bytes:
    piece = data[:size]
    end = -1
    for _ in range(lines):
        found = piece.find(b"\n", end + 1)
        if found < 0:
            break
        end = found
    else:
        return piece[: end + 1]
    # Whole lines where that costs little; a line that fills half the room is shown in part.
    return piece[: end + 1] if end > size // 2 else piece


def _last_lines(data: bytes, size: int, lines: int) -> bytes:
    piece = data[-size:]
    start = len(piece) - 1 if piece.endswith(b"\n") else len(piece)
    for _ in range(lines):
        found = piece.rfind(b"\n", 0, start)
        if found < 0:
            break
        start = found
    else:
        return piece[start + 1 :]
    return piece[start + 1 :] if start < len(piece) // 2 else piece


class Capture:
    """Collects a stream of bytes in bounded memory: the first and the last, and the true count.

    Args:
        keep: bytes kept of the start, and as many of the end.
    """

    def __init__(self, keep: int = KEEP) -> None:
        self._keep = keep
        self._head = bytearray()
        self._tail: deque[bytearray] = deque()
        self._tail_size = 0
        self.total = 0
        """Bytes that came."""
        self.lines = 0
        """Line ends that came."""

    @property
    def dropped(self) -> int:
        """Bytes that came and are not kept."""
        return self.total - len(self._head) - min(self._tail_size, self._keep)

    def add(self, chunk: bytes) -> None:
        """Take the next piece of the stream."""
        self.total += len(chunk)
        self.lines += chunk.count(b"\n")
        room = self._keep - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        if not chunk:
            return
        if self._tail and len(self._tail[-1]) + len(chunk) <= _BLOCK:
            self._tail[-1] += chunk
        else:
            self._tail.append(bytearray(chunk))
        self._tail_size += len(chunk)
        while self._tail_size - len(self._tail[0]) >= self._keep:
            self._tail_size -= len(self._tail.popleft())

    def content(self) -> bytes:
        """All that is kept, with a line in between that says how much is not."""
        if not self.dropped:
            return b"".join((self._head, *self._tail))
        gap = f"\n[… {self.dropped} bytes are not kept …]\n".encode()
        return b"".join((self._head, gap, self._end(self._keep)))

    def tail(self, lines: int = 10, size: int = 4000) -> str:
        """The last lines so far, clean, for showing while the stream goes on.

        Args:
            lines: how many, at most.
            size: bytes that are looked at.
        """
        text = plain(self._end(size).decode("utf-8", "replace"))
        return "\n".join(text.rstrip("\n").split("\n")[-lines:])

    def for_model(self, max_lines: int = MODEL_LINES, max_bytes: int = MODEL_BYTES) -> str:
        """The start and the end, clean, and how much is left out; see the function of this name."""
        window = _WINDOW * max_bytes
        if not self.dropped and self.total <= 2 * window:
            return for_model(plain(self.content().decode("utf-8", "replace")), max_lines, max_bytes)
        first = plain(bytes(self._head[:window]).decode("utf-8", "replace")).encode()
        last = plain(self._end(window).decode("utf-8", "replace")).encode()
        return _head_and_tail(first, last, self.total, self.lines, max_lines, max_bytes)

    def _end(self, size: int) -> bytes:
        """The last bytes, none from before a gap."""
        blocks: deque[bytes | bytearray] = deque()
        found = 0
        for block in reversed(self._tail):
            if found >= size:
                break
            blocks.appendleft(block)
            found += len(block)
        if found < size and not self.dropped:
            blocks.appendleft(self._head[-(size - found) :])
        return b"".join(blocks)[-size:]

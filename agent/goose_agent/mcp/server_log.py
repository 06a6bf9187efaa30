"""What a server writes beside the protocol: its last lines, bounded and clean, for people."""

from __future__ import annotations

from collections import deque

from goose_agent.tools.output import plain

__all__ = ["ServerLog"]

_LINES = 200
_LONGEST = 500
"""Characters of a line."""
_CUT = "…"


class ServerLog:
    """The last lines of one server.

    What comes in a flood is counted and not looked at: of each piece only the end can be among the
    last lines.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._rest = b""
        self.total = 0
        """Bytes of standard error so far."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The last ones, the latest last."""
        rest = self._clean(self._rest)
        return (*self._lines, rest) if rest else tuple(self._lines)

    def add(self, chunk: bytes) -> None:
        """Take the next piece of its standard error."""
        self.total += len(chunk)
        data = self._rest + chunk[-_LINES * _LONGEST :]
        *lines, self._rest = data.split(b"\n")
        self._rest = self._rest[-2 * _LONGEST :]
        for line in lines[-_LINES:]:
            if text := self._clean(line):
                self._lines.append(text)

    def note(self, text: str) -> None:
        """Add a line of our own, or one that the server sent otherwise."""
        for line in text.split("\n")[:20]:
            if shown := self._clean(line[: 2 * _LONGEST].encode("utf-8", "replace")):
                self._lines.append(shown)

    def _clean(self, line: bytes) -> str:
        text = plain(line[: 4 * _LONGEST].decode("utf-8", "replace")).strip()
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}{_CUT}"

"""Which pieces of a request are looked at, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from goose_tui.view.request_rows import KINDS, RequestRow

__all__ = ["Filter", "Look"]

Look = Literal["all", "largest", "new", "dropped"]

_WORDS: dict[Look, str] = {
    "all": "all, in order",
    "largest": "largest first",
    "new": "new in the last request",
    "dropped": "dropped since the request before",
}


class Filter(Struct, frozen=True):
    """What is looked at."""

    look: Look = "all"
    kind: str = ""
    """A kind as people read it; empty for all."""

    @property
    def words(self) -> str:
        """It in words."""
        return f"{_WORDS[self.look]} · {self.kind} only" if self.kind else _WORDS[self.look]

    def next_kind(self, rows: Sequence[RequestRow]) -> str:
        """The kind after this one, of those that are there; empty after the last."""
        there = dict.fromkeys(KINDS[row.segment.kind] for row in rows)
        kinds = ["", *there]
        at = kinds.index(self.kind) if self.kind in kinds else 0
        return kinds[(at + 1) % len(kinds)]

    def of(self, rows: Sequence[RequestRow], gone: Sequence[RequestRow]) -> Sequence[RequestRow]:
        """The pieces that are looked at.

        Args:
            rows: those of the request, in order.
            gone: those that were in the request before.
        """
        if self.kind:
            rows = [row for row in rows if KINDS[row.segment.kind] == self.kind]
            gone = [row for row in gone if KINDS[row.segment.kind] == self.kind]
        match self.look:
            case "all":
                return rows
            case "largest":
                return sorted(rows, key=lambda row: -row.tokens)
            case "new":
                return [row for row in rows if row.sent <= 1 and not row.dropped]
            case "dropped":
                return [*(row for row in rows if row.dropped), *gone]

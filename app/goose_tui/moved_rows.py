"""Finds the block of rows that a frame has moved up or down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from goose_tui.cells import UNKNOWN

__all__ = ["Move", "moved_block"]

_FEW = 3
"""Rows that must be found again, or there is nothing to gain."""
_COST = 40
"""Cells that could be written for what it takes to move rows."""


class Move(NamedTuple):
    """Rows that change their place together."""

    top: int
    """The first row of the region, from 0."""
    bottom: int
    """The last row of it."""
    by: int
    """Rows upwards; downwards where it is negative."""

    def applied(self, rows: Sequence[str], blank: str) -> list[str]:
        """What a terminal makes of these rows.

        Args:
            rows: of the whole screen.
            blank: the cell of rows that come in.
        """
        region = rows[self.top : self.bottom + 1]
        empty = [blank * len(rows[0])] * abs(self.by)
        inside = [*region[self.by :], *empty] if self.by > 0 else [*empty, *region[: self.by]]
        return [*rows[: self.top], *inside, *rows[self.bottom + 1 :]]


def moved_block(old: Sequence[str], new: Sequence[str], columns: slice, blank: str) -> Move | None:
    """The move that leaves the fewest cells to write; None where none saves enough.

    Args:
        old: the rows that are shown.
        new: those to be shown.
        columns: where what moves is looked for; whole rows move.
        blank: the cell of rows that come in.
    """
    move = _likely(old, new, columns)
    if move is None:
        return None
    region = slice(move.top, move.bottom + 1)
    if any(UNKNOWN in row for row in new[region]):
        return None  # what is not known cannot be written again
    left = _differing(move.applied(old, blank)[region], new[region])
    return move if left + _COST < _differing(old[region], new[region]) else None


def _likely(old: Sequence[str], new: Sequence[str], columns: slice) -> Move | None:
    """The move by which most rows are found again that stood at one place only."""
    parts = [row[columns] for row in old]
    places = {part: y for y, part in enumerate(parts) if len(set(part)) > 1}
    several = Counter(parts)
    moved: dict[int, list[int]] = {}
    for y, row in enumerate(new):
        part = row[columns]
        place = places.get(part, y)
        if place != y and several[part] == 1:
            moved.setdefault(place - y, []).append(y)
    if not moved:
        return None
    by, rows = max(moved.items(), key=lambda item: len(item[1]))
    if len(rows) < _FEW:
        return None
    return Move(min(rows[0], rows[0] + by), max(rows[-1], rows[-1] + by), by)


def _differing(old: Sequence[str], new: Sequence[str]) -> int:
    """How many cells differ."""
    pairs = (pair for pair in zip(old, new, strict=True) if pair[0] != pair[1])
    return sum(a != b for before, after in pairs for a, b in zip(before, after, strict=True))

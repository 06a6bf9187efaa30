"""Finding text in records: where the hits are, and which one comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from goose_tui.view.lines import RecordLine
from goose_tui.view.offsets import copied_text, place_of, snapped
from goose_tui.widgets.record_layout import Drawer, RecordLayout

__all__ = ["Hit", "RecordSearch"]

R = TypeVar("R")

Hit = tuple[int, int, int]
"""A row of a record, its first cell and the cell after the last; a wrapped hit has several."""


class RecordSearch(Generic[R]):
    """The hits of one pattern, without regard to case.

    Args:
        layout: the records.
        drawer: knows their text.
        pattern: taken literally; not empty.
    """

    def __init__(self, layout: RecordLayout[R], drawer: Drawer[R], pattern: str) -> None:
        self.pattern = pattern
        self._layout = layout
        self._drawer = drawer
        self._regex = re.compile(re.escape(pattern), re.IGNORECASE)
        self._current: tuple[str, int] | None = None
        self._known: dict[str, tuple[Sequence[RecordLine], list[list[Hit]]]] = {}

    def hits(self, index: int) -> list[list[Hit]]:
        """The hits in the lines of a record as it is shown, each with its parts on rows."""
        key, lines = self._layout.key(index), self._layout.lines(index)
        known = self._known.get(key)
        if known is not None and known[0] is lines:
            return known[1]
        found = [
            list(_parts(lines, match.start(), match.end()))
            for match in self._regex.finditer(copied_text(lines))
        ]
        if len(self._known) > 500:
            self._known.clear()
        self._known[key] = (lines, found)
        return found

    def spans(self, index: int, at: int) -> Iterator[tuple[int, int, bool]]:
        """The parts of hits on a row: cells, and whether it is the hit last gone to."""
        key = self._layout.key(index)
        for number, hit in enumerate(self.hits(index)):
            current = self._current == (key, number)
            for row, start, stop in hit:
                if row == at:
                    yield start, stop, current

    def step(self, start: int, *, backwards: bool = False) -> tuple[int, int, int] | None:
        """Go to the next hit, around the end if need be.

        Args:
            start: index of the record to begin with if no hit was gone to yet.
            backwards: to the one before instead.

        Returns:
            The record's index, the row of the hit and the number of its rows; None without a hit.
        """
        count = len(self._layout)
        if not count:
            return None
        step = -1 if backwards else 1
        index, number = self._from(start, step)
        # The record at which it begins is looked at again at the end, for what lies before.
        for _ in range(count + 1):
            found = self._hits_shown(index)
            if 0 <= number < len(found):
                self._current = (self._layout.key(index), number)
                row = found[number][0][0]
                return index, row, found[number][-1][0] - row + 1
            index = (index + step) % count
            number = 0 if step > 0 else len(self._hits_shown(index)) - 1
        self._current = None
        return None

    def _from(self, start: int, step: int) -> tuple[int, int]:
        """The record and the number of the hit to try first."""
        if self._current is not None:
            index = self._layout.index(self._current[0])
            if index is not None:
                return index, self._current[1] + step
        start = min(max(0, start), len(self._layout) - 1)
        return start, 0 if step > 0 else len(self._hits_shown(start)) - 1

    def _hits_shown(self, index: int) -> list[list[Hit]]:
        """The hits in a record, which is unfolded if that shows them; none without drawing it."""
        if self._regex.search(self._drawer.text(self._layout.record(index))) is None:
            return []
        found = self.hits(index)
        if not found and self._layout.folded(index):
            self._layout.fold(index, False)
            found = self.hits(index)
            if not found:
                self._layout.fold(index, True)
        return found


def _parts(lines: Sequence[RecordLine], start: int, stop: int) -> Iterator[Hit]:
    """The rows and cells of a range of the copied text."""
    row, column = place_of(lines, start)
    last_row, last_column = place_of(lines, stop - 1)
    for at in range(row, last_row + 1):
        begin = column if at == row else lines[at].gutter
        end = last_column + 1 if at == last_row else lines[at].end
        begin, end = snapped(lines[at], begin, end)
        if end > begin:
            yield at, begin, end

"""The part of the records that is looked at: the end as it grows, or a place that stays put."""

from __future__ import annotations

from typing import Generic, TypeVar

from goose_tui.view.offsets import offset_of, place_of
from goose_tui.widgets.record_layout import RecordLayout

__all__ = ["RecordWindow"]

R = TypeVar("R")

Place = tuple[int, int]
"""The index of a record and a line of it."""


class RecordWindow(Generic[R]):
    """A window of some lines onto a layout.

    Either it follows the end, or its first line is held at a line of a record: then whatever
    changes above or below moves nothing that is seen.

    Args:
        layout: the records.
        tail: whether the end is followed at first and whenever it is reached.
    """

    def __init__(self, layout: RecordLayout[R], *, tail: bool) -> None:
        self._layout = layout
        self._tail = tail
        self._following = tail
        self._height = 0
        self._key = ""
        self._place: Place = (0, 0)

    @property
    def following(self) -> bool:
        """Whether the end is followed."""
        return self._following

    @property
    def height(self) -> int:
        """Lines that are seen at once."""
        return self._height

    @property
    def line(self) -> int:
        """The line at the top, counted from the start of the records, as far as known."""
        index, offset = self._place
        return self._layout.top(index) + offset if len(self._layout) else 0

    def resize(self, width: int, height: int) -> None:
        """Look through a window of another size at the same text.

        Args:
            width: cells of a line.
            height: lines.
        """
        held = None
        if width != self._layout.width and not self._following and len(self._layout):
            index, line = self._first()
            held = index, offset_of(self._layout.lines(index), line, 0)
        self._height = height
        self._layout.resize(width, height)
        if held is not None:
            index, offset = held
            self._hold((index, place_of(self._layout.lines(index), offset)[0]))

    def rows(self) -> list[Place]:
        """What is seen, from the top: at most as many lines as the window is high."""
        if not len(self._layout) or not self._height:
            self._place = (0, 0)
            return []
        if self._following:
            self._hold(self._last_first())
        place = self._first()
        rows = self._down_from(place)
        if len(rows) < self._height:
            # There is less below than fits: show what is above instead of nothing.
            place = self._last_first()
            self._following = self._tail
            rows = self._down_from(place)
        self._hold(place)
        return rows

    def move(self, lines: int) -> None:
        """Look further down, or up if negative."""
        if not len(self._layout):
            return
        index, offset = self._last_first() if self._following else self._first()
        offset += lines
        while offset < 0 and index > 0:
            index -= 1
            offset += self._layout.height(index)
        while offset >= self._layout.height(index) and index < len(self._layout) - 1:
            offset -= self._layout.height(index)
            index += 1
        self._look((index, max(0, offset)))

    def to_start(self) -> None:
        """Look at the first line."""
        self._look((0, 0))

    def to_end(self) -> None:
        """Look at the last lines, and follow them if this window does that."""
        self._following = self._tail
        if len(self._layout) and not self._tail:
            self._hold(self._last_first())

    def to_line(self, line: int) -> None:
        """Look at a line counted from the start of the records, as far as known."""
        if not len(self._layout):
            return
        guessed = self._layout.total
        if line >= guessed - self._height:
            self.to_end()
            return
        index, offset = self._layout.at(line)
        self._look((index, min(offset, self._layout.height(index) - 1)))

    def reveal(self, index: int, line: int = 0, lines: int | None = None) -> None:
        """Look so that lines of a record are seen, without moving if they are.

        Args:
            index: of the record.
            line: the first of its lines to be seen.
            lines: how many, or all from there; of too many the first ones are seen.
        """
        wanted = self._layout.height(index) - line if lines is None else lines
        first = self._last_first() if self._following else self._first()
        if (index, line) < first or wanted >= self._height:
            self._look((index, line))
            return
        rows = self._down_from(first)
        if not rows or (index, line + wanted - 1) > rows[-1]:
            self._look(self._up_from((index, line + wanted - 1), self._height - 1))

    def hold(self, index: int, row: int) -> None:
        """Look so that the first line of a record stands on a row of the window.

        Args:
            index: of the record.
            row: from the top; negative if the record begins above it.
        """
        if row <= 0:
            self._look((index, min(-row, self._layout.height(index) - 1)))
        else:
            self._look(self._up_from((index, 0), row))

    def _first(self) -> Place:
        """The line at the top, where its record stands now."""
        index = self._layout.index(self._key)
        if index is None:
            index = min(self._place[0], len(self._layout) - 1)
        return index, min(self._place[1], max(0, self._layout.height(index) - 1))

    def _look(self, place: Place) -> None:
        """Hold a place, or follow the end if the place is there."""
        self._following = False
        if not len(self._layout):
            self._following = self._tail
        elif self._height and place >= (last := self._last_first()):
            self._following = self._tail
            self._hold(last)
        else:
            self._hold(place)

    def _hold(self, place: Place) -> None:
        index, line = place
        self._place = index, max(0, line)
        self._key = self._layout.key(index)

    def _last_first(self) -> Place:
        """The place of the first line if the last one is at the bottom."""
        last = len(self._layout) - 1
        return self._up_from((last, self._layout.height(last) - 1), self._height - 1)

    def _up_from(self, place: Place, lines: int) -> Place:
        """The place so many lines above another, or the first one."""
        index, offset = place
        offset -= lines
        while offset < 0 and index > 0:
            index -= 1
            offset += self._layout.height(index)
        return index, max(0, offset)

    def _down_from(self, place: Place) -> list[Place]:
        """The places from one on that fit into the window."""
        index, start = place
        rows: list[Place] = []
        while index < len(self._layout) and len(rows) < self._height:
            room = self._height - len(rows)
            stop = min(self._layout.height(index), start + room)
            rows += [(index, line) for line in range(start, stop)]
            index, start = index + 1, 0
        return rows

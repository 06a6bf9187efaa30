"""The part of the records that is selected: between two cells of two records, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from goose_agent.evolve import evolve
from goose_tui.view.lines import RecordLine
from goose_tui.view.offsets import offset_of, place_of, snapped, word_at
from goose_tui.widgets.record_layout import RecordLayout

__all__ = ["Point", "RecordSelection"]

R = TypeVar("R")


class Point(Struct, frozen=True):
    """A cell of a record."""

    key: str
    """Of the record."""
    line: int
    """Index of the row."""
    column: int
    """Cell of the row."""


class RecordSelection(Generic[R]):
    """What is selected in a layout.

    Args:
        layout: the records.
    """

    def __init__(self, layout: RecordLayout[R]) -> None:
        self._layout = layout
        self._start: Point | None = None
        self._end: Point | None = None

    @property
    def exists(self) -> bool:
        """Whether anything is selected."""
        return self._start is not None and self._end is not None

    def clear(self) -> None:
        """Select nothing."""
        self._start = self._end = None

    def begin(self, point: Point) -> None:
        """Remember where a selection would begin; nothing is selected before `extend`."""
        self._start, self._end = point, None

    def extend(self, point: Point) -> None:
        """Select from where it began to a cell, that cell included."""
        if self._start is not None and (self._end is not None or point != self._start):
            self._end = point

    def select_word(self, point: Point) -> None:
        """Select the word at a cell."""
        line = self._line(point)
        if line is not None:
            start, stop = word_at(line, point.column)
            self._select(point, start, stop)

    def select_line(self, point: Point) -> None:
        """Select the whole line at a cell, as it was written: rows that wrapping made are joined."""
        index = self._layout.index(point.key)
        if index is None or self._line(point) is None:
            return
        lines = self._layout.lines(index)
        first = last = point.line
        while first > 0 and lines[first].soft:
            first -= 1
        while last + 1 < len(lines) and lines[last + 1].soft:
            last += 1
        self._start = evolve(point, line=first, column=lines[first].gutter)
        self._end = evolve(point, line=last, column=max(0, lines[last].end - 1))

    def _select(self, point: Point, start: int, stop: int) -> None:
        if stop > start:
            self._start = evolve(point, column=start)
            self._end = evolve(point, column=stop - 1)

    def _line(self, point: Point) -> RecordLine | None:
        index = self._layout.index(point.key)
        lines = self._layout.lines(index) if index is not None else ()
        return lines[point.line] if 0 <= point.line < len(lines) else None

    def around(self, change: Callable[[], None]) -> None:
        """Keep the same text selected through something that wraps the records anew.

        Args:
            change: does that.
        """
        offsets = self._offset(self._start), self._offset(self._end)
        change()
        self._start = self._at(self._start, offsets[0])
        self._end = self._at(self._end, offsets[1])

    def _placed(self, point: Point | None) -> tuple[int, int, int] | None:
        """A cell by the index of its record, or None if the record is gone."""
        index = self._layout.index(point.key) if point else None
        return None if point is None or index is None else (index, point.line, point.column)

    def _offset(self, point: Point | None) -> int:
        index = self._layout.index(point.key) if point else None
        if point is None or index is None:
            return 0
        return offset_of(self._layout.lines(index), point.line, point.column)

    def _at(self, point: Point | None, offset: int) -> Point | None:
        index = self._layout.index(point.key) if point else None
        if point is None or index is None:
            return point
        return Point(point.key, *place_of(self._layout.lines(index), offset))

    def _ends(self) -> tuple[tuple[int, int, int], tuple[int, int, int]] | None:
        """Where it begins and ends: index, row and cell; None if there is nothing or it is gone."""
        start, end = self._placed(self._start), self._placed(self._end)
        if start is None or end is None:
            return None
        return min(start, end), max(start, end)

    def span(self, index: int, at: int, line: RecordLine) -> tuple[int, int] | None:
        """The cells of a row that are selected, or None.

        Args:
            index: of the record.
            at: index of the row in the record.
            line: the row.
        """
        ends = self._ends()
        if ends is None or not ends[0][:2] <= (index, at) <= ends[1][:2]:
            return None
        start = ends[0][2] if (index, at) == ends[0][:2] else 0
        stop = ends[1][2] + 1 if (index, at) == ends[1][:2] else line.end
        start, stop = snapped(line, start, stop)
        return (start, stop) if stop > start else None

    def text(self) -> str:
        """The selected text: wrapped lines joined, gutters left out."""
        ends = self._ends()
        if ends is None:
            return ""
        parts: list[str] = []
        for index in range(ends[0][0], ends[1][0] + 1):
            lines = self._layout.lines(index)
            first = ends[0][1] if index == ends[0][0] else 0
            last = ends[1][1] if index == ends[1][0] else len(lines) - 1
            parts += self._taken(index, lines, first, last, begun=bool(parts))
        return "".join(parts)

    def _taken(
        self, index: int, lines: Sequence[RecordLine], first: int, last: int, *, begun: bool
    ) -> list[str]:
        """What copying takes of the rows of one record."""
        parts: list[str] = []
        for at in range(max(0, first), min(last, len(lines) - 1) + 1):
            line = lines[at]
            if parts or begun:
                parts.append(line.glue if line.soft and at else "\n")
            span = self.span(index, at, line)
            parts.append(line.strip.crop(*span).text if span else "")
        return parts

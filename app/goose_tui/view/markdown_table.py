"""Tables: columns aligned, shrunk and wrapped to the width, rows laid out as they come."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from goose_tui.view.lines import RecordLine, cells, line_of, wrap
from goose_tui.view.markdown_inline import Inline, Logical
from goose_tui.view.markdown_syntax import interrupts, table_cells

__all__ = ["Table", "column_widths"]

_SAMPLE = 32
"""Rows after which the widths of the columns stay as they are."""
_GAP = 3
"""Cells between columns: a bar with a blank on both sides."""
_NARROWEST = 3
"""Cells below which a column is not shrunk."""


def column_widths(natural: Sequence[int], room: int) -> list[int] | None:
    """Widths that fit into the room: narrow columns keep theirs, wide ones share what is left.

    Args:
        natural: the width that each column would like to have, in cells.
        room: cells for all columns together, without the gaps.

    Returns:
        The widths, or None if not even the narrowest columns fit.
    """
    if room < len(natural) * _NARROWEST:
        return list(natural) if sum(natural) <= room else None
    widths = [0] * len(natural)
    left = room
    order = sorted(range(len(natural)), key=lambda index: natural[index])
    for place, index in enumerate(order):
        widths[index] = min(natural[index], left // (len(order) - place))
        left -= widths[index]
    return widths


class Table:
    """A table that is being read row by row.

    Args:
        head: the line with the names of the columns.
        aligns: the alignment of each column.
        inline: sets the cells.
        width: cells that a row may take.
        base: style of the cells.
    """

    lazy = False
    blank = False

    def __init__(
        self, head: str, aligns: Sequence[str], inline: Inline, width: int, base: Style
    ) -> None:
        self.out: list[RecordLine] = []
        self._inline = inline
        self._width = width
        self._base = base
        self._aligns = aligns
        self._head = self._cells(head, base + inline.palette.strong)
        self._rows: list[list[Logical]] = []
        self._widths: list[int] | None = None
        self._frozen = False

    def fork(self) -> Table:
        """A copy that can be fed on its own."""
        twin = copy.copy(self)
        twin.out = []
        twin._rows = list(self._rows)
        return twin

    def take(self, line: str) -> bool:
        """Take a row; False if the line is none."""
        if "|" not in line or interrupts(line):
            return False
        row = self._cells(line, self._base)
        if self._frozen:
            self._draw(row)
            return True
        self._rows.append(row)
        if len(self._rows) == _SAMPLE:
            self.close()
        return True

    def extend(self, text: str) -> bool:
        """False: a row does not go on for so long."""
        return False

    def close(self) -> None:
        """Lay out what was held back to learn the widths."""
        if self._frozen:
            return
        self._frozen = True
        natural = [
            max(1, *(cells(row[index]) for row in (self._head, *self._rows)))
            for index in range(len(self._aligns))
        ]
        self._widths = column_widths(natural, self._width - _GAP * (len(natural) - 1))
        self._draw(self._head)
        self._draw_rule()
        for row in self._rows:
            self._draw(row)
        self._rows = []

    def _cells(self, line: str, style: Style) -> list[Logical]:
        """The segments of each column of a row; missing cells are empty, surplus ones are joined."""
        count = len(self._aligns)
        texts = table_cells(line)
        if len(texts) > count:
            texts = [*texts[: count - 1], " | ".join(texts[count - 1 :])]
        texts += [""] * (count - len(texts))
        return [self._inline.lines(text, style)[0] for text in texts]

    def _bar(self) -> Segment:
        palette = self._inline.palette
        return Segment(f" {palette.glyphs.vertical} ", palette.rule)

    def _draw_rule(self) -> None:
        palette = self._inline.palette
        if self._widths is not None:
            total = sum(self._widths) + _GAP * (len(self._widths) - 1)
            rule = Segment(palette.glyphs.rule * total, palette.rule)
            self.out.append(RecordLine(Strip([rule], total)))

    def _draw(self, row: Sequence[Logical]) -> None:
        """Lay out one row; without room for columns its cells follow one another."""
        if self._widths is None:
            joined: Logical = []
            for cell in row:
                joined += [self._bar(), *cell] if joined else cell
            self.out += wrap(joined, self._width)
            return
        columns = [wrap(cell, width) for cell, width in zip(row, self._widths, strict=True)]
        for index in range(max(map(len, columns))):
            segments: Logical = []
            for column, lines in enumerate(columns):
                if column:
                    segments.append(self._bar())
                strip = lines[index].strip if index < len(lines) else Strip([], 0)
                segments += self._aligned(strip, column)
            self.out.append(line_of(segments))

    def _aligned(self, strip: Strip, column: int) -> Logical:
        """The segments of a cell with the blanks around them."""
        assert self._widths is not None
        blank = max(0, self._widths[column] - strip.cell_length)
        align = self._aligns[column]
        before = blank if align == "right" else blank // 2 if align == "center" else 0
        # Blanks at the end of the row would only be copied.
        after = 0 if column == len(self._widths) - 1 else blank - before
        return [Segment(" " * before, self._base), *strip, Segment(" " * after, self._base)]

"""Lines that divide: one character, over and over."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from goose_tui.view.formatting import align_right
from goose_tui.widgets.rows import Row, Rows

__all__ = ["HorizontalRule", "Label", "VerticalRule"]


class HorizontalRule(Rows):
    """A line across."""

    def rows(self, width: int) -> list[Row]:
        """One row."""
        return [[Segment(self.palette.glyphs.rule * width, self.palette.rule)]]


class VerticalRule(Rows):
    """A line down."""

    def rows(self, width: int) -> list[Row]:
        """As many rows as there is room for."""
        row = [Segment(self.palette.glyphs.vertical, self.palette.rule)]
        return [row] * max(1, self.size.height)

    def render_line(self, y: int) -> Strip:
        """Every row is the same."""
        base = self.rich_style
        strip = Strip([Segment(self.palette.glyphs.vertical, self.palette.rule)], 1)
        return strip.apply_style(base)


class Label(Rows):
    """A dim word at the left and another at the right, or a line below that says what will come."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said = ("", "", "")

    def show(self, left: str, right: str = "", *, empty: str = "") -> None:
        """Say this from now on.

        Args:
            left: the title.
            right: a count; may be empty.
            empty: what stands below while there is no count.
        """
        if (left, right, empty) != self._said:
            self._said = (left, right, empty)
            self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """One row, or two."""
        left, right, empty = self._said
        dim = self.palette.dim
        row = align_right(left, right, width, self.palette.glyphs.ellipsis)
        rows: list[Row] = [[Segment(row, dim)]]
        return rows if right or not empty else [*rows, [Segment(empty, dim)]]

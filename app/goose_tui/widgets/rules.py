"""Lines that divide: one character, over and over."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

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
    """A dim word at the left and another at the right."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left = self._right = ""

    def show(self, left: str, right: str = "") -> None:
        """Say this from now on."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.redraw()

    def rows(self, width: int) -> list[Row]:
        """One row."""
        gap = " " * max(1, width - len(self._left) - len(self._right))
        dim = self.palette.dim
        return [[Segment(self._left, dim), Segment(gap), Segment(self._right, dim)]]

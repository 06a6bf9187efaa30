"""The base of the small panels: a widget that is rows of styled text and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from goose_tui.view.palette import Palette

__all__ = ["Row", "Rows"]

Row = Sequence[Segment]


class Rows(Widget):
    """Draws what `rows` says, cut to its width.

    A subclass keeps what it shows in attributes and calls `redraw` when they change; rows are made
    once for a width and a state.
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._palette = Palette.plain()
        self._drawn: list[Strip] = []
        self._drawn_width = -1
        self._base = Style.null()

    @property
    def palette(self) -> Palette:
        """Styles and glyphs."""
        return self._palette

    @palette.setter
    def palette(self, palette: Palette) -> None:
        self._palette = palette
        self.redraw(layout=True)

    def rows(self, width: int) -> Sequence[Row]:
        """What to draw.

        Args:
            width: cells of a row.
        """
        raise TypeError(f"{type(self).__name__} does not say what to draw")

    def redraw(self, *, layout: bool = False) -> None:
        """Draw anew; with `layout` the number of rows may have changed."""
        width, before = self._drawn_width, len(self._drawn)
        # More may change until they are drawn: the rows that are counted here are not kept.
        self._drawn_width = -1
        # A layout paints the whole screen: not for other words in as many rows.
        self.refresh(layout=layout and (width < 0 or len(self.rows(width)) != before))

    def _strips(self, width: int) -> list[Strip]:
        if width != self._drawn_width:
            self._drawn = [Strip(row) for row in self.rows(width)]
            self._drawn_width = width
        return self._drawn

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are."""
        return len(self._strips(width))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some rows; what lies below all of them is looked up once."""
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row, on the widget's own background."""
        width = self.size.width
        strips = self._strips(width)
        base = self._base
        strip = strips[y] if y < len(strips) else Strip.blank(width)
        return strip.adjust_cell_length(width, base).apply_style(base)

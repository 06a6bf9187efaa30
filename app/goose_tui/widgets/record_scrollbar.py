"""The scrollbar of a view of records: Textual's own, without a renderable and styles for each row."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

__all__ = ["RecordScrollBar"]


class RecordScrollBar(ScrollBar):
    """A vertical scrollbar; rows that look the same are the same strip, in all frames."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Its rows, top to bottom."""
        if self.parent is None:  # its view has just been taken off the screen
            return [Strip.blank(crop.width)] * crop.height
        bar = self.render()
        assert isinstance(bar, ScrollBarRender)
        style = self.app.console.get_style(bar.style)
        assert style.color is not None and style.bgcolor is not None
        width, height = self.outer_size
        rows = bar.render_bar(
            height,
            bar.virtual_size,
            bar.window_size,
            bar.position,
            width,
            back_color=style.bgcolor,
            bar_color=style.color,
        ).segments
        base = self.rich_style
        strips = [_strip(row, base) for row in rows[crop.y : crop.bottom]]
        background = self.background_colors[1]
        for each in self.get_line_filters():
            strips = [strip.apply_filter(each, background) for strip in strips]
        return [strip.crop(*crop.column_span) for strip in strips]


@lru_cache(64)
def _strip(segment: Segment, base: Style) -> Strip:
    return Strip([segment]).apply_style(base)

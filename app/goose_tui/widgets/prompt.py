"""The mark before the composer."""

from __future__ import annotations

from rich.segment import Segment

from goose_tui.widgets.rows import Row, Rows

__all__ = ["Prompt"]


class Prompt(Rows):
    """One glyph."""

    def rows(self, width: int) -> list[Row]:
        """One row."""
        return [[Segment(" "), Segment(self.palette.glyphs.prompt, self.palette.accent)]]

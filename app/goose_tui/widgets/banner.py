"""One line that cannot be overlooked: what holds everything up, as long as it does."""

from __future__ import annotations

from rich.segment import Segment

from goose_tui.view.lines import plain_lines
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

__all__ = ["Banner"]


class Banner(Rows):
    """Not shown while there is nothing to say."""

    DEFAULT_CSS = "Banner { height: auto; display: none; background: $panel; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words = ""

    def show(self, words: str) -> None:
        """Say this from now on."""
        if words != self._words:
            self._words = words
            self.display = bool(words)
            self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """The words, in as many rows as they take."""
        palette = self.palette
        lines = plain_lines(clean_line(self._words), max(1, width - 4), palette.warn)
        first = Segment(f" {palette.glyphs.failed} ", palette.error)
        return [
            [first if at == 0 else Segment("   "), *line.strip] for at, line in enumerate(lines)
        ]

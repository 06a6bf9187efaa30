"""The context gauge: how full the model's window is, with what, and what it has cost."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from goose_tui.view.formatting import money, tokens
from goose_tui.view.gauge import GaugeReading, Share
from goose_tui.view.lines import plain_lines
from goose_tui.widgets.rows import Row, Rows

__all__ = ["Gauge"]

_FULL = 0.95
_HIGH = 0.8
"""Fractions of the window from which the bar warns."""


class Gauge(Rows):
    """A title with numbers, a bar, and a legend by kind."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._reading = GaugeReading()

    def show(self, reading: GaugeReading) -> None:
        """Show this reading from now on."""
        if reading != self._reading:
            self._reading = reading
            self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """The title, the bar where the window is known, and the legend."""
        reading, palette = self._reading, self.palette
        rows: list[Row] = [self._title(width)]
        if not reading.tokens:
            return [*rows, [Segment("nothing sent yet", palette.dim)]]
        if reading.fraction is not None:
            rows.append(self._bar(reading.fraction, width))
        rows += self._legend(reading.shares, width)
        if reading.window is None:
            words = "window not known: set GOOSE_CONTEXT_LIMIT"
            rows += [list(line.strip) for line in plain_lines(words, width, palette.dim)]
        return rows

    def _title(self, width: int) -> Row:
        reading, palette = self._reading, self.palette
        about = palette.glyphs.about if reading.estimated and reading.tokens else ""
        words = []
        if reading.tokens and reading.fraction is not None:
            words.append(f"{round(100 * reading.fraction)}%")
        if reading.tokens:
            whole = f"/{tokens(reading.window)}" if reading.window else ""
            words.append(f"{about}{tokens(reading.tokens)}{whole}")
        if reading.cost is not None:
            words.append(money(reading.cost) + ("+" if reading.partly_priced else ""))
        right = "  ".join(words)
        gap = " " * max(1, width - 7 - cell_len(right))
        return [Segment("Context", palette.dim), Segment(gap), Segment(right, self._level())]

    def _level(self) -> Style:
        palette, fraction = self.palette, self._reading.fraction
        if fraction is None or fraction < _HIGH:
            return palette.text
        return palette.warn if fraction < _FULL else palette.error

    def _bar(self, fraction: float, width: int) -> Row:
        palette, glyphs = self.palette, self.palette.glyphs
        full = min(width, round(fraction * width))
        if fraction > 0:
            full = max(1, full)
        style = palette.accent if fraction < _HIGH else self._level()
        return [
            Segment(glyphs.bar_full * full, style),
            Segment(glyphs.bar_empty * (width - full), palette.rule),
        ]

    def _legend(self, shares: tuple[Share, ...], width: int) -> list[Row]:
        palette = self.palette
        rows: list[Row] = []
        row: list[Segment] = []
        used = 0
        for share in shares:
            count = tokens(share.tokens)
            size = cell_len(share.name) + 1 + len(count)
            if row and used + 2 + size > width:
                rows.append(row)
                row, used = [], 0
            if row:
                row.append(Segment("  "))
                used += 2
            row += [Segment(f"{share.name} ", palette.dim), Segment(count, palette.text)]
            used += size
        return [*rows, row] if row else rows

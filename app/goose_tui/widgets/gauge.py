"""The context gauge: how full the model's window is, with what, and what it has cost."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from goose_tui.view.gauge import GaugeReading, Share
from goose_tui.view.lines import plain_lines
from goose_tui.view.numbers import money, tokens
from goose_tui.view.palette import Palette
from goose_tui.view.share_bar import share_bar
from goose_tui.widgets.rows import Row, Rows

__all__ = ["Gauge"]

_FULL = 0.95
_HIGH = 0.8
"""Fractions of the window from which the numbers warn, the second where no other is set."""


class Gauge(Rows):
    """A title with numbers, a bar by kind, a legend, and what the last call tells."""

    class Clicked(Message):
        """Somebody wants to know more."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._reading = GaugeReading()

    def show(self, reading: GaugeReading) -> None:
        """Show this reading from now on."""
        if reading != self._reading:
            self._reading = reading
            self.redraw(layout=True)

    def on_click(self, event: events.Click) -> None:
        """Somebody points at it."""
        event.stop()
        self.post_message(self.Clicked())

    def rows(self, width: int) -> list[Row]:
        """The title, the bar where the window is known, the legend, what the last call tells."""
        reading, palette = self._reading, self.palette
        rows: list[Row] = [self._title(width)]
        if not reading.tokens:
            return [*rows, [Segment("nothing sent yet", palette.dim)]]
        if reading.window:
            rows.append(share_bar(reading, width, palette))
        rows += _wrapped([_legend(share, palette) for share in reading.shares], width)
        rows += _wrapped(self._facts(), width)
        if reading.window is None:
            words = "window not known: set GOOSE_CONTEXT_LIMIT"
            rows += [list(line.strip) for line in plain_lines(words, width, palette.dim)]
        return rows

    def _title(self, width: int) -> Row:
        reading, palette = self._reading, self.palette
        estimated = reading.certainty == "estimated" and reading.tokens
        about = palette.glyphs.about if estimated else ""
        words = []
        if reading.tokens and reading.fraction is not None:
            words.append(f"{round(100 * reading.fraction)}%")
        if reading.tokens:
            more = "+" if reading.stale else ""
            whole = f"/{tokens(reading.window)}" if reading.window else ""
            words.append(f"{about}{tokens(reading.tokens)}{more}{whole}")
        if reading.cost is not None:
            words.append(money(reading.cost) + ("+" if reading.partly_priced else ""))
        right = "  ".join(words)
        gap = " " * max(1, width - 7 - cell_len(right))
        return [Segment("Context", palette.dim), Segment(gap), Segment(right, self._level())]

    def _level(self) -> Style:
        reading, palette = self._reading, self.palette
        fraction = reading.fraction
        if fraction is None or fraction < (reading.threshold or _HIGH):
            return palette.dim if reading.stale else palette.text
        return palette.warn if fraction < _FULL else palette.error

    def _facts(self) -> list[Row]:
        reading, palette = self._reading, self.palette
        facts: list[Row] = []
        if reading.call_cost is not None and reading.cost is not None:
            facts.append(
                [Segment("last ", palette.dim), Segment(money(reading.call_cost), palette.text)]
            )
        if reading.agents_tokens:
            cost = f"  {money(reading.agents_cost)}" if reading.agents_cost is not None else ""
            words = f"{tokens(reading.agents_tokens)}{cost}"
            facts.append([Segment("subagents ", palette.dim), Segment(words, palette.text)])
        if reading.cached is not None:
            share = f"{round(100 * reading.cached)}%"
            facts.append([Segment("cached ", palette.dim), Segment(share, palette.text)])
        if reading.saved:
            facts.append(
                [
                    Segment("saved ", palette.dim),
                    Segment(f"{palette.glyphs.about}{tokens(reading.saved)}", palette.text),
                ]
            )
        if (left := reading.turns_left) is not None:
            turns = "1 turn" if left == 1 else f"{left} turns"
            words = f"compacts in about {turns}" if left else "compacts with the next request"
            facts.append([Segment(words, palette.warn if left < 2 else palette.dim)])
        return facts


def _legend(share: Share, palette: Palette) -> Row:
    return [Segment(f"{share.name} ", palette.dim), Segment(tokens(share.tokens), palette.text)]


def _wrapped(pieces: Sequence[Row], width: int) -> list[Row]:
    """Pieces side by side, in as many rows as they need."""
    rows: list[Row] = []
    row: list[Segment] = []
    used = 0
    for piece in pieces:
        size = sum(cell_len(segment.text) for segment in piece)
        if row and used + 2 + size > width:
            rows.append(row)
            row, used = [], 0
        if row:
            row.append(Segment("  "))
            used += 2
        row += piece
        used += size
    return [*rows, row] if row else rows

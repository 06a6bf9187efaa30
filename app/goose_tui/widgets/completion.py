"""How the draft may go on: a short list above the composer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_tui.view.formatting import cut_end, fit
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

__all__ = ["MOST", "Completer", "CompletionList", "Offer"]

MOST = 8
"""Rows of the list, at most."""


class Offer(Struct, frozen=True):
    """One way to go on."""

    word: str
    """What stands in the draft once it is taken."""
    argument: str
    """What may follow; empty for nothing."""
    words: str
    """What it means, in a few words."""
    mark: str = ""
    """What stands before the word."""


class Completer(Protocol):
    """Knows how a draft may go on."""

    @property
    def offers(self) -> Sequence[Offer]:
        """The ways, the best first; empty for none."""

    @property
    def at(self) -> int:
        """Which one is chosen."""

    def read(self, line: str, *, alone: bool, anew: bool = False) -> None:
        """The draft is this now.

        Args:
            line: the one with the cursor, up to it.
            alone: whether that is all of the draft.
            anew: whether what there is may have changed.
        """

    def move(self, step: int) -> None:
        """Choose another one."""

    def close(self) -> None:
        """Offer nothing for the rest of this word."""

    def take(self, *, send: bool) -> tuple[str, bool] | None:
        """The line with the chosen one and whether to send it; None to send it as it is."""


class CompletionList(Rows):
    """The offers around the chosen one, and how many more there are."""

    DEFAULT_CSS = "CompletionList { height: auto; max-height: 8; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._offers: Sequence[Offer] = ()
        self._at = 0
        self._top = 0

    def show(self, offers: Sequence[Offer], at: int) -> None:
        """Show these from now on.

        Args:
            offers: all of them; empty to show nothing.
            at: which one is chosen.
        """
        room = MOST if len(offers) <= MOST else MOST - 1
        top = self._top if offers == self._offers else 0
        self._top = max(min(top, at), at - room + 1)
        self._offers, self._at = offers, at
        self.display = bool(offers)
        self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """A line an offer: the word, what may follow dim, what it means."""
        offers, palette = self._offers, self.palette
        crowded = len(offers) > MOST
        seen = offers[self._top : self._top + (MOST - 1 if crowded else MOST)]
        labels = [cell_len(clean_line(f"{o.mark}{o.word} {o.argument}".rstrip())) for o in offers]
        column = min(max(labels, default=0), width // 2)
        rows = [self._row(offer, column, width) for offer in seen]
        if crowded:
            where = f"   {self._at + 1} of {len(offers)}"
            rows.append([Segment(where, palette.dim)])
        return rows

    def _row(self, offer: Offer, column: int, width: int) -> Row:
        palette = self.palette
        chosen = offer is self._offers[self._at]
        dots = palette.glyphs.ellipsis
        word = cut_end(clean_line(offer.mark + offer.word), column, dots)
        rest = fit(f" {offer.argument}", column - cell_len(word), dots)
        words = fit(clean_line(offer.words), max(0, width - column - 6), dots)
        bar = palette.glyphs.prompt if chosen else " "
        segments = [
            Segment(f" {bar} ", palette.accent),
            Segment(word, palette.bright if chosen else palette.text),
            Segment(f"{rest}  ", palette.dim),
            Segment(f"{words} ", palette.text if chosen else palette.dim),
        ]
        return list(Segment.apply_style(segments, post_style=palette.cursor if chosen else None))

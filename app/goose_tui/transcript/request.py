"""The pieces of a request as lines: what each is, where it comes from, what was done to it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment as Piece

from goose_tui.view.formatting import cut_end, fit
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.numbers import tokens
from goose_tui.view.palette import Palette
from goose_tui.view.request_rows import KINDS, RequestRow
from goose_tui.view.untrusted import clean_line

__all__ = ["RequestDrawer", "request_heading"]

_KIND = max(map(len, KINDS.values()))
_ORIGIN = 6
_TURN = 5
_TOKENS = 6
_SHARE = 4
_SENT = 6
_WIDE = 84
"""Columns from which on a line tells where a piece comes from, too."""
_LOOKED_AT = 400
"""Characters of a text of which its first line is made."""


def request_heading(width: int) -> str:
    """What the columns are."""
    if width < _WIDE:
        return f" {'':{_KIND}} {'tokens':>{_TOKENS}} {'':{_SHARE}}"
    return (
        f" {'':{_KIND}} {'from':{_ORIGIN}} {'turn':{_TURN}}{'tokens':>{_TOKENS}} "
        f"{'':{_SHARE}} {'sent':>{_SENT}}"
    )


class RequestDrawer:
    """Draws pieces for a `RecordView`, a line each.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: RequestRow) -> str:
        """What names a piece."""
        return record.key

    def text(self, record: RequestRow) -> str:
        """What searching looks at."""
        return record.text or ""

    def estimate(self, record: RequestRow, width: int) -> int:
        """A line."""
        return 1

    def foldable(self, record: RequestRow) -> bool:
        """There is no more of it here."""
        return False

    def folded_by_default(self, record: RequestRow) -> bool:
        """Nothing to hide."""
        return False

    def lines(self, record: RequestRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """Kind, origin, size, how often it was sent, marks and how it begins."""
        palette, segment = self.palette, record.segment
        about = palette.glyphs.about if segment.source == "estimate" else ""
        kind = palette.dim if record.dropped else palette.text
        size = f"{about}{tokens(record.tokens)}"
        measures = f"{size:>{_TOKENS}} {_percent(record.share):>{_SHARE}}"
        head = [Piece(f" {fit(KINDS[segment.kind], _KIND)} ", kind)]
        if width >= _WIDE:
            origin = f"#{segment.origin}" if segment.origin else ""
            turn = str(record.turn) if record.turn else ""
            times = _times(record)
            head.append(Piece(f"{fit(origin, _ORIGIN)} {fit(turn, _TURN)}", palette.dim))
            head.append(Piece(f"{measures} {times:>{_SENT}}", palette.dim))
        else:
            head.append(Piece(measures, palette.dim))
        head.append(Piece("  ", palette.dim))
        marks = f"  {' '.join(record.marks)}" if record.marks else ""
        cached = "  cached" if record.cached and width >= _WIDE else ""
        tail = [Piece(marks, palette.warn), Piece(cached, palette.dim)]
        used = sum(cell_len(piece.text) for piece in (*head, *tail))
        room = max(0, width - used - 1)
        begins = fit(self._begins(record, room), room)
        style = palette.dim if record.dropped else palette.bright
        return [line_of([*head, Piece(begins, style), *tail])]

    def _begins(self, record: RequestRow, room: int) -> str:
        if record.text is None:
            return "enter shows it" if record.segment.kind != "image" else ""
        line = clean_line(" ".join(record.text[:_LOOKED_AT].split()))
        return cut_end(line, room, self.palette.glyphs.ellipsis)


def _times(row: RequestRow) -> str:
    if not row.sent:
        return "" if row.dropped else "next"
    return "new" if row.sent == 1 else f"{row.sent}x"


def _percent(share: float) -> str:
    if not share:
        return ""
    return f"{round(100 * share)}%" if share >= 0.005 else "<1%"

"""The pieces of a request as lines: what each is, where it comes from, what was done to it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment as Piece

from goose_tui.view.formatting import cut_end, fit, tokens
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.palette import Palette
from goose_tui.view.request_rows import KINDS, RequestRow
from goose_tui.view.untrusted import clean_line

__all__ = ["RequestDrawer"]

_KIND = max(map(len, KINDS.values()))
_ORIGIN = 6
_TOKENS = 6
_LOOKED_AT = 400
"""Characters of a text of which its first line is made."""


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
        """Kind, origin, size, marks and how it begins."""
        palette, segment = self.palette, record.segment
        glyphs = palette.glyphs
        origin = f"#{segment.origin}" if segment.origin else ""
        size = f"{glyphs.about} {tokens(record.tokens)}"
        head = [
            Piece(
                f" {fit(KINDS[segment.kind], _KIND)} ",
                palette.dim if record.dropped else palette.text,
            ),
            Piece(f"{fit(origin, _ORIGIN)} ", palette.dim),
            Piece(f"{size:>{_TOKENS}}  ", palette.dim),
        ]
        marks = f"  {' '.join(record.marks)}" if record.marks else ""
        used = sum(cell_len(piece.text) for piece in head)
        room = max(0, width - used - len(marks) - 1)
        begins = fit(self._begins(record, room), room)
        style = palette.dim if record.dropped else palette.bright
        return [line_of([*head, Piece(begins, style), Piece(marks, palette.warn)])]

    def _begins(self, record: RequestRow, room: int) -> str:
        if record.text is None:
            return "enter shows it" if record.segment.kind != "image" else ""
        line = clean_line(record.text[:_LOOKED_AT].strip())
        return cut_end(line, room, self.palette.glyphs.ellipsis)

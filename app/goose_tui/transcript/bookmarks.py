"""The bookmarks of a recording as lines."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_tui.view.formatting import fit
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line

__all__ = ["BookmarkDrawer", "BookmarkRow"]

_NUMBER = 8


class BookmarkRow(Struct, frozen=True):
    """One bookmark."""

    seq: int
    note: str
    happened: str
    """What happened there."""


class BookmarkDrawer:
    """Draws bookmarks for a `RecordView`, a line each.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: BookmarkRow) -> str:
        """What names a bookmark."""
        return str(record.seq)

    def text(self, record: BookmarkRow) -> str:
        """What searching looks at."""
        return f"{record.note}\n{record.happened}"

    def estimate(self, record: BookmarkRow, width: int) -> int:
        """A line."""
        return 1

    def foldable(self, record: BookmarkRow) -> bool:
        """There is no more of it."""
        return False

    def folded_by_default(self, record: BookmarkRow) -> bool:
        """Nothing to hide."""
        return False

    def lines(self, record: BookmarkRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """Number, note, what happened."""
        palette = self.palette
        number = fit(f" #{record.seq}", _NUMBER)
        note = clean_line(record.note)
        gap = "  " if note else ""
        room = max(1, width - _NUMBER - cell_len(note) - len(gap))
        happened = fit(clean_line(record.happened), room, palette.glyphs.ellipsis)
        return [
            line_of(
                [
                    Segment(number, palette.dim),
                    Segment(note + gap, palette.bright),
                    Segment(happened, palette.dim),
                ]
            )
        ]

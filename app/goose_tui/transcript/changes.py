"""The files a session changed, as lines: one for each file, below it what changed in there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_agent.events import ChangedFile, ListedHunk
from goose_tui.view.diff import diff_lines
from goose_tui.view.formatting import cut_path
from goose_tui.view.lines import (
    Prefix,
    RecordLine,
    blank_line,
    cells,
    indent,
    line_of,
    plain_lines,
)
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["ChangeDrawer", "ChangeRow", "change_rows"]

_ORIGINS = {"tool": "", "command": "by a command", "person": "partly taken back"}
_LETTERS = {"added": "A", "changed": "M", "deleted": "D"}


class ChangeRow(Struct, frozen=True):
    """A file, or lines of it that changed together."""

    file: ChangedFile
    folded: bool = False
    """Whether its lines are hidden."""
    number: int | None = None
    """Which hunk it is; None for the file itself."""

    @property
    def key(self) -> str:
        """What names it."""
        return self.file.path if self.number is None else f"{self.file.path}\n{self.number}"

    @property
    def hunk(self) -> ListedHunk | None:
        """The lines, where it is about lines."""
        return None if self.number is None else self.file.hunks[self.number]


def change_rows(files: Sequence[ChangedFile], folded: Collection[str]) -> Iterator[ChangeRow]:
    """The rows of a list of changed files.

    Args:
        files: what changed.
        folded: paths of files of which only the name is shown.
    """
    for file in files:
        closed = file.path in folded
        yield ChangeRow(file, closed)
        if not closed:
            for number in range(len(file.hunks)):
                yield ChangeRow(file, number=number)


class ChangeDrawer:
    """Draws changed files for a `RecordView`.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: ChangeRow) -> str:
        """What names a row."""
        return record.key

    def text(self, record: ChangeRow) -> str:
        """What searching looks at."""
        return record.file.shown if record.hunk is None else record.hunk.text

    def estimate(self, record: ChangeRow, width: int) -> int:
        """About how many lines it takes."""
        return 1 if record.hunk is None else record.hunk.text.count("\n") + 1

    def foldable(self, record: ChangeRow) -> bool:
        """Files are folded by whoever makes the rows."""
        return False

    def folded_by_default(self, record: ChangeRow) -> bool:
        """All is shown."""
        return False

    def lines(self, record: ChangeRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """The name of a file with its counts, or lines that changed."""
        hunk = record.hunk
        if hunk is None:
            return self._head(record, width)
        rows = diff_lines(
            _as_diff(hunk), width - 2, self.palette, path=record.file.shown, headers=False
        )
        return [*indent(rows, Prefix.of("  ", self.palette.text)), blank_line()]

    def _head(self, record: ChangeRow, width: int) -> list[RecordLine]:
        palette, file = self.palette, record.file
        mark = palette.glyphs.folded if record.folded else palette.glyphs.unfolded
        words = ", ".join(filter(None, (_ORIGINS[origin] for origin in file.origins)))
        counts = [
            Segment(f"  {words}" if words else "", palette.dim),
            Segment(f"  +{file.added}", palette.ok),
            Segment(f" -{file.removed}", palette.error),
        ]
        before = f"{mark} {_LETTERS[file.status]} "
        room = max(8, width - cell_len(before) - cells(counts))
        name = cut_path(clean_line(file.shown), room, palette.glyphs.ellipsis)
        gap = " " * max(0, room - cell_len(name))
        line = line_of(
            [Segment(before, palette.dim), Segment(name, palette.bright), Segment(gap), *counts]
        )
        if record.folded or not file.note:
            return [line]
        note = plain_lines(clean(file.note), width - 4, palette.warn)
        return [line, *indent(note, Prefix.of("    ", palette.text))]


def _as_diff(hunk: ListedHunk) -> str:
    """The lines as a diff of their own."""
    return f"--- a/x\n+++ b/x\n{hunk.text}"

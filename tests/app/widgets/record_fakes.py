"""Records and a drawer that counts what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.segment import Segment
from rich.style import Style

from goose_tui.view.lines import RecordLine, line_of, plain_lines
from goose_tui.view.palette import Palette


@dataclass(frozen=True)
class Note:
    """A record of plain text."""

    key: str
    text: str
    folds: bool = False
    guess: int | None = None


@dataclass
class NoteDrawer:
    """Draws notes wrapped; a folded one is its first line."""

    palette: Palette = field(default_factory=Palette.plain)
    drawn: list[str] = field(default_factory=list)
    asked: int = 0

    def key(self, record: Note) -> str:
        self.asked += 1
        return record.key

    def text(self, record: Note) -> str:
        return record.text

    def estimate(self, record: Note, width: int) -> int:
        return record.guess if record.guess is not None else 1 + len(record.text) // width

    def foldable(self, record: Note) -> bool:
        return record.folds

    def folded_by_default(self, record: Note) -> bool:
        return record.folds

    def lines(self, record: Note, width: int, folded: bool) -> Sequence[RecordLine]:
        self.drawn.append(record.key)
        if record.text.startswith("https://"):
            return [line_of([Segment(record.text, Style(link=record.text))])]
        lines = plain_lines(record.text, width, self.palette.text)
        return lines[:1] if folded else lines


def notes(count: int, text: str = "note {} says something") -> list[Note]:
    """So many records of one line each."""
    return [Note(f"n{number}", text.format(number)) for number in range(count)]

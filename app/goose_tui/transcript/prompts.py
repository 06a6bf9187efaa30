"""What the person said in a session as lines, to go back to one of them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_agent.state.records import CallRecord, UserRecord
from goose_agent.state.session_state import SessionState
from goose_tui.view.formatting import fit
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line

__all__ = ["PromptDrawer", "PromptRow", "prompt_rows"]

_NUMBER = 5


class PromptRow(Struct, frozen=True):
    """A message of the person, and what came of it."""

    seq: int
    number: int
    """From 1."""
    text: str
    calls: int = 0
    """Up to the next message."""
    files: int = 0
    """Files that were changed up to the next message."""


def prompt_rows(state: SessionState) -> list[PromptRow]:
    """What the person said, in order."""
    rows: list[PromptRow] = []
    files: set[str] = set()
    for record in state.records:
        match record:
            case UserRecord():
                files = set()
                rows.append(PromptRow(record.seq, len(rows) + 1, record.text))
            case CallRecord() if rows:
                files |= {change.path for change in record.files}
                last = rows[-1]
                rows[-1] = PromptRow(last.seq, last.number, last.text, last.calls + 1, len(files))
            case _:
                pass
    return rows


class PromptDrawer:
    """Draws messages for a `RecordView`, a line each.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: PromptRow) -> str:
        """What names a message."""
        return str(record.seq)

    def text(self, record: PromptRow) -> str:
        """What searching looks at."""
        return record.text

    def estimate(self, record: PromptRow, width: int) -> int:
        """A line."""
        return 1

    def foldable(self, record: PromptRow) -> bool:
        """There is no more of it."""
        return False

    def folded_by_default(self, record: PromptRow) -> bool:
        """Nothing to hide."""
        return False

    def lines(self, record: PromptRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """Number, how it begins, what came of it."""
        palette = self.palette
        number = f"{record.number:>{_NUMBER - 2}}  "
        came = "  ".join(_counted(record))
        gap = "  " if came else ""
        room = max(1, width - len(number) - cell_len(came) - len(gap) - 1)
        said = " ".join(clean_line(record.text).split("␊"))
        return [
            line_of(
                [
                    Segment(number, palette.dim),
                    Segment(fit(said.strip(), room, palette.glyphs.ellipsis), palette.text),
                    Segment(f"{gap}{came} ", palette.dim),
                ]
            )
        ]


def _counted(row: PromptRow) -> Sequence[str]:
    counts = [(row.calls, "call"), (row.files, "file")]
    return [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count]

"""A proposed compaction as lines: pieces with what becomes of each, and what the model would see."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_tui.view.formatting import cut_end, fit
from goose_tui.view.lines import Prefix, RecordLine, blank_line, indent, line_of, plain_lines
from goose_tui.view.numbers import tokens
from goose_tui.view.palette import Palette
from goose_tui.view.request_rows import KINDS
from goose_tui.view.review_pieces import Fate, ReviewPieces, text_of
from goose_tui.view.untrusted import clean, clean_line

if TYPE_CHECKING:
    from rich.style import Style

    from goose_agent.context.risk import Fact
    from goose_agent.events import SegmentKind

__all__ = ["PieceRow", "ReviewDrawer", "TextRow", "after_rows", "fact_rows", "piece_rows"]

_FATES: dict[Fate, str] = {"goes": "goes", "keep": "keep", "pin": "pin", "drop": "drop"}
_FATE = max(map(len, _FATES.values()))
_KIND = max(map(len, KINDS.values()))
_TOKENS = 6
_LOOKED_AT = 400
"""Characters of a text of which its first line is made."""


class PieceRow(Struct, frozen=True):
    """A piece of the conversation, and what becomes of it."""

    key: str
    kind: SegmentKind
    begins: str
    tokens: int
    fate: Fate | None = None
    """None where only what stays is listed."""


class TextRow(Struct, frozen=True):
    """A heading with lines below it, or lines alone."""

    key: str
    title: str = ""
    text: str = ""
    warns: bool = False


ReviewRow = PieceRow | TextRow


def piece_rows(pieces: ReviewPieces, fates: Mapping[str, Fate]) -> list[ReviewRow]:
    """What the model sees now, and what becomes of it; thoughts go with what followed from them.

    Args:
        pieces: the conversation.
        fates: what becomes of each piece, by its key.
    """
    rows: list[ReviewRow] = []
    for item in pieces.view:
        if item.kind == "thinking":
            continue
        begins = text_of(item)[:_LOOKED_AT]
        size = pieces.tokens_of(item)
        rows.append(PieceRow(item.key, item.kind, begins, size, fates[item.key]))
    return rows


def after_rows(
    pieces: ReviewPieces, kept: Collection[str], summary: str, about: str
) -> list[ReviewRow]:
    """What the model would see.

    Args:
        pieces: the conversation.
        kept: keys of what stays of it.
        summary: what stands for the rest.
        about: the glyph of estimates.
    """
    rows: list[ReviewRow] = []
    if pieces.review.way == "summarize":
        size = round(len(summary.encode()) / pieces.sizes.ratio)
        rows.append(TextRow("summary", f"summary {about} {tokens(size)}", summary))
    there = [item for item in pieces.stay(kept) if item.kind != "thinking"]
    rows.append(TextRow("kept", f"then, word for word: {len(there)}"))
    rows += (
        PieceRow(f"{at}", item.kind, text_of(item)[:_LOOKED_AT], pieces.tokens_of(item))
        for at, item in enumerate(there)
    )
    return rows


def fact_rows(facts: Sequence[Fact]) -> Iterator[ReviewRow]:
    """What would be lost, a line each."""
    for at, fact in enumerate(facts):
        yield TextRow(f"{at}", text=f"{fact.kind}: {clean_line(fact.text)}", warns=True)


class ReviewDrawer:
    """Draws the rows of a review for a `RecordView`.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: ReviewRow) -> str:
        """What names a row."""
        return record.key

    def text(self, record: ReviewRow) -> str:
        """What searching looks at."""
        return record.begins if isinstance(record, PieceRow) else f"{record.title}\n{record.text}"

    def estimate(self, record: ReviewRow, width: int) -> int:
        """About how many lines it takes."""
        if isinstance(record, PieceRow):
            return 1
        return bool(record.title) + record.text.count("\n") + len(record.text) // max(8, width) + 1

    def foldable(self, record: ReviewRow) -> bool:
        """All is shown."""
        return False

    def folded_by_default(self, record: ReviewRow) -> bool:
        """All is shown."""
        return False

    def lines(self, record: ReviewRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """A line a piece; a text with its heading."""
        if isinstance(record, PieceRow):
            return [self._piece(record, width)]
        palette = self.palette
        inner = max(8, width - 2)
        lines: list[RecordLine] = []
        if record.title:
            head = cut_end(record.title, inner, palette.glyphs.ellipsis)
            lines.append(line_of([Segment(f" {head}", palette.accent)]))
        if record.text:
            style = palette.warn if record.warns else palette.text
            body = plain_lines(clean(record.text), inner, style)
            lines += indent(body, Prefix.of(" ", style))
            if record.title:
                lines.append(blank_line())
        return lines

    def _piece(self, row: PieceRow, width: int) -> RecordLine:
        palette = self.palette
        stays = row.fate in (None, "keep", "pin")
        head: list[Segment] = [Segment(" ")]
        if row.fate is not None:
            head.append(Segment(f"{fit(_FATES[row.fate], _FATE)} ", self._style(row.fate)))
        kind = fit(KINDS[row.kind], _KIND)
        head.append(Segment(f"{kind} ", palette.text if stays else palette.dim))
        head.append(Segment(f"{tokens(row.tokens):>{_TOKENS}}  ", palette.dim))
        room = max(0, width - sum(cell_len(piece.text) for piece in head) - 1)
        begins = cut_end(clean_line(" ".join(row.begins.split())), room, palette.glyphs.ellipsis)
        return line_of([*head, Segment(begins, palette.bright if stays else palette.dim)])

    def _style(self, fate: Fate) -> Style:
        match fate:
            case "keep":
                return self.palette.ok
            case "pin":
                return self.palette.accent
            case "drop":
                return self.palette.error
            case "goes":
                return self.palette.dim

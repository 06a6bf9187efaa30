"""The passages of an approval as lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from goose_agent.events.requests import ApprovalPart
from goose_agent.events.tools import Decision
from goose_tui.transcript.approval import Change, Fact, Heading, Parts, Passage, Writing
from goose_tui.view.diff import draw_diff
from goose_tui.view.formatting import cut_end
from goose_tui.view.highlight import highlight
from goose_tui.view.lines import (
    Prefix,
    RecordLine,
    blank_line,
    indent,
    line_of,
    plain_lines,
    wrap,
)
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["ApprovalDrawer"]

_LABEL = 6
"""Cells of a label and the gap behind it."""
_NARROWEST = 12
"""Cells of the words behind a part, at least."""
_AHEAD = 200
"""Passages that are drawn before they are looked at, at most."""


_MOST_PARTS = 12
"""Commands of a chain that are listed; of more, the gravest."""


class ApprovalDrawer:
    """Draws the passages of an approval for a `RecordView`.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._ahead: dict[tuple[str, int], Sequence[RecordLine]] = {}

    def draw_ahead(self, records: Sequence[Passage], width: int) -> None:
        """Draw what will be looked at; that takes long where much is compared: let a thread do it."""
        for record in records[:_AHEAD]:
            self._ahead[record.key, width] = self._draw(record, width)

    def key(self, record: Passage) -> str:
        """What names a passage."""
        return record.key

    def text(self, record: Passage) -> str:
        """What searching looks at."""
        match record:
            case Fact():
                return "\n".join(record.texts)
            case Writing():
                return "\n".join(record.texts[record.start : record.stop])
            case Parts():
                return "\n".join(part.text for part in record.parts)
            case Heading():
                return record.text
            case Change():
                lines = (
                    record.files[row.file].hunks[row.hunk].lines[row.line].text
                    for row in record.rows
                    if row.hunk is not None and row.line is not None
                )
                return "\n".join(lines)

    def estimate(self, record: Passage, width: int) -> int:
        """About how many lines it takes."""
        match record:
            case Fact():
                return len(record.texts)
            case Writing():
                return record.stop - record.start + (0 if record.start else 1)
            case Parts():
                return min(len(record.parts), _MOST_PARTS + 1) + 1
            case Heading():
                return 2
            case Change():
                return len(record.rows) + 1

    def foldable(self, record: Passage) -> bool:
        """All is shown."""
        return False

    def folded_by_default(self, record: Passage) -> bool:
        """All is shown."""
        return False

    def lines(self, record: Passage, width: int, folded: bool) -> Sequence[RecordLine]:
        """The lines of a passage."""
        ahead = self._ahead.get((record.key, width))
        return self._draw(record, width) if ahead is None else ahead

    def _draw(self, record: Passage, width: int) -> Sequence[RecordLine]:
        match record:
            case Fact():
                return self._fact(record, width)
            case Writing():
                gap = [] if record.start else [blank_line()]
                return [*gap, *self._writing(record, width)]
            case Parts():
                return [blank_line(), *self._parts(record.parts, width)]
            case Heading():
                text = cut_end(record.text, width, self.palette.glyphs.ellipsis)
                gap = [] if record.key.startswith("1 ") else [blank_line()]
                return [*gap, line_of([Segment(text, self.palette.accent)])]
            case Change():
                return self._change(record, width)

    def _fact(self, fact: Fact, width: int) -> list[RecordLine]:
        palette = self.palette
        style = palette.warn if fact.grave else palette.text
        first = Prefix((Segment(f"{fact.label:<{_LABEL}}", palette.dim),), (Segment(" " * _LABEL),))
        rest = Prefix.of(" " * _LABEL, palette.dim)
        lines: list[RecordLine] = []
        for text in fact.texts:
            rows = plain_lines(clean(text), max(8, width - _LABEL), style)
            lines += indent(rows, rest if lines else first)
        return lines

    def _writing(self, writing: Writing, width: int) -> list[RecordLine]:
        """Lines with numbers where a command has several: what a line break hides cannot hide."""
        palette, texts = self.palette, writing.texts
        if writing.kind == "text":
            some = "\n".join(texts[writing.start : writing.stop])
            return plain_lines(some, width, palette.text)
        digits = len(str(len(texts)))
        coloured = highlight(texts, "bash", palette, palette.bright)
        rows: list[RecordLine] = []
        for at in range(writing.start, writing.stop):
            label = f"{at + 1:>{digits}}  " if len(texts) > 1 else "$ "
            prefix = Prefix((Segment(label, palette.dim),), (Segment(" " * len(label)),))
            body = wrap(list(coloured[at]), max(8, width - len(label)), words=False)
            rows += indent(body, prefix)
        return rows

    def _parts(self, parts: Sequence[ApprovalPart], width: int) -> list[RecordLine]:
        """A verdict, a command and why, in columns."""
        digits = len(str(len(parts)))
        told = _grave(parts)
        texts = [clean(part.text, strict=True).replace("\n", "␊") for _, part in told]
        words = [clean_line(part.words) for _, part in told]
        longest = max(map(cell_len, words))
        room = width - digits - 6
        right = min(longest, max(_NARROWEST, room // 2))
        column = min(max(map(cell_len, texts)), max(8, room - right))
        rows: list[RecordLine] = []
        for (number, part), text, why in zip(told, texts, words, strict=True):
            glyph, style = self._verdict(part.decision)
            left = wrap([Segment(text, self.palette.bright)], column, words=False)
            beside = plain_lines(why, max(1, room - column), style)
            for at in range(max(len(left), len(beside))):
                label = f"{number:>{digits}} " if at == 0 else " " * (digits + 1)
                mark = f"{glyph} " if at == 0 else "  "
                body = list(left[at].strip) if at < len(left) else []
                missing = column - (left[at].strip.cell_length if at < len(left) else 0)
                tail = list(beside[at].strip) if at < len(beside) else []
                head = [Segment(label, self.palette.dim), Segment(mark, style)]
                gap = [Segment(" " * (missing + 2))] if tail else []
                rows.append(line_of([*head, *body, *gap, *tail]))
        if more := len(parts) - len(told):
            kept = sum(part.decision == "allow" for part in parts)
            words_of_rest = f"{more} more, {kept} of all may run unasked"
            rows.append(
                line_of(
                    [Segment(f"{self.palette.glyphs.ellipsis} {words_of_rest}", self.palette.dim)]
                )
            )
        return rows

    def _verdict(self, decision: Decision) -> tuple[str, Style]:
        palette = self.palette
        return {
            "allow": (palette.glyphs.ok, palette.ok),
            "ask": ("?", palette.warn),
            "deny": (palette.glyphs.denied, palette.error),
        }[decision]

    def _change(self, change: Change, width: int) -> list[RecordLine]:
        rows = draw_diff(change.files, change.rows, width, self.palette)
        if change.mark:
            return [line_of([Segment(change.mark, self.palette.accent)]), *rows]
        begins = change.rows[0].hunk is None
        return [blank_line(), *rows] if begins else rows


def _grave(parts: Sequence[ApprovalPart]) -> list[tuple[int, ApprovalPart]]:
    """The parts that are listed, in order, each with its number; of many those that ask or are denied."""
    numbered = list(enumerate(parts, 1))
    if len(parts) <= _MOST_PARTS:
        return numbered
    ranks: dict[Decision, int] = {"deny": 0, "ask": 1, "allow": 2}
    gravest = sorted(numbered, key=lambda item: ranks[item[1].decision])[:_MOST_PARTS]
    listed = [item for item in gravest if item[1].decision != "allow"]
    return sorted(listed or gravest, key=lambda item: item[0])

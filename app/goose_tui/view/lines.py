"""The lines a record is drawn with, and the cutting and wrapping of styled text by terminal cells.

Text that comes here is clean (see `untrusted`): a character is 0, 1 or 2 cells wide and nothing in
it is obeyed by a terminal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from goose_agent.evolve import evolve
from goose_tui.view.splitting import NARROW, split_at

__all__ = [
    "TAB",
    "Prefix",
    "RecordLine",
    "blank_line",
    "cells",
    "cut",
    "expand_tabs",
    "indent",
    "line_of",
    "pad",
    "plain_lines",
    "restyle",
    "split_at",
    "wrap",
]

TAB = 4
"""Cells from one tab stop to the next."""


class RecordLine(Struct, frozen=True):
    """One row of a record, at most as wide as asked for."""

    strip: Strip
    gutter: int = 0
    """Cells at the left that are not copied."""
    fill: int = 0
    """Cells at the right that are not copied."""
    soft: bool = False
    """It continues the line before: copied without a line end between them."""
    glue: str = ""
    """What wrapping left out before it; copying puts it back."""
    link: str = ""
    """Where a click on the line leads: an address or a path, or nothing."""

    @property
    def text(self) -> str:
        """What copying takes of it."""
        if not self.gutter and not self.fill:
            return self.strip.text
        return self.strip.crop(self.gutter, max(self.gutter, self.end)).text

    @property
    def end(self) -> int:
        """The cell after the last one that is copied."""
        return self.strip.cell_length - self.fill


class Prefix(Struct, frozen=True):
    """What stands before the lines of a block: a bullet and its hanging indent, a bar, a margin."""

    first: tuple[Segment, ...]
    rest: tuple[Segment, ...]
    copied: bool = False
    """Whether copying takes the first line's prefix along."""

    @property
    def width(self) -> int:
        """Its cells; both forms are equally wide."""
        return sum(cell_len(segment.text) for segment in self.first)

    @classmethod
    def of(cls, text: str, style: Style) -> Prefix:
        """The same text before every line, never copied."""
        segments = (Segment(text, style),)
        return cls(segments, segments)


def cells(segments: Iterable[Segment]) -> int:
    """The cells that segments take."""
    return sum(cell_len(segment.text) for segment in segments)


def line_of(segments: Iterable[Segment], *, gutter: int = 0, link: str = "") -> RecordLine:
    """One line of the segments as they are."""
    kept = [segment for segment in segments if segment.text]
    return RecordLine(Strip(kept, cells(kept)), gutter=gutter, link=link)


def blank_line() -> RecordLine:
    """An empty line."""
    return RecordLine(Strip([], 0))


def pad(line: RecordLine, width: int, style: Style) -> RecordLine:
    """The line with its background reaching the given width."""
    missing = width - line.strip.cell_length
    if missing <= 0:
        return line
    strip = Strip([*line.strip, Segment(" " * missing, style)], width)
    return evolve(line, strip=strip, fill=line.fill + missing)


def indent(lines: Iterable[RecordLine], prefix: Prefix, *, begun: bool = False) -> list[RecordLine]:
    """The lines of a block with its prefix.

    Args:
        lines: rows made for a width smaller by that of the prefix.
        prefix: what stands before them.
        begun: whether the block's first line has been drawn before these.
    """
    width = prefix.width
    drawn = []
    for line in lines:
        head = prefix.rest if begun else prefix.first
        gutter = line.gutter + width if begun or not prefix.copied else line.gutter
        strip = Strip([*head, *line.strip], width + line.strip.cell_length)
        drawn.append(evolve(line, strip=strip, gutter=gutter))
        begun = True
    return drawn


def restyle(segments: Iterable[Segment], over: Style) -> list[Segment]:
    """The segments with a style laid over their own."""
    return [Segment(text, (style or Style.null()) + over) for text, style, _ in segments]


def expand_tabs(text: str) -> str:
    """The text of one line with spaces up to the next tab stop in place of tabs."""
    if "\t" not in text:
        return text
    head, *rest = text.split("\t")
    for part in rest:
        head += " " * (TAB - cell_len(head.rpartition("\n")[2]) % TAB) + part
    return head


def cut(segments: Sequence[Segment], width: int, ellipsis: str = "…") -> list[Segment]:
    """The segments cut at the end to a width in cells, never without the ellipsis."""
    if cells(segments) <= width:
        return list(segments)
    room = max(0, width - cell_len(ellipsis))
    kept: list[Segment] = []
    style: Style | None = None
    for text, style, _ in segments:
        size = cell_len(text)
        if size > room:
            kept.append(Segment(split_at(text, room)[0], style))
            break
        kept.append(Segment(text, style))
        room -= size
    kept.append(Segment(split_at(ellipsis, width)[0], style))
    return [segment for segment in kept if segment.text]


def wrap(
    segments: Sequence[Segment],
    width: int,
    *,
    words: bool = True,
    soft: bool = False,
    glue: str = "",
) -> list[RecordLine]:
    """Lay out one logical line as rows.

    Args:
        segments: styled text without line ends; a tab counts as a whole tab stop.
        width: cells of a row; at least 1 is taken.
        words: break between words where possible; else exactly at the width.
        soft: whether the first row continues the row before it.
        glue: what was left out between them.
    """
    width = max(1, width)
    text = "".join(segment.text for segment in segments)
    if "\t" in text:
        segments = [Segment(part.replace("\t", " " * TAB), style) for part, style, _ in segments]
        text = text.replace("\t", " " * TAB)
    # Most logical lines fit; a character is at most two cells.
    if (len(text) * 2 <= width or cell_len(text) <= width) and text:
        kept = [segment for segment in segments if segment.text]
        return [RecordLine(Strip(kept, cell_len(text)), soft=soft, glue=glue)]
    rows: list[RecordLine] = []
    slices = _Slices(segments)
    end = 0
    for start, stop in _breaks(text, width, words):
        if rows:
            soft, glue = True, text[end:start]
        part = slices.take(start, stop)
        rows.append(RecordLine(Strip(part, cell_len(text[start:stop])), soft=soft, glue=glue))
        end = stop
    return rows or [evolve(blank_line(), soft=soft, glue=glue)]


def plain_lines(text: str, width: int, style: Style, *, words: bool = True) -> list[RecordLine]:
    """Lay out text of several lines in one style.

    Args:
        text: clean text; tabs are expanded.
        width: cells of a row.
        style: of all of it.
        words: break between words where possible.
    """
    rows: list[RecordLine] = []
    for line in text.split("\n"):
        rows += wrap([Segment(expand_tabs(line), style)], width, words=words)
    return rows


class _Slices:
    """Segments as one text, of which ranges are taken."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = [segment for segment in segments if segment.text]
        self._starts: list[int] = []
        position = 0
        for segment in self._segments:
            self._starts.append(position)
            position += len(segment.text)

    def take(self, start: int, stop: int) -> list[Segment]:
        """The segments of the characters from start to before stop."""
        part: list[Segment] = []
        if start >= stop:
            return part
        index = bisect_right(self._starts, start) - 1
        while index < len(self._segments) and self._starts[index] < stop:
            begin = self._starts[index]
            text, style, _ = self._segments[index]
            part.append(Segment(text[max(0, start - begin) : stop - begin], style))
            index += 1
        return part


def _breaks(text: str, width: int, words: bool) -> Iterator[tuple[int, int]]:
    """Where the rows of a text begin and end; blanks between them are left out if words are kept."""
    edges = None if NARROW.fullmatch(text) else _edges(text)
    start = 0
    while start < len(text):
        limit = start + width if edges is None else _reach(edges, start, width)
        if limit >= len(text):
            yield start, len(text)
            return
        stop, following = _word_break(text, start, limit) if words else (limit, limit)
        yield start, stop
        start = following


def _word_break(text: str, start: int, limit: int) -> tuple[int, int]:
    """Where a row that may reach the limit ends and the next begins."""
    space = text.rfind(" ", start, limit + 1)
    if space < 0 or not text[start:space].strip(" "):
        return limit, limit
    stop = space
    while text[stop - 1] == " ":
        stop -= 1
    following = space + 1
    while following < len(text) and text[following] == " ":
        following += 1
    return stop, following


def _edges(text: str) -> tuple[list[int], list[int]]:
    """The offsets where letters begin, and the column of each; the end is the last."""
    spans, total = split_graphemes(text)
    offsets, columns = [], []
    column = 0
    for start, _, size in spans:
        offsets.append(start)
        columns.append(column)
        column += size
    return [*offsets, len(text)], [*columns, total]


def _reach(edges: tuple[list[int], list[int]], start: int, width: int) -> int:
    """The offset up to which a row that begins at an offset can be filled."""
    offsets, columns = edges
    first = bisect_right(offsets, start) - 1
    last = bisect_right(columns, columns[first] + width) - 1
    # A letter wider than the row still has to go somewhere.
    return offsets[max(last, first + 1)]

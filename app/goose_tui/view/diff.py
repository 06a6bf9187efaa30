"""Diffs as rows: numbered lines on coloured backgrounds, one column or two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, zip_longest

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from goose_agent.evolve import evolve
from goose_tui.view.diff_model import DiffLine, FileDiff, Hunk, Row, diff_rows, parse_diff
from goose_tui.view.formatting import cut_path
from goose_tui.view.highlight import highlight, language_of_path
from goose_tui.view.lines import (
    Prefix,
    RecordLine,
    cut,
    expand_tabs,
    indent,
    line_of,
    pad,
    wrap,
)
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean

__all__ = ["SIDE_BY_SIDE", "diff_lines", "draw_diff"]

SIDE_BY_SIDE = 140
"""Cells from which old and new stand beside each other."""

_MAX_COLOURED = 400
"""Lines of a hunk up to which it is highlighted as source code."""
_MAX_COMPARED = 300
"""Characters of a line up to which it is compared word by word."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

Emphasis = tuple[tuple[int, int], ...]
"""Ranges of characters that differ."""


def diff_lines(
    text: str,
    width: int,
    palette: Palette,
    *,
    path: str = "",
    headers: bool = True,
    side_by_side: bool | None = None,
) -> list[RecordLine]:
    """The rows of a whole unified diff.

    Args:
        text: as somebody else wrote it; it is cleaned here.
        width: cells of a row.
        palette: its styles.
        path: of the file, where the diff itself does not name one.
        headers: whether files are named.
        side_by_side: whether in two columns; by default where there is room.
    """
    files = [
        file if file.path else evolve(file, old_path=path, new_path=path)
        for file in parse_diff(clean(text))
    ]
    rows = diff_rows(files, heads=headers)
    return draw_diff(files, rows, width, palette, side_by_side=side_by_side)


def draw_diff(
    files: Sequence[FileDiff],
    rows: Sequence[Row],
    width: int,
    palette: Palette,
    *,
    side_by_side: bool | None = None,
) -> list[RecordLine]:
    """The rows of a part of a diff; work is done only for the hunks that the part touches.

    Args:
        files: the model, from clean text.
        rows: what to draw: all of `diff_rows(files)` or a slice of it.
        width: cells of a row.
        palette: its styles.
        side_by_side: whether in two columns; by default where there is room.
    """
    if side_by_side is None:
        side_by_side = width >= SIDE_BY_SIDE
    artist = _Artist(files, width, palette)
    lines: list[RecordLine] = []
    for row, wanted in _grouped(rows):
        if row.hunk is None:
            lines += artist.file_head(files[row.file])
        elif not wanted:
            lines.append(artist.hunk_head(files[row.file].hunks[row.hunk]))
        elif side_by_side:
            lines += artist.beside(row.file, row.hunk, wanted)
        else:
            lines += artist.below(row.file, row.hunk, wanted)
    return lines


def _grouped(rows: Iterable[Row]) -> Iterator[tuple[Row, list[int]]]:
    """Heads one by one, and the lines of one hunk together."""
    first: Row | None = None
    wanted: list[int] = []
    for row in rows:
        if first is not None and (row.line is None or row.hunk != first.hunk):
            yield first, wanted
            first, wanted = None, []
        if row.line is None:
            yield row, []
        else:
            first = first or row
            wanted.append(row.line)
    if first is not None:
        yield first, wanted


class _Artist:
    """Draws the parts of one diff."""

    def __init__(self, files: Sequence[FileDiff], width: int, palette: Palette) -> None:
        self._files = files
        self._width = width
        self._palette = palette
        top = max((_last_number(file) for file in files), default=1)
        self._digits = max(3, len(str(top)))
        self._styles = {
            " ": palette.text,
            "+": palette.text + palette.added,
            "-": palette.text + palette.removed,
        }

    def file_head(self, file: FileDiff) -> list[RecordLine]:
        """The name of a file and what else is said about it."""
        palette = self._palette
        moved = file.old_path and file.new_path and file.old_path != file.new_path
        name = f"{file.old_path} → {file.new_path}" if moved else file.path
        state = "" if moved else " (new)" if not file.old_path else ""
        state = " (removed)" if not file.new_path and file.old_path else state
        text = cut_path(name, self._width - cell_len(state), palette.glyphs.ellipsis)
        if not name:
            return []
        head = [line_of([Segment(text, palette.bright), Segment(state, palette.dim)])]
        notes = file.notes if not file.hunks or moved else ()
        return head + [line_of(self._cut([Segment(note, palette.dim)])) for note in notes]

    def hunk_head(self, hunk: Hunk) -> RecordLine:
        """Where a hunk stands."""
        where = f"@@ -{hunk.old_start} +{hunk.new_start} @@"
        style = self._palette.text + self._palette.hunk
        text = f"{where} {hunk.heading}".rstrip()
        line = line_of(self._cut([Segment(expand_tabs(text), style)]))
        return pad(line, self._width, style)

    def below(self, file: int, number: int, wanted: Sequence[int]) -> Iterator[RecordLine]:
        """The lines of a hunk in one column, with both numbers."""
        hunk = self._files[file].hunks[number]
        contents = self._contents(file, hunk)
        for index in wanted:
            line = hunk.lines[index]
            numbers = f"{self._number(line.old)} {self._number(line.new)}"
            yield from self._rows(line, contents[index], numbers, self._width)

    def beside(self, file: int, number: int, wanted: Sequence[int]) -> Iterator[RecordLine]:
        """The lines of a hunk in two columns, old and new."""
        hunk = self._files[file].hunks[number]
        contents = self._contents(file, hunk)
        kept = set(wanted)
        left_width = (self._width - 1) // 2
        right_width = self._width - 1 - left_width
        bar = Segment(self._palette.glyphs.vertical, self._palette.rule)
        for left, right in _pairs(hunk.lines):
            if not kept & {left, right}:
                continue
            old = self._side(hunk, contents, left, old=True, width=left_width)
            new = self._side(hunk, contents, right, old=False, width=right_width)
            for at in range(max(len(old), len(new))):
                strips = _strip(old, at, left_width), _strip(new, at, right_width)
                strip = Strip([*strips[0], bar, *strips[1]], self._width)
                # Where nothing stands at the right, only the left side is copied.
                fill = new[at].fill if at < len(new) else right_width + 1 + old[at].fill
                gutter = old[at].gutter if at < len(old) else 0
                yield RecordLine(strip, gutter=gutter, fill=fill)

    def _side(
        self,
        hunk: Hunk,
        contents: Sequence[list[Segment]],
        index: int | None,
        *,
        old: bool,
        width: int,
    ) -> list[RecordLine]:
        """One side of a line of two columns."""
        if index is None:
            return []
        line = hunk.lines[index]
        number = self._number(line.old if old else line.new)
        return self._rows(line, contents[index], number, width)

    def _rows(
        self, line: DiffLine, content: Sequence[Segment], numbers: str, width: int
    ) -> list[RecordLine]:
        """A line behind its numbers and its sign, on a background that reaches the width."""
        style = self._styles[line.sign]
        blank = " " * cell_len(numbers)
        gutter = Prefix(
            (Segment(numbers, style + self._palette.dim), Segment(f" {line.sign} ", style)),
            (Segment(blank, style), Segment("   ", style)),
        )
        if line.no_newline:
            content = [*content, Segment(" (no line end)", style + self._palette.dim)]
        rows = wrap(content, width - gutter.width, words=False)
        return [pad(row, width, style) for row in indent(rows, gutter)]

    def _number(self, number: int | None) -> str:
        return " " * self._digits if number is None else f"{number:>{self._digits}}"

    def _cut(self, segments: Sequence[Segment]) -> list[Segment]:
        return cut(segments, self._width, self._palette.glyphs.ellipsis)

    def _contents(self, file: int, hunk: Hunk) -> list[list[Segment]]:
        """The segments of every line of a hunk: source colours, and emphasis on what differs."""
        path = self._files[file].path
        coloured = path and len(hunk.lines) <= _MAX_COLOURED
        language = language_of_path(path) if coloured else ""
        contents: list[list[Segment]] = [[] for _ in hunk.lines]
        for side in ("-", "+"):
            indexes = [at for at, line in enumerate(hunk.lines) if line.sign in (" ", side)]
            texts = [expand_tabs(hunk.lines[at].text) for at in indexes]
            plain = highlight(texts, language, self._palette, Style.null())
            for at, segments in zip(indexes, plain, strict=True):
                style = self._styles[hunk.lines[at].sign]
                contents[at] = [
                    Segment(text, style + (own or Style.null())) for text, own, _ in segments
                ]
        words = {"+": self._palette.added_words, "-": self._palette.removed_words}
        for at, ranges in _differences(hunk.lines).items():
            contents[at] = _emphasised(contents[at], ranges, words[hunk.lines[at].sign])
        return contents


def _strip(rows: Sequence[RecordLine], at: int, width: int) -> Strip:
    return rows[at].strip if at < len(rows) else Strip([Segment(" " * width)], width)


def _last_number(file: FileDiff) -> int:
    lines = file.hunks[-1].lines if file.hunks else ()
    return max((max(line.old or 0, line.new or 0) for line in lines), default=1)


def _pairs(lines: Sequence[DiffLine]) -> Iterator[tuple[int | None, int | None]]:
    """The lines that stand beside each other, by index."""
    removed: list[int] = []
    added: list[int] = []
    for index, line in enumerate(lines):
        # A place that changed ends with the next line that did not, or that is removed again.
        if line.sign == " " or (line.sign == "-" and added):
            yield from zip_longest(removed, added)
            removed, added = [], []
        if line.sign == " ":
            yield index, index
        else:
            (removed if line.sign == "-" else added).append(index)
    yield from zip_longest(removed, added)


def _differences(lines: Sequence[DiffLine]) -> dict[int, Emphasis]:
    """What differs within lines that were changed a little, by index of the line."""
    found: dict[int, Emphasis] = {}
    for old, new in _pairs(lines):
        if old is None or new is None or old == new:
            continue
        ranges = _compare(expand_tabs(lines[old].text), expand_tabs(lines[new].text))
        if ranges is not None:
            found[old], found[new] = ranges
    return found


@lru_cache(maxsize=512)
def _compare(old: str, new: str) -> tuple[Emphasis, Emphasis] | None:
    """The ranges that differ; None if the lines have too little in common or are too long."""
    # difflib is only needed where lines were changed.
    from difflib import SequenceMatcher

    if max(len(old), len(new)) > _MAX_COMPARED:
        return None
    words = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, *words, autojunk=False)
    if matcher.ratio() < 0.5:
        return None
    ranges: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for kind, *edges in matcher.get_opcodes():
        if kind == "equal":
            continue
        for side, (start, stop) in enumerate((edges[:2], edges[2:])):
            begin = len("".join(words[side][:start]))
            end = begin + len("".join(words[side][start:stop]))
            if end > begin:
                ranges[side].append((begin, end))
    return tuple(ranges[0]), tuple(ranges[1])


def _emphasised(segments: Sequence[Segment], ranges: Emphasis, laid: Style) -> list[Segment]:
    """The segments with a style laid over ranges of characters."""
    parts: list[Segment] = []
    position = 0
    for text, style, _ in segments:
        end = position + len(text)
        cuts = {position, end}
        cuts.update(edge for span in ranges for edge in span if position < edge < end)
        edges = sorted(cuts)
        for start, stop in pairwise(edges):
            inside = any(begin <= start < finish for begin, finish in ranges)
            part = text[start - position : stop - position]
            over = (style or Style.null()) + laid if inside else style
            parts.append(Segment(part, over))
        position = end
    return parts

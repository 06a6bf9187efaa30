"""Between places on the rows of a record and offsets in its text.

A row and a column mean something for one width only; an offset in the text that copying would take
stays the same when the text is wrapped anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, split_graphemes

from goose_tui.view.lines import RecordLine, split_at

__all__ = ["copied_text", "offset_of", "place_of", "snapped", "word_at"]


def copied_text(lines: Sequence[RecordLine]) -> str:
    """The text that copying all the lines takes."""
    return "".join(part for part, _ in _parts(lines))


def offset_of(lines: Sequence[RecordLine], line: int, column: int) -> int:
    """The offset in the copied text of a cell.

    Args:
        lines: of a record.
        line: index of the row; behind the last one means the end.
        column: cell of the row.
    """
    offset = 0
    for at, (part, joint) in enumerate(_parts(lines)):
        if at == line:
            text = part[joint:]
            return offset + joint + len(split_at(text, max(0, column - lines[at].gutter))[0])
        offset += len(part)
    return offset


def place_of(lines: Sequence[RecordLine], offset: int) -> tuple[int, int]:
    """The row and the cell of an offset in the copied text; behind the end means the end.

    A line end, and a blank that wrapping left out, stand at the end of the row before them.
    """
    place = (0, 0)
    for at, (part, joint) in enumerate(_parts(lines)):
        if offset < joint:
            break
        place = at, lines[at].gutter + cell_len(part[joint:offset])
        if offset < len(part):
            break
        offset -= len(part)
    return place


def snapped(line: RecordLine, start: int, stop: int) -> tuple[int, int]:
    """The cells that copying from start to before stop takes: whole characters of the text.

    Args:
        line: the row.
        start: first cell.
        stop: cell after the last.
    """
    start, stop = max(start, line.gutter), min(stop, line.end)
    text = line.text
    if start >= stop or text.isascii():
        return start, max(start, stop)
    position = line.gutter
    begin = end = None
    for _, _, size in split_graphemes(text)[0]:
        if position + size > start and begin is None:
            begin = position
        if position < stop:
            end = position + size
        position += size
    return (start, start) if begin is None or end is None else (begin, end)


def word_at(line: RecordLine, column: int) -> tuple[int, int]:
    """The cells of the word at a cell: letters, or else one run of blanks or of signs."""
    text = line.text
    at = len(split_at(text, max(0, column - line.gutter))[0])
    if not text:
        return line.gutter, line.gutter
    at = min(at, len(text) - 1)
    kind = _kind(text[at])
    start = stop = at
    while start > 0 and _kind(text[start - 1]) == kind:
        start -= 1
    while stop < len(text) and _kind(text[stop]) == kind:
        stop += 1
    return line.gutter + cell_len(text[:start]), line.gutter + cell_len(text[:stop])


def _kind(char: str) -> int:
    # Paths and identifiers are one word.
    if char.isalnum() or char in "_-./~":
        return 0
    return 1 if char.isspace() else 2


def _parts(lines: Sequence[RecordLine]) -> Iterator[tuple[str, int]]:
    """What each row adds to the copied text, and how much of that stands before its own text."""
    for at, line in enumerate(lines):
        joint = "" if at == 0 else line.glue if line.soft else "\n"
        yield joint + line.text, len(joint)

"""The difference between two contents of a file, for people and for the record."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

import anyio
from msgspec import Struct

from goose_agent.tools.text_file import BinaryFile, decode

__all__ = [
    "Change",
    "Diff",
    "as_text",
    "compare",
    "grouped",
    "hunk_lines",
    "lines_of",
    "unified_diff",
]

_CONTEXT = 3
_LINES = 20_000
"""Changed lines, old and new together, that are compared one by one."""
_BYTES = 2**20
"""Size of the longest diff that is written out."""


class Diff(Struct, frozen=True):
    """What changed."""

    text: str
    """Unified, three lines of context; empty where nothing changed, for binary files and for what is
    too large."""
    added: int
    """Lines."""
    removed: int
    binary: bool = False
    too_large: bool = False
    """Changed in more places than are written out; the counts are then a lower bound."""


async def unified_diff(before: bytes | None, after: bytes | None, name: str) -> Diff:
    """Compare two contents of a file in a worker thread.

    Args:
        before: None where there was no file.
        after: None where there is none.
        name: the path that stands in the header.
    """
    return await anyio.to_thread.run_sync(compare, before, after, name)


def compare(before: bytes | None, after: bytes | None, name: str) -> Diff:
    """Compare two contents of a file; see `unified_diff`."""
    try:
        old = lines_of(before)
        new = lines_of(after)
    except BinaryFile:
        return Diff("", 0, 0, binary=True)
    groups = grouped(old, new)
    if groups is None:
        return _counts(old, new)
    added = sum(to - since for group in groups for _, _, since, to in group)
    removed = sum(to - since for group in groups for since, to, _, _ in group)
    header = [
        f"--- {'/dev/null' if before is None else f'a/{name}'}\n",
        f"+++ {'/dev/null' if after is None else f'b/{name}'}\n",
    ]
    hunks = (line for group in groups for line in hunk_lines(old, new, group))
    text = as_text([*header, *hunks]) if groups else ""
    if len(text) > _BYTES:
        return Diff("", added, removed, too_large=True)
    return Diff(text, added, removed)


def lines_of(data: bytes | None) -> list[str]:
    """Lines with their ends; only `\n` ends one.

    Raises:
        BinaryFile: the bytes are not text.
    """
    if not data:
        return []
    lines = decode(data).text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _counts(old: list[str], new: list[str]) -> Diff:
    here, there = Counter(old), Counter(new)
    return Diff("", (there - here).total(), (here - there).total(), too_large=True)


def _common(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many lines are the same at the start and, beyond those, at the end."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end


Change = tuple[int, int, int, int]
"""First and last line of the old, exclusive, from 0, and of the new that takes their place."""


def _changes(old: list[str], new: list[str], start: int, end: int) -> list[Change]:
    middle_old = old[start : len(old) - end]
    middle_new = new[start : len(new) - end]
    if not middle_old or not middle_new:
        whole = (start, start + len(middle_old), start, start + len(middle_new))
        return [whole] if middle_old or middle_new else []
    matcher = difflib.SequenceMatcher(None, middle_old, middle_new)
    return [
        (a + start, b + start, c + start, d + start)
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def grouped(old: list[str], new: list[str]) -> list[list[Change]] | None:
    """The changes between two lists of lines, a group for each hunk of a diff.

    Changes whose contexts touch share a hunk.

    Returns:
        None where too much differs to be compared line by line.
    """
    start, end = _common(old, new)
    changed_old = len(old) - start - end
    changed_new = len(new) - start - end
    # One side empty is not a comparison: a new file may be long.
    if changed_old and changed_new and changed_old + changed_new > _LINES:
        return None
    groups: list[list[Change]] = []
    for change in _changes(old, new, start, end):
        if groups and change[0] - groups[-1][-1][1] <= 2 * _CONTEXT:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def hunk_lines(old: list[str], new: list[str], group: list[Change]) -> Iterator[str]:
    """The lines of one hunk of a diff, its header first."""
    before = min(_CONTEXT, group[0][0])
    after = min(_CONTEXT, len(old) - group[-1][1])
    old_start, old_end = group[0][0] - before, group[-1][1] + after
    new_start, new_end = group[0][2] - before, group[-1][3] + after
    yield f"@@ -{_range(old_start, old_end)} +{_range(new_start, new_end)} @@\n"
    place = old_start
    for a, b, c, d in group:
        yield from (f" {line}" for line in old[place:a])
        yield from (f"-{line}" for line in old[a:b])
        yield from (f"+{line}" for line in new[c:d])
        place = b
    yield from (f" {line}" for line in old[place:old_end])


def _range(start: int, end: int) -> str:
    count = end - start
    if count == 1:
        return str(start + 1)
    # By convention an empty range names the line before it.
    return f"{start + 1 if count else start},{count}"


def as_text(lines: Iterable[str]) -> str:
    """The lines of a diff as one text; a missing line end is said."""
    marked = (
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return "".join(marked)

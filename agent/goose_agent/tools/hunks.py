"""A change taken apart into hunks, and put together again from some of them."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from goose_agent.tools.diff import Change, as_text, grouped, hunk_lines, lines_of
from goose_agent.tools.text_file import BinaryFile, TextFile, decode

__all__ = ["Hunk", "compose", "split"]


class Hunk(Struct, frozen=True):
    """Lines that change together."""

    number: int
    """Which of the change it is, from 0."""
    text: str
    """As in a unified diff, its `@@` line first."""
    added: int
    """Lines."""
    removed: int


def split(before: bytes | None, after: bytes | None) -> tuple[Hunk, ...]:
    """The hunks of a change. Takes long for large files: call it in a thread.

    Args:
        before: content of the file; None where there was none.
        after: None where there is none any more.

    Returns:
        Nothing where it can only be taken whole: a file that comes or goes, is not text, gets
        another encoding, or differs too much.
    """
    sides = _sides(before, after)
    if sides is None:
        return ()
    old, new, groups, _ = sides
    return tuple(
        Hunk(
            number,
            as_text(hunk_lines(old, new, group)),
            sum(to - since for _, _, since, to in group),
            sum(to - since for since, to, _, _ in group),
        )
        for number, group in enumerate(groups)
    )


def compose(before: bytes, after: bytes, chosen: Collection[int]) -> bytes:
    """The file with only some hunks of a change. Takes long for large files: call it in a thread.

    Args:
        before: content of the file.
        after: with every hunk.
        chosen: numbers of the hunks to take.

    Raises:
        ValueError: the change has no such hunk.
    """
    sides = _sides(before, after)
    if sides is None or not set(chosen) <= set(range(len(sides[2]))):
        raise ValueError("no such hunk")
    old, new, groups, file = sides
    lines: list[str] = []
    place = 0
    for number in sorted(chosen):
        for a, b, c, d in groups[number]:
            lines += old[place:a]
            lines += new[c:d]
            place = b
    lines += old[place:]
    return file.with_text("".join(lines)).encode()


_Sides = tuple[list[str], list[str], list[list[Change]], TextFile]


def _sides(before: bytes | None, after: bytes | None) -> _Sides | None:
    """Both sides as lines and their changes in groups; None where there is nothing to take apart."""
    if before is None or after is None:
        return None
    try:
        file, other = decode(before), decode(after)
    except BinaryFile:
        return None
    if (file.encoding, file.mark) != (other.encoding, other.mark):
        # Plain ASCII is the same in both.
        if before and after:
            return None
        file = file if before else other
    old, new = lines_of(before), lines_of(after)
    groups = grouped(old, new)
    return None if groups is None else (old, new, groups, file)

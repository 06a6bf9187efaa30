"""Unified diffs as models write them: read, and laid over the files they are about.

The numbers in `@@` lines are a hint and no more: models miscount. The lines decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from goose_agent.tools.edits import replace_text
from goose_agent.tools.text_file import TextFile
from goose_agent.tools.tool import ToolFailure

__all__ = ["FilePatch", "PatchHunk", "patched", "read_patch"]

_HUNK = re.compile(r"@@(?: -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@)?.*")
_NOWHERE = "/dev/null"


class PatchHunk(Struct, frozen=True):
    """Lines that are there, and what they become."""

    line: int
    """Where the first of them is meant to stand, from 1; 0 where that is not said."""
    old: tuple[str, ...]
    new: tuple[str, ...]


class FilePatch(Struct, frozen=True):
    """What becomes of one file."""

    path: str
    creates: bool
    hunks: tuple[PatchHunk, ...]


def read_patch(text: str) -> tuple[FilePatch, ...]:
    """The files a diff is about, in its order.

    Raises:
        ToolFailure: it is no unified diff, or wants something that edits cannot do.
    """
    lines = text.strip("\n").split("\n")
    found: list[FilePatch] = []
    at = 0
    while at < len(lines):
        if not _is_head(lines, at):
            at += 1
            continue
        old, new = _name(lines[at][4:]), _name(lines[at + 1][4:])
        if new == _NOWHERE:
            raise ToolFailure(f"The patch deletes {old}: do that with the shell. Nothing was done.")
        if old not in (new, _NOWHERE):
            raise ToolFailure(f"The patch renames {old}: do that with the shell. Nothing was done.")
        at += 2
        end = next((i for i in range(at, len(lines)) if _is_head(lines, i)), len(lines))
        hunks = tuple(_hunks(lines[at:end]))
        if not hunks:
            raise ToolFailure(f"The patch has no `@@` line for {new}. Nothing was done.")
        found.append(FilePatch(new, old == _NOWHERE, hunks))
        at = end
    if not found:
        raise ToolFailure(
            "It is no unified diff: each file begins with a line `--- a/path` and one `+++ b/path`. "
            "Nothing was done."
        )
    names = [each.path for each in found]
    if len(set(names)) < len(names):
        raise ToolFailure("The patch names a file twice: put its hunks together. Nothing was done.")
    return tuple(found)


def _is_head(lines: Sequence[str], at: int) -> bool:
    """Whether the name of a file stands here; a removed line may begin with `-- ` as well."""
    if not lines[at].startswith("--- ") or at + 1 >= len(lines):
        return False
    after = lines[at + 2] if at + 2 < len(lines) else ""
    return lines[at + 1].startswith("+++ ") and (after.startswith("@@") or not after)


def _name(text: str) -> str:
    name = text.partition("\t")[0].strip()
    if name == _NOWHERE:
        return name
    return name[2:] if name[:2] in ("a/", "b/") else name


def _hunks(lines: Sequence[str]) -> Iterator[PatchHunk]:
    line, old, new = 0, list[str](), list[str]()
    begun = False
    for text in lines:
        if (head := _HUNK.fullmatch(text)) is not None:
            if begun:
                yield PatchHunk(line, tuple(old), tuple(new))
            begun, line = True, int(head[1] or 0)
            old, new = [], []
        elif begun and not text.startswith("\\"):  # `\ No newline at end of file`
            _take(text, old, new)
    if begun:
        yield PatchHunk(line, tuple(old), tuple(new))


def _take(text: str, old: list[str], new: list[str]) -> None:
    sign, rest = text[:1], text[1:].rstrip("\r")
    if sign not in ("+", "-", " ", ""):
        if text.startswith(("diff ", "index ", "new file ", "similarity ", "old mode", "new mode")):
            return
        raise ToolFailure(
            f"A line of the patch begins with neither blank, + nor -: {text[:80]!r}. "
            "Nothing was done."
        )
    if sign != "+":
        old.append(rest)
    if sign != "-":
        new.append(rest)


def patched(file: TextFile, patch: FilePatch) -> TextFile:
    """A file with a patch laid over it.

    Raises:
        ToolFailure: lines that it is about are not there; says what is.
    """
    end = "\r" if file.line_end == "\r\n" else ""
    lines = file.text.split("\n")
    shift = 0
    for number, hunk in enumerate(patch.hunks, 1):
        at = _place(lines, hunk, shift)
        if at is None:
            _explain(file, hunk, number, patch.path)
        assert at is not None
        lines[at : at + len(hunk.old)] = [line + end for line in hunk.new]
        shift += len(hunk.new) - len(hunk.old)
    return file.with_text("\n".join(lines))


def _place(lines: Sequence[str], hunk: PatchHunk, shift: int) -> int | None:
    """Where its lines stand, the place nearest to the one it names; None for nowhere."""
    wanted = max(0, hunk.line - 1 + shift)
    if not hunk.old:
        return min(wanted, len(lines))
    bare = [line.rstrip("\r") for line in lines]
    first, size = hunk.old[0], len(hunk.old)
    found = [
        at
        for at in range(len(bare) - size + 1)
        if bare[at] == first and tuple(bare[at : at + size]) == hunk.old
    ]
    if not found or (not hunk.line and len(found) > 1):
        return None
    return min(found, key=lambda at: abs(at - wanted))


def _explain(file: TextFile, hunk: PatchHunk, number: int, path: str) -> None:
    """Say what is there in the place of what a hunk is about.

    Raises:
        ToolFailure: always.
    """
    old, new = "\n".join(hunk.old), "\n".join((*hunk.new, ""))
    try:
        replace_text(file, old, new, every=False)
    except ToolFailure as failure:
        words = str(failure).replace("`old`", "Its text")
        raise ToolFailure(f"Hunk {number} for {path} does not fit. {words}") from None
    raise ToolFailure(f"Hunk {number} for {path} fits in part of a line only. Nothing was changed.")

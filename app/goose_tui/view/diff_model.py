"""A unified diff as files, hunks and numbered lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

__all__ = ["DiffLine", "FileDiff", "Hunk", "Row", "count_changes", "diff_rows", "parse_diff"]

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_GIT = re.compile(r"diff --git (?:a/(.*) b/(.*)|\"a/(.*)\" \"b/(.*)\")")

Sign = Literal[" ", "+", "-"]


class DiffLine(Struct, frozen=True):
    """One line of a hunk."""

    sign: Sign
    text: str
    """Without the sign and the line end."""
    old: int | None
    """Its number before the change, from 1; None for an added line."""
    new: int | None
    """Its number after the change; None for a removed line."""
    no_newline: bool = False
    """Whether the file ends here without a line end."""


class Hunk(Struct, frozen=True):
    """A run of changed lines with what stands around them."""

    old_start: int
    new_start: int
    heading: str
    """What stands behind the numbers: mostly the function."""
    lines: tuple[DiffLine, ...]


class FileDiff(Struct, frozen=True):
    """What changes in one file."""

    old_path: str
    """Empty if the file is new."""
    new_path: str
    """Empty if the file is removed."""
    hunks: tuple[Hunk, ...]
    notes: tuple[str, ...] = ()
    """What else the diff says: modes, renames, binary files."""

    @property
    def path(self) -> str:
        """The path to show."""
        return self.new_path or self.old_path


class Row(Struct, frozen=True):
    """One thing to draw: the head of a file or a hunk, or a line of it; indexes into the model."""

    file: int
    hunk: int | None = None
    line: int | None = None


def parse_diff(text: str) -> tuple[FileDiff, ...]:
    """Read a unified diff, with or without the headers of git; what is no diff is left out.

    Args:
        text: clean text.
    """
    return tuple(_Reader(text.split("\n")).files())


def count_changes(files: Sequence[FileDiff]) -> tuple[int, int]:
    """The numbers of added and removed lines."""
    signs = [line.sign for file in files for hunk in file.hunks for line in hunk.lines]
    return signs.count("+"), signs.count("-")


def diff_rows(files: Sequence[FileDiff], *, heads: bool = True) -> list[Row]:
    """Everything to draw, in order; rows can be sliced before they are drawn.

    Args:
        files: the model.
        heads: whether files get a head of their own.
    """
    rows: list[Row] = []
    for at, file in enumerate(files):
        if heads:
            rows.append(Row(at))
        for number, hunk in enumerate(file.hunks):
            rows.append(Row(at, number))
            rows += [Row(at, number, index) for index in range(len(hunk.lines))]
    return rows


class _Reader:
    """Reads the lines of a diff once."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._at = 0

    def files(self) -> Iterator[FileDiff]:
        while self._at < len(self._lines):
            if self._begins_file():
                yield self._file()
            elif self._hunk_head() is not None:
                yield FileDiff("", "", tuple(self._hunks()))
            else:
                self._at += 1

    def _line(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._lines[at] if at < len(self._lines) else ""

    def _begins_file(self) -> bool:
        return self._line().startswith("diff --git ") or (
            self._line().startswith("--- ") and self._line(1).startswith("+++ ")
        )

    def _file(self) -> FileDiff:
        old = new = ""
        notes: list[str] = []
        if names := _GIT.fullmatch(self._line()):
            old, new = names[1] or names[3] or "", names[2] or names[4] or ""
        self._at += self._line().startswith("diff --git ")
        while self._at < len(self._lines) and not self._line().startswith("diff --git "):
            if self._line().startswith("--- ") and self._line(1).startswith("+++ "):
                old, new = _path(self._line()), _path(self._line(1))
                self._at += 2
                break
            if note := self._line():
                notes.append(note)
            self._at += 1
        notes = [note for note in notes if not note.startswith("index ")]
        return FileDiff(old, new, tuple(self._hunks()), tuple(notes))

    def _hunk_head(self) -> re.Match[str] | None:
        return _HUNK.fullmatch(self._line())

    def _hunks(self) -> Iterator[Hunk]:
        while head := self._hunk_head():
            self._at += 1
            old, new = int(head[1]), int(head[3])
            counts = int(head[2] or 1), int(head[4] or 1)
            yield Hunk(old, new, head[5], tuple(self._body(old, new, counts)))

    def _body(self, old: int, new: int, counts: tuple[int, int]) -> Iterator[DiffLine]:
        """The lines of a hunk: as many as its head promises."""
        old_end, new_end = old + counts[0], new + counts[1]
        while self._at < len(self._lines) and (old < old_end or new < new_end):
            line = self._line()
            if not line and self._at == len(self._lines) - 1:
                # Not an empty line: the end of the text.
                return
            sign, text = line[:1], line[1:]
            self._at += 1
            bare = self._line().startswith("\\")
            self._at += bare
            if sign == "+":
                yield DiffLine("+", text, None, new, bare)
            elif sign == "-":
                yield DiffLine("-", text, old, None, bare)
            elif sign in (" ", ""):
                yield DiffLine(" ", text, old, new, bare)
            else:
                # The head promised more than there is: leave the line to what follows.
                self._at -= 1 + bare
                return
            old += sign != "+"
            new += sign != "-"


def _path(line: str) -> str:
    """The path of a `---` or `+++` line; empty for no file."""
    path = line[4:].partition("\t")[0].strip().strip('"')
    if path == "/dev/null":
        return ""
    return path[2:] if path[:2] in ("a/", "b/") else path

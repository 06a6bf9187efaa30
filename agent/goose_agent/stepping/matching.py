"""Patterns of conditions, matched in time that grows with the text alone: models write the texts."""

from __future__ import annotations

from fnmatch import fnmatchcase

__all__ = ["contains", "matches_name", "matches_path"]

_LONGEST = 4096
"""Characters of a name or path; there is none of more."""


def matches_name(text: str, pattern: str) -> bool:
    """Whether a whole name is of this form: `*` is anything, `?` one character, `[ab]` either."""
    return len(text) <= _LONGEST and fnmatchcase(text, pattern)


def matches_path(path: str, pattern: str) -> bool:
    """Whether a path is of this form.

    `*` and `?` stop at `/`, `**` does not; a pattern without a slash means a name in any folder.

    Args:
        path: with slashes, without `.` and `..`.
        pattern: as a person wrote it.
    """
    if len(path) > _LONGEST:
        return False
    pattern = pattern.removeprefix("./")
    if "/" not in pattern:
        return fnmatchcase(path.rpartition("/")[2], pattern)
    return _folders_match(path.split("/"), pattern.split("/"))


def _folders_match(names: list[str], patterns: list[str]) -> bool:
    """Match name by name; only the last `**` before a mismatch has to take one name more."""
    at = wanted = 0
    star, taken = -1, 0
    while at < len(names):
        if wanted < len(patterns) and patterns[wanted] == "**":
            star, taken = wanted, at
            wanted += 1
        elif wanted < len(patterns) and fnmatchcase(names[at], patterns[wanted]):
            at += 1
            wanted += 1
        elif star >= 0:
            taken += 1
            at, wanted = taken, star + 1
        else:
            return False
    return all(pattern == "**" for pattern in patterns[wanted:])


def contains(text: str, pattern: str) -> bool:
    """Whether a piece of the text is of this form, in any case of letters; `*` is anything."""
    text = text.casefold()
    at = 0
    for piece in pattern.casefold().split("*"):
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True

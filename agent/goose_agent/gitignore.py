"""Ignore files: git's patterns, of which what is malformed says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["compile_gitignore"]


def compile_gitignore(lines: Sequence[str]) -> GitIgnoreSpec:
    """What the lines of an ignore file mean.

    Args:
        lines: in their order; comments and blank ones count as none.
    """
    # Imported late: it takes 75 ms, and only looking for files needs it.
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore import GitIgnorePatternError

    with suppress(GitIgnorePatternError):
        return GitIgnoreSpec.from_lines(lines)
    readable = []
    for line in lines:
        with suppress(GitIgnorePatternError):
            GitIgnoreSpec.from_lines([line])
            readable.append(line)
    return GitIgnoreSpec.from_lines(readable)

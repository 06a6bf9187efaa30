"""Where a path lies, after every symbolic link on the way is followed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

__all__ = ["Place", "place"]

Place = Literal["inside", "outside", "protected"]

_PROTECTED = frozenset({".git", ".goose-tui", ".goose", ".claude", ".codex"})
"""Folders whose files decide what runs later: a change there is never a plain edit."""


def place(path: Path, roots: Sequence[Path]) -> Place:
    """Where `path` lies.

    Args:
        path: absolute; need not exist.
        roots: the folders the agent works in, absolute.
    """
    try:
        real = path.resolve()
    except (OSError, RuntimeError):  # a ring of symbolic links leads nowhere
        return "outside"
    for root in roots:
        real_root = root.resolve()
        if real == real_root or real_root in real.parents:
            parts = {part.casefold() for part in real.relative_to(real_root).parts}
            return "protected" if parts & _PROTECTED else "inside"
    return "outside"

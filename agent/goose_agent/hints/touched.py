"""The places that a call was about, as far as its words tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from goose_agent.permissions.rules.action import Action

__all__ = ["touched_by"]


def touched_by(action: Action) -> Iterator[Path]:
    """The places that a call has read or written, absolute and without links, each once.

    Any word of a command may be a path: those count that are there, or whose folder is. Blocks.

    Args:
        action: what the call amounts to.
    """
    seen: set[str] = set()
    for part in action.parts:
        for real in [part.cwd, *(touch.real for touch in part.touches)]:
            if not real or real in seen:
                continue
            seen.add(real)
            path = Path(real)
            yield path if _is_folder(path) else path.parent


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False

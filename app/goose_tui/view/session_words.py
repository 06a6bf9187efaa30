"""What is said of a session wherever it is shown: its modes, its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goose_agent.events import Mode

__all__ = ["MODES", "folder_name"]

MODES: dict[Mode, str] = {
    "chat": "nothing runs",
    "plan": "reads only, ends in a plan",
    "approve": "every call asks",
    "smart": "reads run, the rest asks",
    "edits": "edits here run, commands ask",
    "auto": "everything runs, nothing asks",
}
"""What each mode means, in a few words."""


def folder_name(folder: str) -> str:
    """A folder as people write it: below `~` where it is."""
    try:
        return str(Path("~") / Path(folder).relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return folder

"""What is said of a session wherever it is shown: its modes, its models, its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goose_agent.events import Mode
    from goose_agent.messages import Effort, ModelRole

__all__ = ["EFFORTS", "MODES", "ROLE_WORDS", "folder_name"]

MODES: dict[Mode, str] = {
    "chat": "nothing runs",
    "plan": "reads only, ends in a plan",
    "approve": "every call asks",
    "smart": "reads run, the rest asks",
    "edits": "edits here run, commands ask",
    "auto": "everything runs, nothing asks",
}
"""What each mode means, in a few words."""


EFFORTS: dict[Effort, str] = {
    "off": "no thinking, or the least there is",
    "low": "a little",
    "medium": "some",
    "high": "a lot",
    "max": "the most there is",
}
"""How hard a model is to think, in a few words."""

ROLE_WORDS: dict[ModelRole, str] = {
    "main": "does the work",
    "planning": "answers in plan mode",
    "editing": "makes edits",
    "review": "sums conversations up",
    "fast": "titles and other small things",
    "lead": "begins the work, helps out",
}
"""What the model of each role is there for, in a few words."""


def folder_name(folder: str) -> str:
    """A folder as people write it: below `~` where it is."""
    try:
        return str(Path("~") / Path(folder).relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return folder

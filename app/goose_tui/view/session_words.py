"""What is said of a session wherever it is shown: its modes, its models, its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.events import Mode
    from goose_agent.messages import Effort, ModelRole
    from goose_agent.sessions.library import SessionEntry, SessionWord

__all__ = ["EFFORTS", "MODES", "ROLE_WORDS", "SESSION_WORDS", "folder_name", "session_facts"]

MODES: dict[Mode, str] = {
    "chat": "nothing runs",
    "plan": "reads only, ends in a plan",
    "approve": "every call asks",
    "smart": "reads run, the rest asks",
    "edits": "edits here run, commands ask",
    "auto": "runs all but what always asks",
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


SESSION_WORDS: dict[SessionWord, str] = {
    "running": "running",
    "waiting": "waiting for you",
    "interrupted": "interrupted",
    "done": "done",
    "damaged": "damaged",
}
"""How a session of the list stands."""


def folder_name(folder: str) -> str:
    """A folder as people write it: below `~` where it is."""
    try:
        return str(Path("~") / Path(folder).relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return folder


def session_facts(entry: SessionEntry) -> tuple[str, str]:
    """A session in a line: its id and where it took place, and how much there is of it."""
    folder = clean_line(folder_name(entry.folder))
    counts = [(entry.turns, "turn"), (entry.calls, "call")]
    words = (f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)
    model = clean_line(entry.model)
    forked = f"  fork of {entry.parent}@{entry.forked_at}" if entry.parent else ""
    return f"{entry.session_id}{clean_line(forked)}  {folder}", "  ".join(
        filter(None, (model, *words))
    )

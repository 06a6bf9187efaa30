"""Commands about what the model sees: made smaller, as it was, with a piece pinned or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goose_agent.commands import Compact, EditSegment, RedoCompaction, UndoCompaction
from goose_agent.errors import UsageError
from goose_tui.slash.command import Choice, Face, Slash

if TYPE_CHECKING:
    from goose_agent.events import Segment, SegmentChange
    from goose_agent.state.session_state import SessionState

__all__ = ["COMPACT", "DROP", "PIN", "REDO", "UNDO"]

_COMPACTION = (Choice("compact", "the last compaction"),)
_NAMED = 40
"""Characters of a piece that are named."""


def _compact(face: Face, argument: str) -> None:
    state = face.state
    if state is None or not state.turns:
        face.say("there is nothing to compact yet")
        return
    face.tell(Compact(argument))
    if state.working:
        face.say("compacts before the model is called next")


def _of_compaction(argument: str, name: str) -> None:
    if argument not in ("", "compact"):
        raise UsageError(f"/{name}: compact, not {argument!r}.")


def _undo(face: Face, argument: str) -> None:
    _of_compaction(argument, "undo")
    face.tell(UndoCompaction())


def _redo(face: Face, argument: str) -> None:
    _of_compaction(argument, "redo")
    face.tell(RedoCompaction())


def _pin(face: Face, argument: str) -> None:
    _change(face, argument, "pin", "pinned")


def _drop(face: Face, argument: str) -> None:
    _change(face, argument, "drop", "dropped from what the model sees")


def _change(face: Face, argument: str, change: SegmentChange, words: str) -> None:
    state = face.state
    if state is None or not state.context.segments:
        face.say("nothing was built for the model yet")
        return
    segment, text = _found(state, argument)
    face.tell(EditSegment(segment.key, change))
    line = " ".join(text.split())
    named = line if len(line) <= _NAMED else f"{line[: _NAMED - 1]}…"
    face.say(f"{words}: {named}")


def _found(state: SessionState, wanted: str) -> tuple[Segment, str]:
    """The newest piece that says it; without words the person's last message."""
    from goose_agent.context.current import current_use, said_since
    from goose_agent.context.edits import contents

    texts = contents(state)
    for segment in reversed((*current_use(state).segments, *said_since(state))):
        text = texts.get(segment.key) or ""
        if wanted and wanted.lower() in text.lower():
            return segment, text
        if not wanted and segment.kind == "user":
            return segment, text
    raise UsageError(f"Nothing that the model sees says {wanted!r}.")


COMPACT = Slash("compact", "[FOCUS]", "make what the model sees smaller", _compact)
UNDO = Slash(
    "undo",
    "[compact]",
    "what the model saw before a compaction",
    _undo,
    choices=lambda _, __: _COMPACTION,
)
REDO = Slash(
    "redo",
    "[compact]",
    "let an undone compaction hold again",
    _redo,
    choices=lambda _, __: _COMPACTION,
)
PIN = Slash("pin", "[TEXT]", "keep what says TEXT through compactions", _pin)
DROP = Slash("drop", "TEXT", "hide what says TEXT from the model", _drop)

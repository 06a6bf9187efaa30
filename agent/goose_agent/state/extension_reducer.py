"""How the life of servers changes a session's state."""

from __future__ import annotations

from goose_agent.events import (
    Event,
    ExtensionChanged,
    ExtensionFailed,
    ExtensionReady,
    ExtensionStarting,
    ExtensionStopped,
)
from goose_agent.evolve import evolve
from goose_agent.state.extensions import ExtensionState
from goose_agent.state.records import NoticeRecord
from goose_agent.state.session_state import SessionState

__all__ = ["ExtensionEvent", "extension_words", "reduce_extension"]

ExtensionEvent = (
    ExtensionStarting | ExtensionReady | ExtensionChanged | ExtensionFailed | ExtensionStopped
)


def reduce_extension(state: SessionState, event: Event, data: ExtensionEvent) -> SessionState:
    """A server starts, is there, offers something else, fails, or is switched off."""
    known = state.extensions.get(data.name, ExtensionState("starting"))
    match data:
        case ExtensionStarting():
            now = evolve(known, phase="starting")
        case ExtensionReady() | ExtensionChanged():
            now = ExtensionState("ready", data.tools, data.prompts, data.resources)
        case ExtensionFailed(again=again):
            now = ExtensionState("failed") if again is None else evolve(known, phase="failed")
        case ExtensionStopped():
            now = ExtensionState("stopped")
    changed = evolve(state, extensions={**state.extensions, data.name: now})
    if words := extension_words(data):
        text, hint = words
        notice = NoticeRecord(f"e{event.seq}", event.seq, event.turn, "warning", text, hint)
        return evolve(changed, records=changed.records.append(notice))
    return changed


def extension_words(data: ExtensionEvent) -> tuple[str, str] | None:
    """What a person should read of it, and what to do next; None for nothing."""
    match data:
        case ExtensionFailed(name, why, again=None):
            return f"The extension {name} cannot be used: {why}.", "/extensions shows more."
        case ExtensionChanged(name, altered=altered) if altered:
            tools = ", ".join(altered)
            text = f"The extension {name} describes tools otherwise than before: {tools}."
            return text, "Calls of them ask, whatever was allowed, and show what is different."
        case _:
            return None

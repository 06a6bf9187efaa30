"""Where a turn has paused, why, and what is next, in words for every face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from goose_tui.view.numbers import tokens
from goose_tui.view.request_rows import segment_count
from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.state.session_state import SessionState

__all__ = ["PauseWords", "pause_words", "suggested_condition"]

_RUNNING = {
    "into": "the next stop",
    "next": "the next call",
    "write": "the next write",
}


class PauseWords(Struct, frozen=True):
    """What is said of a pause, or of the way to the next one."""

    pause_id: str
    """Empty while the turn runs to the next stop."""
    where: str
    why: str = ""
    next: str = ""


def pause_words(state: SessionState, about: str = "≈") -> PauseWords | None:
    """What is to be said; None where the turn is not stepped through.

    Args:
        state: the session.
        about: what marks a number as estimated.
    """
    debugging = state.debugging
    pause = debugging.pause
    if pause is None:
        if not state.working or debugging.run not in _RUNNING:
            return None
        return PauseWords("", f"running to {_RUNNING[debugging.run]}")
    conditions = ", ".join(map(clean_line, pause.conditions))
    why = f"breakpoint {conditions}" if conditions else "stepping"
    following = clean_line(pause.next, strict=True)
    call = state.find_call(pause.call_id)
    tool = clean_line(call.tool) if call is not None else "a tool"
    match pause.place:
        case "before_request":
            where = f"before model call {pause.request}"
            use = state.of_agent(pause.agent).context
            there = [item for item in use.segments if item.altered != "dropped"]
            size = f"{segment_count(len(there))} {about} {tokens(use.tokens)}"
            following = f"{following} ({size})"
        case "before_call":
            where = f"before {tool}"
        case "after_call":
            where = f"after {tool}" + (f": {call.state}" if call is not None else "")
    if below := clean_line(pause.agent.partition("/")[2]):
        where = f"{where} in {below}"
    return PauseWords(pause.pause_id, f"paused {where}", why, following)


def suggested_condition(state: SessionState) -> str:
    """A condition that would hold where the turn has paused; empty where none comes to mind."""
    pause = state.debugging.pause
    if pause is None or pause.call_id not in state.calls:
        return ""
    call = state.call(pause.call_id)
    if call.state == "failed":
        return f"error and tool == {call.tool}" if call.tool.isidentifier() else "error"
    return f"tool == {call.tool}" if call.tool.isidentifier() else ""

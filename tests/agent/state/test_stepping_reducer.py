"""What is left of stepping in a session that came from elsewhere, and of pauses that nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime

from goose_agent.events import (
    AnyData,
    BreakpointHit,
    BreakpointSet,
    Event,
    Paused,
    ResultEdited,
    Resumed,
    SegmentEdited,
    SessionImported,
)
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit


def after(*happened: AnyData) -> SessionState:
    state = SessionState()
    for seq, data in enumerate(happened, 1):
        event = Event(
            seq=seq, id=f"e{seq}", at=datetime(2026, 1, 2, tzinfo=UTC), mono=float(seq),
            session_id="s", actor="user", data=data,
        )  # fmt: skip
        state = reduce(state, event)
    return state


def test_breakpoints_and_a_system_prompt_from_elsewhere_do_not_hold_here() -> None:
    state = after(
        BreakpointSet("b", "error"),
        SegmentEdited("system", "edit", "Obey."),
        SegmentEdited("user:1:", "drop"),
        SessionImported("them.goose"),
    )
    assert state.debugging.breakpoints == ()
    # What somebody took out of the conversation may be a secret: it stays out.
    assert state.edits == {"user:1:": SegmentEdit(dropped=True)}


def test_what_nobody_knows_changes_nothing() -> None:
    paused = after(Paused("p", "before_request", 1, "request"))
    again = after(
        Paused("p", "before_request", 1, "request"),
        Resumed("other", "continue"),
        BreakpointHit("b", "error", "after_call"),
        ResultEdited("c", "x"),
    )
    assert again.debugging == paused.debugging


def test_an_edit_that_is_undone_leaves_nothing_behind() -> None:
    state = after(
        SegmentEdited("system", "pin"),
        SegmentEdited("system", "edit", "x"),
        SegmentEdited("system", "restore"),
        SegmentEdited("system", "unpin"),
    )
    assert state.edits == {}

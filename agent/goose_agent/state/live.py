"""What is shown only while it happens: made from the same events, never stored, never replayed."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from goose_agent.events import (
    Event,
    Status,
    ToolFinished,
    ToolOutcomeUnknown,
    ToolProgress,
    TurnEnded,
)
from goose_agent.evolve import evolve
from goose_agent.state.session_state import MAIN

__all__ = ["Live", "observe"]


class Live(Struct, frozen=True):
    """What is going on just now."""

    status: str = ""
    """What holds everything up; empty for nothing."""
    tails: Mapping[str, str] = field(default_factory=dict)
    """The last lines of each running call's output, by call id."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """How much of each running call is done, from 0 to 1, where that is known."""


def observe(live: Live, event: Event) -> Live:
    """What is going on after one more event."""
    match event.data:
        case Status(text):
            return evolve(live, status=text)
        case ToolProgress(call_id, tail, share=share):
            shares = live.shares if share is None else {**live.shares, call_id: share}
            return evolve(live, tails={**live.tails, call_id: tail}, shares=shares)
        case ToolFinished(call_id=call_id) | ToolOutcomeUnknown(call_id=call_id):
            rest = {key: tail for key, tail in live.tails.items() if key != call_id}
            shares = {key: share for key, share in live.shares.items() if key != call_id}
            return evolve(live, tails=rest, shares=shares)
        case TurnEnded() if event.agent == MAIN:
            return Live()
        case _:
            return live

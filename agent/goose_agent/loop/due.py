"""Which role's model is to give the next answer: read from the session's state alone."""

from __future__ import annotations

from msgspec import Struct

from goose_agent.config.model_roles import Lead
from goose_agent.loop.guard import last_steps
from goose_agent.messages import ModelRole
from goose_agent.state.session_state import SessionState

__all__ = ["Due", "due"]

_OVER: dict[ModelRole, str] = {
    "planning": "plan mode is off",
    "lead": "the lead has given its answers",
}
"""Why the main model answers again, by who answered before."""


class Due(Struct, frozen=True):
    """Whose turn it is, and why."""

    role: ModelRole
    reason: str = ""
    answers: int = 0
    """For how many answers; 0 for as long as the reason holds."""


def due(state: SessionState, lead: Lead | None) -> Due:
    """Who is to answer next.

    Args:
        state: the session; its calls are settled.
        lead: how another model leads; None for not at all.
    """
    seat = state.seat
    if state.mode == "plan":
        return Due("planning", "plan mode")
    if lead is not None:
        if state.answers < lead.turns:
            first = "first answer" if lead.turns == 1 else f"first {lead.turns} answers"
            return Due("lead", f"the {first}", lead.turns - state.answers)
        if seat is not None and seat.role == "lead" and seat.left:
            return Due("lead", seat.reason, seat.left)
        if seat is None and _fails(state, lead.failures):
            times = "once" if lead.failures == 1 else f"{lead.failures} times in a row"
            return Due("lead", f"calls failed {times}", lead.fallback)
    return Due("main", _OVER.get(seat.role, "") if seat is not None else "")


def _fails(state: SessionState, often: int) -> bool:
    """Whether so many answers in a row had calls that failed, since the main model took over."""
    steps = last_steps(state, often)
    own = [step for step in steps if step[0].seq > state.switched]
    return len(own) >= often and all(any(c.state == "failed" for c in step) for step in own)

"""What an agent that stops leaves open is closed in order."""

from __future__ import annotations

from goose_agent.events import (
    CompactionReview,
    Elicitation,
    Question,
    RequestWithdrawn,
    Sampling,
    SignIn,
    ToolFinished,
)
from goose_agent.loop.cut_off import leave_unknown
from goose_agent.loop.debugger import Debugger
from goose_agent.sessions.log import SessionLog

__all__ = ["ABANDONED", "abandon"]

ABANDONED = "Not run: the turn ended before it started."


def abandon(log: SessionLog, debugger: Debugger) -> None:
    """Nobody will work on what is still open: let nothing wait for an answer.

    Args:
        log: the record, as the agent that stops sees it.
        debugger: where it may pause.
    """
    debugger.withdraw()
    for item in log.state.pending:
        match item.subject:
            case (
                CompactionReview() | Elicitation() | Sampling() | SignIn() | Question(about="model")
            ):
                pass  # what it is about is still there
            case _:
                log.record(RequestWithdrawn(item.request_id), "agent")
    for call in log.state.open_calls():
        if call.started is not None:
            leave_unknown(log, call)
        else:
            log.record(ToolFinished(call.key, "cancelled", ABANDONED, 0.0), "agent")

"""Subagents that were at work when the last process ended: closed, and never started again."""

from __future__ import annotations

from goose_agent.events import (
    AgentEnded,
    ModelCancelled,
    RequestWithdrawn,
    Resumed,
    ToolFinished,
    ToolOutcomeUnknown,
    TurnEnded,
)
from goose_agent.loop.agents.words import lost_words
from goose_agent.sessions.agent_log import AgentLog
from goose_agent.sessions.log import SessionLog

__all__ = ["close_lost_agents", "lost_calls"]


def lost_calls(log: SessionLog) -> tuple[str, ...]:
    """Ids of the calls of subagents that had started and have no end on record."""
    calls = (call for agent in log.state.running_agents for call in agent.state.open_calls())
    return tuple(call.key for call in calls if call.state == "running")


def close_lost_agents(session: SessionLog, unknown: str, never: str) -> None:
    """Put the end of each on record, the deepest first, and of the calls that they worked for.

    Args:
        session: the session's record.
        unknown: what a model reads of a call that had started.
        never: the same of one that had not.
    """
    for agent in sorted(session.state.running_agents, key=lambda each: -each.path.count("/")):
        log = AgentLog(session, agent.path)
        pause = session.state.debugging.pause
        if pause is not None and pause.agent == agent.path:
            log.record(Resumed(pause.pause_id, "withdrawn"), "system")
        for item in log.state.pending:
            log.record(RequestWithdrawn(item.request_id), "system")
        if log.state.phase in ("requesting", "answering", "retrying") and log.state.parts:
            log.record(ModelCancelled(log.state.request_id), "system")
        for call in log.state.open_calls():
            if call.state == "running":
                below = session.state.agent_for(call.key)
                log.record(
                    ToolOutcomeUnknown(call.key, below.result if below else unknown), "system"
                )
            else:
                log.record(ToolFinished(call.key, "cancelled", never, 0.0), "system")
        if log.state.working:
            log.record(TurnEnded(len(log.state.turns), "recovered", 0, 0.0), "system")
        log.record(AgentEnded("interrupted", lost_words(log.state), 0.0), "system")
    for call in session.state.open_calls():
        if (of_main := session.state.agent_for(call.key)) is not None:
            session.record(ToolOutcomeUnknown(call.key, of_main.result), "system")

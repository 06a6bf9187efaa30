"""The record of a session as one of its subagents sees it."""

from __future__ import annotations

from collections.abc import Mapping

from goose_agent.events import Actor, AnyData
from goose_agent.sessions.log import SessionLog
from goose_agent.sessions.store import StoredBlob
from goose_agent.state.session_state import SessionState

__all__ = ["AgentLog"]


class AgentLog(SessionLog):
    """Writes what a subagent does into the record of its session, and reads its own state.

    Args:
        session: the session's record.
        agent: the subagent's path.
    """

    def __init__(self, session: SessionLog, agent: str) -> None:
        self._session = session
        self.session_id = session.session_id
        self.agent = agent
        self.world = session.world
        self.indexer = session.indexer
        self.journal = session.journal

    @property
    def state(self) -> SessionState:
        """What its own events have come to."""
        return self._session.state.agents[self.agent].state

    def has_call(self, call_id: str) -> bool:
        """Whether a call of any agent has this id."""
        return self._session.has_call(call_id)

    def record(
        self,
        data: AnyData,
        actor: Actor,
        *,
        cause: int | None = None,
        blobs: Mapping[str, bytes | StoredBlob] | None = None,
        agent: str = "",
    ) -> int:
        """Let something have happened; returns the event's number. See `SessionLog.record`."""
        by = agent or self.agent
        return self._session.record(data, actor, cause=cause, blobs=blobs, agent=by)

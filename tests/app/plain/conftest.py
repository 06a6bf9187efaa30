"""What the tests of the session as lines share."""

from __future__ import annotations

from datetime import UTC, datetime

from goose_agent.events import Event
from goose_agent.events.kinds import AnyData

__all__ = ["event"]


def event(data: AnyData, seq: int) -> Event:
    """Something that happened in the first turn."""
    return Event(
        seq=seq,
        id=f"e-{seq}",
        at=datetime(2026, 1, 2, tzinfo=UTC),
        mono=float(seq),
        session_id="s-1",
        turn=1,
        actor="system",
        data=data,
    )

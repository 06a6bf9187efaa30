"""The envelope every event travels in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from goose_agent.events.kinds import AnyData, Unknown

__all__ = ["Actor", "Event"]

Actor = Literal["user", "model", "agent", "tool", "system", "importer"]


class Event(Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    seq: int
    """Gapless per session, from 1; a transient event carries the number of the last durable one."""
    id: str
    at: datetime
    """Wall clock, UTC: for display."""
    mono: float
    """Monotonic seconds: for durations."""
    session_id: str
    branch: str = "main"
    turn: int = 0
    """The turn it belongs to, from 1; 0 before the first."""
    agent: str = "main"
    """Who acts: `main`, `main/sub-2`."""
    cause: int | None = None
    """`seq` of the event that led here."""
    actor: Actor
    data: AnyData
    blobs: Mapping[str, str] = field(default_factory=dict)
    """Name to sha256 of what is too large for `data`."""
    v: int = 1
    """Schema version."""

    @property
    def type(self) -> str:
        """The kind of event, such as `tool.started`."""
        return self.data.kind if isinstance(self.data, Unknown) else self.data.type

    @property
    def transient(self) -> bool:
        """Whether it is never stored."""
        return self.data.durability == "transient"

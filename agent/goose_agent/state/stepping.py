"""What is known of pauses, breakpoints and edited segments: plain data, never changed in place."""

from __future__ import annotations

from msgspec import Struct

from goose_agent.events.stepping import Step, StopPlace

__all__ = ["Breakpoint", "Debugging", "Pause", "SegmentEdit"]


class Breakpoint(Struct, frozen=True):
    """A condition at which a turn pauses."""

    breakpoint_id: str
    condition: str
    enabled: bool = True
    hits: int = 0


class Pause(Struct, frozen=True):
    """The turn waits here for a person to let it go on."""

    pause_id: str
    place: StopPlace
    request: int
    """Number of the model call that comes next, or that led here; from 1 in the session."""
    next: str
    call_id: str
    conditions: tuple[str, ...]
    seq: int
    asked: float
    """Monotonic seconds."""
    agent: str = "main"
    """Whose turn it is."""


class Debugging(Struct, frozen=True):
    """How the turn is stepped through."""

    run: Step = "continue"
    """How far it goes on."""
    level: str = "main"
    """The agent that this was said of."""
    breakpoints: tuple[Breakpoint, ...] = ()
    pause: Pause | None = None

    @property
    def armed(self) -> bool:
        """Whether a turn may have to pause: where not, it looks no further."""
        if self.run != "continue" or self.pause is not None:
            return True
        return bool(self.breakpoints) and any(item.enabled for item in self.breakpoints)


class SegmentEdit(Struct, frozen=True):
    """What a person changed of a segment."""

    text: str | None = None
    """What stands there instead; None for what stood there before."""
    dropped: bool = False
    pinned: bool = False
    """Whether it is to stay as it is when the conversation is made smaller."""

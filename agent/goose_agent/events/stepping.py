"""Pauses, breakpoints, and what a person changed of what the model sees."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = [
    "BreakpointHit",
    "BreakpointRemoved",
    "BreakpointSet",
    "Paused",
    "Release",
    "ResultEdited",
    "Resumed",
    "SegmentChange",
    "SegmentEdited",
    "Step",
    "StopPlace",
]

StopPlace = Literal["before_request", "before_call", "after_call"]
"""Where a turn can pause: before a model call, before and after a tool call."""
Step = Literal["into", "next", "out", "write", "continue"]
"""How far it goes on. `into`: to the next stop, whatever it is. `next`: to the next model or tool
call, at this level. `out`: to the end of this level: of the turn, or of what a subagent does.
`write`: to the next tool call that changes files or runs programs. `continue`: to a breakpoint."""
Release = Step | Literal["withdrawn"]
"""What ended a pause; `withdrawn` where the turn ended first."""
SegmentChange = Literal["edit", "drop", "restore", "pin", "unpin"]


class Paused(Struct, frozen=True):
    """The turn waits for a person to let it go on."""

    type: ClassVar[str] = "paused"
    durability: ClassVar[Durability] = "act"

    pause_id: str
    place: StopPlace
    request: int
    """Number of the model call that comes next, or that led here; from 1 in the session."""
    next: str
    """What happens next, in a few words."""
    call_id: str = ""
    """The tool call it is about; empty before a model call."""
    conditions: tuple[str, ...] = ()
    """The breakpoints that hold here; empty where stepping alone is the reason."""


class Resumed(Struct, frozen=True):
    """A pause is over."""

    type: ClassVar[str] = "resumed"
    durability: ClassVar[Durability] = "act"

    pause_id: str
    step: Release


class BreakpointSet(Struct, frozen=True):
    """There is a breakpoint, or it is another from here on."""

    type: ClassVar[str] = "breakpoint.set"
    durability: ClassVar[Durability] = "act"

    breakpoint_id: str
    condition: str
    """As a person wrote it: see `goose_agent.stepping.condition`."""
    enabled: bool = True


class BreakpointRemoved(Struct, frozen=True):
    """A breakpoint is no more."""

    type: ClassVar[str] = "breakpoint.removed"
    durability: ClassVar[Durability] = "act"

    breakpoint_id: str


class BreakpointHit(Struct, frozen=True):
    """A breakpoint held at a stop."""

    type: ClassVar[str] = "breakpoint.hit"
    durability: ClassVar[Durability] = "shown"

    breakpoint_id: str
    condition: str
    place: StopPlace
    call_id: str = ""


class SegmentEdited(Struct, frozen=True):
    """A person changed a piece of what the model sees, from the next request on."""

    type: ClassVar[str] = "segment.edited"
    durability: ClassVar[Durability] = "act"

    segment: str
    """The key of the segment."""
    change: SegmentChange
    text: str = ""
    """What stands there now, for `edit`."""


class ResultEdited(Struct, frozen=True):
    """A person changed the result of a call before the model read it."""

    type: ClassVar[str] = "result.edited"
    durability: ClassVar[Durability] = "act"

    call_id: str
    text: str
    """What the model reads."""

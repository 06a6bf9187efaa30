"""Going through a turn like in a debugger."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from goose_agent.events import SegmentChange, Step

__all__ = [
    "EditResult",
    "EditSegment",
    "RemoveBreakpoint",
    "SetBreakpoint",
    "SetStepping",
    "StepOn",
]


class SetStepping(Struct, frozen=True):
    """Switch stepping on or off."""

    name: ClassVar[str] = "set_stepping"

    on: bool


class StepOn(Struct, frozen=True):
    """Let a paused turn go on."""

    name: ClassVar[str] = "step_on"

    pause_id: str
    step: Step


class SetBreakpoint(Struct, frozen=True):
    """Pause where a condition holds."""

    name: ClassVar[str] = "set_breakpoint"

    condition: str
    """See `goose_agent.stepping.condition`."""
    breakpoint_id: str = ""
    """The one to change; empty for a new one."""
    enabled: bool = True


class RemoveBreakpoint(Struct, frozen=True):
    """Take a breakpoint away."""

    name: ClassVar[str] = "remove_breakpoint"

    breakpoint_id: str


class EditSegment(Struct, frozen=True):
    """Change a piece of what the model sees, from the next request on."""

    name: ClassVar[str] = "edit_segment"

    segment: str
    """The key of the segment."""
    change: SegmentChange
    text: str = ""
    """What is to stand there, for `edit`."""


class EditResult(Struct, frozen=True):
    """Change the result of the call after which the turn has paused."""

    name: ClassVar[str] = "edit_result"

    call_id: str
    text: str | None
    """What the model is to read; None for what the tool said."""

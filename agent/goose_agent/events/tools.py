"""Tool calls, from proposal to result, and the files they change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from goose_agent.events.durability import Durability

__all__ = [
    "Decision",
    "FileChanged",
    "Outcome",
    "PlanItem",
    "PlanState",
    "PlanUpdated",
    "Reason",
    "ToolFinished",
    "ToolJudged",
    "ToolOutcomeUnknown",
    "ToolProgress",
    "ToolProposed",
    "ToolStarted",
]

Decision = Literal["allow", "ask", "deny"]
Outcome = Literal["ok", "error", "denied", "cancelled"]
PlanState = Literal["pending", "active", "done", "dropped"]


@dataclass(frozen=True, slots=True)
class ToolProposed:
    """A model wants to run a tool."""

    type: ClassVar[str] = "tool.proposed"
    durability: ClassVar[Durability] = "shown"

    call_id: str
    request_id: str
    tool: str
    arguments_text: str
    """JSON as the model wrote it."""
    arguments: dict[str, Any] | None
    """Parsed and checked; None where that failed."""
    problem: str = ""
    """Why the call cannot run as it stands; the model reads this."""
    summary: str = ""
    """One line that says what it would do."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the gate decided as it did."""

    stage: str
    """Which stage spoke: `tool`, `path`, `mode`, `rule`."""
    text: str


@dataclass(frozen=True, slots=True)
class ToolJudged:
    """The gate decided about a call."""

    type: ClassVar[str] = "tool.judged"
    durability: ClassVar[Durability] = "shown"

    call_id: str
    decision: Decision
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A call starts now: on disk before it does."""

    type: ClassVar[str] = "tool.started"
    durability: ClassVar[Durability] = "act"

    call_id: str


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """The last lines of a running call's output."""

    type: ClassVar[str] = "tool.progress"
    durability: ClassVar[Durability] = "transient"

    call_id: str
    tail: str
    total: int
    """Bytes of output so far."""


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A call has its result: on disk before the model reads it. Blob `output` is the full output."""

    type: ClassVar[str] = "tool.finished"
    durability: ClassVar[Durability] = "act"

    call_id: str
    outcome: Outcome
    text: str
    """Exactly what the model reads."""
    seconds: float
    exit_code: int | None = None
    total: int = 0
    """Bytes the tool put out in all."""


@dataclass(frozen=True, slots=True)
class ToolOutcomeUnknown:
    """A call had started when the process ended; nobody knows how far it came."""

    type: ClassVar[str] = "tool.unknown_outcome"
    durability: ClassVar[Durability] = "act"

    call_id: str
    text: str
    """What the model reads."""


@dataclass(frozen=True, slots=True)
class FileChanged:
    """A file was changed by a call. Blobs `before` and `after`; one is missing where the file was."""

    type: ClassVar[str] = "file.changed"
    durability: ClassVar[Durability] = "act"

    call_id: str
    path: str
    """Absolute."""
    added: int
    """Lines."""
    removed: int
    diff: str
    """Unified, with three lines of context; empty for binary files and very large changes."""


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One step of the plan."""

    text: str
    state: PlanState = "pending"


@dataclass(frozen=True, slots=True)
class PlanUpdated:
    """The whole plan, anew."""

    type: ClassVar[str] = "plan.updated"
    durability: ClassVar[Durability] = "shown"

    items: tuple[PlanItem, ...]

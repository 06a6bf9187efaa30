"""Tool calls, from proposal to result, and the files they change."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from msgspec import Struct

from goose_agent.events.attachments import Picture
from goose_agent.events.durability import Durability

__all__ = [
    "ChangeOrigin",
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
ChangeOrigin = Literal["tool", "command", "person"]
"""A tool that names its files, a command seen from outside, a person who took something back."""
Outcome = Literal["ok", "error", "denied", "cancelled"]
PlanState = Literal["pending", "active", "done", "dropped"]


class ToolProposed(Struct, frozen=True):
    """A model wants to run a tool."""

    type: ClassVar[str] = "tool.proposed"
    durability: ClassVar[Durability] = "shown"

    call_id: str
    request_id: str
    tool: str
    arguments_text: str
    """JSON as the model wrote it, without a fence around it and commas behind a last item."""
    arguments: dict[str, Any] | None
    """Parsed and checked; None where that failed."""
    problem: str = ""
    """Why the call cannot run as it stands; the model reads this."""
    summary: str = ""
    """One line that says what it would do."""


class Reason(Struct, frozen=True):
    """Why the gate decided as it did."""

    stage: str
    """Which stage spoke: `tool`, `path`, `mode`, `floor`, `rule`, `ignore`, `inspector`, `judge`,
    `binding`, `edit`."""
    text: str
    rule: str = ""
    """Id of the rule that spoke, where one did."""
    source: str = ""
    """File and line it stands in."""


class ToolJudged(Struct, frozen=True):
    """The gate decided about a call."""

    type: ClassVar[str] = "tool.judged"
    durability: ClassVar[Durability] = "shown"

    call_id: str
    decision: Decision
    reasons: tuple[Reason, ...]
    arguments: dict[str, Any] | None = None
    """Those that it is about, where a person changed them."""


class ToolStarted(Struct, frozen=True):
    """A call starts now: on disk before it does."""

    type: ClassVar[str] = "tool.started"
    durability: ClassVar[Durability] = "act"

    call_id: str
    arguments: dict[str, Any] | None = None
    """With what it runs, where a person changed that."""
    hunks: tuple[int, ...] | None = None
    """Numbers of the pieces of its change that are made, from 0; None for all."""
    binding: str = ""
    """What a person approved; empty where nobody was asked."""


class ToolProgress(Struct, frozen=True):
    """The last lines of a running call's output."""

    type: ClassVar[str] = "tool.progress"
    durability: ClassVar[Durability] = "transient"

    call_id: str
    tail: str
    total: int
    """Bytes of output so far."""
    share: float | None = None
    """How much of it is done, from 0 to 1; None where nobody knows."""


class ToolFinished(Struct, frozen=True):
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
    pictures: tuple[Picture, ...] = ()
    """What the model is shown besides the text."""
    made_up: bool = False
    """Whether a person wrote the text, and nothing ran."""


class ToolOutcomeUnknown(Struct, frozen=True):
    """A call had started when the process ended; nobody knows how far it came."""

    type: ClassVar[str] = "tool.unknown_outcome"
    durability: ClassVar[Durability] = "act"

    call_id: str
    text: str
    """What the model reads."""


class FileChanged(Struct, frozen=True):
    """A file was changed. Blobs `before` and `after`; one is missing where the file was."""

    type: ClassVar[str] = "file.changed"
    durability: ClassVar[Durability] = "act"

    call_id: str
    """By which call; empty where a person did it."""
    path: str
    """Absolute."""
    added: int
    """Lines."""
    removed: int
    diff: str
    """Unified, with three lines of context; empty for binary files and very large changes."""
    origin: ChangeOrigin = "tool"
    known: bool = True
    """Whether both contents are known; without that a missing blob says nothing."""


class PlanItem(Struct, frozen=True):
    """One step of the plan."""

    text: str
    state: PlanState = "pending"


class PlanUpdated(Struct, frozen=True):
    """The whole plan, anew."""

    type: ClassVar[str] = "plan.updated"
    durability: ClassVar[Durability] = "shown"

    items: tuple[PlanItem, ...]

"""Every kind of event there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from goose_agent.events.conversation import (
    MessageQueued,
    MessageUnqueued,
    UserCommand,
    UserMessage,
)
from goose_agent.events.durability import Durability
from goose_agent.events.model import (
    ContextBuilt,
    ModelCancelled,
    ModelDelta,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
)
from goose_agent.events.notices import BlobRead, Notice, Status
from goose_agent.events.requests import (
    RequestAnswered,
    RequestAsked,
    RequestWithdrawn,
)
from goose_agent.events.session import (
    ModeChanged,
    ModelChanged,
    RulesChanged,
    SessionEnded,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    SessionTitled,
    SteppingChanged,
    TurnEnded,
    TurnStarted,
)
from goose_agent.events.tools import (
    FileChanged,
    PlanUpdated,
    ToolFinished,
    ToolJudged,
    ToolOutcomeUnknown,
    ToolProgress,
    ToolProposed,
    ToolStarted,
)

__all__ = ["KINDS", "AnyData", "Unknown"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event of a newer version: kept as it is and shown raw."""

    type: ClassVar[str] = ""
    durability: ClassVar[Durability] = "shown"

    kind: str
    """The type it came with."""
    raw: dict[str, Any]


AnyData = (
    SessionStarted
    | SessionResumed
    | SessionRecovered
    | SessionTitled
    | SessionEnded
    | ModeChanged
    | SteppingChanged
    | ModelChanged
    | RulesChanged
    | TurnStarted
    | TurnEnded
    | UserMessage
    | MessageQueued
    | MessageUnqueued
    | UserCommand
    | ContextBuilt
    | ModelRequested
    | ModelDelta
    | ModelResponded
    | ModelFailed
    | ModelRetrying
    | ModelCancelled
    | ToolProposed
    | ToolJudged
    | ToolStarted
    | ToolProgress
    | ToolFinished
    | ToolOutcomeUnknown
    | FileChanged
    | PlanUpdated
    | RequestAsked
    | RequestAnswered
    | RequestWithdrawn
    | Notice
    | Status
    | BlobRead
    | Unknown
)

KINDS: dict[str, type[AnyData]] = {
    kind.type: kind for kind in AnyData.__args__ if kind is not Unknown
}
"""Every kind of event by its type."""

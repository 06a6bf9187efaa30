"""Everything that happens, as typed, serialisable events."""

from __future__ import annotations

from goose_agent.events.conversation import (
    MessageQueued,
    MessageUnqueued,
    UserCommand,
    UserMessage,
)
from goose_agent.events.envelope import Actor, Durability, Event, EventData, Unknown
from goose_agent.events.model import (
    AnswerPart,
    ContextBuilt,
    ModelCancelled,
    ModelDelta,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
    Segment,
    SegmentKind,
)
from goose_agent.events.notices import BlobRead, Notice, Status
from goose_agent.events.requests import (
    Answer,
    Approval,
    ApprovalAnswer,
    Preview,
    Question,
    QuestionAnswer,
    RequestAnswered,
    RequestAsked,
    RequestWithdrawn,
)
from goose_agent.events.session import (
    EndReason,
    Mode,
    ModeChanged,
    ModelChanged,
    RulesChanged,
    SessionEnded,
    SessionRecovered,
    SessionResumed,
    SessionRule,
    SessionStarted,
    SessionTitled,
    SteppingChanged,
    TurnEnd,
    TurnEnded,
    TurnStarted,
)
from goose_agent.events.tools import (
    Decision,
    FileChanged,
    Outcome,
    PlanItem,
    PlanState,
    PlanUpdated,
    Reason,
    ToolFinished,
    ToolJudged,
    ToolOutcomeUnknown,
    ToolProgress,
    ToolProposed,
    ToolStarted,
)

__all__ = [
    "KINDS",
    "Actor",
    "Answer",
    "AnswerPart",
    "AnyData",
    "Approval",
    "ApprovalAnswer",
    "BlobRead",
    "ContextBuilt",
    "Decision",
    "Durability",
    "EndReason",
    "Event",
    "EventData",
    "FileChanged",
    "MessageQueued",
    "MessageUnqueued",
    "Mode",
    "ModeChanged",
    "ModelCancelled",
    "ModelChanged",
    "ModelDelta",
    "ModelFailed",
    "ModelRequested",
    "ModelResponded",
    "ModelRetrying",
    "Notice",
    "Outcome",
    "PlanItem",
    "PlanState",
    "PlanUpdated",
    "Preview",
    "Question",
    "QuestionAnswer",
    "Reason",
    "RequestAnswered",
    "RequestAsked",
    "RequestWithdrawn",
    "RulesChanged",
    "Segment",
    "SegmentKind",
    "SessionEnded",
    "SessionRecovered",
    "SessionResumed",
    "SessionRule",
    "SessionStarted",
    "SessionTitled",
    "Status",
    "SteppingChanged",
    "ToolFinished",
    "ToolJudged",
    "ToolOutcomeUnknown",
    "ToolProgress",
    "ToolProposed",
    "ToolStarted",
    "TurnEnd",
    "TurnEnded",
    "TurnStarted",
    "Unknown",
    "UserCommand",
    "UserMessage",
]

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

"""Every kind of event there is."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

from goose_agent.events.agents import AgentEnded, AgentReported, AgentsListed, AgentStarted
from goose_agent.events.changes import BaselineTaken, ChangesListed
from goose_agent.events.compaction import (
    CompactionApplied,
    CompactionFailed,
    CompactionRedone,
    CompactionUndone,
)
from goose_agent.events.conversation import (
    MessageMoved,
    MessageQueued,
    MessageUnqueued,
    UserCommand,
    UserMessage,
)
from goose_agent.events.durability import Durability
from goose_agent.events.extension_notes import ExtensionKept, ExtensionSaid
from goose_agent.events.extensions import (
    CompletionsFound,
    ExtensionChanged,
    ExtensionFailed,
    ExtensionReady,
    ExtensionsListed,
    ExtensionStarting,
    ExtensionStopped,
    ExtensionToolTested,
)
from goose_agent.events.hints import HintsListed, HintsRead
from goose_agent.events.hooks import HookRan
from goose_agent.events.model import (
    AsideFailed,
    AsideRequested,
    AsideResponded,
    ContextBuilt,
    ContextCounted,
    ModelCancelled,
    ModelDelta,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
)
from goose_agent.events.notices import (
    BlobRead,
    FilesFound,
    MessageRefused,
    Notice,
    RequestRead,
    Status,
    ToolsListed,
)
from goose_agent.events.person_commands import CommandsListed, ShellFinished, ShellStarted
from goose_agent.events.processes import ProcessesListed
from goose_agent.events.requests import (
    RequestAnswered,
    RequestAsked,
    RequestExplained,
    RequestHeld,
    RequestWithdrawn,
)
from goose_agent.events.rules import FolderTrust, RulesChanged, RulesListed
from goose_agent.events.session import (
    EffortChanged,
    ModeChanged,
    ModelChanged,
    ModelSwitched,
    SessionEnded,
    SessionForked,
    SessionImported,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    SessionTitled,
    SteppingChanged,
    TurnEnded,
    TurnMeasured,
    TurnStarted,
)
from goose_agent.events.stepping import (
    BreakpointHit,
    BreakpointRemoved,
    BreakpointSet,
    Paused,
    ResultEdited,
    Resumed,
    SegmentEdited,
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


class Unknown(Struct, frozen=True):
    """An event of a newer version: kept as it is and shown raw."""

    type: ClassVar[str] = ""
    durability: ClassVar[Durability] = "shown"

    kind: str
    """The type it came with."""
    raw: Any
    """Its data, whatever that is."""


AnyData = (
    SessionStarted
    | SessionResumed
    | SessionRecovered
    | SessionTitled
    | SessionEnded
    | SessionImported
    | SessionForked
    | ModeChanged
    | EffortChanged
    | SteppingChanged
    | ModelChanged
    | ModelSwitched
    | RulesChanged
    | FolderTrust
    | TurnStarted
    | TurnEnded
    | TurnMeasured
    | UserMessage
    | MessageQueued
    | MessageUnqueued
    | MessageMoved
    | UserCommand
    | HintsRead
    | ContextBuilt
    | ContextCounted
    | ModelRequested
    | ModelDelta
    | ModelResponded
    | ModelFailed
    | ModelRetrying
    | ModelCancelled
    | AsideRequested
    | AsideResponded
    | AsideFailed
    | ToolProposed
    | ToolJudged
    | ToolStarted
    | ToolProgress
    | ToolFinished
    | ToolOutcomeUnknown
    | FileChanged
    | BaselineTaken
    | ChangesListed
    | PlanUpdated
    | HookRan
    | ExtensionKept
    | ExtensionSaid
    | CommandsListed
    | ProcessesListed
    | ShellStarted
    | ShellFinished
    | AgentStarted
    | AgentEnded
    | AgentReported
    | RequestAsked
    | RequestAnswered
    | RequestHeld
    | RequestWithdrawn
    | CompactionApplied
    | CompactionUndone
    | CompactionRedone
    | CompactionFailed
    | Paused
    | Resumed
    | BreakpointSet
    | BreakpointRemoved
    | BreakpointHit
    | SegmentEdited
    | ResultEdited
    | RequestExplained
    | ExtensionStarting
    | ExtensionReady
    | ExtensionChanged
    | ExtensionFailed
    | ExtensionStopped
    | Notice
    | Status
    | BlobRead
    | RequestRead
    | ToolsListed
    | AgentsListed
    | FilesFound
    | HintsListed
    | ExtensionsListed
    | CompletionsFound
    | ExtensionToolTested
    | MessageRefused
    | RulesListed
    | Unknown
)

KINDS: dict[str, type[AnyData]] = {
    kind.type: kind for kind in AnyData.__args__ if kind is not Unknown
}
"""Every kind of event by its type."""

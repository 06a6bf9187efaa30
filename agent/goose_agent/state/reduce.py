"""The one reducer: live, resumed, replayed and remote sessions are this function over events."""

from __future__ import annotations

from goose_agent.events import (
    AgentEnded,
    AgentReported,
    AgentsListed,
    AgentStarted,
    AsideFailed,
    AsideRequested,
    AsideResponded,
    BaselineTaken,
    BlobRead,
    BreakpointHit,
    BreakpointRemoved,
    BreakpointSet,
    ChangesListed,
    CommandsListed,
    CompactionApplied,
    CompactionFailed,
    CompactionRedone,
    CompactionUndone,
    CompletionsFound,
    ContextBuilt,
    ContextCounted,
    EffortChanged,
    Event,
    ExtensionChanged,
    ExtensionFailed,
    ExtensionKept,
    ExtensionReady,
    ExtensionSaid,
    ExtensionsListed,
    ExtensionStarting,
    ExtensionStopped,
    ExtensionToolTested,
    FileChanged,
    FilesFound,
    FolderTrust,
    HintsListed,
    HintsRead,
    HookRan,
    MessageMoved,
    MessageQueued,
    MessageRefused,
    MessageUnqueued,
    ModeChanged,
    ModelCancelled,
    ModelChanged,
    ModelDelta,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
    ModelSwitched,
    Notice,
    Paused,
    PlanUpdated,
    ProcessesListed,
    RequestAnswered,
    RequestAsked,
    RequestExplained,
    RequestHeld,
    RequestRead,
    RequestWithdrawn,
    ResultEdited,
    Resumed,
    RulesChanged,
    RulesListed,
    SegmentEdited,
    SessionEnded,
    SessionForked,
    SessionImported,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    SessionTitled,
    ShellFinished,
    ShellStarted,
    Status,
    SteppingChanged,
    ToolFinished,
    ToolJudged,
    ToolOutcomeUnknown,
    ToolProgress,
    ToolProposed,
    ToolsListed,
    ToolStarted,
    TurnEnded,
    TurnMeasured,
    TurnStarted,
    Unknown,
    UserCommand,
    UserMessage,
)
from goose_agent.evolve import evolve
from goose_agent.state.agent_reducer import govern, reduce_agent
from goose_agent.state.compaction_reducer import reduce_compaction
from goose_agent.state.context_reducer import reduce_context, refreshed
from goose_agent.state.extension_reducer import reduce_extension
from goose_agent.state.hints import reduce_hints
from goose_agent.state.model_reducer import reduce_aside, reduce_model
from goose_agent.state.session_reducer import (
    reduce_conversation,
    reduce_governing,
    reduce_hook,
    reduce_notice,
    reduce_plan,
    reduce_request,
    reduce_session,
    reduce_turn,
)
from goose_agent.state.session_state import MAIN, SessionState
from goose_agent.state.stepping_reducer import reduce_breakpoint, reduce_edit, reduce_pause
from goose_agent.state.tool_reducer import reduce_files, reduce_tool

__all__ = ["reduce"]


def reduce(state: SessionState, event: Event) -> SessionState:
    """The state after one more event; transient events leave it as it is."""
    if event.transient:
        return state
    if event.agent != MAIN:
        changed = reduce_agent(state, event, _step)
        return evolve(changed, seq=event.seq, updated_at=event.at)
    changed = _step(state, event)
    return govern(changed) if changed.agents and _governs(state, changed) else changed


def _step(state: SessionState, event: Event) -> SessionState:
    """The state of one agent after one more of its events."""
    changed = refreshed(state, _reduce(state, event), event.data)
    return evolve(changed, seq=event.seq, updated_at=event.at)


def _governs(before: SessionState, now: SessionState) -> bool:
    """Whether what governs subagents is another."""
    return (
        before.mode != now.mode
        or before.rules is not now.rules
        or before.rule_uses is not now.rule_uses
        or before.trust is not now.trust
        or before.effort != now.effort
        or before.stepping != now.stepping
        or before.debugging is not now.debugging
        or before.roots is not now.roots
        or len(before.turns) != len(now.turns)
    )


def _reduce(state: SessionState, event: Event) -> SessionState:  # noqa: C901 (one case a family)
    match event.data:
        case (
            SessionStarted()
            | SessionResumed()
            | SessionRecovered()
            | SessionTitled()
            | SessionImported()
            | SessionForked()
            | SessionEnded() as data
        ):
            return reduce_session(state, event, data)
        case (
            ModeChanged()
            | EffortChanged()
            | SteppingChanged()
            | ModelChanged()
            | ModelSwitched()
            | RulesChanged()
            | FolderTrust() as data
        ):
            return reduce_governing(state, event, data)
        case TurnStarted() | TurnEnded() | TurnMeasured() as data:
            return reduce_turn(state, event, data)
        case (
            UserMessage()
            | MessageQueued()
            | MessageUnqueued()
            | MessageMoved()
            | UserCommand() as data
        ):
            return reduce_conversation(state, event, data)
        case HintsRead() as data:
            return reduce_hints(state, event, data)
        case ContextBuilt() | ContextCounted() as data:
            return reduce_context(state, event, data)
        case (
            ModelRequested()
            | ModelDelta()
            | ModelResponded()
            | ModelFailed()
            | ModelRetrying()
            | ModelCancelled() as data
        ):
            return reduce_model(state, event, data)
        case AsideRequested() | AsideResponded() | AsideFailed() as data:
            return reduce_aside(state, data)
        case (
            ToolProposed()
            | ToolJudged()
            | ToolStarted()
            | ToolFinished()
            | ToolOutcomeUnknown() as data
        ):
            return reduce_tool(state, event, data)
        case FileChanged() | BaselineTaken() as data:
            return reduce_files(state, event, data)
        case (
            CompactionApplied()
            | CompactionUndone()
            | CompactionRedone()
            | CompactionFailed() as data
        ):
            return reduce_compaction(state, event, data)
        case RequestAsked() | RequestAnswered() | RequestHeld() | RequestWithdrawn() as data:
            return reduce_request(state, event, data)
        case Paused() | Resumed() as data:
            return reduce_pause(state, event, data)
        case BreakpointSet() | BreakpointRemoved() | BreakpointHit() as data:
            return reduce_breakpoint(state, event, data)
        case SegmentEdited() | ResultEdited() as data:
            return reduce_edit(state, event, data)
        case PlanUpdated() as data:
            return reduce_plan(state, event, data)
        case HookRan() as data:
            return reduce_hook(state, event, data)
        case ExtensionKept(extension, kept):
            return evolve(state, kept={**state.kept, extension: kept})
        case (
            ExtensionStarting()
            | ExtensionReady()
            | ExtensionChanged()
            | ExtensionFailed()
            | ExtensionStopped() as data
        ):
            return reduce_extension(state, event, data)
        case Notice() as data:
            return reduce_notice(state, event, data)
        case (
            ToolProgress()
            | Status()
            | BlobRead()
            | RequestRead()
            | ToolsListed()
            | AgentsListed()
            | AgentStarted()
            | AgentEnded()
            | AgentReported()
            | ChangesListed()
            | RulesListed()
            | FilesFound()
            | HintsListed()
            | ExtensionSaid()
            | CommandsListed()
            | ProcessesListed()
            | ShellStarted()
            | ShellFinished()
            | ExtensionsListed()
            | CompletionsFound()
            | ExtensionToolTested()
            | MessageRefused()
            | RequestExplained()
            | Unknown()
        ):
            return state

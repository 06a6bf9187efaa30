"""What a face may ask of a session: imperatives, plain data."""

from __future__ import annotations

from goose_agent.commands.agents import ListAgents, SteerAgent, StopAgent
from goose_agent.commands.answers import AnswerAlike, AnswerRequest, Explain, HoldRequest
from goose_agent.commands.context import (
    Compact,
    ListHints,
    RedoCompaction,
    SwitchHints,
    UndoCompaction,
)
from goose_agent.commands.conversation import (
    Interrupt,
    MoveQueued,
    Retry,
    SteerQueued,
    Submit,
    Unqueue,
)
from goose_agent.commands.extensions import (
    AddExtension,
    CompleteArgument,
    ListExtensions,
    RemoveExtension,
    RestartExtension,
    RuleExtensionTool,
    SwitchExtension,
    SwitchExtensionTool,
    TryTool,
    UsePrompt,
)
from goose_agent.commands.governing import ListRules, RemoveRule, SetTrust
from goose_agent.commands.inquiries import (
    FetchBlob,
    FetchRequest,
    FindFiles,
    ListChanges,
    ListTools,
    Revert,
)
from goose_agent.commands.person import (
    ListCommands,
    ListProcesses,
    MoveToBackground,
    RunCommand,
    RunShell,
    StopProcess,
)
from goose_agent.commands.session import Close, Rename, SetEffort, SetMode, SetModel, TakeOver
from goose_agent.commands.stepping import (
    EditResult,
    EditSegment,
    RemoveBreakpoint,
    SetBreakpoint,
    SetStepping,
    StepOn,
)

__all__ = [
    "COMMANDS",
    "AddExtension",
    "AnswerAlike",
    "AnswerRequest",
    "Close",
    "Command",
    "Compact",
    "CompleteArgument",
    "EditResult",
    "EditSegment",
    "Explain",
    "FetchBlob",
    "FetchRequest",
    "FindFiles",
    "HoldRequest",
    "Interrupt",
    "ListAgents",
    "ListChanges",
    "ListCommands",
    "ListExtensions",
    "ListHints",
    "ListProcesses",
    "ListRules",
    "ListTools",
    "MoveQueued",
    "MoveToBackground",
    "RedoCompaction",
    "RemoveBreakpoint",
    "RemoveExtension",
    "RemoveRule",
    "Rename",
    "RestartExtension",
    "Retry",
    "Revert",
    "RuleExtensionTool",
    "RunCommand",
    "RunShell",
    "SetBreakpoint",
    "SetEffort",
    "SetMode",
    "SetModel",
    "SetStepping",
    "SetTrust",
    "SteerAgent",
    "SteerQueued",
    "StepOn",
    "StopAgent",
    "StopProcess",
    "Submit",
    "SwitchExtension",
    "SwitchExtensionTool",
    "SwitchHints",
    "TakeOver",
    "TryTool",
    "UndoCompaction",
    "Unqueue",
    "UsePrompt",
]


Command = (
    Submit
    | Unqueue
    | MoveQueued
    | SteerQueued
    | Interrupt
    | Retry
    | AnswerRequest
    | AnswerAlike
    | HoldRequest
    | Explain
    | Compact
    | UndoCompaction
    | RedoCompaction
    | SetMode
    | SetEffort
    | SetStepping
    | StepOn
    | SetBreakpoint
    | RemoveBreakpoint
    | EditSegment
    | EditResult
    | SetModel
    | Rename
    | FetchBlob
    | FetchRequest
    | FindFiles
    | ListTools
    | ListChanges
    | Revert
    | ListCommands
    | RunCommand
    | RunShell
    | MoveToBackground
    | ListProcesses
    | StopProcess
    | ListHints
    | SwitchHints
    | ListRules
    | RemoveRule
    | SetTrust
    | ListExtensions
    | SwitchExtension
    | SwitchExtensionTool
    | RuleExtensionTool
    | RestartExtension
    | AddExtension
    | RemoveExtension
    | TryTool
    | UsePrompt
    | CompleteArgument
    | ListAgents
    | SteerAgent
    | StopAgent
    | TakeOver
    | Close
)

COMMANDS: dict[str, type[Command]] = {kind.name: kind for kind in Command.__args__}
"""Every command by its name."""

"""What a face may ask of a session: imperatives, plain data."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from msgspec import Struct

from goose_agent.events import Actor, Answer, Decision, EndReason, Mode, SegmentChange, Step
from goose_agent.messages import Effort, ModelRole

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


class Submit(Struct, frozen=True):
    """Send a message with the files it mentions as `@path`; while the agent works it is queued."""

    name: ClassVar[str] = "submit"

    text: str
    steer: bool = False
    """While the agent works: send it at the next pause instead of after the turn."""
    actor: Actor = "user"
    """Who speaks: `system` for words that the program itself found."""


class Unqueue(Struct, frozen=True):
    """Take a queued message back."""

    name: ClassVar[str] = "unqueue"

    message_id: str


class MoveQueued(Struct, frozen=True):
    """Let a queued message be sent earlier or later."""

    name: ClassVar[str] = "move_queued"

    message_id: str
    before: str = ""
    """The queued message that it is to go before; empty for the end of the queue."""


class SteerQueued(Struct, frozen=True):
    """Send a queued message at the next pause of the turn under way, or now where there is none."""

    name: ClassVar[str] = "steer_queued"

    message_id: str


class Interrupt(Struct, frozen=True):
    """Stop the turn under way."""

    name: ClassVar[str] = "interrupt"


class Retry(Struct, frozen=True):
    """Call the model again after a failure, with nothing new."""

    name: ClassVar[str] = "retry"


class AnswerRequest(Struct, frozen=True):
    """Answer a pending request."""

    name: ClassVar[str] = "answer"

    request_id: str
    answer: Answer


class AnswerAlike(Struct, frozen=True):
    """Answer several pending approvals in the same way: those of one tool that wait now."""

    name: ClassVar[str] = "answer_alike"

    request_ids: tuple[str, ...]
    answer: Answer


class HoldRequest(Struct, frozen=True):
    """Somebody looks at a pending request: nothing is to answer it in their place."""

    name: ClassVar[str] = "hold"

    request_id: str


class Compact(Struct, frozen=True):
    """Make the conversation smaller, now or before the model is called next."""

    name: ClassVar[str] = "compact"

    focus: str = ""
    """What the summary is to attend to."""


class UndoCompaction(Struct, frozen=True):
    """Let the model see again what it saw before the last compaction."""

    name: ClassVar[str] = "undo_compaction"


class RedoCompaction(Struct, frozen=True):
    """Let the compaction hold again that was undone last."""

    name: ClassVar[str] = "redo_compaction"


class Explain(Struct, frozen=True):
    """Let a model explain a pending call; it comes back as transient `request.explained`."""

    name: ClassVar[str] = "explain"

    request_id: str


class SetMode(Struct, frozen=True):
    """Let another permission mode hold."""

    name: ClassVar[str] = "set_mode"

    mode: Mode


class SetEffort(Struct, frozen=True):
    """Let the model think harder or less hard."""

    name: ClassVar[str] = "set_effort"

    effort: Effort | None
    """None leaves it to the provider."""


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


class SetModel(Struct, frozen=True):
    """Let another model answer, or be there for another role."""

    name: ClassVar[str] = "set_model"

    model: str
    """`provider/model`; empty to let the main model do what a role is for."""
    role: ModelRole = "main"


class Rename(Struct, frozen=True):
    """Give the session a title."""

    name: ClassVar[str] = "rename"

    title: str


class FetchBlob(Struct, frozen=True):
    """Read a blob; it comes back as a transient `blob.read`."""

    name: ClassVar[str] = "fetch_blob"

    sha: str
    limit: int = 262_144
    """Bytes of it that come back, at most: of a larger one its start and its end."""


class FetchRequest(Struct, frozen=True):
    """Make a request that was sent anew; it comes back as a transient `request.read`."""

    name: ClassVar[str] = "fetch_request"

    seq: int = 0
    """Number of an event: the last request that had been built by then; 0 for the last of all."""


class FindFiles(Struct, frozen=True):
    """Look for files of the project; they come back as a transient `files.found`."""

    name: ClassVar[str] = "find_files"

    query: str
    """Letters of their paths, in order."""
    limit: int = 50
    """Paths that come back, at most."""


class ListTools(Struct, frozen=True):
    """Tell which tools the model has; they come back as a transient `tools.listed`."""

    name: ClassVar[str] = "list_tools"


class ListChanges(Struct, frozen=True):
    """Tell which files the session changed; they come back as a transient `changes.listed`."""

    name: ClassVar[str] = "list_changes"

    since: int = 0
    """The turn from which on; 0 for the start of the session."""


class Revert(Struct, frozen=True):
    """Take changes of a file back."""

    name: ClassVar[str] = "revert"

    path: str
    """Absolute."""
    since: int = 0
    """As for `ListChanges`."""
    hunks: tuple[int, ...] = ()
    """Numbers of the hunks as they were listed, from 0; none for the whole file."""


class ListCommands(Struct, frozen=True):
    """Tell which commands people wrote; they come back as a transient `commands.listed`."""

    name: ClassVar[str] = "list_commands"


class RunCommand(Struct, frozen=True):
    """Send what a command that people wrote says, filled with an argument."""

    name: ClassVar[str] = "run_command"

    command: str
    """Its name, as it was listed."""
    argument: str = ""
    kind: Literal["command", "skill"] = "command"


class RunShell(Struct, frozen=True):
    """Run a shell command of the person; the model reads its output with what is said next."""

    name: ClassVar[str] = "run_shell"

    command: str


class MoveToBackground(Struct, frozen=True):
    """Do not wait any longer for the commands that run: they go on beside the conversation."""

    name: ClassVar[str] = "move_to_background"


class ListProcesses(Struct, frozen=True):
    """Tell which commands run in the background; they come back as a transient `processes.listed`."""

    name: ClassVar[str] = "list_processes"


class StopProcess(Struct, frozen=True):
    """Stop a command in the background; `processes.listed` follows."""

    name: ClassVar[str] = "stop_process"

    process_id: str


class ListHints(Struct, frozen=True):
    """Tell which hint files there are; they come back as a transient `hints.listed`."""

    name: ClassVar[str] = "list_hints"


class SwitchHints(Struct, frozen=True):
    """Let the model read a hint file or not, from the next request on; `hints.listed` follows."""

    name: ClassVar[str] = "switch_hints"

    hint: str
    """Its path or its name, as it was listed, or its number in the list, from 1."""
    on: bool


class ListRules(Struct, frozen=True):
    """Tell which rules there are; they come back as a transient `rules.listed`."""

    name: ClassVar[str] = "list_rules"


class RemoveRule(Struct, frozen=True):
    """Take a rule back, one of this session or of the person's file."""

    name: ClassVar[str] = "remove_rule"

    rule_id: str


class SetTrust(Struct, frozen=True):
    """Trust the folder's own files as they were shown, or never."""

    name: ClassVar[str] = "set_trust"

    answer: Literal["trusted", "never"]


class ListExtensions(Struct, frozen=True):
    """Tell which extensions there are; they come back as a transient `extensions.listed`."""

    name: ClassVar[str] = "list_extensions"

    anew: bool = False
    """Whether the files they stand in are read again first."""


class SwitchExtension(Struct, frozen=True):
    """Let an extension be there or not, from now on; `extensions.listed` follows."""

    name: ClassVar[str] = "switch_extension"

    extension: str
    on: bool


class SwitchExtensionTool(Struct, frozen=True):
    """Let the model have a tool of an extension or not; `extensions.listed` follows."""

    name: ClassVar[str] = "switch_extension_tool"

    extension: str
    tool: str
    """Its name at the extension."""
    on: bool


class RuleExtensionTool(Struct, frozen=True):
    """Let a tool of an extension always run, ask or never run; `extensions.listed` follows."""

    name: ClassVar[str] = "rule_extension_tool"

    extension: str
    tool: str
    """Its name at the extension."""
    effect: Decision | None
    """None takes back what was said."""


class RestartExtension(Struct, frozen=True):
    """Start an extension anew; `extensions.listed` follows."""

    name: ClassVar[str] = "restart_extension"

    extension: str


class AddExtension(Struct, frozen=True):
    """Keep a new extension and start it; `extensions.listed` follows."""

    name: ClassVar[str] = "add_extension"

    extension: str
    entry: dict[str, Any]
    """As it stands in a file: `cmd`, `args`, `envs`, `uri` and so on."""


class RemoveExtension(Struct, frozen=True):
    """Forget an extension that this program wrote down; `extensions.listed` follows."""

    name: ClassVar[str] = "remove_extension"

    extension: str


class TryTool(Struct, frozen=True):
    """Call a tool of an extension to try it; `extension.tool_tested` follows, no model reads it."""

    name: ClassVar[str] = "try_tool"

    extension: str
    tool: str
    """Its name at the extension."""
    arguments: dict[str, Any]


class UsePrompt(Struct, frozen=True):
    """Send a message that an extension has ready."""

    name: ClassVar[str] = "use_prompt"

    extension: str
    prompt: str
    arguments: dict[str, str] = {}


class CompleteArgument(Struct, frozen=True):
    """Tell what an argument of a prompt may be; it comes back as a transient `completions.found`."""

    name: ClassVar[str] = "complete_argument"

    extension: str
    prompt: str
    argument: str
    value: str
    """What was typed of it."""


class ListAgents(Struct, frozen=True):
    """Tell which agent files there are; they come back as a transient `agents.listed`."""

    name: ClassVar[str] = "list_agents"


class SteerAgent(Struct, frozen=True):
    """Send a message to a subagent at work: it reads it with its next request."""

    name: ClassVar[str] = "steer_agent"

    agent: str
    """Its path, such as `main/sub-1`."""
    text: str


class StopAgent(Struct, frozen=True):
    """Stop a subagent; its parent reads how far it came."""

    name: ClassVar[str] = "stop_agent"

    agent: str


class TakeOver(Struct, frozen=True):
    """Go on with a session that was only read along, now that nobody writes it any more."""

    name: ClassVar[str] = "take_over"


class Close(Struct, frozen=True):
    """End the session in order; what is pending stays pending."""

    name: ClassVar[str] = "close"

    reason: EndReason = "quit"


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

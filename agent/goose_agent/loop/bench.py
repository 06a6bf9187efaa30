"""What tool calls run with, and what a running one may use of its session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import anyio
from msgspec import Struct, field

from goose_agent.clock import Clock
from goose_agent.events import (
    FileChanged,
    Mode,
    ModeChanged,
    PlanAnswer,
    PlanItem,
    PlanReview,
    PlanUpdated,
    Question,
    QuestionAnswer,
    ToolProgress,
    TurnEnd,
)
from goose_agent.evolve import evolve
from goose_agent.extensions.host import ExtensionHost
from goose_agent.extensions.third_party import Loaded
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.own_changes import OwnChanges
from goose_agent.loop.pictures import unseen
from goose_agent.loop.recalling import recalled
from goose_agent.permissions.guard import Guard
from goose_agent.permissions.inspectors.standard import Inspectors
from goose_agent.permissions.judge import Judge
from goose_agent.providers.model import ModelInfo
from goose_agent.redaction import Redactor
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import CallRecord
from goose_agent.tools.diff import unified_diff
from goose_agent.tools.picture_file import PictureFile
from goose_agent.tools.registry import Registry
from goose_agent.tools.subagents import AgentVerb, Order
from goose_agent.tools.tool import Approved, ToolFailure, ToolOutput, Workspace

if TYPE_CHECKING:
    from goose_agent.loop.hooks import Hooks

__all__ = ["Bench", "Delegating", "RunningCall"]


class Delegating(Protocol):
    """Where the agents of a session have work done by others."""

    async def look(self) -> None:
        """Take in what the agent files say now."""

    def words(self) -> str:
        """What a model should know of them; empty for nothing."""

    def report(self, log: SessionLog) -> None:
        """Let an agent read what its subagents in the background came to."""

    async def delegate(self, call: RunningCall, order: Order) -> ToolOutput:
        """Let a subagent do something for a call."""

    async def direct(self, call: RunningCall, verb: AgentVerb, name: str) -> ToolOutput:
        """Wait for a subagent, read how far it is, or stop it."""


class Bench(Struct, frozen=True):
    """What calls run with."""

    registry: Registry
    workspace: Workspace
    environ: Mapping[str, str]
    """For programs that tools start."""
    redactor: Redactor
    guard: Guard
    """Rules, ignore files and trust."""
    judge: Judge | None = None
    """The model that says whether a call only reads; None where the person wants none."""
    host: ExtensionHost | None = None
    """Where the session runs; None where nobody looks for what people wrote for it."""
    roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For the name of an extension the names of those that fill its roles."""
    late: Callable[[Iterable[str]], Loaded] | None = None
    """Imports the extensions of others, in a thread, given the names that are taken."""
    hooks: Hooks | None = None
    """Commands that run when something happens; None for none."""
    moving: dict[str, anyio.Event] = field(default_factory=dict)
    """For each running call what moves it to the background."""
    inspectors: Inspectors = field(default_factory=Inspectors)
    """What they have learned of the session is not learned again in each turn."""
    agents: Delegating | None = None
    """Where parts of the work are done by others; None for nowhere."""

    def prompts(self) -> str:
        """What the model should know about its tools beyond their descriptions."""
        words = self.agents.words() if self.agents and self.registry.find("delegate") else ""
        return "\n\n".join(filter(None, (self.registry.prompts(), words)))

    def named(self, path: str) -> Path:
        """The path a call names, as far as it is one."""
        try:
            return self.workspace.resolve(path)
        except RuntimeError:  # `~name` of somebody who does not exist: the tool will say so
            return self.workspace.folder / path


class RunningCall(Struct):
    """A running call, as a tool sees its session."""

    log: SessionLog
    desk: Desk
    bench: Bench
    record: CallRecord
    cause: int
    model: ModelInfo
    """Who reads the result."""
    approved: Approved | None = None
    """What a person saw and allowed; None where nobody was asked."""
    own: OwnChanges | None = None
    """What the calls of the same answer changed; None where nobody compares."""
    moved: anyio.Event = field(default_factory=anyio.Event)
    """Set when the person wants that it is not waited for any longer."""
    leads: Mapping[str, str] = {}
    """Where the paths that it names lead, as it was judged; all absolute."""
    tail: str = ""
    """The last lines of its output so far."""
    total: int | None = None
    """Bytes of it so far."""
    turn_end: TurnEnd | None = None
    """How the turn is to end with this call; None to let it go on."""

    @property
    def workspace(self) -> Workspace:
        """The folders the agent works in; what the call names leads where it was judged to."""
        return evolve(self.bench.workspace, leads=self.leads)

    @property
    def environ(self) -> Mapping[str, str]:
        """For programs the tool starts."""
        return self.bench.environ

    @property
    def clock(self) -> Clock:
        """Tells the time."""
        return self.log.world.clock

    def progress(self, tail: str, total: int, share: float | None = None) -> None:
        """Show the last lines of the output so far."""
        self.tail, self.total = self.bench.redactor.tail(tail), total
        shown = ToolProgress(self.record.key, self.tail, total, share)
        self.log.record(shown, "tool", cause=self.cause)

    async def file_changed(self, path: Path, before: bytes | None, after: bytes | None) -> None:
        """Record that this call changed a file."""
        if self.own is not None:
            self.own.add(path, before, after)
        change = await unified_diff(before, after, self.workspace.shown(path))
        blobs = {"before": before, "after": after}
        self.log.record(
            FileChanged(self.record.key, str(path), change.added, change.removed, change.text),
            "tool",
            cause=self.cause,
            blobs={name: content for name, content in blobs.items() if content is not None},
        )
        await self.log.settle()

    async def ask(self, text: str, choices: tuple[str, ...], free_text: bool) -> QuestionAnswer:
        """Ask the person and wait for the answer."""
        question = Question(self.record.key, text, choices, free_text)
        return answer_as(QuestionAnswer, await self.desk.ask(question, self.cause))

    async def review_plan(self, text: str) -> PlanAnswer:
        """Ask the person whether a plan may be carried out; the mode they choose holds from then on."""
        modes = _modes_for(self.log.state.mode_before)
        review = PlanReview(self.record.key, text, modes)
        answer = answer_as(PlanAnswer, await self.desk.ask(review, self.cause))
        match answer.choice:
            case "run":
                mode = answer.mode or modes[0]
                if mode != self.log.state.mode:
                    self.log.record(ModeChanged(mode), "user", cause=self.cause)
            case "refuse":
                self.turn_end = "stopped"
            case "keep":
                self.turn_end = "done"
            case "revise":
                pass
        return answer

    def unseen(self, picture: PictureFile) -> str:
        """Why the model cannot be shown a picture; empty where it can."""
        return unseen(self.model, picture)

    async def recalled(self, name: str) -> str | None:
        """All of a result or a message that left the conversation."""
        text = await recalled(self.log, name)
        return None if text is None else self.bench.redactor.text(text)

    def set_plan(self, items: tuple[PlanItem, ...]) -> None:
        """Put this plan in the place of the one before."""
        self.log.record(PlanUpdated(items), "model", cause=self.cause)

    async def delegate(self, order: Order) -> ToolOutput:
        """Let a subagent do something; where it works in the background, only its beginning."""
        if self.bench.agents is None:
            raise ToolFailure("There are no subagents here.")
        return await self.bench.agents.delegate(self, order)

    async def direct_agent(self, verb: AgentVerb, name: str) -> ToolOutput:
        """Wait for a subagent of this agent, read how far it is, or stop it."""
        if self.bench.agents is None:
            raise ToolFailure("There are no subagents here.")
        return await self.bench.agents.direct(self, verb, name)


def _modes_for(before: Mode) -> tuple[Mode, ...]:
    """In which a plan may be carried out: first that from before, if it lets anything be done."""
    usual: tuple[Mode, ...] = ("smart", "edits", "approve")
    return usual if before in ("chat", "plan") else tuple(dict.fromkeys((before, *usual)))

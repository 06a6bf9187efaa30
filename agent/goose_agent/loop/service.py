"""What a person wants of a session reaches whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import anyio
from anyio.abc import TaskGroup

from goose_agent.changes.watch import ChangeWatch
from goose_agent.commands import (
    AnswerAlike,
    AnswerRequest,
    Command,
    Compact,
    EditResult,
    EditSegment,
    Explain,
    FetchBlob,
    FetchRequest,
    FindFiles,
    HoldRequest,
    Interrupt,
    ListAgents,
    ListChanges,
    ListCommands,
    ListHints,
    ListProcesses,
    ListRules,
    ListTools,
    MoveQueued,
    MoveToBackground,
    RedoCompaction,
    RemoveBreakpoint,
    RemoveRule,
    Rename,
    Retry,
    Revert,
    RunCommand,
    RunShell,
    SetBreakpoint,
    SetEffort,
    SetMode,
    SetModel,
    SetStepping,
    SetTrust,
    SteerAgent,
    SteerQueued,
    StepOn,
    StopAgent,
    StopProcess,
    Submit,
    SwitchHints,
    UndoCompaction,
    Unqueue,
)
from goose_agent.events import (
    ApprovalAnswer,
    EffortChanged,
    EndReason,
    ModeChanged,
    Notice,
    QuestionAnswer,
    SessionTitled,
    SteppingChanged,
)
from goose_agent.evolve import evolve
from goose_agent.loop.agents.supervisor import Agents
from goose_agent.loop.background import Background
from goose_agent.loop.bench import Bench
from goose_agent.loop.compaction import Compaction
from goose_agent.loop.debug_commands import DebugCommand, obey
from goose_agent.loop.debugger import Debugger
from goose_agent.loop.desk import Desk
from goose_agent.loop.explaining import Explainer
from goose_agent.loop.extending import Extending
from goose_agent.loop.hints import Hints
from goose_agent.loop.hooks import Hooks
from goose_agent.loop.inquiries import Inquiries
from goose_agent.loop.judging import judge_by_fast
from goose_agent.loop.opening import Opening
from goose_agent.loop.overflow import Compactor
from goose_agent.loop.person_commands import PersonCommands
from goose_agent.loop.rule_desk import RuleDesk
from goose_agent.loop.seats import Seats
from goose_agent.loop.server_requests import ServerRequests
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.loop.session_servers import ServerCommand, SessionServers
from goose_agent.loop.tool_runs import ToolRuns
from goose_agent.loop.turns import Turns
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import MAIN

__all__ = ["Service"]

_GLANCE = 0.05
"""Seconds between two looks whether a call has ended that goes on after a hang-up."""
_Beside = (
    ListRules
    | RemoveRule
    | SetTrust
    | ListCommands
    | RunCommand
    | RunShell
    | MoveToBackground
    | ListProcesses
    | StopProcess
)
"""What takes its time, so that other commands do not wait for it."""


class Service:
    """Sees to it that each command is done by whom it concerns."""

    def __init__(
        self,
        log: SessionLog,
        plan: SessionPlan,
        seats: Seats,
        bench: Bench,
        watch: ChangeWatch,
        compact: Compactor | None,
        work: TaskGroup,
    ) -> None:
        self._log = log
        self._plan = plan
        self._seats = seats
        self._work = work
        if plan.judge == "fast":
            judge = judge_by_fast(log, seats, bench.redactor, lambda: self._turns.may_cost())
            bench = evolve(bench, judge=judge)
        self._desk = Desk(log)
        self._extending = Extending(log, bench, work)
        self._hooks = Hooks(log, bench, self._extending.start)
        bench = evolve(bench, hooks=self._hooks)
        self._debugger = Debugger(log, self._desk, bench)
        self._agents = Agents(log, plan, seats, bench, self._debugger, watch, compact, work)
        bench = evolve(bench, agents=self._agents)
        self._runs = ToolRuns(log, self._desk, bench, watch, self._debugger, seats.answering)
        hints = Hints(log, plan.hints, bench)
        self._compaction = Compaction(log, plan, seats, self._desk, bench, work)
        self._governing = RuleDesk(log, bench.guard)
        self._turns = Turns(
            log,
            plan,
            seats,
            self._desk,
            self._debugger,
            bench,
            self._governing,
            watch,
            hints,
            self._compaction,
            compact,
            self._extending,
            work,
        )
        self._commands = PersonCommands(log, self._desk, bench, self._turns)
        self._background = Background(log, bench)
        self._servers = self._made_servers(bench)
        self._turns.resources = self._servers.attached
        self._turns.awaited = self._servers.awaited
        self._inquiries = Inquiries(
            log, bench, self._governing, watch, hints, self._servers.mentions, work
        )
        self._explainer = Explainer(log, partial(seats.of, "fast"), bench.redactor)

    def _made_servers(self, bench: Bench) -> SessionServers:
        """The servers of the session, not started yet."""
        ground = self._plan.servers
        requests = ServerRequests(
            self._log,
            self._desk,
            self._seats,
            bench,
            ground.secrets if ground is not None else lambda _: {},
            self._turns.may_cost,
        )

        async def say(text: str) -> None:
            await self._turns.direct(Submit(text))

        mask = bench.redactor.text
        return SessionServers(
            self._log,
            ground,
            bench.registry,
            bench.guard,
            requests,
            mask,
            say,
            self._work,
            attended=self._plan.attended,
        )

    async def open(self, damage: tuple[str, ...], garbage: Sequence[int]) -> None:
        """Begin the session, or go on with it.

        Args:
            damage: what of the record could not be read, in sentences.
            garbage: numbers of records that are no events.
        """
        self._extending.begin()
        self._commands.take_up()
        opening = Opening(self._log, self._plan, self._seats, self._runs, damage, garbage)
        resumed = self._log.state.seq > 0
        await self._hooks.load()
        goes_on = await opening.open()
        self._hooks.began(resumed=resumed)
        self._governing.open(self._plan.trust)
        for warning in self._plan.warnings:
            self._log.record(Notice("warning", warning), "system")
        if goes_on:
            self._turns.begin()
        else:
            self._compaction.take_up()
        if resumed:
            self._work.start_soon(self._turns.missing_model.look)

    @property
    def runs_calls(self) -> bool:
        """Whether a call runs, and does not wait for a person."""
        state = self._log.state
        waits = {item.subject.call_id for item in state.pending}
        return any(call.state == "running" and call.key not in waits for call in state.open_calls())

    async def finish(self, seconds: float, scope: anyio.CancelScope) -> None:
        """Let what runs come to its end and begin nothing new, then cancel a scope.

        Args:
            seconds: how long that may take.
            scope: what is to end with it.
        """
        self._desk.alone = True
        state = self._log.state
        with anyio.move_on_after(seconds):
            while self.runs_calls or (
                state.working and not state.waits and not self._desk.held_back
            ):
                await anyio.sleep(_GLANCE)
                state = self._log.state
        scope.cancel()

    async def end(self, reason: EndReason) -> None:
        """Let those know who asked for it that the session ends."""
        await self._hooks.ended(reason)

    def begin(self) -> None:
        """Start what nobody has to wait for."""
        self._servers.begin()

    def leave(self) -> None:
        """Stop what is at work."""
        self._commands.stop()
        self._extending.leave()
        self._explainer.stop()
        self._servers.leave()
        self._compaction.leave()
        self._turns.leave()
        self._agents.leave()

    async def handle(self, command: Command) -> None:
        """Do what a face asks for."""
        if isinstance(command, _Beside):
            self._work.start_soon(self._beside, command)
        elif isinstance(command, ServerCommand):
            self._servers.handle(command)
        else:
            await self._obey(command)

    async def _obey(self, command: Command) -> None:
        match command:
            case Submit() | SteerQueued() | Retry() | Interrupt():
                await self._direct(command)
            case Compact() | UndoCompaction() | RedoCompaction():
                self._make_smaller(command)
            case Unqueue() | MoveQueued():
                self._turns.requeue(command)
            case AnswerRequest() | AnswerAlike() | HoldRequest() | Explain():
                self._decide(command)
            case (
                FetchBlob()
                | FetchRequest()
                | FindFiles()
                | ListTools()
                | ListChanges()
                | Revert()
                | ListHints()
                | SwitchHints()
            ):
                self._inquiries.answer(command)
            case StepOn() | SetBreakpoint() | RemoveBreakpoint() | EditSegment() | EditResult():
                self._debug(command)
            case _:
                await self._arrange(command)

    async def _arrange(self, command: Command) -> None:
        """Let other things hold, or others work."""
        match command:
            case SetModel():
                await self._choose(command)
                await self.reseat()
            case SetMode() | SetEffort() | SetStepping() | Rename():
                self._set(command)
                await self.reseat()
            case ListAgents() | SteerAgent() | StopAgent():
                if isinstance(command, SteerAgent) and "@" in command.text:
                    await self._governing.refresh()  # what is kept from agents is not attached
                await self._agents.handle(command)
            case _:
                pass  # `Close` never comes here

    async def _direct(self, command: Submit | SteerQueued | Retry | Interrupt) -> None:
        """Let the agent work, or stop what is at work."""
        if isinstance(command, Interrupt):
            self._commands.stop()
        await self._turns.direct(command)

    async def _beside(self, command: _Beside) -> None:
        """Do what takes its time, beside the commands that follow."""
        match command:
            case ListRules() | RemoveRule():
                await self._governing.handle(command)
            case SetTrust():
                await self._governing.handle(command)
                # Whoever has read files of the folder reads them anew; its servers may start now.
                await self._hooks.load()
                await self._extending.prepare()
                await self._commands.handle(ListCommands())
                self._servers.begin()
            case ListCommands() | RunCommand() | RunShell():
                await self._commands.handle(command)
            case MoveToBackground() | ListProcesses() | StopProcess():
                await self._background.handle(command)

    async def reseat(self) -> None:
        """Show who answers next; while somebody is at work that is settled between two answers."""
        if not self._log.state.working:
            await self._seats.sit()

    async def _choose(self, command: SetModel) -> None:
        """Let another model be there; where one was asked for, that is the answer."""
        asked = self._turns.missing_model.asked
        if asked is not None and command.role == "main":
            self._desk.answer(asked.request_id, QuestionAnswer(command.model), "user")
        else:
            await self._seats.assign(command.model, command.role)

    def _make_smaller(self, command: Compact | UndoCompaction | RedoCompaction) -> None:
        """Make the conversation smaller, or as large as it was."""
        match command:
            case Compact(focus):
                self._compaction.ask(" ".join(focus.split()))
            case UndoCompaction():
                self._work.start_soon(self._compaction.undoing.undo)
            case RedoCompaction():
                self._compaction.undoing.redo()

    def _debug(self, command: DebugCommand) -> None:
        """What a person does while somebody's turn pauses."""
        pause = self._log.state.debugging.pause
        agent = pause.agent if pause is not None else MAIN
        debugger = self._agents.debugger_of(agent) or self._debugger
        obey(command, self._agents.log_of(agent), debugger)

    def _desk_for(self, request_id: str) -> Desk:
        """Where the answer to a question is waited for."""
        asked = (item for item in self._log.state.questions if item.request_id == request_id)
        agents = (self._agents.desk_of(item.agent) for item in asked)
        return next(filter(None, agents), self._desk)

    def _answer_alike(self, request_ids: Sequence[str], answer: ApprovalAnswer) -> None:
        """One answer for several questions, whoever asks."""
        by_desk: dict[Desk, list[str]] = {}
        for request_id in request_ids:
            by_desk.setdefault(self._desk_for(request_id), []).append(request_id)
        for desk, mine in by_desk.items():
            if desk.answer_alike(mine, answer, "user") and answer.choice == "session":
                answer = ApprovalAnswer("once", answer.reason)

    def _decide(self, command: AnswerRequest | AnswerAlike | HoldRequest | Explain) -> None:
        """What a person does about questions that wait."""
        match command:
            case AnswerRequest(request_id, answer):
                self._desk_for(request_id).answer(request_id, answer, "user")
            case AnswerAlike(request_ids, answer):
                if isinstance(answer, ApprovalAnswer):
                    self._answer_alike(request_ids, answer)
            case HoldRequest(request_id):
                self._desk_for(request_id).hold(request_id)
            case Explain(request_id):
                self._work.start_soon(self._explainer.explain, request_id)

    def _set(self, command: SetMode | SetEffort | SetStepping | Rename) -> None:
        """Let something else hold from now on, unless it holds already."""
        state = self._log.state
        match command:
            case SetMode(mode) if mode != state.mode:
                self._log.record(ModeChanged(mode), "user")
            case SetEffort(effort) if effort != state.effort:
                self._log.record(EffortChanged(effort), "user")
            case SetStepping(on) if on != state.stepping:
                self._log.record(SteppingChanged(on), "user")
            case Rename(title):
                self._log.record(SessionTitled(" ".join(title.split())), "user")
            case _:
                pass

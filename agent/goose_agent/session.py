"""One session: takes commands, works, and lets everything that happens be an event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

import anyio
from anyio import to_thread
from anyio.abc import ObjectReceiveStream, TaskGroup

from goose_agent.changes.watch import ChangeWatch
from goose_agent.clock import World
from goose_agent.commands import (
    AnswerAlike,
    AnswerRequest,
    Close,
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
    SessionEnded,
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
from goose_agent.loop.extensions import ExtensionCommand, Extensions
from goose_agent.loop.hints import Hints
from goose_agent.loop.hooks import Hooks
from goose_agent.loop.inquiries import Inquiries
from goose_agent.loop.judging import judge_by_fast
from goose_agent.loop.opening import Opening
from goose_agent.loop.overflow import Compactor
from goose_agent.loop.person_commands import PersonCommands
from goose_agent.loop.rule_desk import RuleDesk
from goose_agent.loop.seats import Connect, Seats
from goose_agent.loop.server_requests import ServerRequests
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.loop.tool_runs import ToolRuns
from goose_agent.loop.turns import Turns
from goose_agent.providers.connect import ConnectedModel
from goose_agent.sessions.journal import Journal, Publish
from goose_agent.sessions.log import SessionLog
from goose_agent.sessions.store import SessionStore
from goose_agent.sessions.verify import find_garbage
from goose_agent.state.session_state import MAIN, SessionState

__all__ = ["Session"]

_DISCONNECT = 1.0
"""Seconds that connections have to close."""
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


class Session:
    """A conversation with an agent and its record.

    Args:
        session_id: names it.
        store: its record, open for writing; closed when the session ends.
        plan: what it is opened with.
        connect: makes a model by its name; it may have to wait for the key.
        fast_of: the model that the provider of a model has for small things; empty for none.
        bench: what calls run with.
        world: clock, ids, environment.
        publish: who sees its events.
        model: who answers; None to connect it when it is first needed.
        compact: makes the conversation smaller when it has outgrown the model; None for the usual.
    """

    def __init__(
        self,
        session_id: str,
        store: SessionStore,
        plan: SessionPlan,
        connect: Connect,
        fast_of: Callable[[str], Awaitable[str]],
        bench: Bench,
        world: World,
        publish: Publish,
        model: ConnectedModel | None = None,
        compact: Compactor | None = None,
    ) -> None:
        self.log = SessionLog(session_id, store, world, publish)
        self._store = store
        self._plan = plan
        self._bench = bench
        self._compact = compact
        self._seats = Seats(self.log, connect, plan.lead, fast_of)
        if model is not None:
            self._seats.use(model)
        self._damage: tuple[str, ...] = ()
        self._garbage: list[int] = []
        """Numbers of records that are no events."""

    def load(self, image: SessionState | None, lines: Iterable[bytes]) -> set[bytes]:
        """Take up what is on record; the result are lines of it that are no events. Blocks.

        Args:
            image: the state after the first events; None to begin with none.
            lines: the events after those.

        Raises:
            StoreError: the record cannot be read.
        """
        garbage = self.log.load(image, lines)
        if garbage:
            self._garbage = find_garbage(self._store)
            self.log.skip_to(self._garbage[-1])
        if self.log.state.seq and not self.log.state.ended:
            # Only after a crash is the whole record read once more.
            self._damage = self._store.damage()
        return garbage

    async def run(self, commands: ObjectReceiveStream[Command]) -> None:
        """Work until closed, or until `commands` ends.

        Raises:
            StoreError: the record cannot be written any more.
        """
        journal = self.log.journal
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._write, journal)
                reason = await self._serve(commands)
                self.log.record(SessionEnded(reason), "system")
                journal.close()
        finally:
            with anyio.CancelScope(shield=True):
                try:
                    await journal.drain()
                finally:
                    await to_thread.run_sync(self._store.close)
                    await to_thread.run_sync(self._bench.registry.close)
                    await self.log.indexer.finish()
                with anyio.move_on_after(_DISCONNECT):
                    await self._seats.aclose()

    async def _write(self, journal: Journal) -> None:
        """Write the record, and beside it the index."""
        async with anyio.create_task_group() as beside:
            beside.start_soon(self.log.indexer.run)
            await journal.run()
            self.log.indexer.stop()

    async def _serve(self, commands: ObjectReceiveStream[Command]) -> EndReason:
        bench = self._bench
        watch = ChangeWatch(self.log, bench.workspace, self._store.path.parent, bench.environ)
        async with anyio.create_task_group() as work:
            service = _Service(self.log, self._plan, self._seats, bench, watch, self._compact, work)
            try:
                await service.open(self._damage, self._garbage)
                await self.log.settle()
                watch.begin(work)
                await service.reseat()
                service.begin()
                work.start_soon(self._seats.warm)
                async for command in commands:
                    if isinstance(command, Close):
                        reason = await self._see_out(command, commands, service)
                        await service.end(reason)
                        return reason
                    await service.handle(command)
            finally:
                self.log.journal.hurry()
                service.leave()
        return "hangup"

    async def _see_out(
        self, close: Close, commands: ObjectReceiveStream[Command], service: _Service
    ) -> EndReason:
        """After a hang-up let what runs come to its end, for as long as that is wanted."""
        if close.reason != "hangup" or not self._plan.detach or not service.runs_calls:
            return close.reason
        await to_thread.run_sync(self._store.mark_left)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(service.finish, self._plan.detach, tasks.cancel_scope)
            async for command in commands:
                if isinstance(command, Close) and command.reason != "hangup":
                    close = command
                    break
            tasks.cancel_scope.cancel()
        return close.reason


class _Service:
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
        self._extensions = self._with_servers(bench)
        self._turns.resources = self._extensions.attached
        self._turns.awaited = self._extensions.awaited
        self._inquiries = Inquiries(
            log, bench, self._governing, watch, hints, self._extensions.mentions, work
        )
        self._explainer = Explainer(log, partial(seats.of, "fast"), bench.redactor)

    def _with_servers(self, bench: Bench) -> Extensions:
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
        return Extensions(
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
        self._extensions.begin()

    def leave(self) -> None:
        """Stop what is at work."""
        self._commands.stop()
        self._extending.leave()
        self._explainer.stop()
        self._extensions.leave()
        self._compaction.leave()
        self._turns.leave()
        self._agents.leave()

    async def handle(self, command: Command) -> None:
        """Do what a face asks for."""
        if isinstance(command, _Beside):
            self._work.start_soon(self._beside, command)
        elif isinstance(command, ExtensionCommand):
            self._extensions.handle(command)
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
                self._extensions.begin()
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

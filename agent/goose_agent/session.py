"""One session: takes commands, works, and lets everything that happens be an event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread
from anyio.abc import ObjectReceiveStream, TaskGroup
from msgspec import Struct, field

from goose_agent.changes.report import list_changes
from goose_agent.changes.revert import revert
from goose_agent.changes.watch import ChangeWatch
from goose_agent.clock import World
from goose_agent.commands import (
    AnswerAlike,
    AnswerRequest,
    Close,
    Command,
    EditResult,
    EditSegment,
    Explain,
    FetchBlob,
    FindFiles,
    Interrupt,
    ListChanges,
    ListRules,
    ListTools,
    MoveQueued,
    RemoveBreakpoint,
    RemoveRule,
    Rename,
    Retry,
    Revert,
    SetBreakpoint,
    SetEffort,
    SetMode,
    SetModel,
    SetStepping,
    SetTrust,
    SteerQueued,
    StepOn,
    Submit,
    Unqueue,
)
from goose_agent.config.amounts import Switch
from goose_agent.config.model_roles import Lead
from goose_agent.config.settings import STRICTNESS
from goose_agent.context.build import ContextBuilder
from goose_agent.errors import GooseError, UsageError
from goose_agent.events import (
    ApprovalAnswer,
    BlobRead,
    EffortChanged,
    EndReason,
    FolderTrust,
    ListedTool,
    MessageMoved,
    MessageQueued,
    MessageRefused,
    MessageUnqueued,
    Mode,
    ModeChanged,
    ModelCancelled,
    Notice,
    RequestWithdrawn,
    SessionEnded,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    SessionTitled,
    SteppingChanged,
    ToolFinished,
    ToolOutcomeUnknown,
    ToolsListed,
    TurnEnd,
    TurnEnded,
    TurnStarted,
    UserCommand,
    UserMessage,
)
from goose_agent.loop.attachments import gather
from goose_agent.loop.bench import Bench
from goose_agent.loop.budget import Budget, Limits
from goose_agent.loop.debug_commands import obey
from goose_agent.loop.debugger import Debugger
from goose_agent.loop.desk import Desk
from goose_agent.loop.explaining import Explainer
from goose_agent.loop.file_search import FileSearch
from goose_agent.loop.overflow import Compactor
from goose_agent.loop.rule_desk import RuleDesk
from goose_agent.loop.seats import Connect, Seats
from goose_agent.loop.titles import name_session
from goose_agent.loop.tool_runs import ToolRuns
from goose_agent.loop.turn import TurnSettings, run_turn
from goose_agent.messages import Effort, ModelRole
from goose_agent.providers.connect import ConnectedModel
from goose_agent.sessions.excerpt import excerpt
from goose_agent.sessions.journal import Journal, Publish
from goose_agent.sessions.log import SessionLog
from goose_agent.sessions.store import SessionStore
from goose_agent.sessions.verify import find_garbage
from goose_agent.state.session_state import Queued, SessionState, said

__all__ = ["Session", "SessionPlan"]

UNKNOWN_OUTCOME = (
    "The program ended while this call ran: nobody knows how far it came. "
    "Look at what is there before you run it again."
)
_LARGEST_EXCERPT = 4 * 2**20
"""Bytes of a blob that a face gets at once, whatever it asks for."""
_NOTICED = 2.0
"""Seconds for which the end of a turn waits until what its commands changed is on record."""
_MOST_FOUND = 200
"""Paths that a face gets at once, whatever it asks for."""
_DISCONNECT = 1.0
"""Seconds that connections have to close."""
NEVER_STARTED = "Not run: the session ended before it started."
ABANDONED = "Not run: the turn ended before it started."


class SessionPlan(Struct, frozen=True):
    """What a session is opened with.

    Args:
        folder: the working folder, absolute.
        roots: all folders it may work in, `folder` first.
        model: `provider/model`.
        mode: the permission mode.
        max_turns: most model calls in one turn.
        models: those of other roles, `provider/model` each.
        lead: how another model leads; None for not at all.
        titles: whether a model names the session; `auto` where a fast one is there for small things.
        effort: how hard the model is to think; None leaves it to the provider.
        limits: what the whole session may cost.
        run_limits: what it may cost from its opening on; each takes the place of the session's.
        extra_prompt: further instructions for the system prompt.
        stepping: whether to pause before each step.
        version: of this program, for the record.
        platform: the operating system, in a word or two.
        git_branch: of the working folder; empty where there is none.
        opened_in: the folder the person is in, where that is another.
        warnings: what a person should know first, such as odd settings.
        trust: how the person stands to the folder's own files; None where nobody looked.
        chosen: which of profile, model, mode and effort a person named just now: only these change a resumed session.
    """

    folder: Path
    roots: tuple[Path, ...]
    model: str
    mode: Mode
    models: Mapping[ModelRole, str] = field(default_factory=dict)
    lead: Lead | None = None
    titles: Switch = "auto"
    max_turns: int = 1000
    effort: Effort | None = None
    limits: Limits = field(default_factory=Limits)
    run_limits: Limits = field(default_factory=Limits)
    extra_prompt: str = ""
    stepping: bool = False
    version: str = ""
    platform: str = ""
    git_branch: str = ""
    opened_in: str = ""
    warnings: tuple[str, ...] = ()
    trust: FolderTrust | None = None
    chosen: frozenset[str] = field(default_factory=frozenset)


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
        compact: makes the conversation smaller when it has outgrown the model; None for nothing.
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
        self._seats = Seats(self.log, connect, plan.lead, fast_of)
        self._builder = ContextBuilder()
        self._compact = compact
        self._budget = self._make_budget()
        self._bench = bench
        self._watch = ChangeWatch(self.log, bench.workspace, store.path.parent, bench.environ)
        self._desk = Desk(self.log)
        self._debugger = Debugger(self.log, self._desk, bench)
        self._search = FileSearch(
            bench.workspace, world.clock, lambda found: self.log.record(found, "system")
        )
        self._governing = RuleDesk(self.log, bench.guard)
        self._explainer = Explainer(self.log, partial(self._seats.of, "fast"), bench.redactor)
        if model is not None:
            self._seats.use(model)
        self._work: TaskGroup | None = None
        self._turn_scope: anyio.CancelScope | None = None
        self._titling: anyio.CancelScope | None = None
        self._leaving = False
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
        self._budget = self._make_budget()
        if self.log.state.seq and not self.log.state.ended:
            # Only after a crash is the whole record read once more.
            self._damage = self._store.damage()
        return garbage

    def _make_budget(self) -> Budget:
        return Budget(self._plan.limits, self._plan.run_limits, self.log.state.spent)

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
                await self._disconnect()

    async def _write(self, journal: Journal) -> None:
        """Write the record, and beside it the index."""
        async with anyio.create_task_group() as beside:
            beside.start_soon(self.log.indexer.run)
            await journal.run()
            self.log.indexer.stop()

    async def _serve(self, commands: ObjectReceiveStream[Command]) -> EndReason:
        reason: EndReason = "hangup"
        async with anyio.create_task_group() as work:
            self._work = work
            try:
                await self._open()
                await self.log.settle()
                self._watch.begin(work)
                await self._reseat()
                work.start_soon(self._seats.warm)
                async for command in commands:
                    if isinstance(command, Close):
                        reason = command.reason
                        break
                    await self._handle(command)
            finally:
                self._leaving = True
                self.log.journal.hurry()
                self._explainer.stop()
                for scope in (self._turn_scope, self._titling):
                    if scope is not None:
                        scope.cancel()
        return reason

    async def _disconnect(self) -> None:
        with anyio.move_on_after(_DISCONNECT):
            await self._seats.aclose()

    async def _open(self) -> None:
        if self.log.state.seq:
            await self._resume()
        else:
            await self._start()
        self._governing.open(self._plan.trust)
        for warning in self._plan.warnings:
            self.log.record(Notice("warning", warning), "system")

    async def _resume(self) -> None:
        plan, state = self._plan, self.log.state
        roots = tuple(map(str, plan.roots))
        self.log.record(
            SessionResumed(plan.version, plan.platform, plan.git_branch, roots), "system"
        )
        if self._garbage:
            which = ", ".join(map(str, self._garbage))
            words = f"Of the record these cannot be read, and are left out: {which}."
            hint = f"goose-tui sessions verify {self.log.session_id} tells what is lost."
            self.log.record(Notice("warning", words, hint), "system")
        goes_on = self._recover(state.ended)
        if "mode" in plan.chosen and plan.mode != state.mode:
            self.log.record(ModeChanged(plan.mode), "user")
        elif (mode := min(state.mode, plan.mode, key=STRICTNESS.index)) != state.mode:
            # What was loosened by hand does not come back by itself.
            self.log.record(ModeChanged(mode), "system")
        if "effort" in plan.chosen and plan.effort != state.effort:
            self.log.record(EffortChanged(plan.effort), "user")
        if plan.stepping and not state.stepping:
            self.log.record(SteppingChanged(True), "user")
        runs = ToolRuns(
            self.log,
            self._desk,
            self._bench,
            self._watch,
            self._debugger,
            self._seats.answering,
        )
        # Before anything is waited for: a face that sees the resumption sees these answers with it.
        runs.answer_what_rules_allow()
        await self._choose_models()
        if goes_on:
            self._begin()

    async def _choose_models(self) -> None:
        """Those that were named for this run; all others are as they were."""
        plan, state = self._plan, self.log.state
        if plan.chosen & {"model", "profile"} and plan.model and plan.model != state.model:
            await self._seats.assign(plan.model, "main")
        if "profile" in plan.chosen:
            for role in (*plan.models, *(state.models.keys() - plan.models)):
                if (name := plan.models.get(role, "")) != state.models.get(role):
                    await self._seats.assign(name, role)

    async def _start(self) -> None:
        plan = self._plan
        model = await self._seats.main()
        self.log.record(
            SessionStarted(
                folder=str(plan.folder),
                roots=tuple(map(str, plan.roots)),
                model=model.info.name,
                window=model.info.window,
                mode=plan.mode,
                version=plan.version,
                platform=plan.platform,
                git_branch=plan.git_branch,
                opened_in=plan.opened_in,
                effort=plan.effort,
                models=dict(plan.models),
            ),
            "system",
        )
        if plan.stepping:
            self.log.record(SteppingChanged(True), "user")

    def _recover(self, ended_in_order: bool) -> bool:
        """Close what the last process left open; tells whether its turn goes on.

        A turn that waits for a person goes on by waiting; everything else starts nothing.
        """
        state = self.log.state
        if not state.working:
            return False
        waits = {item.subject.call_id for item in state.pending}
        running = [
            call.key
            for call in state.open_calls()
            if call.state == "running" and call.key not in waits
        ]
        if not ended_in_order:
            self.log.record(SessionRecovered(tuple(running), self._damage), "system")
        answering = state.phase in ("requesting", "answering", "retrying")
        if answering and not state.open_calls() and not state.waits:
            self.log.record(ModelCancelled(state.request_id), "system")
        for call in state.open_calls():
            if call.key in running:
                self.log.record(ToolOutcomeUnknown(call.key, UNKNOWN_OUTCOME), "system")
            elif not state.waits:
                self.log.record(ToolFinished(call.key, "cancelled", NEVER_STARTED, 0.0), "system")
        if state.waits:
            return True
        turn = state.turn
        if turn is not None:
            self.log.record(TurnEnded(turn.number, "recovered", 0, 0.0), "system")
        return False

    # Commands

    async def _handle(self, command: Command) -> None:
        match command:
            case Submit() | SteerQueued() | Retry() | Interrupt():
                await self._direct(command)
            case AnswerRequest() | AnswerAlike() | Explain():
                self._decide(command)
            case SetModel(model, role):
                await self._seats.assign(model, role)
                await self._reseat()
            case FetchBlob() | FindFiles() | ListTools():
                self._look_up(command)
            case ListChanges() | Revert():
                assert self._work is not None
                self._work.start_soon(self._about_files, command)
            case StepOn() | SetBreakpoint() | RemoveBreakpoint() | EditSegment() | EditResult():
                obey(command, self.log, self._debugger)
            case SetMode() | SetEffort() | SetStepping() | ListRules() | RemoveRule() | SetTrust():
                self._govern(command)
                await self._reseat()
            case Unqueue() | MoveQueued() | Rename():
                self._note(command)
            case _:
                pass  # `Close` never comes here

    async def _direct(self, command: Submit | SteerQueued | Retry | Interrupt) -> None:
        """Commands that let the agent work, or stop it."""
        match command:
            case Submit():
                await self._submit(command)
            case SteerQueued(message_id):
                self._steer(message_id)
            case Retry():
                self._retry()
            case Interrupt():
                self._interrupt()

    def _decide(self, command: AnswerRequest | AnswerAlike | Explain) -> None:
        """What a person does about questions that wait."""
        match command:
            case AnswerRequest(request_id, answer):
                self._desk.answer(request_id, answer, "user")
            case AnswerAlike(request_ids, answer):
                if isinstance(answer, ApprovalAnswer):
                    self._desk.answer_alike(request_ids, answer, "user")
            case Explain(request_id):
                assert self._work is not None
                self._work.start_soon(self._explainer.explain, request_id)

    def _note(self, command: Unqueue | MoveQueued | Rename) -> None:
        """Commands that are an event and nothing more."""
        match command:
            case Unqueue(message_id):
                if self._queued(message_id) is not None:
                    self.log.record(MessageUnqueued(message_id), "user")
            case MoveQueued(message_id, before):
                if message_id != before and self._queued(message_id) is not None:
                    self.log.record(MessageMoved(message_id, before), "user")
            case Rename(title):
                self.log.record(SessionTitled(" ".join(title.split())), "user")

    def _govern(
        self, command: SetMode | SetEffort | SetStepping | ListRules | RemoveRule | SetTrust
    ) -> None:
        """Let something else hold from now on, unless it holds already."""
        state = self.log.state
        match command:
            case ListRules() | RemoveRule() | SetTrust():
                assert self._work is not None
                self._work.start_soon(self._governing.handle, command)
            case SetMode(mode) if mode != state.mode:
                self.log.record(ModeChanged(mode), "user")
            case SetEffort(effort) if effort != state.effort:
                self.log.record(EffortChanged(effort), "user")
            case SetStepping(on) if on != state.stepping:
                self.log.record(SteppingChanged(on), "user")
            case _:
                pass

    async def _reseat(self) -> None:
        """Show who answers next; while somebody is at work that is settled between two answers."""
        if not self.log.state.working:
            await self._seats.sit()

    async def _submit(self, command: Submit) -> None:
        text, info = command.text, self._seats.answering()
        if not text.strip():
            return
        try:
            found = await gather(text, self._bench.workspace, self._bench.redactor, info)
        except UsageError as error:
            self.log.record(MessageRefused(text, error.message, error.hint), "system")
            return
        message_id = self.log.world.ids.new("m")
        if self.log.state.working:
            queued = MessageQueued(message_id, text, command.steer, found.attachments)
            self.log.record(queued, command.actor, blobs=found.blobs)
            return
        message = UserMessage(message_id, text, attachments=found.attachments)
        self.log.record(message, command.actor, blobs=found.blobs)
        self._begin()

    def _queued(self, message_id: str) -> Queued | None:
        found = (item for item in self.log.state.queue if item.message_id == message_id)
        return next(found, None)

    def _steer(self, message_id: str) -> None:
        item = self._queued(message_id)
        if item is None:
            return
        if self.log.state.working:
            sooner = MessageQueued(message_id, item.text, True, item.attachments)
            self.log.record(sooner, "user")
            return
        self.log.record(said(item), "user")
        self._begin()

    def _interrupt(self) -> None:
        if self._turn_scope is not None:
            self.log.record(UserCommand("interrupt"), "user")
            self._desk.stopping = True
            self._turn_scope.cancel()

    def _retry(self) -> None:
        state = self.log.state
        if state.working or not state.turns:
            return
        self.log.record(UserCommand("retry"), "user")
        self._begin()

    async def _about_files(self, command: ListChanges | Revert) -> None:
        """Tell what became of the files, or take some of it back and tell then."""
        workspace = self._bench.workspace
        await self._watch.idle()
        if isinstance(command, Revert):
            try:
                await revert(self.log, workspace, command.path, command.since, command.hunks)
            except GooseError as error:
                self.log.record(Notice("error", error.message, error.hint), "system")
        self.log.record(await list_changes(self.log, workspace, command.since), "system")

    def _look_up(self, command: FetchBlob | FindFiles | ListTools) -> None:
        """What a face wants to know; the answer is transient."""
        assert self._work is not None
        match command:
            case FetchBlob(sha, limit):
                self._work.start_soon(self._fetch, sha, limit)
            case FindFiles(query, limit):
                self._work.start_soon(self._search.find, query, min(limit, _MOST_FOUND))
            case ListTools():
                self._list_tools()

    def _list_tools(self) -> None:
        tools = tuple(
            ListedTool(
                tool.name, tool.mark.effect, tool.extension, _first_line(tool.schema.description)
            )
            for tool in self._bench.registry
        )
        self.log.record(ToolsListed(tools), "system")

    async def _fetch(self, sha: str, limit: int) -> None:
        content = await self.log.journal.blob(sha)
        whole = content or b""
        text = await to_thread.run_sync(excerpt, whole, min(limit, _LARGEST_EXCERPT))
        self.log.record(BlobRead(sha, text, content is not None, len(whole)), "system")

    # Turns

    def _begin(self) -> None:
        assert self._work is not None
        if not self.log.state.working:
            number = len(self.log.state.turns) + 1
            self.log.record(TurnStarted(number), "agent")
        self._work.start_soon(self._turn)

    async def _turn(self) -> None:
        clock = self.log.world.clock
        started = clock.mono()
        end: TurnEnd = "interrupted"
        requests = 0
        with anyio.CancelScope() as scope:
            self._turn_scope = scope
            self._desk.stopping = False
            if self._leaving:
                scope.cancel()  # the session ends before this turn could set to work
            try:
                end, requests = await self._work_on_turn()
            except GooseError as error:
                self.log.record(Notice("error", error.message, error.hint), "system")
                end = "failed"
        self._turn_scope = None
        if self._leaving and self.log.state.waits:
            return  # it goes on when the session is resumed
        self._abandon_calls()
        with anyio.move_on_after(_NOTICED):
            await self._watch.idle()
        turn = self.log.state.turn
        number = turn.number if turn else 0
        seconds = round(clock.mono() - started, 3)
        self.log.record(TurnEnded(number, end, requests, seconds), "agent")
        if end == "done" and not self._leaving:
            self._next_queued()
            assert self._work is not None
            self._work.start_soon(self._name_session)
        await self.log.settle()

    def _abandon_calls(self) -> None:
        """Nobody will work on what is still open: let nothing wait for an answer."""
        self._debugger.withdraw()
        for item in self.log.state.pending:
            self.log.record(RequestWithdrawn(item.request_id), "agent")
        for call in self.log.state.open_calls():
            self.log.record(ToolFinished(call.key, "cancelled", ABANDONED, 0.0), "agent")

    async def _name_session(self) -> None:
        """Ask for a title beside the work that may go on; nothing waits for it."""
        titles, spent = self._plan.titles, self.log.state.spent
        if titles == "off" or self._titling is not None or self._leaving:
            return
        if self._budget.exhausted(spent, 0.0) is not None:
            return
        with anyio.CancelScope() as self._titling:
            await name_session(self.log, self._seats, self._bench.redactor, by_any=titles == "on")
        self._titling = None

    async def _work_on_turn(self) -> tuple[TurnEnd, int]:
        self._seats.begin_turn()
        await self._seats.next()  # a question that waits is nothing without who asked it
        settings = TurnSettings(
            self._plan.max_turns,
            self._plan.extra_prompt,
            self._plan.platform,
            self._budget,
            self._builder,
            self._watch,
            self._compact,
        )
        return await run_turn(
            self.log, self._seats, self._desk, self._bench, settings, self._debugger
        )

    def _next_queued(self) -> None:
        queue = self.log.state.queue
        if queue:
            self.log.record(said(queue[0]), "user")
            self._begin()


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]

"""The turns of a session: what a person says begins one, or waits until the one at work has ended."""

from __future__ import annotations

import anyio
from anyio.abc import TaskGroup

from goose_agent.changes.watch import ChangeWatch
from goose_agent.commands import (
    Interrupt,
    MoveQueued,
    Retry,
    SteerQueued,
    Submit,
    Unqueue,
)
from goose_agent.context.build import ContextBuilder
from goose_agent.errors import ConfigError, GooseError, UsageError
from goose_agent.events import (
    AttachedText,
    MessageMoved,
    MessageQueued,
    MessageRefused,
    MessageUnqueued,
    Notice,
    TurnEnd,
    TurnEnded,
    TurnStarted,
    UserCommand,
    UserMessage,
)
from goose_agent.evolve import evolve
from goose_agent.loop.abandoning import abandon
from goose_agent.loop.attachments import Gathered, gather
from goose_agent.loop.bench import Bench
from goose_agent.loop.budget import Budget
from goose_agent.loop.compaction import Compaction
from goose_agent.loop.counting import Counting
from goose_agent.loop.debugger import Debugger
from goose_agent.loop.desk import Desk
from goose_agent.loop.extending import Extending
from goose_agent.loop.hints import Hints
from goose_agent.loop.missing_model import MissingModel
from goose_agent.loop.overflow import Compactor
from goose_agent.loop.rule_desk import RuleDesk
from goose_agent.loop.seats import Seats
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.loop.titles import name_session
from goose_agent.loop.turn import TurnSettings, run_turn
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import Queued, said

__all__ = ["Turns"]

_NOTICED = 2.0
"""Seconds for which the end of a turn waits until what its commands changed is on record."""


async def _no_resources(text: str) -> tuple[str, tuple[AttachedText, ...]]:
    return text, ()


async def _nothing() -> None:
    pass


class Turns:
    """Lets the agent work on what the person says, one turn after the other.

    Args:
        log: the session's record, loaded.
        plan: what the session is opened with.
        seats: know who answers.
        desk: where to ask the person.
        debugger: where a turn may pause.
        bench: what calls run with.
        governing: reads again which files are kept from the agent.
        watch: notices what commands do to the files.
        hints: keeps the record true to the hint files.
        compaction: makes the conversation smaller.
        compact: does so in its place when a request did not fit; None for nobody.
        extending: brings the extensions.
        work: where turns run.
    """

    def __init__(
        self,
        log: SessionLog,
        plan: SessionPlan,
        seats: Seats,
        desk: Desk,
        debugger: Debugger,
        bench: Bench,
        governing: RuleDesk,
        watch: ChangeWatch,
        hints: Hints,
        compaction: Compaction,
        compact: Compactor | None,
        extending: Extending,
        work: TaskGroup,
    ) -> None:
        self._log = log
        self._plan = plan
        self._seats = seats
        self._desk = desk
        self._debugger = debugger
        self._bench = bench
        self._governing = governing
        self._watch = watch
        self._hints = hints
        self._compaction = compaction
        self._compact = compact
        self._extending = extending
        self._work = work
        self._builder = ContextBuilder()
        self._counting = Counting(log, plan.token_counting)
        work.start_soon(self._counting.run)
        self.missing_model = MissingModel(log, seats, desk, plan.model)
        self._budget = Budget(plan.limits, plan.run_limits, log.state.spent)
        self._turn_scope: anyio.CancelScope | None = None
        self._titling: anyio.CancelScope | None = None
        self._leaving = False
        self.resources = _no_resources
        """Finds the resources that a message mentions."""
        self.awaited = _nothing
        """Waits for what a turn needs to be there."""

    def leave(self) -> None:
        """Stop what is at work: the session ends."""
        self._leaving = True
        self._counting.stop()
        self.missing_model.leave()
        for scope in (self._turn_scope, self._titling):
            if scope is not None:
                scope.cancel()

    async def direct(self, command: Submit | SteerQueued | Retry | Interrupt) -> None:
        """Let the agent work, or stop it."""
        match command:
            case Submit():
                await self._submit(command)
            case SteerQueued(message_id):
                self._steer(message_id)
            case Retry():
                self._retry()
            case Interrupt():
                self._interrupt()

    def requeue(self, command: Unqueue | MoveQueued) -> None:
        """Change what waits to be said; what does not wait any more stays as it is."""
        if self._queued(command.message_id) is None:
            return
        match command:
            case Unqueue(message_id):
                self._log.record(MessageUnqueued(message_id), "user")
            case MoveQueued(message_id, before) if message_id != before:
                self._log.record(MessageMoved(message_id, before), "user")
            case _:
                pass

    def begin(self) -> None:
        """Set to work on what is on record."""
        if not self._log.state.working:
            number = len(self._log.state.turns) + 1
            self._log.record(TurnStarted(number), "agent")
        self._work.start_soon(self._turn)

    async def _turn(self) -> None:
        clock = self._log.world.clock
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
                self._log.record(Notice("error", error.message, error.hint), "system")
                end = "failed"
        self._turn_scope = None
        if self._leaving and self._log.state.waits:
            return  # it goes on when the session is resumed
        abandon(self._log, self._debugger)
        with anyio.move_on_after(_NOTICED):
            await self._watch.idle()
        turn = self._log.state.turn
        number = turn.number if turn else 0
        seconds = round(clock.mono() - started, 3)
        self._log.record(TurnEnded(number, end, requests, seconds), "agent")
        if end == "done" and not self._leaving:
            self._next_queued()
            self._work.start_soon(self._name_session)
        if not self._leaving:
            self._compaction.at_rest()
        await self._log.settle()

    def may_cost(self) -> bool:
        """Whether something beside the conversation may still be asked of a model."""
        return self._budget.exhausted(self._log.state.spent, 0.0) is None

    async def _name_session(self) -> None:
        """Ask for a title beside the work that may go on; nothing waits for it."""
        titles = self._plan.titles
        if titles == "off" or self._titling is not None or self._leaving:
            return
        if not self.may_cost():
            return
        with anyio.CancelScope() as self._titling:
            await name_session(self._log, self._seats, self._bench.redactor, by_any=titles == "on")
        self._titling = None

    async def _work_on_turn(self) -> tuple[TurnEnd, int]:
        await self._extending.settled()
        await self.awaited()
        self._seats.begin_turn()
        # A question that waits is nothing without who asked it.
        try:
            await self._seats.next()
        except ConfigError:
            await self.missing_model.ensure()
        settings = TurnSettings(
            self._plan.max_turns,
            self._plan.extra_prompt,
            self._plan.platform,
            self._budget,
            self._builder,
            self._watch,
            self._hints,
            self._counting,
            self._compact or self._compaction,
            None if self._compact else self._compaction,
        )
        return await run_turn(
            self._log, self._seats, self._desk, self._bench, settings, self._debugger
        )

    def _next_queued(self) -> None:
        queue = self._log.state.queue
        if queue:
            self._log.record(said(queue[0]), "user")
            self.begin()

    async def _submit(self, command: Submit, mentions: str | None = None) -> None:
        text, info = command.text, self._seats.answering()
        mentions = text if mentions is None else mentions
        if not text.strip():
            return
        try:
            found = Gathered()
            if "@" in mentions:
                await self._governing.refresh()  # what is kept from the agent is not attached
                rest, resources = await self.resources(mentions)
                found = await gather(rest, self._bench.workspace, self._bench.redactor, info)
                found = evolve(found, attachments=(*found.attachments, *resources))
        except UsageError as error:
            self._log.record(MessageRefused(text, error.message, error.hint), "system")
            return
        message_id = self._log.world.ids.new("m")
        if self._bench.hooks is not None:
            self._bench.hooks.said(text)
        if self._log.state.working:
            queued = MessageQueued(message_id, text, command.steer, found.attachments)
            self._log.record(queued, command.actor, blobs=found.blobs)
            return
        message = UserMessage(message_id, text, attachments=found.attachments)
        self._log.record(message, command.actor, blobs=found.blobs)
        self.begin()

    async def say(self, text: str, mentions: str) -> None:
        """Let the agent work on a message that was put together for the person.

        Args:
            text: all of it.
            mentions: the part of it whose mentions are attached.
        """
        await self._submit(Submit(text), mentions)

    async def note(self, text: str) -> None:
        """Let the model read something with what is said next; into a turn it goes at the next pause."""
        message_id = self._log.world.ids.new("m")
        if self._log.state.working:
            self._log.record(MessageQueued(message_id, text, steer=True), "user")
        else:
            self._log.record(UserMessage(message_id, text, note=True), "user")

    def _queued(self, message_id: str) -> Queued | None:
        found = (item for item in self._log.state.queue if item.message_id == message_id)
        return next(found, None)

    def _steer(self, message_id: str) -> None:
        item = self._queued(message_id)
        if item is None:
            return
        if self._log.state.working:
            sooner = MessageQueued(message_id, item.text, True, item.attachments)
            self._log.record(sooner, "user")
            return
        self._log.record(said(item), "user")
        self.begin()

    def _interrupt(self) -> None:
        self._compaction.stop()
        if self._turn_scope is not None:
            self._log.record(UserCommand("interrupt"), "user")
            self._desk.stopping = True
            self._turn_scope.cancel()

    def _retry(self) -> None:
        state = self._log.state
        if state.working or not state.turns:
            return
        self._log.record(UserCommand("retry"), "user")
        self.begin()

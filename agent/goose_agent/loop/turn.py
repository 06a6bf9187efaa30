"""One turn: build the context, call the model, judge and run its calls, repeat.

What comes next is read from the session's state, never from where the code stands: so a turn that a
crash cut off goes on from its record.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
from msgspec import Struct

from goose_agent.changes.watch import ChangeWatch
from goose_agent.context.build import Built, ContextBuilder
from goose_agent.context.turn_context import turn_context
from goose_agent.errors import ContextOverflow, ProviderError
from goose_agent.events import (
    ModelCancelled,
    ModelFailed,
    ModelRetrying,
    Notice,
    QuestionAnswer,
    TurnEnd,
    UserMessage,
)
from goose_agent.loop.answers import answer
from goose_agent.loop.bench import Bench
from goose_agent.loop.branch import git_branch
from goose_agent.loop.budget import Purse
from goose_agent.loop.compaction import Compaction
from goose_agent.loop.counting import Counting
from goose_agent.loop.debugger import Debugger
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.gathering import Answered
from goose_agent.loop.guard import AFTER_HANGUP, GO_ON, STOP, standstill
from goose_agent.loop.hints import Hints
from goose_agent.loop.offering import offered
from goose_agent.loop.overflow import Compactor
from goose_agent.loop.prompts import is_lean, system_prompt
from goose_agent.loop.proposals import propose
from goose_agent.loop.seats import Seats
from goose_agent.loop.tally import Tally
from goose_agent.loop.tool_runs import ToolRuns
from goose_agent.providers.model import Model
from goose_agent.providers.retry import DEFAULT
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import AnswerRecord
from goose_agent.state.session_state import said

__all__ = ["TurnSettings", "run_turn"]

_HELD = 3
"""How often hooks may keep a turn from its end: after that it would be no end."""


class TurnSettings(Struct, frozen=True):
    """What bounds and colours a turn."""

    max_requests: int
    """Most model calls."""
    extra_prompt: str
    """Further instructions for the system prompt."""
    platform: str
    budget: Purse
    builder: ContextBuilder
    """Builds the requests of the session."""
    watch: ChangeWatch
    """Notices what commands do to the files."""
    hints: Hints
    """Keeps the record true to the hint files."""
    counting: Counting | None = None
    """What counts the tokens of requests; None for nothing."""
    compact: Compactor | None = None
    """What makes the conversation smaller when it has outgrown the model; None for nothing."""
    compaction: Compaction | None = None
    """What sees to it before that happens; None for nothing."""


async def run_turn(
    log: SessionLog,
    seats: Seats,
    desk: Desk,
    bench: Bench,
    settings: TurnSettings,
    debugger: Debugger,
) -> tuple[TurnEnd, int]:
    """Work until the model answers without calls, or something stops the turn.

    However it ends, what it took is on record then.

    Args:
        log: the session's record; its last turn is the one to work on.
        seats: knows who answers.
        desk: where to ask the person.
        bench: what calls run with.
        settings: bounds.
        debugger: where the turn may pause.

    Returns:
        Why it ended, and how many times a model was called.
    """
    turn = _Turn(log, seats, desk, bench, settings, debugger)
    try:
        return await turn.work(), turn.requests
    finally:
        log.record(turn.tally.measured(), "agent")


class _Turn:
    """The work on one turn; see `run_turn`."""

    def __init__(
        self,
        log: SessionLog,
        seats: Seats,
        desk: Desk,
        bench: Bench,
        settings: TurnSettings,
        debugger: Debugger,
    ) -> None:
        self._log = log
        self._seats = seats
        self._desk = desk
        self._bench = bench
        self._settings = settings
        self._debugger = debugger
        self.tally = Tally(log, desk)
        self._held = 0
        """How often hooks did not let it end."""
        self._branch = ""
        """The git branch as the turn begins."""
        self.requests = 0
        """How many times the model was called."""

    async def work(self) -> TurnEnd:
        """Go on from what is on record, to an end."""
        log = self._log
        runs = ToolRuns(
            log,
            self._desk,
            self._bench,
            self._settings.watch,
            self._debugger,
            self._seats.answering,
        )
        await self._debugger.take_up()
        looked = False
        while True:
            if calls := log.state.open_calls():
                with self.tally.waiting_for("tool"):
                    await runs.settle(calls)
                if runs.turn_end is not None:
                    return runs.turn_end
                await self._settings.hints.look_where(calls)
            if not looked:
                looked = True
                await self._look_around()
            self._take_steering()
            self._take_reports()
            if end := await self._end_before_request():
                return end
            self.requests += 1
            with self.tally.waiting_for("model"):
                answered = await self._ask_model()
            if answered is None:
                return "failed"
            propose(log, self._bench, answered)
            if log.state.debugging.armed:
                await self._look_at_refused(answered)
            done = not answered.calls and not any(item.steer for item in log.state.queue)
            done = done and not await self._held_back()
            if done or answered.overflow is not None:
                self._explain(answered)
            if done:
                self._warn()
                return "done"

    async def _held_back(self) -> bool:
        """Whether a hook does not let the turn end; the model reads why."""
        hooks = self._bench.hooks
        if hooks is None or self._held == _HELD:
            return False
        records = self._log.state.records
        last = records[-1] if records else None
        why = await hooks.may_stop(last.text if isinstance(last, AnswerRecord) else "")
        if not why:
            return False
        self._held += 1
        message = UserMessage(self._log.world.ids.new("m"), why, steer=True)
        self._log.record(message, "system")
        return True

    async def _look_around(self) -> None:
        """Take in what may be another than in the turn before."""
        await self._settings.hints.look()
        if (agents := self._bench.agents) is not None:
            await agents.look()
        if self._log.state.git_branch:
            self._branch = await git_branch(Path(self._log.state.folder))

    async def _look_at_refused(self, answered: Answered) -> None:
        """Calls that cannot run have their results already: pause at those, too."""
        for draft in answered.calls:
            call = self._log.state.call(draft.call_id)
            if call.settled:
                await self._debugger.after_call(call)

    def _take_steering(self) -> None:
        """Messages sent into the turn reach the model with the next request."""
        for item in self._log.state.queue:
            if item.steer:
                self._log.record(said(item, steer=True), "user")

    def _take_reports(self) -> None:
        """What subagents in the background came to reaches the model with the next request."""
        if self._bench.agents is not None:
            self._bench.agents.report(self._log)

    async def _end_before_request(self) -> TurnEnd | None:
        """Why the model should not be called again; None where it should."""
        if self.requests >= self._settings.max_requests:
            return "max_turns"
        spent, worked = self._log.state.spent, self.tally.worked
        if exhausted := self._settings.budget.exhausted(spent, worked):
            self._log.record(exhausted, "agent")
            return "budget"
        self._warn()
        return None if await self._may_go_on() else "stopped"

    def _warn(self) -> None:
        for notice in self._settings.budget.warnings(self._log.state.spent, self.tally.worked):
            self._log.record(notice, "agent")

    async def _may_go_on(self) -> bool:
        """Whether nothing stands against another request, or else the person lets it be made."""
        question = standstill(self._log.state)
        if self._desk.alone or self._desk.asked_about("hangup"):
            question = AFTER_HANGUP
        if question is None:
            return True
        answer = answer_as(QuestionAnswer, await self._desk.ask(question))
        if answer.declined or answer.text == STOP:
            return False
        if question is AFTER_HANGUP and answer.text == GO_ON:
            return True  # the model did not notice anything
        words = f"{GO_ON}." if answer.text == GO_ON else answer.text
        message = UserMessage(self._log.world.ids.new("m"), words, steer=True)
        self._log.record(message, "user")
        return True

    async def _ask_model(self) -> Answered | None:
        """Get an answer, from another model or of a smaller conversation where that helps; or None."""
        may_compact = self._settings.compact is not None
        while True:
            model = await self._seats.next()
            if (compaction := self._settings.compaction) is not None:
                await compaction.before_request(model.info, partial(self._preview, model))
            built, cause = await self._request(model)
            outcome = await answer(
                self._log,
                model,
                built,
                cause,
                self.tally,
                self._settings.counting,
                may_compact=may_compact,
            )
            if isinstance(outcome, Answered):
                return outcome
            if may_compact and await self._compacted(model, outcome, cause):
                may_compact = False
            elif self._seats.give_up(outcome):
                self._try_again(outcome, cause)
            else:
                self._failed(outcome, cause)
                return None

    def _try_again(self, error: ProviderError, cause: int) -> None:
        again = ModelRetrying(self._log.state.request_id, error.message, 2, 0.0)
        self._log.record(again, "agent", cause=cause)

    async def _compacted(self, model: Model, error: ProviderError, cause: int) -> bool:
        """Whether a request that did not fit is worth sending anew; says so."""
        compact, request_id = self._settings.compact, self._log.state.request_id
        if compact is None or not isinstance(error, ContextOverflow):
            return False
        try:
            smaller = await compact(self._log, model, error)
        except anyio.get_cancelled_exc_class():
            self._log.record(ModelCancelled(request_id), "user", cause=cause)
            raise
        # Where the service itself refused nothing, there will be an answer to what it read.
        again = smaller or not error.status
        if again:
            self._try_again(error, cause)
        return again

    async def _request(self, model: Model) -> tuple[Built, int]:
        """The next request, once a person who steps through the turn has let it go."""
        built = self._build(model)
        rebuilt = partial(self._build, model)
        if self._log.state.debugging.armed and await self._debugger.before_request(rebuilt):
            self._take_steering()
            built = self._build(model)
        return built

    def _build(self, model: Model) -> tuple[Built, int]:
        """The next request, and the number of its `context.built`."""
        built = self._preview(model)
        return built, self._log.record(built.event, "agent", blobs=built.blobs)

    def _preview(self, model: Model) -> Built:
        """The next request, not on record yet."""
        log, registry = self._log, self._bench.registry
        lean = is_lean(model.info)
        system = system_prompt(
            log.state,
            self._bench.prompts(),
            self._settings.extra_prompt,
            self._settings.platform,
            tiny=lean,
        )
        tools = offered(registry, log.state, few=lean)
        now = turn_context(log.state, log.world.clock.now().astimezone(), self._branch)
        return self._settings.builder.build(
            log.state,
            system,
            tools,
            log.world.ids.new("r"),
            now,
            behind_results=model.info.hears_behind_results,
            thoughts=model.info.reads_thoughts,
        )

    def _failed(self, error: ProviderError, cause: int) -> None:
        hint = error.hint
        if error.retryable and (error.retry_after or 0) > DEFAULT.longest_wait:
            hint = f"It asks to wait {_duration(error.retry_after or 0)}: try again then."
        request_id = self._log.state.request_id
        failed = ModelFailed(request_id, error.kind, error.message, hint, error.status)
        self._log.record(failed, "agent", cause=cause)

    def _explain(self, answered: Answered) -> None:
        """Say so where an answer ended in a way a person would not expect."""
        if notice := _notice(answered):
            self._log.record(notice, "agent", cause=answered.seq)


def _notice(answered: Answered) -> Notice | None:
    if answered.overflow is not None:
        return Notice("warning", answered.overflow.message, answered.overflow.hint)
    if answered.stop == "length":
        text = "The answer was cut off at the model's output limit."
        return Notice("warning", text, "Say “go on” to let it continue.")
    if answered.stop == "refusal":
        text = "The model refused to answer."
        return Notice("warning", text, "Rephrase, or try another model.")
    if not answered.has_text:
        return Notice("warning", "The model answered nothing.", "Try again with /retry.")
    return None


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"

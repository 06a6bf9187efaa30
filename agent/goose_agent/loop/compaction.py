"""Makes a conversation smaller: when its window is nearly full, when it was, and when a person asks.

What the model sees becomes less, the record keeps everything. A proposal comes first; unless the
person wants it otherwise, nothing holds before they had a chance to read, change or refuse it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import anyio
import msgspec
from anyio.abc import TaskGroup

from goose_agent.context.build import Built
from goose_agent.context.proposal import Sizes
from goose_agent.errors import ContextOverflow, GooseError, StoreError
from goose_agent.events import (
    CompactionAnswer,
    CompactionApplied,
    CompactionFailed,
    CompactionReview,
    CompactionTrigger,
    ModelCancelled,
    Notice,
    Question,
    RequestWithdrawn,
    SegmentEdited,
    UserCommand,
)
from goose_agent.evolve import evolve
from goose_agent.loop.bench import Bench
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.large_message import ABOUT_MESSAGE, fit_message
from goose_agent.loop.proposing import ABOUT_WAY, Conversation, Declined, Proposer
from goose_agent.loop.seats import Seats
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.loop.summarising import NoSummary
from goose_agent.loop.undoing import Undoing
from goose_agent.providers.model import Model, ModelInfo
from goose_agent.sessions.log import SessionLog
from goose_agent.state.compaction_reducer import MOST_FAILURES
from goose_agent.state.folds import Folding
from goose_agent.state.records import Record
from goose_agent.state.session_state import SessionState

__all__ = ["Compaction"]

_AFTER_UNDO = 0.95
"""Share of the window that may be filled where a person has just undone a compaction."""
_GROWN = 0.05
"""Share of the window by which a conversation grows before a person who refused is asked again."""
_OWN = (CompactionReview.call_id, ABOUT_WAY, ABOUT_MESSAGE)
"""What its own questions are about, where other questions are about a call."""
_FAR = 0.9
"""Share of the limit below which a request need not be built to know that it is within it."""
_ANSWERED = ("assistant", "thinking", "tool_call")
"""Of what kinds the pieces of an answer are: the service has counted those of the last one."""
_PICTURE = 10_000
"""Tokens that a picture takes at most."""
_ROUNDS = 3
"""How many times in a row a request may be made smaller before it is sent as it is."""


def _largest(record: Record) -> int:
    """More tokens than a record can have: its bytes, and what pictures take at most."""
    pictures = len(getattr(record, "attachments", ())) + len(getattr(record, "pictures", ()))
    return len(msgspec.json.encode(record)) + _PICTURE * pictures


class Compaction:
    """Makes the conversation of one session smaller.

    Args:
        log: the session's record.
        plan: what the session is opened with.
        seats: know who answers and who sums up.
        desk: where to ask the person.
        bench: what calls run with.
        work: where what a person asks for runs while the agent rests.
    """

    def __init__(
        self,
        log: SessionLog,
        plan: SessionPlan,
        seats: Seats,
        desk: Desk,
        bench: Bench,
        work: TaskGroup,
    ) -> None:
        self._log = log
        self._settings = plan.compaction
        self._seats = seats
        self._desk = desk
        self._work = work
        self._proposer = Proposer(log, plan, seats, desk, bench.redactor)
        self._one_at_a_time = anyio.Lock()
        self.undoing = Undoing(log, seats, self._one_at_a_time)
        self._wanted: str | None = None
        """What a person asked for while the agent was at work: its focus."""
        self._scope: anyio.CancelScope | None = None
        """What is at work while the agent rests."""
        self._at_work = False
        """Whether anything is, or is about to be."""
        self._refused_at = 0
        """Tokens of a request when a person refused to have it made smaller."""

    # When

    async def before_request(self, info: ModelInfo, preview: Callable[[], Built]) -> None:
        """Make the conversation smaller if the request that comes next calls for it.

        Args:
            info: of the model that is to answer.
            preview: builds that request.
        """
        async with self._one_at_a_time:
            for _ in range(_ROUNDS):
                if not self._may_be_due(info) or self._has_room(info):
                    return
                tokens = projected(self._log.state, preview())
                trigger = self._trigger(info, tokens)
                if trigger is None or not await self._compact(trigger, info, tokens):
                    return

    def _may_be_due(self, info: ModelInfo) -> bool:
        """Whether anything is to be done, whatever the size of the request."""
        if self._wanted is not None or self._desk.earlier_review() is not None:
            return True
        failures = self._log.state.folding.failures
        by_itself = bool(self._settings.threshold) and failures < MOST_FAILURES
        return by_itself and info.window is not None

    def _has_room(self, info: ModelInfo) -> bool:
        """Whether the request is surely far from the limit, so that it need not be built to know."""
        state = self._log.state
        asked = self._wanted is not None or self._desk.earlier_review() is not None
        if asked or info.window is None or not state.context.built:
            return False
        if state.edits or state.folding != Folding():
            return False  # what left the conversation may have come back
        size = state.context.tokens
        for record in reversed(state.records):
            if record.seq <= state.context.built:
                break
            size += _largest(record)
        return size < _FAR * self._settings.threshold * info.window

    def _trigger(self, info: ModelInfo, tokens: int) -> CompactionTrigger | None:
        earlier = self._desk.earlier_review()
        if earlier is not None:
            return earlier.trigger
        if self._wanted is not None:
            return "manual"
        return "threshold" if self._is_due(info, tokens) else None

    def _is_due(self, info: ModelInfo, tokens: int) -> bool:
        share = self._settings.threshold
        if not self._may_be_due(info) or info.window is None:
            return False
        if self._log.state.folding.undone:
            share = max(share, _AFTER_UNDO)
        if self._refused_at and tokens < self._refused_at + _GROWN * info.window:
            return False
        return tokens >= share * info.window

    async def __call__(self, log: SessionLog, model: Model, overflow: ContextOverflow) -> bool:
        """Make it smaller after a request that did not fit; see `overflow.Compactor`."""
        state = log.state
        if state.folding.failures >= MOST_FAILURES:
            return False
        async with self._one_at_a_time:
            tokens = max(state.context.tokens, model.info.window or 0)
            return await self._compact("overflow", model.info, tokens)

    # What a person asks for

    def ask(self, focus: str) -> None:
        """Make it smaller: now, or before the model is called next while the agent is at work.

        Args:
            focus: what the summary is to attend to; may be empty.
        """
        self._log.record(UserCommand("compact"), "user")
        self._wanted = focus
        self.at_rest()

    def take_up(self) -> None:
        """Go on after a restart while the agent rests: a proposal still waits, its question is put anew."""
        for item in self._log.state.pending:
            if isinstance(item.subject, Question):
                self._log.record(RequestWithdrawn(item.request_id), "agent")
        self.at_rest()

    def at_rest(self) -> None:
        """The agent rests: do what was asked for, or what waits."""
        wanted = self._wanted is not None or self._desk.earlier_review() is not None
        if wanted and not self._log.state.working and not self._at_work:
            self._at_work = True
            self._work.start_soon(self._compact_at_rest)

    async def _compact_at_rest(self) -> None:
        with anyio.CancelScope() as self._scope:
            async with self._one_at_a_time:
                state = self._log.state
                if self._wanted is not None or self._desk.earlier_review() is not None:
                    with suppress(GooseError):  # whoever sums up says what is wrong with it
                        await self._seats.main()  # a resumed session does not know its prices yet
                    info = self._seats.answering()
                    await self._compact("manual", info, state.context.tokens)
        self._scope, self._at_work = None, False

    def stop(self) -> None:
        """Leave off: a person wants it no more."""
        self._wanted = None
        if self._scope is not None:
            self._scope.cancel()
            for item in self._log.state.pending:
                if item.subject.call_id in _OWN:
                    self._log.record(RequestWithdrawn(item.request_id), "agent")

    def leave(self) -> None:
        """Leave off: the session ends, and what waits for the person stays."""
        if self._scope is not None:
            self._scope.cancel()

    def _say(self, text: str, hint: str = "") -> None:
        self._log.record(Notice("warning", text, hint), "system")

    # How

    async def _compact(self, trigger: CompactionTrigger, info: ModelInfo, tokens: int) -> bool:
        """Make it smaller once; tells whether anything is another than before."""
        focus, self._wanted = self._wanted or "", None
        earlier = self._desk.earlier_review()
        try:
            if earlier is not None:
                self._close_answer()
                said = await Conversation.of(self._log.state, info, earlier.tokens_before)
                return await self._decide(said, earlier)
            said = await Conversation.of(self._log.state, info, tokens)
            overflown = trigger == "overflow"
            if await fit_message(self._log, self._desk, self._settings.review, said, overflown):
                return True
            proposal = await self._proposer.propose(trigger, said, focus)
            return await self._decide(said, proposal)
        except StoreError:
            raise
        except Declined:
            self._refused_at = tokens
            return False
        except GooseError as error:
            failed = CompactionFailed(trigger, error.message, error.hint)
            self._log.record(failed, "agent")
            return False

    def _close_answer(self) -> None:
        """An answer that did not fit when the last process ended gets no further."""
        if self._log.state.phase == "answering":
            self._log.record(ModelCancelled(self._log.state.request_id), "system")

    async def _decide(self, said: Conversation, proposal: CompactionReview) -> bool:
        """Let a proposal hold, as the person wants it; tells whether one did."""
        while True:
            answer = await self._answer_to(proposal)
            match answer.choice:
                case "cancel":
                    self._refused_at = said.sizes.tokens
                    return False
                case "recompute":
                    proposal = await self._again(said, proposal, answer)
                case "accept":
                    chosen = self._proposer.chosen(said, proposal, answer)
                    if problem := said.flaw_of(chosen):
                        self._say(problem, "It was not applied.")
                        proposal = self._renamed(chosen)
                        continue
                    self._apply(chosen, answer)
                    return True

    async def _again(
        self, said: Conversation, proposal: CompactionReview, answer: CompactionAnswer
    ) -> CompactionReview:
        """Another proposal, as the person wants it; where none comes of it, the same once more."""
        try:
            return await self._proposer.again(said, proposal, answer)
        except NoSummary as error:
            self._say(error.message, error.hint)
            return self._renamed(proposal)

    def _renamed(self, proposal: CompactionReview) -> CompactionReview:
        """The same as another question; now somebody is there to answer it."""
        name = self._log.world.ids.new("k")
        return evolve(proposal, compaction_id=name, seconds=None)

    async def _answer_to(self, proposal: CompactionReview) -> CompactionAnswer:
        """What a person says to it; where nobody is asked, or nobody comes in time, it is accepted."""
        if self._settings.review.automatic or proposal.way == "results":
            for item in self._log.state.pending:
                if item.subject == proposal:  # asked by an earlier process
                    self._desk.answer(item.request_id, CompactionAnswer("accept"), "system")
            return CompactionAnswer("accept")
        async with anyio.create_task_group() as tasks:
            if proposal.seconds is not None:
                tasks.start_soon(self._go_on_without, proposal, proposal.seconds)
            answer = answer_as(CompactionAnswer, await self._desk.ask(proposal))
            tasks.cancel_scope.cancel()
        return answer

    async def _go_on_without(self, proposal: CompactionReview, seconds: float) -> None:
        """Accept it after a while, unless somebody looks at it."""
        await anyio.sleep(seconds)
        for item in self._log.state.pending:
            if item.subject == proposal and not item.held:
                self._desk.answer(item.request_id, CompactionAnswer("accept"), "system")

    def _apply(self, chosen: CompactionReview, answer: CompactionAnswer) -> None:
        for key in answer.pinned:
            if key in chosen.kept:
                self._log.record(SegmentEdited(key, "pin", ""), "user")
        self._refused_at = 0
        applied = CompactionApplied(
            compaction_id=chosen.compaction_id,
            trigger=chosen.trigger,
            way=chosen.way,
            upto=chosen.upto,
            kept=chosen.kept,
            results=chosen.results,
            summary=chosen.summary,
            tokens_before=chosen.tokens_before,
            tokens_after=chosen.tokens_after,
            cost=chosen.cost,
        )
        self._log.record(applied, "agent")


def projected(state: SessionState, built: Built) -> int:
    """Tokens of a request, from what the service counted last and what is new since.

    Args:
        state: the session, before the request is on record.
        built: the request.
    """
    use = state.context
    if use.source != "provider":
        return built.event.tokens
    counted = _ANSWERED if use.answer else ()
    new = (
        segment.size
        for segment in built.event.added
        if segment.kind not in counted or segment.origin < use.built
    )
    gone = (segment.size for segment in use.segments[built.event.keep :])
    more = round((sum(new) - sum(gone)) / Sizes.of_state(state, use.tokens).ratio)
    return max(built.event.tokens, use.tokens + more)

"""Proposes how a conversation can be made smaller, the cheapest way first."""

from __future__ import annotations

from anyio import to_thread
from msgspec import Struct

from goose_agent.context.conversation import Placed
from goose_agent.context.folding import noted_parts, view_of
from goose_agent.context.proposal import (
    Sizes,
    bulky_results,
    cleared,
    last_exchange,
    oldest_out,
    stays,
    what_stays,
)
from goose_agent.events import (
    CompactionAnswer,
    CompactionReview,
    CompactionTrigger,
    CompactionWay,
    Question,
    QuestionAnswer,
)
from goose_agent.evolve import evolve
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.seats import Seats
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.loop.summarising import Material, NoSummary, Written, summarise
from goose_agent.providers.model import ModelInfo
from goose_agent.redaction import Redactor
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import SessionState

__all__ = ["ABOUT_WAY", "Conversation", "Declined", "Proposer"]

ABOUT_WAY = "way of compaction"
"""What the question is about which way to go, in the place of a call."""
_RECENT = 0.2
"""Share of the window whose latest exchanges stay word for word."""
_RECENT_SAID = 0.3
"""Share of the conversation of which the same is true, where that is less."""
_RECENT_LEAST = 40
"""Tokens that a summary would not be shorter than."""
_UNREAD = 0.25
"""Share of the window from which on a result gives way to a note before the model has read it."""
_ENOUGH = 0.75
"""Share of the threshold below which notes for results are enough."""
_HALF = 0.5
"""Share of the window that is left when the oldest is left out."""
_SAVES = 0.95
"""What is left, as a share of what was, of which nobody says that it is worth its while."""

_WAYS: dict[str, CompactionWay] = {
    "Sum it up": "summarize",
    "Leave out the oldest": "truncate",
    "Leave out all of it": "clear",
}
_NOT_NOW = "Not now"


class Declined(Exception):
    """Nothing is to be done now: the person wants nothing done, or nothing could be."""


class Conversation(Struct, frozen=True):
    """What is to be made smaller."""

    state: SessionState
    view: tuple[Placed, ...]
    """All that the model sees of it."""
    sizes: Sizes
    window: int | None
    input_price: float | None
    """US dollars for a million tokens of a request."""

    @classmethod
    async def of(cls, state: SessionState, info: ModelInfo, tokens: int) -> Conversation:
        """The conversation of a session.

        Args:
            state: the session.
            info: of the model that answers.
            tokens: of a request as it is.
        """
        view = await to_thread.run_sync(view_of, state)
        sizes = Sizes.of_state(state, tokens)
        sizes = evolve(sizes, tokens=max(tokens, sizes.of(view)))
        return cls(state, view, sizes, info.window, info.input_price)

    @property
    def room(self) -> int:
        """Tokens of the window, or of the request where that is not known."""
        return self.window or self.sizes.tokens

    @property
    def recent(self) -> int:
        """Tokens of the latest exchanges that stay word for word."""
        share = min(_RECENT * self.room, _RECENT_SAID * self.sizes.of(self.view))
        return round(max(share, _RECENT_LEAST))

    @property
    def unread(self) -> int:
        """Tokens from which on a result is too large to stay even before the model has read it."""
        return round(_UNREAD * self.room)

    def flaw_of(self, chosen: CompactionReview) -> str:
        """Why a compaction is none, as a sentence; empty where it is one."""
        if chosen.way == "summarize" and not chosen.summary.strip():
            return "The summary is empty."
        if chosen.tokens_after >= self.sizes.tokens:
            return "What would stay is not smaller than what is there."
        return ""


class Proposer:
    """Makes proposals.

    Args:
        log: the session's record.
        plan: what the session is opened with.
        seats: know who sums up.
        desk: where to ask the person which way to go.
        redactor: masks secrets in what is summed up.
    """

    def __init__(
        self, log: SessionLog, plan: SessionPlan, seats: Seats, desk: Desk, redactor: Redactor
    ) -> None:
        self._log = log
        self._settings = plan.compaction
        self._template = plan.summary_template
        self._seats = seats
        self._desk = desk
        self._redactor = redactor

    async def propose(
        self, trigger: CompactionTrigger, said: Conversation, focus: str
    ) -> CompactionReview:
        """How a conversation is best made smaller.

        Args:
            trigger: why.
            said: the conversation.
            focus: what a summary is to attend to; may be empty.

        Raises:
            NoSummary: it cannot be.
            Declined: the person wants nothing done.
        """
        if trigger != "manual" and (notes := self._notes(trigger, said)) is not None:
            return notes
        way = await self._way(trigger, said)
        results = self._bulk(said)
        edits, sizes = said.state.edits, said.sizes
        match way:
            case "truncate":
                kept = oldest_out(said.view, edits, sizes, round(_HALF * said.room))
            case "clear":
                kept = cleared(said.view, edits)
            case _:
                kept = what_stays(said.view, edits, sizes, said.recent)
        if not results and not self._leaves_out(said, kept):
            if trigger == "threshold":
                raise Declined  # the window is small: whether it is too small will show
            raise NoSummary(
                "There is nothing in the conversation that could be left out.",
                "What is pinned, said last or not read yet stays; see /request.",
            )
        empty = self._review(trigger, way, said, kept, results)
        if trigger != "manual" and self._measured(said, empty).tokens_after >= said.room:
            # What opens a request is too large: no summary would help.
            if trigger == "threshold":
                raise Declined
            raise NoSummary("The window is too small even for what opens a request.")
        return await self._summed_up(said, empty, Material(said.view, kept, focus=focus))

    def _leaves_out(self, said: Conversation, kept: tuple[str, ...]) -> bool:
        """Whether anything goes but what stands for an older part already."""
        there = {item.key for item in stays(said.view, kept)}
        return any(item.key not in there and item.kind != "summary" for item in said.view)

    async def _summed_up(
        self, said: Conversation, review: CompactionReview, material: Material
    ) -> CompactionReview:
        """A proposal with the summary it needs, measured."""
        if review.way == "summarize":
            written = await summarise(
                self._log, self._seats, self._redactor, self._template, material
            )
            review = _with_summary(review, written, material.focus)
        measured = self._measured(said, review)
        limit = said.sizes.tokens * (1 if review.trigger == "manual" else _SAVES)
        if measured.tokens_after >= limit:
            before, after = said.sizes.tokens, measured.tokens_after
            raise NoSummary(
                f"Nothing would be gained: {before:,} tokens before, {after:,} after.",
                "Drop pieces with /request, or unpin some.",
            )
        return measured

    def _measured(self, said: Conversation, review: CompactionReview) -> CompactionReview:
        after = said.sizes.after(said.view, review.kept, review.way, review.summary, review.results)
        return evolve(review, tokens_after=after)

    async def again(
        self, said: Conversation, review: CompactionReview, answer: CompactionAnswer
    ) -> CompactionReview:
        """The same anew, as the person wants it.

        Raises:
            NoSummary: there is none.
        """
        kept = review.kept if answer.kept is None else self._valid(said, answer.kept)
        anew = evolve(review, compaction_id=self._log.world.ids.new("k"), kept=kept, seconds=None)
        view = noted_parts(said.view, review.results)
        material = Material(view, kept, answer.dropped, answer.focus)
        return await self._summed_up(said, anew, material)

    def chosen(
        self, said: Conversation, review: CompactionReview, answer: CompactionAnswer
    ) -> CompactionReview:
        """What a person accepted of a proposal, measured."""
        kept = review.kept if answer.kept is None else self._valid(said, answer.kept)
        summary = review.summary if answer.summary is None else answer.summary.strip()
        return self._measured(said, evolve(review, kept=kept, summary=summary))

    def _valid(self, said: Conversation, kept: tuple[str, ...]) -> tuple[str, ...]:
        there = {item.key for item in said.view}
        return tuple(key for key in dict.fromkeys(kept) if key in there)

    async def _way(self, trigger: CompactionTrigger, said: Conversation) -> CompactionWay:
        """Which way to go; a person who wants to be asked each time is."""
        strategy = self._settings.strategy
        if strategy != "prompt":
            return strategy
        filled = f"{said.sizes.tokens:,}"
        if said.window is not None:
            filled += f" of {said.window:,}"
        text = f"The conversation has grown to {filled} tokens. How is it to be made smaller?"
        question = Question(ABOUT_WAY, text, (*_WAYS, _NOT_NOW), False)
        answer = answer_as(QuestionAnswer, await self._desk.ask(question))
        if answer.declined or answer.text not in _WAYS:
            raise Declined
        return _WAYS[answer.text]

    def _notes(self, trigger: CompactionTrigger, said: Conversation) -> CompactionReview | None:
        """Notes in the place of old results, where that is enough."""
        if not self._settings.results:
            return None
        calls, saved = bulky_results(
            said.view, said.state.edits, said.sizes, recent=said.recent, unread=said.unread
        )
        after = said.sizes.tokens - saved
        if not calls or after > _ENOUGH * (self._settings.threshold or 1) * said.room:
            return None
        review = self._review(trigger, "results", said, (), calls)
        return evolve(review, upto=0, tokens_after=after)

    def _bulk(self, said: Conversation) -> tuple[str, ...]:
        """Results that are too large to stay even unread: they give way to notes in any case."""
        latest = last_exchange(said.view)
        calls, _ = bulky_results(latest, said.state.edits, said.sizes, recent=0, unread=said.unread)
        return calls

    def _review(
        self,
        trigger: CompactionTrigger,
        way: CompactionWay,
        said: Conversation,
        kept: tuple[str, ...],
        results: tuple[str, ...],
    ) -> CompactionReview:
        review = self._settings.review
        return CompactionReview(
            compaction_id=self._log.world.ids.new("k"),
            trigger=trigger,
            way=way,
            upto=said.state.seq,
            kept=kept,
            results=results,
            summary="",
            tokens_before=said.sizes.tokens,
            tokens_after=said.sizes.tokens,
            window=said.window,
            input_price=said.input_price,
            seconds=None if trigger == "manual" else review.seconds,
        )


def _with_summary(review: CompactionReview, written: Written, focus: str) -> CompactionReview:
    return evolve(
        review,
        summary=written.text,
        model=written.model,
        cost=written.cost,
        unread=written.unread,
        focus=focus,
    )

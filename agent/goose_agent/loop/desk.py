"""Where the loop waits for a person: questions go out as events, answers come in as commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TypeVar

import anyio

from goose_agent.events import (
    Actor,
    Answer,
    Approval,
    ApprovalAnswer,
    CompactionReview,
    PlanReview,
    Question,
    QuestionAbout,
    RequestAnswered,
    RequestAsked,
    RequestHeld,
    RequestWithdrawn,
    SignInAnswer,
    Subject,
)
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import Pending

__all__ = ["Desk", "answer_as"]

A = TypeVar("A", bound=Answer)


class Desk:
    """Asks, and hands answers to whoever waits for them.

    A question stays pending through the end of the process: asked again after a resume, it keeps
    its id and is not recorded a second time.

    Args:
        log: the session's record.
        above: of the agent that waits for this one; None where none does.
    """

    def __init__(self, log: SessionLog, above: Desk | None = None) -> None:
        self._log = log
        self._above = above
        self._waiting: dict[str, anyio.Event] = {}
        self._answers: dict[str, Answer] = {}
        self._early: dict[tuple[str, str], tuple[Subject, Answer]] = {}
        self._waits_since = 0.0
        self._waited = 0.0
        self.stopping = False
        """Whether the turn is being stopped: then what is pending falls away with it. Where the
        process ends instead, it stays pending."""
        self.alone = False
        """Whether the terminal has gone: what runs is finished, and nothing new is begun."""
        self.held_back = False
        """Whether a call that may run was not begun for that."""

    @property
    def waited(self) -> float:
        """Seconds for which at least one question waited for its answer, up to now."""
        if not self._waiting:
            return self._waited
        return self._waited + self._log.world.clock.mono() - self._waits_since

    async def ask(
        self, subject: Subject, cause: int | None = None, *, lasting: bool = True
    ) -> Answer:
        """Ask, and wait for the answer.

        What was asked or answered before about another binding does not count any more.

        Args:
            subject: the question.
            cause: number of the event that led to it.
            lasting: whether it stays pending where the process ends: a later one asks it again.
        """
        early = self._early.pop((subject.kind, subject.call_id), None)
        if early is not None and _binding(early[0]) == _binding(subject):
            return early[1]
        pending = self._pending_about(subject)
        if pending is not None and _binding(pending.subject) != _binding(subject):
            self._log.record(RequestWithdrawn(pending.request_id), "agent")
            pending = None
        request_id = pending.request_id if pending is not None else ""
        if not request_id:
            request_id = self._log.world.ids.new("ask")
            self._log.record(RequestAsked(request_id, subject), "agent", cause=cause)
        with self.waiting(request_id) as answered:
            try:
                await self._log.settle()
                await answered.wait()
                return self._answers.pop(request_id)
            except anyio.get_cancelled_exc_class():
                if self.stopping or not lasting:
                    self._log.record(RequestWithdrawn(request_id), "agent")
                raise

    @contextmanager
    def waiting(self, name: str) -> Iterator[anyio.Event]:
        """Count the time inside as waiting for a person.

        Args:
            name: of what is waited for.
        """
        if not self._waiting:
            self._waits_since = self._log.world.clock.mono()
        answered = self._waiting[name] = anyio.Event()
        above = nullcontext() if self._above is None else self._above.waiting(name)
        try:
            with above:
                yield answered
        finally:
            waited = self.waited
            self._waiting.pop(name, None)
            if not self._waiting:
                self._waited = waited

    def waits_for(self, name: str) -> bool:
        """Whether that is waited for right now."""
        return name in self._waiting

    def answer(self, request_id: str, answer: Answer, actor: Actor) -> bool:
        """Take an answer; tells whether anybody waits for it.

        An answer to a question that is no longer pending, or of the wrong kind, changes nothing.
        """
        pending = self.pending(request_id)
        if pending is None or pending.subject.kind != answer.kind:
            return False
        seconds = max(0.0, self._log.world.clock.mono() - pending.asked)
        self._log.record(
            RequestAnswered(request_id, _kept(answer), round(seconds, 3)), actor, cause=pending.seq
        )
        if (waiting := self._waiting.get(request_id)) is not None:
            self._answers[request_id] = answer
            waiting.set()
        else:  # after a resume, before the call has come to ask again
            key = (pending.subject.kind, pending.subject.call_id)
            self._early[key] = (pending.subject, answer)
        return True

    def answer_alike(self, request_ids: Sequence[str], answer: ApprovalAnswer, actor: Actor) -> int:
        """Take one answer for several questions about calls of one tool; tells for how many.

        What is about one call alone (other arguments, some pieces of a change) is taken for none.

        Args:
            request_ids: of the questions; those about other tools than the first are left.
            answer: to each of them; a rule is kept once.
            actor: whose answer it is.
        """
        if answer.choice in ("edit", "hunks"):
            return 0
        found = [self.pending(request_id) for request_id in dict.fromkeys(request_ids)]
        alike = [item for item in found if item and isinstance(item.subject, Approval)]
        taken = 0
        for item in alike:
            if _tool(item) != _tool(alike[0]):
                continue
            one = answer
            if taken and answer.choice == "session":
                one = ApprovalAnswer("once", answer.reason)
            taken += self.answer(item.request_id, one, actor)
        return taken

    def earlier(self, call_id: str) -> Approval | None:
        """What was asked about a call by an earlier process, answered since or not."""
        early = self._early.get(("approval", call_id))
        if early is not None:
            return early[0] if isinstance(early[0], Approval) else None
        subjects = (item.subject for item in self._log.state.pending)
        return next((s for s in subjects if isinstance(s, Approval) and s.call_id == call_id), None)

    def asked_by(self, call_id: str) -> bool:
        """Whether a call itself asked something before the process ended, and is to ask it again."""
        return any(
            isinstance(subject, PlanReview) or (isinstance(subject, Question) and not subject.about)
            for subject in self._subjects()
            if subject.call_id == call_id
        )

    def asked_about(self, about: QuestionAbout) -> bool:
        """Whether the program asked that before it ended, answered since or not."""
        questions = (item for item in self._subjects() if isinstance(item, Question))
        return any(question.about == about for question in questions)

    def _subjects(self) -> list[Subject]:
        """All that waits, or was answered before anybody came to ask it again."""
        early = [subject for subject, _ in self._early.values()]
        return [*early, *(item.subject for item in self._log.state.pending)]

    def earlier_review(self) -> CompactionReview | None:
        """The compaction that was proposed by an earlier process, answered since or not."""
        early = self._early.get(("compaction", CompactionReview.call_id))
        subjects = (
            (early[0],) if early is not None else (p.subject for p in self._log.state.pending)
        )
        return next((s for s in subjects if isinstance(s, CompactionReview)), None)

    def hold(self, request_id: str) -> None:
        """Somebody looks at a question: it waits for them."""
        pending = self.pending(request_id)
        if pending is not None and not pending.held:
            self._log.record(RequestHeld(request_id), "user", cause=pending.seq)

    def pending(self, request_id: str) -> Pending | None:
        """The pending question with this id."""
        found = (item for item in self._log.state.pending if item.request_id == request_id)
        return next(found, None)

    def _pending_about(self, subject: Subject) -> Pending | None:
        for item in self._log.state.pending:
            if item.subject.kind == subject.kind and item.subject.call_id == subject.call_id:
                return item
        return None


def _kept(answer: Answer) -> Answer:
    """An answer as it is put on record: what signs a person in is not."""
    if isinstance(answer, SignInAnswer) and answer.address:
        return SignInAnswer("(not on record)")
    return answer


def _binding(subject: Subject) -> str:
    match subject:
        case Approval():
            return subject.binding
        case CompactionReview():
            return subject.compaction_id
        case Question():
            return subject.about
        case _:
            return ""


def _tool(item: Pending) -> str:
    return item.subject.tool if isinstance(item.subject, Approval) else ""


def answer_as(kind: type[A], answer: Answer) -> A:
    """The answer, which is of this kind.

    Raises:
        TypeError: it is an answer to something else.
    """
    if not isinstance(answer, kind):
        raise TypeError(
            f"expected {kind.__name__}, got the answer to something else: {answer.kind}"
        )
    return answer

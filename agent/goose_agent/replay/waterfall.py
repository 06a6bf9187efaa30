"""Who waited for whom in each turn: the model, tools, the person.

Time in which no process had the session counts for nothing: nobody waited for anything then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from goose_agent.events import (
    Approval,
    Event,
    ModelCancelled,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
    Paused,
    RequestAnswered,
    RequestAsked,
    RequestWithdrawn,
    Resumed,
    SessionForked,
    SessionResumed,
    ToolFinished,
    ToolOutcomeUnknown,
    ToolProposed,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from goose_agent.events.requests import question_words
from goose_agent.replay.timeline import Timeline
from goose_agent.state.session_state import MAIN

__all__ = ["Span", "TurnFall", "Who", "waterfall"]

Who = Literal["model", "tool", "person"]


class Span(Struct, frozen=True):
    """A stretch of waiting."""

    who: Who
    words: str
    """What was waited for: a model, a tool and what it did, a question."""
    seq: int
    """With which it began."""
    start: float
    """Seconds since the first event of the recording in which a process had the session."""
    stop: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.stop - self.start


class TurnFall(Struct, frozen=True):
    """The waiting of one turn."""

    number: int
    seq: int
    start: float
    """Seconds since the first event of the recording in which a process had the session."""
    stop: float
    spans: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """How long the turn took, waiting for the person included."""
        return self.stop - self.start

    def waited_for(self, who: Who) -> float:
        """Seconds in which at least one of a kind was waited for."""
        total, end = 0.0, self.start
        for span in sorted(self.spans, key=lambda span: span.start):
            if span.who == who and span.stop > end:
                total += span.stop - max(end, span.start)
                end = span.stop
        return total


class _Open(Struct):
    who: Who
    words: str
    seq: int
    start: float


def _retry(event: Event) -> str:
    """Names the waiting of an agent until a request is tried again."""
    return f"retry {event.agent}"


class _Fall:
    """Goes through a recording and notes what begins and ends."""

    def __init__(self) -> None:
        self.turns: list[TurnFall] = []
        self._summaries: dict[str, str] = {}
        self._turn: tuple[int, int, float] | None = None
        """Number, `seq` and start of the turn under way."""
        self._open: dict[str, _Open] = {}
        self._spans: list[Span] = []

    def take(self, event: Event, now: float) -> None:
        """One more event, at this second of the processes that had the session."""
        match event.data:
            case TurnStarted(turn) if event.agent == MAIN:
                self.end(now)
                self._turn = turn, event.seq, now
            case TurnEnded() | TurnStarted() if event.agent != MAIN:
                pass  # it is within the turn of the session
            case TurnEnded():
                self.end(now)
            case SessionForked() | SessionResumed():
                self._cut_off(now)
            case ToolProposed(call_id=call_id, tool=tool, summary=summary):
                self._summaries[call_id] = f"{tool} {summary}".strip()
            case _:
                self._span(event, now)

    def _span(self, event: Event, now: float) -> None:
        match event.data:
            case ModelRequested(request_id=key, model=model):
                self._begin(key, "model", model, event, now)
            case ModelRetrying(request_id=key):
                self._close(key, now)
                self._begin(_retry(event), "model", "until it is tried again", event, now)
            case ToolStarted(call_id=key):
                self._begin(key, "tool", self._summaries.get(key, key), event, now)
            case RequestAsked(request_id=key, subject=subject):
                call = self._summaries.get(subject.call_id, "")
                words = f"approval: {call}"
                if not isinstance(subject, Approval):
                    words = question_words(subject)
                self._begin(key, "person", words, event, now)
            case Paused(pause_id=key):
                self._begin(key, "person", f"paused: {event.data.next}", event, now)
            case _:
                self._end_span(event, now)

    def _end_span(self, event: Event, now: float) -> None:
        match event.data:
            case (
                ModelResponded(request_id=key)
                | ModelFailed(request_id=key)
                | ModelCancelled(request_id=key)
                | ToolFinished(call_id=key)
                | ToolOutcomeUnknown(call_id=key)
                | RequestAnswered(request_id=key)
                | RequestWithdrawn(request_id=key)
                | Resumed(pause_id=key)
            ):
                self._close(key, now)
            case _:
                pass

    def _begin(self, key: str, who: Who, words: str, event: Event, now: float) -> None:
        if who == "model" and key != _retry(event):
            self._close(_retry(event), now)
        self._open[key] = _Open(who, words, event.seq, now)

    def _close(self, key: str, now: float) -> None:
        begun = self._open.pop(key, None)
        if begun is not None:
            self._spans.append(Span(begun.who, begun.words, begun.seq, begun.start, now))

    def _cut_off(self, now: float) -> None:
        """Another process has the session: what ran in the one before ended with it.

        Questions wait on, and the turn goes on with their answers.
        """
        for key, begun in list(self._open.items()):
            if begun.who != "person":
                self._close(key, now)

    def end(self, now: float) -> None:
        """The turn under way ends, if there is one."""
        for key in list(self._open):
            self._close(key, now)
        spans = tuple(sorted(self._spans, key=lambda span: (span.start, span.seq)))
        self._spans = []
        if self._turn is not None:
            number, seq, start = self._turn
            self.turns.append(TurnFall(number, seq, start, now, spans))
        self._turn = None


def waterfall(events: Sequence[Event], timeline: Timeline) -> tuple[TurnFall, ...]:
    """The waiting of every turn, in order; one that is under way ends with the recording.

    Args:
        events: of a recording.
        timeline: of the same.
    """
    fall = _Fall()
    before = now = 0.0
    for event, moment in zip(events, timeline.moments, strict=True):
        if not isinstance(event.data, SessionForked | SessionResumed):
            now += moment.elapsed - before
        before = moment.elapsed
        fall.take(event, now)
    fall.end(now)
    return tuple(fall.turns)

"""What happened when in a recording: marks to be seen and gone to, time, tokens and cost so far."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from goose_agent.events import (
    AnyData,
    AsideResponded,
    Event,
    FileChanged,
    ModelFailed,
    ModelResponded,
    ModelRetrying,
    Notice,
    Outcome,
    Paused,
    RequestAsked,
    SessionResumed,
    ToolFinished,
    ToolOutcomeUnknown,
    TurnStarted,
    UserMessage,
)
from goose_agent.state.session_state import MAIN

__all__ = ["Axis", "MarkKind", "Moment", "Stop", "Timeline", "seconds_between"]

MarkKind = Literal[
    "user",
    "model",
    "retry",
    "ok",
    "failed",
    "denied",
    "asked",
    "edit",
    "pause",
    "compaction",
    "fork",
    "error",
]
"""What is marked, the least grave first: of several marks at one place the last one is shown."""
Axis = Literal["events", "time", "tokens", "cost"]
"""What a length on the scrubber stands for."""
Stop = Literal["event", "turn", "call", "error", "asked", "edit", "compaction"]
"""What can be gone to."""

_OUTCOMES: dict[Outcome, MarkKind] = {
    "ok": "ok",
    "error": "failed",
    "denied": "denied",
    "cancelled": "denied",
}
_FAMILIES: dict[str, MarkKind] = {"compaction": "compaction"}
_TYPES: dict[str, MarkKind] = {"session.forked": "fork"}
"""Marks by the name of the event: those of newer versions have them, too."""
_STOPS: dict[Stop, frozenset[MarkKind]] = {
    "call": frozenset({"ok", "failed", "denied"}),
    "error": frozenset({"failed", "error"}),
    "asked": frozenset({"asked"}),
    "edit": frozenset({"edit"}),
    "compaction": frozenset({"compaction"}),
}


class Moment(Struct, frozen=True):
    """A place of a recording."""

    seq: int
    at: datetime
    elapsed: float
    """Seconds since the first event, by the clock that never jumps as far as one process goes."""
    tokens: int
    """Tokens sent and received so far."""
    cost: float
    """US dollars so far, as far as prices are known."""
    turn: int
    mark: MarkKind | None
    begins_turn: bool = False


class Timeline:
    """All moments of a recording.

    Args:
        events: of the recording, in order.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.moments: list[Moment] = list(_moments(events))
        self._along: dict[Axis, list[float]] = {}
        self._played: dict[float, list[float]] = {}

    def __len__(self) -> int:
        return len(self.moments)

    def along(self, axis: Axis) -> list[float]:
        """How far along an axis each place lies; never less than the one before."""
        if axis not in self._along:
            self._along[axis] = list(self._lengths(axis))
        return self._along[axis]

    def _lengths(self, axis: Axis) -> Iterable[float]:
        match axis:
            case "events":
                return map(float, range(len(self.moments)))
            case "time":
                return (moment.elapsed for moment in self.moments)
            case "tokens":
                return (float(moment.tokens) for moment in self.moments)
            case "cost":
                return (moment.cost for moment in self.moments)

    def axes(self) -> tuple[Axis, ...]:
        """The axes along which there is something to be seen."""
        last = self.moments[-1]
        lengths: dict[Axis, float] = {
            "time": last.elapsed,
            "tokens": last.tokens,
            "cost": last.cost,
        }
        return ("events", *(axis for axis, length in lengths.items() if length > 0))

    def next(self, place: int, stop: Stop, step: int) -> int | None:
        """The nearest place to stop at, from a place on.

        Args:
            place: from which to look; itself left out.
            stop: what to go to.
            step: 1 for forwards, -1 for backwards.

        Returns:
            The place; None where there is none.
        """
        end = len(self.moments) if step > 0 else -1
        for at in range(place + step, end, step):
            moment = self.moments[at]
            if stop == "event":
                return at
            if moment.begins_turn if stop == "turn" else moment.mark in _STOPS[stop]:
                return at
        return None

    def at_number(self, seq: int) -> int:
        """The place of an event by its number: the last one up to it where there is none."""
        return max(0, bisect_right(self.moments, seq, key=lambda moment: moment.seq) - 1)

    def at_elapsed(self, seconds: float) -> int:
        """The last place not later than so many seconds from the start."""
        return max(0, bisect_right(self.moments, seconds, key=lambda moment: moment.elapsed) - 1)

    def played(self, longest_gap: float) -> list[float]:
        """Seconds of playing up to each place, where no gap between two events is longer.

        Args:
            longest_gap: in seconds.
        """
        known = self._played.get(longest_gap)
        if known is None:
            total, before, known = 0.0, 0.0, []
            for moment in self.moments:
                total += min(longest_gap, moment.elapsed - before)
                before = moment.elapsed
                known.append(total)
            self._played[longest_gap] = known
        return known


def seconds_between(before: Event, event: Event) -> float:
    """Seconds from one event to the next; where a new process began, by the wall clock."""
    if isinstance(event.data, SessionResumed) or event.mono < before.mono:
        return max(0.0, (event.at - before.at).total_seconds())
    return event.mono - before.mono


def _moments(events: Sequence[Event]) -> Iterable[Moment]:
    elapsed, tokens, cost, turn = 0.0, 0, 0.0, 0
    before: Event | None = None
    for event in events:
        if before is not None:
            elapsed += seconds_between(before, event)
        before = event
        mine = event.agent == MAIN
        turn = event.turn if mine else turn
        if isinstance(event.data, ModelResponded | AsideResponded):
            usage = event.data.usage
            tokens += usage.input_tokens + usage.output_tokens if usage is not None else 0
            cost += event.data.cost or 0.0
        yield Moment(
            event.seq,
            event.at,
            elapsed,
            tokens,
            cost,
            turn,
            None if _is_said(event) else _mark(event.type, event.data),
            mine and isinstance(event.data, TurnStarted),
        )


def _is_said(event: Event) -> bool:
    """Whether it is what agents tell each other."""
    return isinstance(event.data, UserMessage) and bool(event.data.by)


def _mark(kind: str, data: AnyData) -> MarkKind | None:
    match data:
        case UserMessage():
            return "user"
        case ModelResponded():
            return "model"
        case ModelRetrying():
            return "retry"
        case ModelFailed() | Notice(level="error"):
            return "error"
        case ToolFinished(outcome=outcome):
            return _OUTCOMES[outcome]
        case ToolOutcomeUnknown():
            return "failed"
        case RequestAsked():
            return "asked"
        case FileChanged():
            return "edit"
        case Paused():
            return "pause"
        case _:
            return _TYPES.get(kind) or _FAMILIES.get(kind.partition(".")[0])

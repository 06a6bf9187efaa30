"""What the context gauge says: tokens by kind that sum to what was counted, and what comes of it."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from goose_agent.context.spread import Spread
    from goose_agent.events import SegmentKind
    from goose_agent.state.session_state import ContextUse, SessionState

__all__ = ["FRAMING", "SHARE_NAMES", "GaugeReader", "GaugeReading", "Share", "read_gauge"]

SHARE_NAMES: dict[SegmentKind, str] = {
    "system": "sys",
    "tools": "tools",
    "hints": "hints",
    "memory": "memory",
    "user": "you",
    "assistant": "model",
    "thinking": "model",
    "tool_call": "model",
    "tool_result": "results",
    "summary": "summary",
    "image": "images",
    "pin": "pins",
    "turn": "sys",
}
FRAMING = "framing"
"""What is around the segments."""
_RECENT = 5
"""Turns whose growth tells how far the window will reach."""
_FAR = 20
"""Turns beyond which nothing is foretold."""


class Share(Struct, frozen=True):
    """Tokens of one kind."""

    name: str
    tokens: int


class GaugeReading(Struct, frozen=True):
    """All the gauge shows."""

    tokens: int = 0
    window: int | None = None
    certainty: Literal["measured", "estimated"] = "estimated"
    stale: bool = False
    """Whether more was said since."""
    shares: tuple[Share, ...] = ()
    cost: float | None = None
    """US dollars so far; None where no price is known."""
    partly_priced: bool = False
    """Whether some requests have no known price."""
    call_cost: float | None = None
    """US dollars of the last call."""
    cached: float | None = None
    """Share of the last request that came from the provider's cache; None where nobody said so."""
    threshold: float | None = None
    """Share of the window from which on the conversation is made smaller; None for never."""
    turns_left: int | None = None
    """Turns until then, about; None where that is far or not known."""
    saved: int = 0
    """Tokens that compactions which hold keep out of each request, about."""
    agents_tokens: int = 0
    """What subagents were sent and said."""
    agents_cost: float | None = None
    """US dollars of the cost that are theirs; None where no price is known."""

    @property
    def fraction(self) -> float | None:
        """How full the window is, from 0 to 1 and beyond; None where its size is not known."""
        return self.tokens / self.window if self.window else None


class GaugeReader:
    """Reads the gauge of one session, and anew only where something of it changed."""

    def __init__(self) -> None:
        self._made_of: tuple[object, ...] = ()
        self._reading = GaugeReading()

    def read(self, state: SessionState, threshold: float) -> GaugeReading:
        """The reading for a session; see `read_gauge`."""
        now = (
            state.context,
            state.spent,
            state.answering,
            state.answering_window,
            state.folding,
            threshold,
        )
        if len(self._made_of) != len(now) or any(
            new is not old for new, old in zip(now, self._made_of, strict=True)
        ):
            self._made_of, self._reading = now, read_gauge(state, threshold)
        return self._reading


def read_gauge(state: SessionState, threshold: float = 0.0) -> GaugeReading:
    """The reading for a session.

    Args:
        state: the session.
        threshold: share of the window from which on the conversation is made smaller; 0 or 1 for
            never.
    """
    from goose_agent.context.current import current_use
    from goose_agent.context.spread import spread

    use, spent, theirs = current_use(state), state.spent, state.spent_agents
    found = spread(use, state.answering)
    priced = spent.requests > spent.unpriced
    limit = threshold if 0 < threshold < 1 else None
    window = state.answering_window
    room = window * limit - use.tokens if window and limit else None
    return GaugeReading(
        tokens=use.tokens,
        window=window,
        certainty="estimated" if use.source == "estimate" else "measured",
        stale=use.stale,
        shares=tuple(_shares(use, found)),
        cost=spent.cost if priced else None,
        partly_priced=priced and spent.unpriced > 0,
        call_cost=use.cost,
        cached=_cached(use),
        threshold=limit,
        turns_left=_turns_left(use, found, room) if room is not None else None,
        saved=state.folding.saved,
        agents_tokens=theirs.input_tokens + theirs.output_tokens,
        agents_cost=theirs.cost if theirs.requests > theirs.unpriced else None,
    )


def _shares(use: ContextUse, found: Spread) -> list[Share]:
    by_name: dict[str, int] = {}
    for segment, tokens in zip(use.segments, found.segments, strict=True):
        name = SHARE_NAMES[segment.kind]
        by_name[name] = by_name.get(name, 0) + tokens
    by_name["model"] = by_name.get("model", 0) + found.answer
    by_name[FRAMING] = found.framing
    return [Share(name, tokens) for name, tokens in by_name.items() if tokens]


def _cached(use: ContextUse) -> float | None:
    usage = use.usage
    if usage is None or not usage.input_tokens or not usage.cache_read_tokens:
        return None
    return min(1.0, usage.cache_read_tokens / usage.input_tokens)


def _turns_left(use: ContextUse, found: Spread, room: float) -> int | None:
    """How many turns like the last ones fit; None for many, or where there was none."""
    said: dict[int, int] = {}
    for at, segment in enumerate(use.segments):
        if segment.kind == "user":
            said.setdefault(segment.origin, at)  # a message and its files are one
    begun = list(said.values())[-_RECENT:]
    if not begun:
        return None
    grown = sum(found.segments[begun[0] :]) + found.answer
    if not grown:
        return None
    turns = ceil(max(0.0, room) / (grown / len(begun)))
    return turns if turns <= _FAR else None

"""What the context gauge says: tokens by kind, scaled so that they sum to what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from goose_agent.events import SegmentKind
    from goose_agent.state.session_state import SessionState

__all__ = ["GaugeReading", "Share", "read_gauge"]

_NAMES: dict[SegmentKind, str] = {
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


class Share(Struct, frozen=True):
    """Tokens of one kind."""

    name: str
    tokens: int


class GaugeReading(Struct, frozen=True):
    """All the gauge shows."""

    tokens: int = 0
    window: int | None = None
    estimated: bool = True
    shares: tuple[Share, ...] = ()
    cost: float | None = None
    """US dollars so far; None where no price is known."""
    partly_priced: bool = False
    """Whether some requests have no known price."""

    @property
    def fraction(self) -> float | None:
        """How full the window is, from 0 to 1 and beyond; None where its size is not known."""
        return self.tokens / self.window if self.window else None


def read_gauge(state: SessionState) -> GaugeReading:
    """The reading for a session."""
    use, spent = state.context, state.spent
    by_name: dict[str, int] = {}
    for segment in use.segments:
        name = _NAMES[segment.kind]
        by_name[name] = by_name.get(name, 0) + segment.size
    total = sum(by_name.values())
    scale = use.tokens / total if total else 0.0
    shares = tuple(Share(name, round(size * scale)) for name, size in by_name.items() if size)
    priced = spent.requests > spent.unpriced
    return GaugeReading(
        tokens=use.tokens,
        window=state.answering_window,
        estimated=use.source != "provider",
        shares=shares,
        cost=spent.cost if priced else None,
        partly_priced=priced and spent.unpriced > 0,
    )

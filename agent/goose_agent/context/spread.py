"""The tokens of a request over its segments: they sum to what was counted."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from goose_agent.context.estimate import ratio_of
from goose_agent.events import Segment
from goose_agent.state.session_state import ContextUse

__all__ = ["FRAME", "Spread", "spread"]

FRAME = 4
"""Tokens around a segment, where nobody has counted it: who speaks, where it ends."""
_MOST_FRAMING = 10
"""The whole over this is the most that such frames are taken to be."""


class Spread(Struct, frozen=True):
    """Where the tokens of a request go."""

    segments: tuple[int, ...] = ()
    """Tokens of each segment, in order."""
    framing: int = 0
    """Those around the segments: names, brackets, the form that a provider gives to tools."""
    answer: int = 0
    """Those of the answer, which the next request will have as segments."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.segments) + self.framing + self.answer


def spread(use: ContextUse, model: str) -> Spread:
    """The tokens of the last request over its segments.

    Args:
        use: the request, and what was counted or estimated of it.
        model: who reads it.
    """
    answer = min(use.answer, use.tokens)
    whole = use.tokens - answer
    if not use.segments:
        return Spread((), whole, answer)
    if all(segment.source != "estimate" for segment in use.segments if segment.size):
        weights = [segment.tokens for segment in use.segments]
        framing = max(0, whole - sum(weights))
    else:
        ratio = ratio_of(use.ratios, model)
        weights = [_bytes(segment, ratio) for segment in use.segments]
        framing = min(FRAME * sum(map(bool, weights)), whole // _MOST_FRAMING)
    shares = _shared(whole - framing, weights)
    return Spread(tuple(shares), whole - sum(shares), answer)


def _bytes(segment: Segment, ratio: float) -> int:
    """The size of a segment, or what its tokens come to, so that both can be compared."""
    return segment.size if segment.source == "estimate" else round(segment.tokens * ratio)


def _shared(whole: int, weights: Sequence[int]) -> list[int]:
    """A number in parts of these weights; what rounding leaves over goes to the largest rests."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    shares = [whole * weight // total for weight in weights]
    rests = sorted(range(len(weights)), key=lambda at: -(whole * weights[at] % total))
    for at in rests[: whole - sum(shares)]:
        shares[at] += 1
    # What is there is worth a token, however much stands beside it.
    tiny = [at for at, weight in enumerate(weights) if weight and not shares[at]]
    largest = max(range(len(shares)), key=shares.__getitem__)
    if len(tiny) < shares[largest]:
        shares[largest] -= len(tiny)
        for at in tiny:
            shares[at] = 1
    return shares

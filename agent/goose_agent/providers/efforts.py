"""How hard a model is to think: from one scale to each model's own words and budgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from goose_agent.evolve import evolve
from goose_agent.messages import Effort

__all__ = [
    "USUAL_EFFORTS",
    "ThinkingKind",
    "ThinkingMode",
    "asked",
    "budget_of",
    "free_of_history",
    "nearest",
]

ThinkingMode = Literal["", "levels", "budget", "switch", "adaptive", "bound"]
"""What a model's thinking is steered by. Empty: it does not think. `levels`: a word. `budget`: a
number of tokens. `switch`: on or off. `adaptive`: a word, and else as much as it finds right.
`bound`: so too, and each thought is valid only behind the very history that led to it."""

USUAL_EFFORTS = ("low", "medium", "high")
"""The words that models take of which nothing else is known."""

_RANKS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_SHARES: dict[Effort, int] = {"low": 8, "medium": 4, "high": 2}


class ThinkingKind(Struct, frozen=True):
    """How a model thinks, as far as a request can steer it."""

    mode: ThinkingMode = ""
    efforts: tuple[str, ...] = ()
    """The words for its effort that it takes, the least first."""
    off: str = ""
    """The service's word for no thinking; empty where nothing turns it off."""
    budget: tuple[int, int] = (0, 0)
    """The fewest and the most tokens it may be given to think; zeros where it takes none."""


def free_of_history(kind: ThinkingKind | None) -> ThinkingKind | None:
    """How a model thinks at a host that does not know how to steer what its thoughts are bound to."""
    return evolve(kind, mode="adaptive") if kind is not None and kind.mode == "bound" else kind


def nearest(effort: Effort, accepted: Sequence[str]) -> str:
    """The word a model takes that comes closest to what is wished; empty where it takes none.

    Args:
        effort: what is wished; `off` becomes the least that there is, `max` the most.
        accepted: the words the model takes.
    """
    known = sorted((word for word in accepted if word in _RANKS), key=_RANKS.index)
    if not known:
        return ""
    if effort in {"off", "max"}:
        return known[0] if effort == "off" else known[-1]
    thinking = [word for word in known if word != "none"] or known
    below = [word for word in thinking if _RANKS.index(word) <= _RANKS.index(effort)]
    return below[-1] if below else thinking[0]


def asked(effort: Effort | None, accepted: Sequence[str] | None) -> str:
    """The word to ask a service for; empty where it is to be asked for none.

    Args:
        effort: what is wished.
        accepted: the words the model takes, none for a model that does not think; None where
            that is not known.
    """
    if effort is None:
        return ""
    if accepted is not None:
        return nearest(effort, accepted)
    # It may not think at all: it is not to fail for being told not to.
    return nearest(effort, USUAL_EFFORTS) if effort != "off" else ""


def budget_of(effort: Effort, least: int, most: int) -> int:
    """Tokens to think with, for an effort other than `off`; 0 where `most` leaves no room.

    Args:
        effort: what is wished.
        least: the fewest tokens the model takes.
        most: the most it takes, or that fit.
    """
    return max(least, most // _SHARES.get(effort, 1)) if most >= least else 0

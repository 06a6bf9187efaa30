"""How conversations are made smaller, as a person sets it."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

from goose_agent.config.amounts import duration
from goose_agent.errors import ConfigError
from goose_agent.evolve import evolve

__all__ = [
    "CompactionSettings",
    "Review",
    "Strategy",
    "read_review",
    "read_strategy",
    "read_threshold",
    "unattended",
]

Strategy = Literal["summarize", "prompt", "truncate", "clear"]
"""`prompt` asks each time."""

_ATTENDED = 60.0
"""Seconds for which a person may come to look before a compaction goes on without them."""


class Review(Struct, frozen=True):
    """Whether a person looks at a compaction before it holds."""

    seconds: float | None = _ATTENDED
    """How long they have to begin; None for as long as they like."""
    automatic: bool = False
    """Whether nobody is asked."""


class CompactionSettings(Struct, frozen=True):
    """When and how a conversation is made smaller."""

    threshold: float = 0.8
    """Share of the window from which on it is; 0 for never by itself."""
    strategy: Strategy = "summarize"
    review: Review = Review()
    results: bool = True
    """Whether old results of tools give way to notes before anything else does."""


def unattended(settings: CompactionSettings) -> CompactionSettings:
    """The same where nobody is there to be asked.

    Args:
        settings: as the person has them.
    """
    strategy: Strategy = "summarize" if settings.strategy == "prompt" else settings.strategy
    return evolve(settings, strategy=strategy, review=Review(None, automatic=True))


def read_threshold(where: str, value: object) -> float:
    """A share of the window; what is no share of it, as with Goose, means never.

    Args:
        where: what is set, for the message.
        value: a number, or one as text.

    Raises:
        ConfigError: it is none.
    """
    try:
        share = float(value) if isinstance(value, (int, float, str)) else None
    except ValueError:
        share = None
    if share is None or isinstance(value, bool) or share != share:
        raise ConfigError(f"{where} must be a number from 0 (never) to 1, such as 0.8.")
    return share if 0 < share < 1 else 0.0


def read_strategy(where: str, value: object) -> Strategy:
    """How a conversation is made smaller.

    Args:
        where: what is set, for the message.
        value: the name of a strategy.

    Raises:
        ConfigError: there is no such strategy.
    """
    for strategy in get_args(Strategy):
        if value == strategy:
            found: Strategy = strategy
            return found
    raise ConfigError(f"{where} must be one of {', '.join(get_args(Strategy))}.")


def read_review(where: str, value: object) -> Review:
    """Whether a person looks at compactions.

    Args:
        where: what is set, for the message.
        value: `always`, `attended`, `automatic`, or a time such as `30s`.

    Raises:
        ConfigError: it is none of these.
    """
    match value:
        case "always":
            return Review(None)
        case "attended":
            return Review()
        case "automatic":
            return Review(None, automatic=True)
        case _:
            pass
    try:
        return Review(duration(where, value))
    except ConfigError as error:
        raise ConfigError(
            f"{where} must be always, attended, automatic or a time such as 30s."
        ) from error

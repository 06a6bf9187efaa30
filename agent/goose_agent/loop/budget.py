"""How much a session or a run may cost: looked at before each call of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from goose_agent.events import Notice
from goose_agent.state.session_state import Spent

__all__ = ["Budget", "Limits", "Purse"]

_WARN_AT = 0.8
"""Share of a limit at which a person is warned."""


class Limits(Struct, frozen=True):
    """What may be spent; None for as much as it takes."""

    cost: float | None = None
    """US dollars."""
    tokens: int | None = None
    """Input and output together, cached input included."""
    seconds: float | None = None
    """Work of models and tools."""


class _Limit(Struct, frozen=True):
    """One limit and how much of it is used."""

    key: str
    """How it is called among the settings."""
    scope: str
    used: float
    most: float
    shown: str
    """Both amounts as people read them."""


class Purse(Protocol):
    """Says whether an agent may go on spending."""

    def warnings(self, spent: Spent, seconds: float) -> Iterable[Notice]:
        """What a person should know by now, each thing once."""

    def exhausted(self, spent: Spent, seconds: float) -> Notice | None:
        """Why no more may be spent; None while it may."""


class Budget:
    """Compares what was spent with what may be.

    Args:
        session: limits of the whole session.
        run: limits of this run, from `at_open` on; each takes the place of the session's.
        at_open: what the session had spent when this run began.
    """

    def __init__(self, session: Limits, run: Limits, at_open: Spent) -> None:
        self._session = session
        self._run = run
        self._at_open = at_open
        self._said: set[str] = set()

    def warnings(self, spent: Spent, seconds: float) -> Iterator[Notice]:
        """What a person should know by now, each thing once.

        Args:
            spent: by the session so far.
            seconds: work that `spent` does not count yet.
        """
        for limit in self._limits(spent, seconds):
            if limit.used >= _WARN_AT * limit.most and limit.key not in self._said:
                self._said.add(limit.key)
                text = f"This {limit.scope} has used {limit.shown} ({limit.key})."
                yield Notice("warning", text)
        if self._priceless(spent) and "priceless" not in self._said:
            self._said.add("priceless")
            yield Notice(
                "warning",
                "The price of this model is not known: max_cost does not hold for it.",
                "Set max_tokens or max_time instead.",
            )

    def exhausted(self, spent: Spent, seconds: float) -> Notice | None:
        """Why no more may be spent; None while it may.

        Args:
            spent: by the session so far.
            seconds: work that `spent` does not count yet.
        """
        for limit in self._limits(spent, seconds):
            if limit.used >= limit.most:
                flag = f"--{limit.key.replace('_', '-')}"
                return Notice(
                    "error",
                    f"This {limit.scope} has used up its {limit.key}: {limit.shown}.",
                    f"Go on with --resume and {flag}, or raise {limit.key} in the settings.",
                )
        return None

    def _limits(self, spent: Spent, seconds: float) -> Iterator[_Limit]:
        for scope, limits, base in self._scopes():
            if limits.cost is not None:
                used = spent.cost - base.cost
                yield _Limit(
                    "max_cost", scope, used, limits.cost, f"${used:.2f} of ${limits.cost:.2f}"
                )
            if limits.tokens is not None:
                tokens = _tokens(spent) - _tokens(base)
                shown = f"{tokens:,} of {limits.tokens:,} tokens"
                yield _Limit("max_tokens", scope, tokens, limits.tokens, shown)
            if limits.seconds is not None:
                worked = spent.seconds + seconds - base.seconds
                shown = f"{worked:.0f} of {limits.seconds:.0f} seconds"
                yield _Limit("max_time", scope, worked, limits.seconds, shown)

    def _scopes(self) -> Iterator[tuple[str, Limits, Spent]]:
        run, session = self._run, self._session
        yield "run", run, self._at_open
        rest = Limits(
            session.cost if run.cost is None else None,
            session.tokens if run.tokens is None else None,
            session.seconds if run.seconds is None else None,
        )
        yield "session", rest, Spent()

    def _priceless(self, spent: Spent) -> bool:
        wanted = self._run.cost is not None or self._session.cost is not None
        return wanted and spent.unpriced > self._at_open.unpriced


def _tokens(spent: Spent) -> int:
    return spent.input_tokens + spent.output_tokens

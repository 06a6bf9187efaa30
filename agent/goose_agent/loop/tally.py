"""Measures the work on one turn: what was spent, what failed, and what was waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from goose_agent.events import TurnMeasured
from goose_agent.evolve import evolve
from goose_agent.loop.desk import Desk
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import SessionState, Spent

__all__ = ["Tally"]

WaitingFor = Literal["model", "tool"]


class Tally:
    """Counts from its making on.

    Args:
        log: the session's record; its last turn is the one that is measured.
        desk: knows how long a person was waited for.
    """

    def __init__(self, log: SessionLog, desk: Desk) -> None:
        self._log = log
        self._desk = desk
        self._before = _for_turns(log.state)
        self._settled = self._settled_calls()
        self._human = desk.waited
        self._seconds: dict[WaitingFor, float] = {"model": 0.0, "tool": 0.0}
        self.failures = 0
        """Attempts at an answer that failed."""

    @property
    def worked(self) -> float:
        """Seconds that models and tools worked."""
        return sum(self._seconds.values())

    @contextmanager
    def waiting_for(self, whom: WaitingFor) -> Iterator[None]:
        """Count the time inside, except while a person is waited for."""
        clock = self._log.world.clock
        started, human = clock.mono(), self._desk.waited
        try:
            yield
        finally:
            passed = clock.mono() - started - (self._desk.waited - human)
            self._seconds[whom] += max(0.0, passed)

    def measured(self) -> TurnMeasured:
        """All that was counted."""
        state, before = self._log.state, self._before
        spent = _for_turns(state)
        provider, _, model = (state.asked or state.model).partition("/")
        settled = self._settled_calls()
        priced = spent.unpriced == before.unpriced and spent.requests > before.requests
        return TurnMeasured(
            turn=state.turn.number if state.turn else 0,
            provider=provider,
            model=model,
            requests=spent.requests - before.requests,
            requests_failed=self.failures,
            input_tokens=spent.input_tokens - before.input_tokens,
            output_tokens=spent.output_tokens - before.output_tokens,
            cache_read_tokens=spent.cache_read_tokens - before.cache_read_tokens,
            cache_write_tokens=spent.cache_write_tokens - before.cache_write_tokens,
            cost=round(spent.cost - before.cost, 9) if priced else None,
            calls=settled[0] - self._settled[0],
            calls_failed=settled[1] - self._settled[1],
            model_seconds=round(self._seconds["model"], 3),
            tool_seconds=round(self._seconds["tool"], 3),
            human_seconds=round(self._desk.waited - self._human, 3),
        )

    def _settled_calls(self) -> tuple[int, int]:
        """Calls of the turn that have their result, and how many of them failed."""
        state = self._log.state
        calls = state.calls_of_turn(state.turn) if state.turn else ()
        done = [call for call in calls if call.proposed and call.settled]
        return len(done), sum(call.state == "failed" for call in done)


def _for_turns(state: SessionState) -> Spent:
    """What was spent without what was asked beside the conversation."""
    spent, aside = state.spent, state.spent_aside
    return evolve(
        spent,
        requests=spent.requests - aside.requests,
        input_tokens=spent.input_tokens - aside.input_tokens,
        output_tokens=spent.output_tokens - aside.output_tokens,
        cache_read_tokens=spent.cache_read_tokens - aside.cache_read_tokens,
        cache_write_tokens=spent.cache_write_tokens - aside.cache_write_tokens,
        cost=spent.cost - aside.cost,
        unpriced=spent.unpriced - aside.unpriced,
    )

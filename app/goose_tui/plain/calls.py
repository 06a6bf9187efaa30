"""Calls that take their time: silence says nothing to who cannot see a spinner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goose_tui.plain.words import running_line

if TYPE_CHECKING:
    from goose_agent.state.session_state import SessionState

__all__ = ["SlowCalls"]

_SLOW = 5.0
"""Seconds after which a call that runs is told of."""


class SlowCalls:
    """Tells once of each call that runs for long."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def lines(self, state: SessionState, now: float) -> list[str]:
        """A line for each call that has become slow.

        Args:
            state: the session.
            now: monotonic seconds, by the clock of its events.
        """
        lines = []
        theirs = (call for agent in state.running_agents for call in agent.state.open_calls())
        for call in (*state.open_calls(), *theirs):
            seconds = now - call.started if call.started is not None else 0.0
            if call.state == "running" and seconds >= _SLOW and call.key not in self._told:
                self._told.add(call.key)
                lines.append(running_line(call, seconds))
        return lines

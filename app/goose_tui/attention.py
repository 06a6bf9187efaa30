"""When a person who looks elsewhere is called: a question waits, or a long turn has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.state.session_state import SessionState

__all__ = ["Attention"]

_LONG = 5.0
"""Seconds of a turn whose end is told."""


class Attention:
    """Compares a session's states; what it says names a tool and the project, nothing else."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._turn: tuple[str, int] | None = None
        """Session and number of the turn that was under way."""

    def heed(self, state: SessionState) -> str:
        """What a person is to be told now; mostly nothing.

        Args:
            state: the session as it is now.
        """
        waiting = {item.request_id for item in state.questions}
        new = [item.subject for item in state.questions if item.request_id not in self._asked]
        self._asked = waiting
        ended = self._ended(state)
        name = clean_line(state.folder.rpartition("/")[2], strict=True)
        if new:
            subject = new[0]
            asks = "a plan" if subject.kind == "plan" else "a question"
            if subject.kind == "approval":
                asks = clean_line(subject.tool, strict=True)
            return f"{asks} waits for you: {name}"
        return f"{ended}: {name}" if ended else ""

    def _ended(self, state: SessionState) -> str:
        """How a long turn ended that was seen under way; nothing where the person ended it."""
        turn, before = state.turn, self._turn
        under_way = turn is not None and turn.reason is None
        self._turn = (state.session_id, turn.number) if turn is not None and under_way else None
        if turn is None or under_way or before != (state.session_id, turn.number):
            return ""
        if turn.seconds < _LONG or turn.reason in ("stopped", "interrupted"):
            return ""
        return "done" if turn.reason == "done" else "ended early"

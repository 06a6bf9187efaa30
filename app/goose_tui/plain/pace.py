"""Whether it is the person's turn: known for sure only from what came back over the bridge."""

from __future__ import annotations

from goose_agent.events import (
    Event,
    MessageQueued,
    MessageRefused,
    TurnEnded,
    TurnStarted,
    UserMessage,
)
from goose_agent.state.session_state import SessionState

__all__ = ["Pace"]


class Pace:
    """Knows whether the agent still has something to do.

    Args:
        state: the session as it was opened.
    """

    def __init__(self, state: SessionState) -> None:
        self._known = {item.message_id for item in state.queue}
        self._under_way = 0
        """Messages that were sent and have not come back."""
        self._turn_due = False

    def sent(self) -> None:
        """A message was sent."""
        self._under_way += 1

    def happened(self, event: Event, state: SessionState) -> None:
        """Something came back.

        Args:
            event: what happened.
            state: what it led to.
        """
        match event.data:
            case UserMessage(by=by) if by:
                pass  # a subagent reports
            case UserMessage(message_id=message_id) | MessageQueued(message_id=message_id):
                if message_id not in self._known:
                    self._known.add(message_id)
                    self._under_way = max(0, self._under_way - 1)
                if isinstance(event.data, UserMessage):
                    self._turn_due = not (state.working or event.data.note)
            case MessageRefused():
                self._under_way = max(0, self._under_way - 1)
            case TurnStarted():
                self._turn_due = False
            case TurnEnded(reason="done"):
                self._turn_due = bool(state.queue)  # after any other end the queue waits
            case _:
                pass

    def idle(self, state: SessionState) -> bool:
        """Whether the agent waits for the person to say more."""
        return not (state.working or self._under_way or self._turn_due)

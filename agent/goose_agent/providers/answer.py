"""What the readers of answers have in common, whatever the wire format."""

from __future__ import annotations

from goose_agent.errors import StreamLost
from goose_agent.providers.model import AnswerEnd, Piece, StopReason
from goose_agent.providers.service import Service
from goose_agent.providers.wire import PieceGatherer

__all__ = ["GatheredAnswer"]


class GatheredAnswer:
    """An answer as far as it has been read.

    Args:
        service: who answers.
    """

    def __init__(self, service: Service) -> None:
        self.ended = False
        self._service = service
        self._gatherer = PieceGatherer()
        self._stop: StopReason | None = None
        """Why it stops, once that is known: what is left can only be counts and the end marker."""

    def partial(self) -> tuple[Piece, ...]:
        """What was understood before a failure."""
        return self._gatherer.take()

    def finish(self) -> tuple[Piece, ...]:
        """What remains when the body has ended: some services leave the end marker out.

        Raises:
            StreamLost: the answer is not complete.
        """
        if self.ended:
            return ()
        if self._stop is None:
            raise StreamLost(f"The answer of {self._service.name} broke off.", "Try again.")
        self._end()
        return self._gatherer.take()

    def _end(self) -> None:
        """Say that the answer is complete; formats add what else is then to be said."""
        self._end_with(self._stop or "stop")

    def _end_with(self, reason: StopReason, *, called: bool = False) -> None:
        """Say why the answer is complete: services disagree where there are calls."""
        if reason in {"stop", "tool_calls"}:
            reason = "tool_calls" if called else "stop"
        self._gatherer.add(AnswerEnd(reason))
        self.ended = True

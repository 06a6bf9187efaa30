"""A session whose model cannot be had any more: the person names another, all else stays.

Its provider was taken away, or its key. The session is open nevertheless; the question waits like
any other, and is put whether the agent rests or is at work.
"""

from __future__ import annotations

from contextlib import suppress

import anyio

from goose_agent.errors import ConfigError
from goose_agent.events import Question, QuestionAnswer
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.seats import Seats
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import Pending, SessionState

__all__ = ["MissingModel", "asked_for_model"]

_ABOUT = "model"
"""What the question is about, where other questions are about a call."""


def asked_for_model(state: SessionState) -> Pending | None:
    """The question for another model that waits; None for none."""
    for item in state.pending:
        if isinstance(item.subject, Question) and item.subject.about == "model":
            return item
    return None


class MissingModel:
    """Sees to it that there is a main model.

    Args:
        log: the session's record.
        seats: know who answers.
        desk: where to ask.
        other: `provider/model` that new sessions begin with; may be empty.
    """

    def __init__(self, log: SessionLog, seats: Seats, desk: Desk, other: str) -> None:
        self._log = log
        self._seats = seats
        self._desk = desk
        self._other = other
        self._one_at_a_time = anyio.Lock()
        self._at_rest = anyio.CancelScope()

    @property
    def asked(self) -> Pending | None:
        """The question that waits; None for none."""
        return asked_for_model(self._log.state)

    async def look(self) -> None:
        """Ask for another model if there is none, while the agent rests."""
        # Where the person wants none now, they are asked again before the next answer.
        with self._at_rest, suppress(ConfigError):
            await self.ensure()

    def leave(self) -> None:
        """Leave off: the session ends."""
        self._at_rest.cancel()

    async def ensure(self) -> None:
        """Come back once the main model can be had, or another that the person named.

        Raises:
            ConfigError: it cannot be had, and the person names no other.
        """
        async with self._one_at_a_time:
            while True:
                try:
                    await self._seats.main()
                except ConfigError as error:
                    answer = answer_as(QuestionAnswer, await self._desk.ask(self._question(error)))
                    if answer.declined or not answer.text.strip():
                        raise
                    await self._seats.assign(answer.text.strip(), "main")
                else:
                    return

    def _question(self, error: ConfigError) -> Question:
        model = self._log.state.model
        choices = (self._other,) if self._other not in ("", model) else ()
        text = (
            f"{model} cannot be had any more. {error}\n\n"
            "Which model is to go on with this session? Write it as provider/model; "
            "everything else stays as it was."
        )
        return Question(_ABOUT, text, choices, True, "model")

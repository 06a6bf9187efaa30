"""Lets the model for small things be the judge of smart mode."""

from __future__ import annotations

from collections.abc import Callable

from goose_agent.loop.aside import AsideQuestion, ask_aside
from goose_agent.loop.seats import Seats
from goose_agent.messages import Message, Text
from goose_agent.permissions.judge import Judge
from goose_agent.providers.model import ModelRequest
from goose_agent.redaction import Redactor
from goose_agent.sessions.log import SessionLog

__all__ = ["judge_by_fast"]

_SECONDS = 10.0
"""How long an answer may take: a person waits for it."""
_MOST_SAID = 4000
"""Characters, of words and thoughts, after which nobody listens any more."""


def judge_by_fast(
    log: SessionLog, seats: Seats, redactor: Redactor, may_cost: Callable[[], bool]
) -> Judge:
    """A judge for one session; what it asks, and what that costs, is on record.

    Args:
        log: the session's record.
        seats: knows the model.
        redactor: masks secrets in what the model sees.
        may_cost: whether the limits of the session leave something to spend.
    """

    async def ask(system: str, call: str) -> tuple[str, str]:
        if not may_cost():
            return "", ""
        model = await seats.of("fast")
        shown = Message("user", (Text(redactor.text(call)),))
        request = ModelRequest(system, (shown,), effort="off")
        question = AsideQuestion("judgement", "fast", request, _MOST_SAID, redactor.text, _SECONDS)
        said = await ask_aside(log, model, question)
        return model.info.name, "" if said.problem else said.text

    return Judge(ask)

"""Ask a model something beside the conversation: what it was asked and what it cost is on record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import aclosing

import anyio
from msgspec import Struct

from goose_agent.errors import ProviderError
from goose_agent.events import AsideFailed, AsideRequested, AsideResponded
from goose_agent.events.model import Aside
from goose_agent.messages import ModelRole, Usage
from goose_agent.providers.cost import cost_of
from goose_agent.providers.model import (
    AnswerEnd,
    ConnectedModel,
    ModelRequest,
    TextDelta,
    ThinkingDelta,
    UsageReport,
)
from goose_agent.sessions.log import SessionLog

__all__ = ["AsideAnswer", "AsideQuestion", "ask_aside"]

_PATIENCE = 30.0
"""Seconds that a model has for something small."""


class AsideQuestion(Struct, frozen=True):
    """What a model is asked beside the conversation."""

    aside: Aside
    role: ModelRole
    request: ModelRequest
    most_said: int
    """Characters, of words and thoughts, after which nobody listens any more."""
    mask: Callable[[str], str]
    """Makes of what the model says what may be kept."""
    patience: float = _PATIENCE
    """Seconds that the model has."""


class AsideAnswer(Struct):
    """What has come of an answer."""

    text: str = ""
    """As the model said it."""
    size: int = 0
    """Characters of words and thoughts."""
    usage: Usage | None = None
    stop: str = ""
    """Why it ended, as `model.responded` names it; empty where its end has not come."""
    problem: str = ""
    """Why it is not whole; empty where it is."""
    error: str = ""
    """The kind of that, as `aside.failed` names it."""


async def ask_aside(
    log: SessionLog,
    model: ConnectedModel,
    question: AsideQuestion,
    listening: Callable[[AsideAnswer], bool] = lambda said: True,
) -> AsideAnswer:
    """Let a model answer, once: what fails here is not tried again.

    Args:
        log: the session's record.
        model: who answers.
        question: what it is asked.
        listening: told of each piece that has come; whether anybody still listens.
    """
    body = model.encode(question.request)
    aside_id, name = log.world.ids.new("r"), model.info.name
    sha = hashlib.sha256(body).hexdigest()
    asked = AsideRequested(aside_id, question.aside, question.role, name, sha, len(body))
    cause = log.record(asked, "agent")
    said, started = AsideAnswer(problem="It was stopped."), log.world.clock.mono()
    error = "cancelled"
    try:
        await log.settle()
        with anyio.fail_after(question.patience):
            await _listen(model, question, said, listening)
        error = said.problem = ""
    except TimeoutError:
        error, said.problem = "timeout", f"No answer within {question.patience:g} s."
    except ProviderError as failure:
        error, said.problem = failure.kind, failure.message
    finally:
        said.error = error
        if error:
            failed = AsideFailed(aside_id, question.aside, name, error, said.problem)
            log.record(failed, "agent", cause=cause)
    if error:
        return said
    kept = question.mask(said.text)[: question.most_said]
    seconds = round(log.world.clock.mono() - started, 3)
    cost = cost_of(said.usage, model.info)
    log.record(
        AsideResponded(aside_id, name, kept, said.usage, cost, seconds), "model", cause=cause
    )
    return said


async def _listen(
    model: ConnectedModel,
    question: AsideQuestion,
    said: AsideAnswer,
    listening: Callable[[AsideAnswer], bool],
) -> None:
    async with aclosing(model.stream(question.request)) as stream:
        async for pieces in stream:
            for piece in pieces:
                match piece:
                    case TextDelta(text):
                        said.text += text
                        said.size += len(text)
                    case ThinkingDelta(text):
                        said.size += len(text)
                    case UsageReport(usage):
                        said.usage = usage
                    case AnswerEnd(reason):
                        said.stop = reason
                    case _:
                        pass
            if said.size > question.most_said or not listening(said):
                return

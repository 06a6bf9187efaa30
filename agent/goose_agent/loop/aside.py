"""One question to a model beside the conversation, and its whole answer."""

from __future__ import annotations

import hashlib
from contextlib import aclosing

import anyio
from msgspec import Struct

from goose_agent.errors import ProviderError
from goose_agent.events import AsideFailed, AsideRequested, AsideResponded
from goose_agent.events.model import Aside
from goose_agent.messages import Message, Text, Usage
from goose_agent.providers.cost import cost_of
from goose_agent.providers.model import (
    ConnectedModel,
    ModelRequest,
    TextDelta,
    ThinkingDelta,
    UsageReport,
)
from goose_agent.sessions.log import SessionLog

__all__ = ["PATIENCE", "Errand", "ask_aside"]

PATIENCE = 30.0
"""Seconds that a model has where nobody waits for it."""
_MOST_SAID = 4000
"""Characters, of words and thoughts, after which nobody listens any more."""


class Errand(Struct, frozen=True):
    """What a model for small things is asked."""

    aside: Aside
    system: str
    text: str
    """Free of secrets."""
    seconds: float = PATIENCE
    """How long the answer may take."""


class _Said(Struct):
    """What has come of an answer."""

    text: str = ""
    size: int = 0
    usage: Usage | None = None


async def ask_aside(
    log: SessionLog, model: ConnectedModel, errand: Errand, request_id: str = ""
) -> str:
    """What the model says; empty where it does not. Both, and its cost, are on record.

    Args:
        log: the session's record.
        model: who is asked.
        errand: what it is asked.
        request_id: names the request; empty for a new one.
    """
    content = Message("user", (Text(errand.text),))
    request = ModelRequest(errand.system, (content,), effort="off")
    body, name = model.encode(request), model.info.name
    request_id = request_id or log.world.ids.new("r")
    sha = hashlib.sha256(body).hexdigest()
    asked = AsideRequested(request_id, errand.aside, "fast", name, sha, len(body))
    cause = log.record(asked, "agent")
    said, started = _Said(), log.world.clock.mono()
    error, message = "cancelled", ""
    try:
        await log.settle()
        with anyio.fail_after(errand.seconds):
            await _listen(model, request, said)
        error = ""
    except TimeoutError:
        error, message = "timeout", f"No answer within {errand.seconds:g} s."
    except ProviderError as failure:
        error, message = failure.kind, failure.message
    finally:
        if error:
            failed = AsideFailed(request_id, errand.aside, name, error, message)
            log.record(failed, "agent", cause=cause)
    if error:
        return ""
    cost = cost_of(said.usage, model.info)
    seconds = round(log.world.clock.mono() - started, 3)
    text = said.text[:_MOST_SAID]
    responded = AsideResponded(request_id, name, text, said.usage, cost, seconds)
    log.record(responded, "model", cause=cause)
    return said.text


async def _listen(model: ConnectedModel, request: ModelRequest, said: _Said) -> None:
    async with aclosing(model.stream(request)) as stream:
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
                    case _:
                        pass
            if said.size > _MOST_SAID:
                return

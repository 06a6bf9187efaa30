"""Lets a model sum a conversation up, with less of it where it is too long to be read whole."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

from anyio import to_thread
from msgspec import Struct

from goose_agent.context.conversation import Placed
from goose_agent.context.estimate import estimate_tokens, ratio_of
from goose_agent.context.rendering import as_text, middle_out
from goose_agent.context.summary import flaw_of
from goose_agent.errors import GooseError
from goose_agent.loop.aside import AsideAnswer, AsideQuestion, ask_aside
from goose_agent.loop.seats import Seats
from goose_agent.messages import Message, Text
from goose_agent.providers.cost import cost_of
from goose_agent.providers.model import ConnectedModel, ModelRequest
from goose_agent.redaction import Redactor
from goose_agent.sessions.log import SessionLog

__all__ = ["Material", "NoSummary", "Written", "summarise"]

_SHARES = (0, 10, 20, 50, 100)
"""Percent of the results that are left out, one try after the other."""
_PATIENCE = 600.0
"""Seconds that a model has for a summary: a slow one reads long."""
_MOST_SAID = 200_000
"""Characters, of words and thoughts, after which nobody listens any more."""
_LONGEST = 8_000
"""Characters of a message that are read where nothing else makes the conversation short enough."""
_ROOM = 1_000
"""Tokens of a window that a summary itself needs, at least."""


class NoSummary(GooseError):
    """No summary could be had; the conversation is as it was."""


class Material(Struct, frozen=True):
    """What is to be summed up."""

    view: Sequence[Placed]
    """All that the model sees of the conversation."""
    kept: Collection[str]
    """Keys of what stays of it."""
    dropped: Collection[str] = ()
    """Keys of what is not to be told of."""
    focus: str = ""
    """What is to be attended to; may be empty."""


class Written(Struct, frozen=True):
    """A summary."""

    text: str
    model: str
    cost: float | None
    unread: int
    """Percent of the results that did not fit before the model."""


async def summarise(
    log: SessionLog, seats: Seats, redactor: Redactor, template: str, material: Material
) -> Written:
    """Sum a conversation up.

    Args:
        log: the session's record; what it costs is on it.
        seats: knows who is asked: the model that is there for review, else the main one.
        redactor: masks secrets in what the model sees and says.
        template: what a summary is to be.
        material: the conversation.

    Raises:
        NoSummary: there is none, or it is not worth its name.
    """
    try:
        model = await seats.of("review")
    except GooseError as error:
        raise NoSummary(f"No model sums up: {error.message}", error.hint) from error
    if material.focus:
        template = f"{template}\n\nAttend above all to this, as the person asks: {material.focus}"
    for share in _SHARES:
        text = await to_thread.run_sync(_told, material, share, redactor)
        if _is_too_long(log, model, template, text) and share != _SHARES[-1]:
            continue
        said = await _ask(log, model, template, text, redactor)
        if said.error != "overflow":
            return _written(said, model, redactor, share)
    raise NoSummary(
        f"The conversation is too long for {model.info.name} to sum up, even without results.",
        "Name a model with a larger window for review, or use /compact with another strategy.",
    )


def _told(material: Material, share: int, redactor: Redactor) -> str:
    text = as_text(
        material.view,
        kept=material.kept,
        dropped=material.dropped,
        unread=middle_out(material.view, share),
        longest=_LONGEST if share == _SHARES[-1] else None,
    )
    return redactor.text(text)


def _is_too_long(log: SessionLog, model: ConnectedModel, template: str, text: str) -> bool:
    """Whether a request would be refused for its length, as far as that is known beforehand."""
    window = model.info.window
    if window is None:
        return False
    ratio = ratio_of(log.state.context.ratios, model.info.name)
    return estimate_tokens(len(template) + len(text.encode()), ratio) + _ROOM > window


async def _ask(
    log: SessionLog, model: ConnectedModel, template: str, text: str, redactor: Redactor
) -> AsideAnswer:
    mark = f"=={secrets.token_hex(8)}=="  # nothing in the conversation can end it
    words = f"The conversation stands between two marks.\n\n{mark}\n{text}\n{mark}\n\nSum it up."
    content = Message("user", (Text(words),))
    request = ModelRequest(template, (content,), effort="off")
    question = AsideQuestion(
        "compaction", "review", request, _MOST_SAID, redactor.text, patience=_PATIENCE
    )
    return await ask_aside(log, model, question)


def _written(said: AsideAnswer, model: ConnectedModel, redactor: Redactor, share: int) -> Written:
    if said.problem:
        raise NoSummary(f"No summary: {said.problem}", "Try again with /compact.")
    text = redactor.text(said.text).strip()
    if flaw := flaw_of(text):
        raise NoSummary(flaw, "Try again with /compact, or name another model for review.")
    if said.stop == "length":
        raise NoSummary(
            "The summary was cut off at the model's output limit.", "Try /compact again."
        )
    if not said.stop:
        raise NoSummary("The summary broke off before its end.", "Try again with /compact.")
    return Written(text, model.info.name, cost_of(said.usage, model.info), share)

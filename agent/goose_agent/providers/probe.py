"""Trying a model with the smallest real request: does the address, the key, the model work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

import anyio
from msgspec import Struct

from goose_agent.errors import ConnectionLost
from goose_agent.messages import Message, Text
from goose_agent.providers.model import ConnectedModel, ModelRequest, TextDelta

__all__ = ["Probe", "probe"]

_PATIENCE = 60.0
"""Seconds; a local model may have to be loaded first."""
_MOST_SAID = 200
"""Characters of the answer that are kept."""
_REQUEST = ModelRequest("", (Message("user", (Text("Say the word ready and nothing else."),)),))


class Probe(Struct, frozen=True):
    """What came of it."""

    model: str
    seconds: float
    """From the request to the end of the answer."""
    text: str
    """What it said, cut; it is the model's text and to be cleaned before it is shown."""


async def probe(model: ConnectedModel, mono: Callable[[], float]) -> Probe:
    """Ask for one word; the model's connections are closed afterwards.

    Args:
        model: whom to ask.
        mono: monotonic seconds.

    Raises:
        ProviderError: it does not work; says why in the provider's words.
    """
    said = ""
    started = mono()
    try:
        with anyio.fail_after(_PATIENCE):
            async with aclosing(model.stream(_REQUEST)) as batches:
                async for batch in batches:
                    said += "".join(p.text for p in batch if isinstance(p, TextDelta))
    except TimeoutError:
        raise ConnectionLost(
            f"{model.info.name} did not answer within {_PATIENCE:g} s.", "Try again, or another."
        ) from None
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(1):
            await model.aclose()
    return Probe(model.info.name, mono() - started, said.strip()[:_MOST_SAID])

"""From a request to the bytes of its body, and only once for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TypeVar

import msgspec

from goose_agent.growing import Each
from goose_agent.messages import Message
from goose_agent.providers.model import ModelRequest

__all__ = ["as_body", "encoded_once", "encoding"]

M = TypeVar("M")

_LAST = "_last_encoded"
"""Attribute of a model with the last request and its body."""


def as_body(value: object) -> bytes:
    """Compact JSON in UTF-8; halves of characters become question marks."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_decoded)
        return text.encode("utf-8", "replace")


def _decoded(value: object) -> object:
    """What bytes that are JSON already say."""
    assert isinstance(value, msgspec.Raw)
    return json.loads(bytes(value))


def encoding(
    make: Callable[[Message], Iterable[dict[str, object]]],
) -> Each[Message, msgspec.Raw]:
    """The step from messages to the JSON that stands for them in a body.

    Args:
        make: what stands for one message.
    """
    return Each(lambda message: [msgspec.Raw(as_body(value)) for value in make(message)])


def encoded_once(
    encode: Callable[[M, ModelRequest], bytes],
) -> Callable[[M, ModelRequest], bytes]:
    """A method `encode` that remembers the body of the last request.

    A body is encoded to be put on record, then sent, perhaps again after a failure; with a long
    history each time takes milliseconds.
    """

    @wraps(encode)
    def once(model: M, request: ModelRequest) -> bytes:
        known: dict[str, object] = vars(model)
        match known.get(_LAST):
            case (last, bytes() as body) if last is request:
                return body
        body = encode(model, request)
        known[_LAST] = request, body
        return body

    return once

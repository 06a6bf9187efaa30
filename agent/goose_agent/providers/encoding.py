"""From a request to the bytes of its body, and only once for each."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import msgspec

from goose_agent.providers.model import ModelRequest

__all__ = ["as_body", "encoded_once"]

M = TypeVar("M")

_LAST = "_last_encoded"
"""Attribute of a model with the last request and its body."""


def as_body(value: object) -> bytes:
    """Compact JSON in UTF-8; halves of characters become question marks."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


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

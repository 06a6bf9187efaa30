"""What a service wants back with a thought, in the one string that a thought has for it.

A thought may outlive the model it belongs to: a session can change its model. So what is packed
names its wire format and its model, and whoever it is not meant for leaves it out.
"""

from __future__ import annotations

from typing import Any

from goose_agent.providers.encoding import as_body
from goose_agent.providers.wire import arguments_object

__all__ = ["is_packed", "pack", "unpack"]

_SEPARATOR = ":"
"""Is in no base64, so that a bare signature is never taken for a packed one."""


def pack(wire: str, model: str, value: dict[str, Any]) -> str:
    """The signature that carries `value`.

    Args:
        wire: a word for the wire format.
        model: the model's name for its service.
        value: JSON; the key `model` is taken.
    """
    return wire + _SEPARATOR + as_body({**value, "model": model}).decode("utf-8")


def unpack(signature: str, wire: str, model: str) -> dict[str, Any] | None:
    """What was packed for this wire format and model; None for every other signature."""
    head, _, rest = signature.partition(_SEPARATOR)
    value = arguments_object(rest) if head == wire else None
    return value if value is not None and value.get("model") == model else None


def is_packed(signature: str) -> bool:
    """Whether a signature carries something packed, for whomever."""
    return _SEPARATOR in signature

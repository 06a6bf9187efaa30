"""Values of our types from JSON, in any thread.

A decoder looks at its type and at all that this is made of, and leaves what it learned with those
classes. While it does, another thread could take a class for known that is only half looked at, and
the process would die of it: so one thread at a time learns.
"""

from __future__ import annotations

from threading import RLock
from typing import Any, TypeVar, overload

import msgspec

__all__ = ["converted", "decoder_of"]

Value = TypeVar("Value")

_LEARNING = RLock()
_KNOWN: dict[Any, msgspec.json.Decoder[Any]] = {}


@overload
def decoder_of(kind: type[Value]) -> msgspec.json.Decoder[Value]: ...
@overload
def decoder_of(kind: object) -> msgspec.json.Decoder[Any]: ...
def decoder_of(kind: object) -> msgspec.json.Decoder[Any]:
    """What reads JSON of a type; the same one each time.

    Args:
        kind: the type, or what stands for several, such as a union.
    """
    found = _KNOWN.get(kind)
    if found is None:
        with _LEARNING:
            found = _KNOWN.get(kind)
            if found is None:
                found = _KNOWN[kind] = msgspec.json.Decoder(kind)
    return found


@overload
def converted(value: object, kind: type[Value], *, strict: bool = True) -> Value: ...
@overload
def converted(value: object, kind: object, *, strict: bool = True) -> Any: ...
def converted(value: object, kind: Any, *, strict: bool = True) -> Any:
    """A value of a type, made from plain lists, mappings and scalars.

    Args:
        value: as it was read.
        kind: the type, or what stands for several.
        strict: whether `"1"` is no number.

    Raises:
        msgspec.ValidationError: the value is none of that type.
    """
    decoder_of(kind)
    return msgspec.convert(value, kind, strict=strict)

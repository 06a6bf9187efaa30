"""Every fault of an argument, with the place inside it: a model that hears of one mends just one."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from goose_agent.decoding import converted

__all__ = ["faults_of", "shortened", "told"]

_MOST = 5
"""Faults that are told; whoever makes more has to look at the schema again anyway."""
_SHOWN = 60
"""Characters of a wrong value that are quoted back."""


def faults_of(value: object, hint: object, place: str) -> Iterator[str]:
    """What is wrong with a value, fault by fault.

    Args:
        value: plain data.
        hint: the type it should be of.
        place: how to name it, such as `steps[0]`.
    """
    try:
        # Models like to write numbers and truth values as text.
        converted(value, hint, strict=False)
    except msgspec.ValidationError as error:
        inner = list(_inner_faults(value, _without_none(hint), place))
        yield from inner or [_fault(value, place, str(error))]


def told(faults: Sequence[str]) -> str:
    """The faults as one sentence's worth of words, not too many of them."""
    words = "; ".join(faults[:_MOST])
    more = len(faults) - _MOST
    return f"{words}; and {more} more" if more > 0 else words


def shortened(text: str) -> str:
    """The beginning of a text."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _inner_faults(value: object, hint: object, place: str) -> Iterator[str]:
    """The faults of what a list or an object holds."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(value, list) and origin in (list, tuple) and inner[1:] in ((), (...,)):
        for at, item in enumerate(value):
            yield from faults_of(item, inner[0], f"{place}[{at}]")
    elif isinstance(value, dict) and origin in (dict, Mapping):
        for key, item in value.items():
            yield from faults_of(item, inner[1], f"{place}.{shortened(key)}")
    elif isinstance(value, dict) and isinstance(hint, type) and issubclass(hint, Struct):
        yield from _field_faults(value, hint, place)


def _field_faults(value: dict[str, Any], kind: type[Struct], place: str) -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        if name in value:
            yield from faults_of(value[name], field.type, f"{place}.{name}")
        elif field.required:
            yield f"`{place}.{name}` is missing"


def _without_none(hint: object) -> object:
    """What a value that may be left out is, where it is not."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint
    choices = [choice for choice in typing.get_args(hint) if choice is not type(None)]
    return choices[0] if len(choices) == 1 else hint


def _fault(value: object, place: str, problem: str) -> str:
    wish, _, deeper = problem.partition(" - at `$")
    given = shortened(json.dumps(value, default=str))
    return f"`{place}{deeper.rstrip('`')}`: {wish[:1].lower()}{wish[1:]}, not {given}"

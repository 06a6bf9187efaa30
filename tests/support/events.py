"""Strategies that make events of every kind, with ids that often meet."""

from __future__ import annotations

import types
from datetime import UTC, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec import Struct

from goose_agent.events import KINDS, AnyData, Event, Unknown

__all__ = ["data_of", "events", "logs"]

_IDS = ("a", "b", "c", "d")
_words = st.sampled_from(_IDS) | st.text(max_size=8)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_words, inner, max_size=2),
    max_leaves=4,
)
_moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
_numbers = st.integers(0, 6)
_seconds = st.floats(0, 1e6, allow_nan=False).map(lambda value: round(value, 6))


def _of(kind: object) -> st.SearchStrategy[Any]:
    """Values of a type as events use them."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(_of, inner))
    if origin is tuple:
        return st.lists(_of(inner[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(_of(inner[0]), _of(inner[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _built(kind)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: _words,
        int: _numbers,
        float: _seconds,
        bool: st.booleans(),
        type(None): st.none(),
        datetime: _moments,
        Any: _json,
    }
    return plain[kind]


def _built(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    values = {name: _of(hints[name]) for name in kind.__struct_fields__}
    return st.builds(kind, **values)


def data_of(kind: type[AnyData]) -> st.SearchStrategy[AnyData]:
    """What may have happened, of one kind."""
    if kind is Unknown:
        return st.builds(
            Unknown, st.just("from.the.future"), st.dictionaries(_words, _json, max_size=2)
        )
    return _built(kind)


def events(data: st.SearchStrategy[AnyData]) -> st.SearchStrategy[Event]:
    """Events that carry such data."""
    return st.builds(
        Event,
        seq=st.just(1),
        id=_words,
        at=_moments,
        mono=_seconds,
        session_id=st.just("s-1"),
        turn=_numbers,
        cause=st.none() | _numbers,
        actor=st.sampled_from(("user", "model", "agent", "tool", "system", "importer")),
        data=data,
        blobs=st.dictionaries(st.sampled_from(("output", "before", "after")), _words, max_size=2),
    )


def logs(size: int = 30) -> st.SearchStrategy[list[Event]]:
    """Any events after one another, numbered as a record numbers them."""
    anything = events(st.one_of(*(data_of(kind) for kind in (*KINDS.values(), Unknown))))
    return st.lists(anything, max_size=size).map(_numbered)


def _numbered(loose: list[Event]) -> list[Event]:
    from goose_agent.evolve import evolve

    numbered = []
    seq = 0
    for event in loose:
        seq += not event.transient
        numbered.append(evolve(event, seq=seq))
    return numbered

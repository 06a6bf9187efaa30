"""From where the words of a call may come: a guess by the words that it shares with what was read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from goose_agent.events import Segment

__all__ = ["Source", "likely_sources"]

_WORD = re.compile(r"[^\W_](?:[\w./-]*\w)?")
_SHORTEST = 4
"""Characters of a word that tells something."""
_MOST = 5
_LEAST = 0.08
"""Share of the words, weighed, from which a piece counts as a source."""
_SHOWN = 8


class Source(Struct, frozen=True):
    """A piece of a request that shares words with a call."""

    segment: Segment
    share: float
    """How much of what the call says is in it, from 0 to 1: rare and long words weigh more."""
    words: tuple[str, ...]
    """The longest of the words that both have."""


def likely_sources(
    arguments: Mapping[str, Any], pieces: Iterable[tuple[Segment, str]]
) -> tuple[Source, ...]:
    """The pieces that have most in common with a call, the most likely first. A heuristic.

    Args:
        arguments: of the call.
        pieces: what the model had read, with the texts.
    """
    wanted = set(_words("\n".join(_texts(arguments))))
    shared = [(segment, wanted.intersection(_words(text))) for segment, text in pieces]
    spread = Counter(word for _, words in shared for word in words)
    weights = {word: len(word) / spread[word] if word in spread else len(word) for word in wanted}
    total = sum(weights.values())
    found = [
        Source(segment, sum(weights[word] for word in words) / total, _longest(words))
        for segment, words in shared
        if words
    ]
    found.sort(key=lambda source: (-source.share, source.segment.origin))
    return tuple(source for source in found if source.share >= _LEAST)[:_MOST]


def _longest(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word))[:_SHOWN])


def _words(text: str) -> Iterator[str]:
    return (word for word in _WORD.findall(text) if len(word) >= _SHORTEST)


def _texts(value: object) -> Iterator[str]:
    """All texts and numbers in JSON data."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)

"""Lists made from lists that grow at their end: made anew only from where their source has changed.

A conversation is gone through before each request of a model. What came of its beginning is the same
as before, and after some hundred rounds that is nearly all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress, count
from operator import is_not
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Chain", "Each", "Step", "same_start"]

A = TypeVar("A")
B = TypeVar("B")
Source = TypeVar("Source", contravariant=True)


def same_start(before: Sequence[object], now: Sequence[object]) -> int:
    """How many items from the first are the same."""
    size = min(len(before), len(now))
    # Nearly always nothing but the end has changed, and that is told at once.
    if list(before[:size]) == list(now[:size]):
        return size
    different = compress(count(), map(is_not, before, now))
    return next(different, size)


class Step(Protocol[Source, B]):
    """Makes a list from a list."""

    items: list[B]
    """What it made last."""

    def follow(self, source: Sequence[Source], kept: int) -> int:
        """Let `items` be what `source` makes.

        Args:
            source: the list as it is now.
            kept: how many of its first items are as they were the last time.

        Returns:
            How many of the first of `items` are as they were.
        """


class Each(Generic[A, B]):
    """Each item becomes some items, whatever stands around it.

    Args:
        make: the items that one becomes.
    """

    def __init__(self, make: Callable[[A], Iterable[B]]) -> None:
        self.items: list[B] = []
        self._make = make
        self._ends: list[int] = []
        """For each item of the source, how many items it and those before it have become."""

    def follow(self, source: Sequence[A], kept: int) -> int:
        """Let `items` be what `source` makes; see `Step`."""
        start = self._ends[kept - 1] if kept else 0
        del self._ends[kept:], self.items[start:]
        for at in range(kept, len(source)):
            self.items += self._make(source[at])
            self._ends.append(len(self.items))
        return start


class Chain(Generic[A, B]):
    """Steps one after another; remembers the list that it was given last.

    Args:
        steps: the first takes that list, each other one what the one before it made.
    """

    def __init__(self, *steps: Step[Any, Any]) -> None:
        self._steps = steps
        self._source: Sequence[A] = ()

    def of(self, source: Sequence[A]) -> list[B]:
        """What the steps make of a list, which must not change any more.

        The result is to be looked at before the next call, and to be left as it is.
        """
        kept = same_start(self._source, source)
        # Should a step fail, nothing that was made can be relied on.
        self._source = ()
        items: Sequence[Any] = source
        for step in self._steps:
            kept = step.follow(items, kept)
            items = step.items
        self._source = source
        return list(items)

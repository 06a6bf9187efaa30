"""Time, identity and environment as the engine gets them: from outside, so that replay is exact."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import random
from typing import Protocol

__all__ = ["Clock", "Ids", "RandomIds", "SteppingClock", "SystemClock", "World"]

# Crockford's alphabet without look-alikes; ids sort by the time they were made.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The wall clock, in UTC: for display only, it may jump."""

    def mono(self) -> float:
        """Seconds that only grow: for durations."""


class Ids(Protocol):
    """Makes identifiers."""

    def new(self, prefix: str) -> str:
        """A fresh identifier that starts with `prefix` and a dash."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def mono(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()


@dataclass
class SteppingClock:
    """A clock for tests and pictures that moves one step each time it is read.

    Args:
        start: the first wall-clock time.
        step: seconds added by each reading of `mono`.
    """

    start: datetime = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)
    step: float = 0.0
    elapsed: float = 0.0

    def now(self) -> datetime:
        """The start plus what has elapsed."""
        return datetime.fromtimestamp(self.start.timestamp() + self.elapsed, UTC)

    def mono(self) -> float:
        """Seconds elapsed; each reading moves the clock one step."""
        self.elapsed += self.step
        return self.elapsed


class RandomIds:
    """Short identifiers that sort by time: 48 bits of milliseconds and 40 random bits."""

    def new(self, prefix: str) -> str:
        """A fresh identifier such as `s-06fxz3q9k2m7p1c8t4`."""
        number = (time.time_ns() // 1_000_000) << 40 | secrets.randbits(40)
        pairs = [_PAIRS[number >> shift & 1023] for shift in range(80, -1, -10)]
        return f"{prefix}-{''.join(pairs)}"


@dataclass(frozen=True)
class World:
    """Everything the engine takes from outside itself.

    Args:
        clock: tells the time.
        ids: makes identifiers.
        environ: the environment variables; tools see only an allow-list of them.
        chance: a number in [0, 1), to spread retries.
    """

    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    chance: Callable[[], float] = random

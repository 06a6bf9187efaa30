"""Plays a recording: how far it has come after some time, at some speed."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goose_agent.replay.timeline import Timeline

__all__ = ["SPEEDS", "Player"]

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_LONGEST_GAP = 2.0
"""Seconds of playing at speed 1 that pass between two events, at most."""


class Player:
    """Goes through a recording as time passes.

    Args:
        timeline: of the recording.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._played = timeline.played(_LONGEST_GAP)
        self._at = 0.0
        self._speed = SPEEDS.index(1.0)
        self.playing = False

    @property
    def speed(self) -> float:
        """How many times faster than it was."""
        return SPEEDS[self._speed]

    def change_speed(self, step: int) -> None:
        """Go one step faster, or slower where negative."""
        self._speed = min(len(SPEEDS) - 1, max(0, self._speed + step))

    def start(self, place: int) -> None:
        """Play from a place on; from the start where it is the end."""
        self.playing = True
        self._at = self._played[place] if place < len(self._played) - 1 else 0.0

    def stop(self) -> None:
        """Stand still."""
        self.playing = False

    def advance(self, seconds: float) -> int:
        """The place after some time; it stops at the end.

        Args:
            seconds: that have passed.
        """
        self._at += seconds * self.speed
        if self._at >= self._played[-1]:
            self.playing = False
            return len(self._played) - 1
        return max(0, bisect_right(self._played, self._at) - 1)

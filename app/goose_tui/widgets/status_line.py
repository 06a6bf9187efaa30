"""The bottom line: the mode, what is going on, and the keys that matter now."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_tui.view.numbers import duration
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

__all__ = ["Doing", "StatusLine"]

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_SPINNER = "|/-\\"
_FRAMES = 8
"""Frames of the spinner in a second."""


class Doing(Struct, frozen=True):
    """What the status line says."""

    mode: str = ""
    stepping: bool = False
    work: str = ""
    """What the agent does; empty while it does nothing."""
    since: float | None = None
    """Monotonic seconds at which that began."""
    until: float | None = None
    """Monotonic seconds at which it is over; counted down to in the place of `since`."""
    flash: str = ""
    """A word that goes before everything else for a moment."""
    hints: tuple[tuple[str, str], ...] = ()
    """Keys and what they do, the most useful first."""


class StatusLine(Rows):
    """One line across the bottom; the only thing on the screen that moves by itself."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._doing = Doing()
        self._now = 0.0

    def show(self, doing: Doing) -> None:
        """Say this from now on."""
        if doing != self._doing:
            self._doing = doing
            self.redraw()

    def tick(self, now: float) -> None:
        """Show how long the agent has worked, and that it still does.

        Args:
            now: monotonic seconds.
        """
        before, self._now = self._now, now
        if self._doing.work and int(now * _FRAMES) != int(before * _FRAMES):
            self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The line."""
        doing, palette = self._doing, self.palette
        loud = doing.mode == "auto"
        left: list[Segment] = [Segment(" ")]
        if doing.mode:
            left.append(Segment(doing.mode, palette.warn if loud else palette.accent))
        if doing.stepping:
            left += [Segment(" "), Segment(f"{palette.glyphs.step} step", palette.warn)]
        if doing.flash:
            left += [Segment("  "), Segment(clean_line(doing.flash), palette.bright)]
        elif doing.work:
            left += [Segment("  "), *self._work(doing)]
        room = width - sum(cell_len(segment.text) for segment in left) - 1
        hints = self._hints(doing.hints, room - 2)
        gap = room - sum(cell_len(segment.text) for segment in hints)
        return [[*left, Segment(" " * max(0, gap)), *hints]]

    def _work(self, doing: Doing) -> list[Segment]:
        palette = self.palette
        frames = _SPINNER if palette.glyphs.ellipsis == "…" else _ASCII_SPINNER
        segments = [
            Segment(frames[int(self._now * _FRAMES) % len(frames)], palette.accent),
            Segment(f" {clean_line(doing.work)}", palette.text),
        ]
        if doing.until is not None:
            left = max(0, math.ceil(doing.until - self._now))
            segments.append(Segment(f" in {left} s", palette.dim))
        elif doing.since is not None and self._now - doing.since >= 1:
            segments.append(Segment(f" {duration(int(self._now - doing.since))}", palette.dim))
        return segments

    def _hints(self, hints: Sequence[tuple[str, str]], room: int) -> list[Segment]:
        palette = self.palette
        shown: list[Segment] = []
        used = 0
        for keys, words in hints:
            size = cell_len(keys) + 1 + cell_len(words) + (3 if shown else 0)
            if used + size > room:
                break
            if shown:
                shown.append(Segment(f" {palette.glyphs.dot} ", palette.rule))
            shown += [Segment(keys, palette.text), Segment(f" {words}", palette.dim)]
            used += size
        return shown

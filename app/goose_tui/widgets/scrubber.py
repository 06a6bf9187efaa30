"""A whole recording in a row: where one is, what happened where, and what the event here is."""

from __future__ import annotations

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from goose_tui.view.formatting import cut_end
from goose_tui.view.track import ColumnMark
from goose_tui.widgets.rows import Row, Rows

__all__ = ["Scrubber", "Track"]

_GAP = 2


class Track(Struct, frozen=True):
    """What the scrubber shows."""

    marks: tuple[ColumnMark, ...] = ()
    """One a column."""
    column: int = 0
    """Where one is."""
    here: str = ""
    """Which event it is, and what happened."""
    note: str = ""
    """What a person noted there."""
    facts: tuple[str, ...] = ()
    """Time, tokens, cost: the first ones are left out first where there is no room."""
    playing: str = ""
    """How fast it plays; empty where it stands still."""


class Scrubber(Rows, can_focus=True):
    """Three rows: the pointer on a rule, the marks, and words about the event."""

    DEFAULT_CSS = "Scrubber { height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._track = Track()

    def show(self, track: Track) -> None:
        """Show this from now on."""
        if track != self._track:
            self._track = track
            self.redraw(layout=True)

    def watch_has_focus(self, has_focus: bool) -> None:
        """The pointer is bright while keys move it."""
        super().watch_has_focus(has_focus)
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The three rows."""
        return [self._pointer(width), self._marks(width), self._words(width)]

    def _pointer(self, width: int) -> Row:
        palette, column = self.palette, min(self._track.column, max(0, width - 1))
        rule = palette.glyphs.rule
        return [
            Segment(rule * column, palette.rule),
            Segment(palette.glyphs.below, palette.bright if self.has_focus else palette.text),
            Segment(rule * (width - column - 1), palette.rule),
        ]

    def _marks(self, width: int) -> Row:
        track = self._track
        row: list[Segment] = []
        for at, mark in enumerate(track.marks[:width]):
            glyph, style = self._mark(mark)
            if at == track.column:
                style += Style(reverse=True)
            row.append(Segment(glyph, style))
        return row

    def _mark(self, mark: ColumnMark) -> tuple[str, Style]:  # noqa: C901 (one case a mark)
        palette, glyphs = self.palette, self.palette.glyphs
        match mark:
            case "":
                return " ", palette.dim
            case "user":
                return glyphs.user_bar, palette.accent
            case "model":
                return glyphs.dot, palette.text
            case "retry":
                return glyphs.retrying, palette.warn
            case "ok":
                return glyphs.ok, palette.ok
            case "failed":
                return glyphs.failed, palette.error
            case "denied":
                return glyphs.denied, palette.warn
            case "asked":
                return glyphs.waiting, palette.warn
            case "edit":
                return glyphs.changed, palette.accent
            case "pause":
                return glyphs.step, palette.warn
            case "compaction":
                return glyphs.compacted, palette.heading
            case "fork":
                return glyphs.forked, palette.accent
            case "error":
                return "!", palette.error
            case "bookmark":
                return glyphs.bullet, palette.bright

    def _words(self, width: int) -> Row:
        palette, track = self.palette, self._track
        glyphs = palette.glyphs
        left = f" {track.here}"
        facts = [*track.facts, *([track.playing] if track.playing else [])]
        gap = " " * _GAP
        least = min(cell_len(left), width // 2)
        while facts and cell_len(gap.join(facts)) + least + _GAP + 1 > width:
            facts.pop(0)
        right = gap.join(facts)
        room = max(0, width - cell_len(right) - _GAP - 1)
        here = cut_end(left, room, glyphs.ellipsis)
        note = f"{gap}{glyphs.bullet} {track.note}" if track.note else ""
        note = cut_end(note, room - cell_len(here), glyphs.ellipsis) if note else ""
        blank = " " * max(0, width - 1 - cell_len(here) - cell_len(note) - cell_len(right))
        return [
            Segment(here, palette.text),
            Segment(note, palette.accent),
            Segment(blank),
            Segment(right, palette.dim),
        ]

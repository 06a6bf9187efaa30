"""One row of the view as it is painted: a line, and what is laid over it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from goose_tui.view.lines import RecordLine

__all__ = ["Overlay", "PaintedRow", "paint"]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A style laid over some cells."""

    start: int
    stop: int
    style: Style


@dataclass(frozen=True, slots=True)
class PaintedRow:
    """Everything that a row on the screen is made from; equal rows look the same."""

    line: RecordLine | None
    """None below the last record."""
    overlays: tuple[Overlay, ...] = ()
    mark: str = ""
    """Text at the right end that covers the line."""


def paint(row: PaintedRow, width: int, base: Style, mark_style: Style) -> Strip:
    """The strip of a row.

    Args:
        row: what it is made from.
        width: its cells.
        base: laid under everything; carries the widget's background.
        mark_style: of the mark.
    """
    if row.line is None:
        strip = Strip.blank(width, base)
    else:
        strip = row.line.strip.adjust_cell_length(width).apply_style(base)
    for overlay in row.overlays:
        strip = _laid_over(strip, overlay, width)
    if row.mark:
        mark = Segment(row.mark, base + mark_style)
        strip = Strip([*strip.crop(0, max(0, width - mark.cell_length)), mark], width)
    return strip


def _laid_over(strip: Strip, overlay: Overlay, width: int) -> Strip:
    start, stop = max(0, overlay.start), min(width, overlay.stop)
    if start >= stop:
        return strip
    middle = Segment.apply_style(strip.crop(start, stop), post_style=overlay.style)
    return Strip([*strip.crop(0, start), *middle, *strip.crop(stop, width)], width)

"""One row of the view as it is painted: a line, and what is laid over it."""

from __future__ import annotations

from msgspec import Struct
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from goose_tui.view.lines import RecordLine
from goose_tui.view.palette import Palette

__all__ = ["Overlay", "PaintedRow", "paint"]


class Overlay(Struct, frozen=True):
    """A style laid over some cells."""

    start: int
    stop: int
    style: Style
    under: bool = False
    """It leaves cells alone that have a background of their own."""


class PaintedRow(Struct, frozen=True):
    """Everything that a row on the screen is made from; equal rows look the same."""

    line: RecordLine | None
    """None below the last record."""
    overlays: tuple[Overlay, ...] = ()
    mark: str = ""
    """Text at the right end that covers the line."""


def paint(row: PaintedRow, width: int, base: Style, palette: Palette) -> Strip:
    """The strip of a row.

    Args:
        row: what it is made from.
        width: its cells.
        base: laid under everything; carries the widget's background.
        palette: styles of the text and of the mark.
    """
    if row.line is None:
        strip = Strip.blank(width, base)
    else:
        strip = row.line.strip.adjust_cell_length(width).apply_style(base)
    for overlay in row.overlays:
        plain = (None, base.bgcolor, palette.text.bgcolor) if overlay.under else None
        strip = _laid_over(strip, overlay, width, plain)
    if row.mark:
        mark = Segment(row.mark, base + palette.accent + Style(reverse=True))
        strip = Strip([*strip.crop(0, max(0, width - mark.cell_length)), mark], width)
    return strip


def _laid_over(
    strip: Strip, overlay: Overlay, width: int, plain: tuple[Color | None, ...] | None
) -> Strip:
    """The strip with a style laid over some cells.

    Args:
        strip: of the row.
        overlay: the cells and the style.
        width: of the row.
        plain: backgrounds that may be covered; None for all.
    """
    start, stop = max(0, overlay.start), min(width, overlay.stop)
    if start >= stop:
        return strip
    middle = [
        Segment(text, (style or Style.null()) + overlay.style)
        if plain is None or style is None or style.bgcolor in plain
        else Segment(text, style)
        for text, style, _ in strip.crop(start, stop)
    ]
    return Strip([*strip.crop(0, start), *middle, *strip.crop(stop, width)], width)

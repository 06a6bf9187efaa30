"""A bar of the window by kind of content, with the mark from which on it is made smaller."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style

from goose_tui.view.gauge import GaugeReading
from goose_tui.view.palette import Palette

__all__ = ["share_bar", "share_style"]

_ROLES = {
    "sys": "dim",
    "tools": "quote",
    "hints": "hunk",
    "memory": "hunk",
    "you": "user",
    "model": "accent",
    "results": "code",
    "images": "link",
    "summary": "heading",
    "pins": "heading",
}
"""The role in a palette whose ink a kind has."""


def share_style(name: str, palette: Palette) -> Style:
    """The ink of a kind in the bar."""
    role: Style = getattr(palette, _ROLES.get(name, "dim"))
    return Style(color=role.color, dim=role.dim)


def share_bar(reading: GaugeReading, width: int, palette: Palette) -> list[Segment]:
    """The bar.

    Args:
        reading: what it shows; its window is known.
        width: in cells.
        palette: styles and glyphs.
    """
    cells = _cells(reading, width, palette)
    if reading.threshold is not None:
        place = min(width - 1, round(reading.threshold * width))
        over = reading.fraction is not None and reading.fraction >= reading.threshold
        style = palette.error if over else palette.warn
        cells[place] = palette.glyphs.vertical, style
    return _joined(cells)


def _cells(reading: GaugeReading, width: int, palette: Palette) -> list[tuple[str, Style]]:
    glyphs, whole = palette.glyphs, reading.tokens
    full = min(width, round((reading.fraction or 0.0) * width))
    if whole:
        full = max(1, full)
    cells: list[tuple[str, Style]] = []
    reached = 0
    # Neighbours differ in shade too, for eyes and terminals that tell no colours apart.
    for at, share in enumerate(reading.shares):
        reached += share.tokens
        end = round(full * reached / whole) if whole else 0
        style = share_style(share.name, palette)
        cells += [(glyphs.bar_shades[at % len(glyphs.bar_shades)], style)] * (end - len(cells))
    rest = (glyphs.bar_full, palette.accent)
    cells += [rest] * (full - len(cells))
    return cells[:width] + [(glyphs.bar_empty, palette.rule)] * (width - len(cells))


def _joined(cells: list[tuple[str, Style]]) -> list[Segment]:
    pieces: list[Segment] = []
    for text, style in cells:
        if pieces and pieces[-1].style == style and pieces[-1].text[-1] == text:
            pieces[-1] = Segment(pieces[-1].text + text, style)
        else:
            pieces.append(Segment(text, style))
    return pieces

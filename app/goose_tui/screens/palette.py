"""The palette: every command there is, found by a few of its letters."""

from __future__ import annotations

from textual.command import CommandPalette

__all__ = ["PaletteScreen"]


class PaletteScreen(CommandPalette):
    """Textual's palette in this program's looks."""

    CSS_PATH = "palette.tcss"

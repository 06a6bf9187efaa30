"""Waits for the key after Ctrl+X and says which ones there are."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from goose_tui.keys import Key
from goose_tui.view.palette import Palette
from goose_tui.widgets.rows import Row, Rows

__all__ = ["ChordScreen"]


class ChordKeys(Rows):
    """The keys and what they do, in as many rows as it takes."""

    DEFAULT_CSS = "ChordKeys { dock: bottom; height: auto; background: $panel; padding: 0 1; }"

    def __init__(self, keys: Mapping[str, Key]) -> None:
        super().__init__()
        self._keys = keys

    def rows(self, width: int) -> list[Row]:
        """The table, flowing."""
        palette = self.palette
        rows: list[Row] = []
        row: list[Segment] = []
        used = 0
        for name, key in self._keys.items():
            size = cell_len(name) + 1 + cell_len(key.words)
            if row and used + 3 + size > width:
                rows.append(row)
                row, used = [], 0
            if row:
                row.append(Segment("   "))
                used += 3
            row += [Segment(name, palette.bright), Segment(f" {key.words}", palette.dim)]
            used += size
        return [*rows, row]


class ChordScreen(ModalScreen[str]):
    """One key, and its action is the result; any other key closes it.

    Args:
        keys: the keys there are.
        palette: styles.
    """

    DEFAULT_CSS = "ChordScreen { background: $background 0%; }"

    def __init__(self, keys: Mapping[str, Key], palette: Palette) -> None:
        super().__init__()
        self._keys = keys
        self._palette = palette

    def compose(self) -> ComposeResult:
        """The keys at the bottom."""
        shown = ChordKeys(self._keys)
        shown.palette = self._palette
        yield shown

    def on_key(self, event: events.Key) -> None:
        """Whatever it is, the screen closes."""
        event.stop()
        key = self._keys.get(event.key)
        self.dismiss(key.action if key else "")

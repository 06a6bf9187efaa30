"""All keys, by place: made from the one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from goose_tui.keys import KEYS, Place, written
from goose_tui.view.formatting import cut_end
from goose_tui.view.palette import Palette
from goose_tui.widgets.rows import Row, Rows

__all__ = ["KeysScreen"]

_PLACES: dict[Place, str] = {
    "anywhere": "Anywhere",
    "composer": "Composer",
    "after ctrl+x": "After Ctrl+X",
    "approval": "Approval",
}


class KeyTable(Rows):
    """A heading a place, a line a key."""

    DEFAULT_CSS = "KeyTable { height: auto; }"

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap

    def rows(self, width: int) -> list[Row]:
        """The whole table."""
        palette = self.palette
        labels = {
            key.id: written(self._keymap[key.id], key.place)
            if key.id in self._keymap
            else key.label
            for key in KEYS
        }
        column = max(cell_len(label) for label in labels.values())
        rows: list[Row] = []
        for place, title in _PLACES.items():
            rows += (
                [[], [Segment(title, palette.accent)]]
                if rows
                else [[Segment(title, palette.accent)]]
            )
            for key in KEYS:
                if key.place == place:
                    label = labels[key.id]
                    words = cut_end(key.words, max(1, width - column - 4), palette.glyphs.ellipsis)
                    gap = " " * (column - cell_len(label) + 2)
                    rows.append(
                        [Segment(f"  {label}{gap}", palette.bright), Segment(words, palette.text)]
                    )
        return rows


class KeysScreen(ModalScreen[None]):
    """The table of keys.

    Args:
        keymap: the user's own keys, by id.
        palette: styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1,question_mark,enter", "dismiss", "close", show=False)
    ]

    def __init__(self, keymap: Mapping[str, str], palette: Palette) -> None:
        super().__init__()
        self._keymap = keymap
        self._palette = palette

    def compose(self) -> ComposeResult:
        """The table, scrolling."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "esc closes"
            table = KeyTable(self._keymap)
            table.palette = self._palette
            yield table

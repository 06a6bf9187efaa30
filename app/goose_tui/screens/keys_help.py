"""All keys, by place, and all commands: made from their tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    "paused": "Paused",
    "in an approval": "Within an approval",
    "plan": "A plan to be approved",
    "replay": "Replay",
}


class KeyTable(Rows):
    """A heading a place, a line a key; then the commands."""

    DEFAULT_CSS = "KeyTable { height: auto; }"

    def __init__(self, keymap: Mapping[str, str], commands: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._keymap = keymap
        self._commands = commands

    def rows(self, width: int) -> list[Row]:
        """The whole table."""
        palette = self.palette
        labels = {
            key.id: written(self._keymap[key.id], key.place)
            if key.id in self._keymap
            else key.label
            for key in KEYS
        }
        groups = {
            title: [(labels[key.id], key.words) for key in KEYS if key.place == place]
            for place, title in _PLACES.items()
        }
        groups["Commands"] = list(self._commands)
        column = max(cell_len(label) for lines in groups.values() for label, _ in lines)
        rows: list[Row] = []
        for title, lines in groups.items():
            rows += [[], [Segment(title, palette.accent)]]
            for label, words in lines:
                told = cut_end(words, max(1, width - column - 4), palette.glyphs.ellipsis)
                gap = " " * (column - cell_len(label) + 2)
                rows.append(
                    [Segment(f"  {label}{gap}", palette.bright), Segment(told, palette.text)]
                )
        return rows[1:]


class KeysScreen(ModalScreen[None]):
    """The table of keys.

    Args:
        keymap: the user's own keys, by id.
        commands: how each is written, and what it does.
        palette: styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1,question_mark,enter", "dismiss", "close", show=False)
    ]

    def __init__(
        self, keymap: Mapping[str, str], commands: Sequence[tuple[str, str]], palette: Palette
    ) -> None:
        super().__init__()
        self._keymap = keymap
        self._commands = commands
        self._palette = palette

    def compose(self) -> ComposeResult:
        """The table, scrolling."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "esc closes"
            table = KeyTable(self._keymap, self._commands)
            table.palette = self._palette
            yield table

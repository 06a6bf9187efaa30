"""Pick a theme: the whole screen shows the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec import Struct
from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from goose_agent.evolve import evolve
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.palette import Palette
from goose_tui.widgets.record_messages import Activated, CursorMoved
from goose_tui.widgets.record_view import RecordView

__all__ = ["ThemeRow", "ThemesScreen"]


class ThemeRow(Struct, frozen=True):
    """One theme of the list."""

    name: str
    words: str
    """What kind it is."""


class ThemeDrawer:
    """Draws the list for a `RecordView`.

    Args:
        palette: styles.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: ThemeRow) -> str:
        """Its name."""
        return record.name

    def text(self, record: ThemeRow) -> str:
        """Its name."""
        return record.name

    def estimate(self, record: ThemeRow, width: int) -> int:
        """One line."""
        return 1

    def foldable(self, record: ThemeRow) -> bool:
        """Never."""
        return False

    def folded_by_default(self, record: ThemeRow) -> bool:
        """Never."""
        return False

    def lines(self, record: ThemeRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """Name and kind."""
        palette = self.palette
        return [
            line_of(
                [Segment(f" {record.name:<22}", palette.text), Segment(record.words, palette.dim)]
            )
        ]


def _raised(palette: Palette) -> Palette:
    """For a list on a panel, whose ground is near that of the cursor."""
    return evolve(palette, cursor=palette.selection)


class ThemesScreen(ModalScreen[str]):
    """A list of themes; the result is the name of one, or empty.

    Args:
        themes: what there is.
        current: the one in use.
        palette: styles to begin with.
        preview: shows a theme and gives its styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "cancel", show=False, priority=True)
    ]

    def __init__(
        self,
        themes: Sequence[ThemeRow],
        current: str,
        palette: Palette,
        preview: Callable[[str], Palette],
    ) -> None:
        super().__init__()
        self._themes = themes
        self._current = current
        self._preview = preview
        self._drawer = ThemeDrawer(_raised(palette))
        self._list = RecordView(self._drawer, tail=False, cursor=True, selectable=False)

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog themes") as dialog:
            dialog.border_title = "Themes"
            dialog.border_subtitle = "enter keeps, esc goes back"
            yield self._list

    def on_mount(self) -> None:
        """Start at the one in use."""
        self._list.styles.height = len(self._themes)
        self._list.show(list(self._themes))
        self._list.move_cursor_to(self._current)
        self._list.focus()

    def on_record_view_cursor_moved(self, event: CursorMoved) -> None:
        """Show the theme under the cursor."""
        event.stop()
        self._drawer.palette = _raised(self._preview(event.key))
        self._list.redraw()

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter keeps it."""
        event.stop()
        self.dismiss(event.key)

    def action_cancel(self) -> None:
        """Esc goes back."""
        self.dismiss("")

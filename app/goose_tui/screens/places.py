"""Places of a recording in a dialog: one of them is gone to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from goose_tui.widgets.record_layout import Drawer
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView

__all__ = ["PlacesScreen"]

R = TypeVar("R")


class PlacesScreen(ModalScreen[int | None], Generic[R]):
    """Records whose keys are numbers of events; Enter gives the number of one, Esc none.

    Args:
        title: what they are.
        rows: the records, in order.
        drawer: turns them into lines.
        palette: styles.
        near: the number of the event that the cursor starts near.
        keys: what the keys do; empty for going there.
        drop: takes a record away by its number and gives those that are left; None where none can be.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "close", show=False, priority=True),
        Binding("d,delete", "drop", "drop", show=False),
    ]

    def __init__(
        self,
        title: str,
        rows: Sequence[R],
        drawer: Drawer[R],
        *,
        near: int = 0,
        keys: str = "",
        drop: Callable[[int], Awaitable[Sequence[R]]] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._near = near
        self._keys = keys
        self._drop = drop
        self._rows = rows
        self._drawer = drawer
        self._view: RecordView[R] = RecordView(drawer, tail=False, cursor=True, selectable=False)

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog tall") as dialog:
            dialog.border_title = Content(self._title)
            drops = "  d drop" if self._drop is not None else ""
            dialog.border_subtitle = self._keys or f"enter goes there{drops}  esc closes"
            yield self._view

    def on_mount(self) -> None:
        """Start at what is nearest."""
        self._view.show(self._rows)
        self._view.focus()
        keys = [self._drawer.key(row) for row in self._rows]
        before = [key for key in keys if int(key) <= self._near]
        if before:
            self._view.move_cursor_to(before[-1])

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter."""
        event.stop()
        self.dismiss(int(event.key))

    async def action_drop(self) -> None:
        """Take the one under the cursor away."""
        key = self._view.cursor_key
        if self._drop is not None and key is not None:
            self._view.show(await self._drop(int(key)))

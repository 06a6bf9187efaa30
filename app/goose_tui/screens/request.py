"""What the model sees, piece by piece: to be read, edited, dropped, pinned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from goose_agent.evolve import evolve
from goose_tui.transcript.request import RequestDrawer
from goose_tui.view.formatting import tokens
from goose_tui.view.palette import Palette
from goose_tui.view.request_rows import RequestRow, segment_count
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView

__all__ = ["RequestScreen"]

Wish = Literal["open", "edit", "drop", "pin", "undo"]


class RequestScreen(ModalScreen[None]):
    """The pieces of a request.

    Args:
        rows: the pieces, in order.
        title: which request it is.
        palette: styles and glyphs.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True),
        Binding("e", "ask('edit')", "edit", show=False),
        Binding("d,delete", "ask('drop')", "drop", show=False),
        Binding("p", "ask('pin')", "pin", show=False),
        Binding("u", "ask('undo')", "undo", show=False),
    ]

    @dataclass
    class Asked(Message):
        """Something is to be done with a piece."""

        wish: Wish
        row: RequestRow

    def __init__(self, rows: Sequence[RequestRow], title: str, palette: Palette) -> None:
        super().__init__()
        self._rows: Sequence[RequestRow] = ()
        self._first = rows
        self._title = title
        self._about = palette.glyphs.about
        drawer = RequestDrawer(evolve(palette, cursor=palette.selection))
        self._list = RecordView(drawer, tail=False, cursor=True, selectable=False)

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog tall") as dialog:
            dialog.border_subtitle = "enter whole text  e edit  d drop  p pin  u undo  esc closes"
            yield self._list

    def on_mount(self) -> None:
        """Start at the newest piece."""
        self.show(self._first, self._title)
        self._list.focus()
        if self._rows:
            said = [row for row in self._rows if row.segment.kind != "turn"] or self._rows
            self._list.move_cursor_to(said[-1].key)

    def show(self, rows: Sequence[RequestRow], title: str) -> None:
        """The request is made of these now."""
        there = [row for row in rows if not row.dropped]
        size = sum(row.tokens for row in there)
        dialog = self.query_one(".dialog")
        dialog.border_title = f"{title}: {segment_count(len(there))} {self._about} {tokens(size)}"
        if rows != self._rows:
            self._rows = rows
            self._list.show(rows)

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter."""
        event.stop()
        self.action_ask("open")

    def action_ask(self, wish: Wish) -> None:
        """A key for the piece under the cursor."""
        for row in self._rows:
            if row.key == self._list.cursor_key:
                self.post_message(self.Asked(wish, row))

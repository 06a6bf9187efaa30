"""The messages that wait: edit one, move it, drop it, send it at the next pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from goose_agent.evolve import evolve
from goose_tui.view.formatting import cut_end
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from goose_agent.state.session_state import Queued

__all__ = ["QueueScreen"]

_MOST = 12
"""Rows of the list, at most."""


class _QueueDrawer:
    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: Queued) -> str:
        return record.message_id

    def text(self, record: Queued) -> str:
        return record.text

    def estimate(self, record: Queued, width: int) -> int:
        return 1

    def foldable(self, record: Queued) -> bool:
        return False

    def folded_by_default(self, record: Queued) -> bool:
        return False

    def lines(self, record: Queued, width: int, folded: bool) -> Sequence[RecordLine]:
        palette = self.palette
        mark = " next  " if record.steer else " "
        text = cut_end(
            clean_line(record.text), max(1, width - len(mark) - 1), palette.glyphs.ellipsis
        )
        return [line_of([Segment(mark, palette.accent), Segment(text, palette.text)])]


class QueueScreen(ModalScreen[None]):
    """The queue, as long as there is one.

    Args:
        queue: what waits, the next one first.
        palette: styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True),
        Binding("e", "ask('edit')", "edit", show=False),
        Binding("d,delete,backspace", "ask('drop')", "drop", show=False),
        Binding("s", "ask('steer')", "send at the next pause", show=False),
        Binding("K,shift+up", "move(-1)", "earlier", show=False),
        Binding("J,shift+down", "move(1)", "later", show=False),
    ]

    @dataclass
    class Asked(Message):
        """A message of the queue is to come back into the draft, be dropped or sent soon."""

        wish: Literal["edit", "drop", "steer"]
        item: Queued

    @dataclass
    class Moved(Message):
        """A message is to go before another one."""

        message_id: str
        before: str
        """The other one; empty for the end."""

    def __init__(self, queue: Sequence[Queued], palette: Palette) -> None:
        super().__init__()
        self._queue = tuple(queue)
        drawer = _QueueDrawer(evolve(palette, cursor=palette.selection))
        self._list = RecordView(drawer, tail=False, cursor=True, selectable=False)

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog queue") as dialog:
            dialog.border_title = "Queue"
            dialog.border_subtitle = "enter edits, K J move, s steers, d drops"
            yield self._list

    def on_mount(self) -> None:
        """Start at the next one."""
        self.show(self._queue)
        self._list.focus()

    def show(self, queue: Sequence[Queued]) -> None:
        """The queue is this now; an empty one closes the dialog."""
        self._queue = tuple(queue)
        if not queue:
            self.dismiss()
            return
        self._list.styles.height = min(len(queue), _MOST)
        self._list.show(self._queue)

    def _chosen(self) -> int | None:
        ids = [item.message_id for item in self._queue]
        key = self._list.cursor_key
        return ids.index(key) if key in ids else None

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter."""
        event.stop()
        self.action_ask("edit")

    def action_ask(self, wish: Literal["edit", "drop", "steer"]) -> None:
        """A key for the message under the cursor."""
        at = self._chosen()
        if at is None:
            return
        self.post_message(self.Asked(wish, self._queue[at]))
        if wish == "edit":
            self.dismiss()

    def action_move(self, step: int) -> None:
        """Send the message under the cursor earlier or later."""
        at = self._chosen()
        if at is None or not 0 <= at + step < len(self._queue):
            return
        place = at + step if step < 0 else at + step + 1
        before = self._queue[place].message_id if place < len(self._queue) else ""
        self.post_message(self.Moved(self._queue[at].message_id, before))

"""What the model sees, piece by piece: to be looked through, read, edited, dropped, pinned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen

from goose_agent.evolve import evolve
from goose_tui.transcript.request import RequestDrawer, request_heading
from goose_tui.view.gauge import read_gauge
from goose_tui.view.numbers import tokens
from goose_tui.view.palette import Palette
from goose_tui.view.request_filter import Filter, Look
from goose_tui.view.request_rows import RequestRow, gone_rows, request_rows, segment_count
from goose_tui.widgets.gauge import Gauge
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rules import Label

if TYPE_CHECKING:
    from goose_agent.state.session_state import SessionState

__all__ = ["RequestScreen"]

Wish = Literal["open", "edit", "drop", "pin", "undo", "cut", "fork", "origin"]
General = Literal["raw", "file"]

_LOOKS = "a all  l largest  n new  x gone  t kind  r raw  g go to it"
_CHANGES = "enter open  e edit  c cut  d drop  b branch  p pin  u undo  f file"


class RequestScreen(ModalScreen[None]):
    """The pieces of a request.

    Args:
        state: the session at the moment that is looked at.
        title: which request it is.
        palette: styles and glyphs.
        threshold: share of the window from which on the conversation is made smaller.
        editable: whether anything can be changed; not so in what is past.
    """

    CSS_PATH = "dialogs.tcss"
    CHANGES: ClassVar[str] = _CHANGES
    """What can be done with a piece."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True),
        Binding("e", "ask('edit')", "edit", show=False),
        Binding("d,delete", "ask('drop')", "drop", show=False),
        Binding("p", "ask('pin')", "pin", show=False),
        Binding("u", "ask('undo')", "undo", show=False),
        Binding("c", "ask('cut')", "cut", show=False),
        Binding("b", "ask('fork')", "drop it in a fork", show=False),
        Binding("g", "ask('origin')", "where from", show=False),
        Binding("r", "want('raw')", "raw", show=False),
        Binding("f", "want('file')", "add a file", show=False),
        Binding("a", "look('all')", "all", show=False),
        Binding("l", "look('largest')", "largest", show=False),
        Binding("n", "look('new')", "new", show=False),
        Binding("x", "look('dropped')", "dropped", show=False),
        Binding("t", "next_kind", "kind", show=False),
    ]

    @dataclass
    class Asked(Message):
        """Something is to be done with a piece."""

        wish: Wish
        row: RequestRow

    @dataclass
    class Wanted(Message):
        """Something is wanted that is about no piece."""

        wish: General

    def __init__(
        self,
        state: SessionState,
        title: str,
        palette: Palette,
        *,
        threshold: float = 0.0,
        editable: bool = True,
    ) -> None:
        super().__init__()
        self._first = state, title
        self._threshold = threshold
        self._editable = editable
        self._filter = Filter()
        self._rows: Sequence[RequestRow] = ()
        self._gone: Sequence[RequestRow] = ()
        self._shown: Sequence[RequestRow] = ()
        self._about = palette.glyphs.about
        drawer = RequestDrawer(evolve(palette, cursor=palette.selection))
        self._gauge = Gauge()
        self._look = Label()
        self._keys = Label()
        self._heading = Label()
        for rows in (self._gauge, self._look, self._keys, self._heading):
            rows.palette = palette
        self._list = RecordView(drawer, tail=False, cursor=True, selectable=False)

    def compose(self) -> ComposeResult:
        """The gauge, what is looked at, and the list."""
        with Vertical(classes="dialog tall request") as dialog:
            dialog.border_subtitle = self.CHANGES
            yield self._gauge
            yield self._keys
            yield self._look
            yield self._heading
            yield self._list

    def on_mount(self) -> None:
        """Start at the newest piece."""
        self._keys.show(_LOOKS)
        self.show(*self._first)
        self._list.focus()
        if self._rows:
            said = [row for row in self._rows if row.segment.kind != "turn"] or self._rows
            self._list.move_cursor_to(said[-1].key)

    def on_resize(self, event: events.Resize) -> None:
        """The columns fit the width."""
        self.call_after_refresh(self._head)

    def show(self, state: SessionState, title: str) -> None:
        """The request is that of this state now."""
        self._rows, self._gone = request_rows(state), gone_rows(state)
        there = [row for row in self._rows if not row.dropped]
        size = sum(row.tokens for row in there)
        about = f"{self._about} " if state.context.source == "estimate" else ""
        dialog = self.query_one(".dialog")
        words = f"{title}: {segment_count(len(there))} {about}{tokens(size)}"
        dialog.border_title = Content(words)
        self._gauge.show(read_gauge(state, self._threshold))
        self._list_rows()

    def _list_rows(self) -> None:
        shown = self._filter.of(self._rows, self._gone)
        self._look.show(self._filter.words)
        if shown != self._shown:
            self._shown = shown
            self._list.show(shown)
        self._head()

    def _head(self) -> None:
        heading = request_heading(self._list.size.width)
        self._heading.show(heading if self._shown else " nothing")

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter."""
        event.stop()
        self.action_ask("open")

    def action_ask(self, wish: Wish) -> None:
        """A key for the piece under the cursor."""
        if not self._editable and wish not in ("open", "origin"):
            return
        for row in self._shown:
            if row.key == self._list.cursor_key:
                self.post_message(self.Asked(wish, row))

    def action_want(self, wish: General) -> None:
        """A key for the request as a whole."""
        if self._editable or wish == "raw":
            self.post_message(self.Wanted(wish))

    def action_look(self, look: Look) -> None:
        """Look at others of its pieces, or in another order."""
        self._look_at(Filter(look, self._filter.kind if look != "all" else ""))

    def action_next_kind(self) -> None:
        """Look at another kind of pieces."""
        kind = self._filter.next_kind((*self._rows, *self._gone))
        self._look_at(Filter(self._filter.look, kind))

    def _look_at(self, which: Filter) -> None:
        self._filter = which
        self._list_rows()
        if self._shown:
            first = which.look != "all"
            self._list.move_cursor_to(self._shown[0 if first else -1].key)

"""The breakpoints: add one, change it, switch it off and on, remove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from goose_agent.evolve import evolve
from goose_agent.stepping.condition import ConditionError, parse_condition
from goose_tui.view.formatting import cut_end, fit
from goose_tui.view.lines import RecordLine, line_of, plain_lines
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.state.stepping import Breakpoint

__all__ = ["BreaksScreen"]

_MOST = 12
"""Rows of the list, at most."""
_EMPTY = 'None yet. Such as: tool == shell and argv[0] == "git"   cost > 1.50   error'


class _BreakDrawer:
    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: Breakpoint) -> str:
        return record.breakpoint_id

    def text(self, record: Breakpoint) -> str:
        return record.condition

    def estimate(self, record: Breakpoint, width: int) -> int:
        return 1

    def foldable(self, record: Breakpoint) -> bool:
        return False

    def folded_by_default(self, record: Breakpoint) -> bool:
        return False

    def lines(self, record: Breakpoint, width: int, folded: bool) -> Sequence[RecordLine]:
        palette = self.palette
        glyphs = palette.glyphs
        mark = glyphs.step if record.enabled else glyphs.pending
        state = f"{record.hits} hit{'' if record.hits == 1 else 's'}" if record.enabled else "off"
        room = max(1, width - len(state) - 6)
        condition = fit(cut_end(clean_line(record.condition), room, glyphs.ellipsis), room)
        style = palette.text if record.enabled else palette.dim
        return [
            line_of(
                [
                    Segment(f" {mark} ", palette.accent if record.enabled else palette.dim),
                    Segment(condition, style),
                    Segment(f"  {state}", palette.dim),
                ]
            )
        ]


class _Note(Rows):
    """A line or more of words: what is wrong, or what to write."""

    DEFAULT_CSS = "_Note { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._wrong = False

    def say(self, words: str, *, wrong: bool = False) -> None:
        self._words, self._wrong = words, wrong
        self.display = bool(words)
        self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        style = self.palette.error if self._wrong else self.palette.dim
        return [list(line.strip) for line in plain_lines(clean_line(self._words), width, style)]


class BreaksScreen(ModalScreen[None]):
    """The list of breakpoints.

    Args:
        breakpoints: all of them.
        palette: styles.
        suggestion: a condition to begin with; where there is one a new breakpoint is being written.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False, priority=True),
        Binding("q", "leave", "close", show=False),
        Binding("a", "write('')", "add", show=False),
        Binding("e", "write_chosen", "edit", show=False),
        Binding("t", "switch", "on or off", show=False),
        Binding("d,delete", "remove", "remove", show=False),
    ]

    @dataclass
    class Set(Message):
        """A breakpoint is to be, or to be another."""

        condition: str
        breakpoint_id: str
        enabled: bool

    @dataclass
    class Removed(Message):
        """A breakpoint is to be no more."""

        breakpoint_id: str

    def __init__(
        self, breakpoints: Sequence[Breakpoint], palette: Palette, *, suggestion: str | None = None
    ) -> None:
        super().__init__()
        self._breakpoints = tuple(breakpoints)
        self._palette = palette
        self._suggestion = suggestion
        self._changed: Breakpoint | None = None
        """The one that is being written anew; None for a new one."""
        drawer = _BreakDrawer(evolve(palette, cursor=palette.selection))
        self._list = RecordView(drawer, tail=False, cursor=True, selectable=False)
        self._line = Input(
            placeholder="tool == shell and …", id="break-condition", select_on_focus=False
        )
        self._note = _Note()

    def compose(self) -> ComposeResult:
        """The list, and a line to write in."""
        with Vertical(classes="dialog queue") as dialog:
            dialog.border_title = "Breakpoints"
            dialog.border_subtitle = "a add  e edit  t on or off  d remove  esc closes"
            yield self._list
            yield self._line
            yield self._note

    def on_mount(self) -> None:
        """The list, or the line where one is to be written."""
        self._note.palette = self._palette
        self._line.display = False
        self.show(self._breakpoints)
        self.set_focus(self._list)
        if self._suggestion is not None or not self._breakpoints:
            self.action_write(self._suggestion or "")

    def show(self, breakpoints: Sequence[Breakpoint]) -> None:
        """The breakpoints are these now."""
        self._breakpoints = tuple(breakpoints)
        self._list.display = bool(breakpoints)
        self._list.styles.height = max(1, min(len(breakpoints), _MOST))
        self._list.show(self._breakpoints)
        if not self._line.display:
            self._note.say("" if breakpoints else _EMPTY)

    def _chosen(self) -> Breakpoint | None:
        key = self._list.cursor_key
        return next((item for item in self._breakpoints if item.breakpoint_id == key), None)

    # Writing one

    def action_write(self, text: str) -> None:
        """Write a new one."""
        self._changed = None
        self._write(text)

    def action_write_chosen(self) -> None:
        """Write the one under the cursor anew."""
        self._changed = self._chosen()
        if self._changed is not None:
            self._write(self._changed.condition)

    def _write(self, text: str) -> None:
        self._line.value = text
        self._line.cursor_position = len(text)
        self._line.display = True
        self.set_focus(self._line)
        self._note.say(_EMPTY if not self._breakpoints else "enter sets it, esc leaves it")

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong may be right now."""
        if self._line.display and event.value:
            self._note.say("enter sets it, esc leaves it")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter sets it, where it can be read."""
        event.stop()
        condition = event.value.strip()
        if not condition:
            self._stop_writing()
            return
        try:
            parse_condition(condition)
        except ConditionError as error:
            self._note.say(error.message, wrong=True)
            self._line.cursor_position = error.at
            return
        old = self._changed
        name, enabled = (old.breakpoint_id, old.enabled) if old is not None else ("", True)
        self.post_message(self.Set(condition, name, enabled))
        self._stop_writing()

    def _stop_writing(self) -> None:
        self.set_focus(self._list)  # at once: what is hidden would take the focus along
        self._line.display = False
        self.show(self._breakpoints)

    # What is done with one

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter."""
        event.stop()
        self.action_write_chosen()

    def action_switch(self) -> None:
        """On or off."""
        item = self._chosen()
        if item is not None:
            self.post_message(self.Set(item.condition, item.breakpoint_id, not item.enabled))

    def action_remove(self) -> None:
        """Remove it."""
        item = self._chosen()
        if item is not None:
            self.post_message(self.Removed(item.breakpoint_id))

    def action_leave(self) -> None:
        """Leave the line, then the list."""
        if self._line.display and self._breakpoints:
            self._stop_writing()
        else:
            self.dismiss()

"""The step bar: where a turn has paused, why, what is next, and the keys that let it go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import BindingType
from textual.message import Message

from goose_tui.keys import bindings
from goose_tui.view.formatting import cut_end
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.events import Step
    from goose_tui.view.pause_words import PauseWords

__all__ = ["StepBar"]

Wish = Literal["break", "edit", "stop", "leave"]

_KEYS = (
    ("c", "continue"),
    ("n", "next"),
    ("s", "into"),
    ("o", "out"),
    ("w", "write"),
    ("b", "break"),
    ("e", "edit"),
    ("x", "stop"),
)


_RUNNING_KEYS = (("x", "stop"),)


class StepBar(Rows, can_focus=True):
    """Owns the plain keys while it has the focus; not shown where nobody steps."""

    DEFAULT_CSS = "StepBar { height: auto; display: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("paused")]

    @dataclass
    class Stepped(Message):
        """The turn is to go on."""

        pause_id: str
        step: Step

    @dataclass
    class Wanted(Message):
        """Something else is to be done at the pause."""

        wish: Wish

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words: PauseWords | None = None
        self._answered = ""
        """The pause that was ended by a key: no second key is for it."""

    def show(self, words: PauseWords | None) -> None:
        """Say this from now on."""
        if words != self._words:
            self._words = words
            self.display = words is not None
            self.redraw(layout=True)

    @property
    def pause_id(self) -> str:
        """The pause that is shown; empty for none."""
        return self._words.pause_id if self._words is not None else ""

    def watch_has_focus(self, has_focus: bool) -> None:
        """The keys are bright while they work, and dim while they do not."""
        super().watch_has_focus(has_focus)
        self.redraw()

    def action_step(self, step: Step) -> None:
        """A key of the table was pressed."""
        if self.pause_id and self.pause_id != self._answered:
            self._answered = self.pause_id
            self.post_message(self.Stepped(self.pause_id, step))

    def action_want(self, wish: Wish) -> None:
        """Another key of the table was pressed."""
        if self.pause_id or wish in ("leave", "stop"):
            self.post_message(self.Wanted(wish))

    def rows(self, width: int) -> list[Row]:
        """What is said, on one row or two, and the keys."""
        words, palette = self._words, self.palette
        if words is None:
            return []
        glyphs = palette.glyphs
        room = max(1, width - 2)
        paused = bool(words.pause_id)
        mark = glyphs.waiting if paused else glyphs.running
        where = f"{mark} {words.where}"
        why = f" {glyphs.dot} {words.why}" if words.why else ""
        following = f"next: {words.next}" if words.next else ""
        style = palette.warn if paused else palette.dim
        head: list[Segment] = [
            Segment(" "),
            Segment(cut_end(where, room, glyphs.ellipsis), style),
            Segment(cut_end(why, max(0, room - cell_len(where)), glyphs.ellipsis), palette.text),
        ]
        rows: list[Row] = [head]
        if following and cell_len(where + why + following) + 3 <= room:
            head += [Segment(f" {glyphs.dot} ", palette.dim), Segment(following, palette.bright)]
        elif following:
            text = cut_end(following, max(0, room - 2), glyphs.ellipsis)
            rows.append([Segment("   "), Segment(text, palette.bright)])
        return [*rows, self._keys(room)]

    def _keys(self, room: int) -> Row:
        palette = self.palette
        shown: Sequence[tuple[str, str]] = _KEYS if self.pause_id else _RUNNING_KEYS
        if not self.has_focus:
            shown = (("tab", "steps"), *shown)
        letters = palette.text if self.has_focus else palette.dim
        row: list[Segment] = [Segment(" ")]
        for key, word in shown:
            size = cell_len(key) + cell_len(word) + 3
            if size > room:
                break
            room -= size
            row += [Segment(f"  {key}", letters), Segment(f" {word}", palette.dim)]
        return row

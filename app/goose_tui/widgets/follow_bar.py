"""Stands in the composer's place where a session is only read along: why, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.message import Message

from goose_tui.view.formatting import cut_end
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.wire import Following

__all__ = ["FollowBar"]

_ALONG = "read along: nothing can be sent from here"
_TAKE = "enter goes on with it here"


class FollowBar(Rows, can_focus=True):
    """Not shown where a session is written here."""

    DEFAULT_CSS = "FollowBar { height: auto; display: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take_over", "go on with it here", show=False),
        Binding("ctrl+d", "app.quit", "leave", show=False),
    ]

    class TakenOver(Message):
        """The session is to go on here."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._following: Following | None = None

    def show(self, following: Following | None) -> None:
        """Say this from now on."""
        if following != self._following:
            self._following = following
            self.display = following is not None
            self.redraw(layout=True)

    def action_take_over(self) -> None:
        """Enter."""
        if self._following is not None and self._following.free:
            self.post_message(self.TakenOver())

    def rows(self, width: int) -> list[Row]:
        """Why it is read along, and what can be done."""
        following, palette = self._following, self.palette
        if following is None:
            return []
        glyphs = palette.glyphs
        free = following.free
        mark = glyphs.waiting if free else glyphs.running
        why = cut_end(clean_line(following.reason), max(1, width - 4), glyphs.ellipsis)
        more = cut_end(_TAKE if free else _ALONG, max(1, width - 4), glyphs.ellipsis)
        return [
            [Segment(f" {mark} ", palette.warn), Segment(why, palette.text)],
            [Segment("   "), Segment(more, palette.bright if free else palette.dim)],
        ]

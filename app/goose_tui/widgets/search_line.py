"""A line to search the conversation with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

__all__ = ["SearchLine"]


class SearchLine(Input):
    """Enter finds the next, Up the one before, Esc closes."""

    DEFAULT_CSS = """
    SearchLine { height: 1; border: none; padding: 0 1; background: $panel; }
    SearchLine:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "find(False)", "next", show=False),
        Binding("up", "find(True)", "previous", show=False),
        Binding("escape", "close", "close", show=False),
    ]

    @dataclass
    class Wanted(Message):
        """Find the next place."""

        pattern: str
        backwards: bool

    class Closed(Message):
        """The search is over."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(placeholder="search the conversation", id=id, compact=True)
        self.cursor_blink = False

    def action_find(self, backwards: bool) -> None:
        """Enter, Down, Up."""
        if self.value:
            self.post_message(self.Wanted(self.value, backwards))

    def action_close(self) -> None:
        """Esc."""
        self.display = False
        self.post_message(self.Closed())

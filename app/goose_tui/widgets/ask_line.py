"""A line that asks for a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

__all__ = ["AskLine"]


class AskLine(Input):
    """Enter gives what was written, Esc gives nothing."""

    DEFAULT_CSS = """
    AskLine { height: 1; border: none; padding: 0 1; background: $panel; display: none; }
    AskLine:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "give", "take it", show=False),
        Binding("escape", "close", "close", show=False),
    ]

    @dataclass
    class Given(Message):
        """Something was written."""

        purpose: str
        text: str

    class Closed(Message):
        """Nothing more is asked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True)
        self.cursor_blink = False
        self._purpose = ""

    def ask(self, purpose: str, words: str, text: str = "") -> None:
        """Ask for something.

        Args:
            purpose: names what the answer is for.
            words: what to write, to be read while nothing is written.
            text: what to begin with.
        """
        self._purpose = purpose
        self.placeholder = words
        self.value = text
        self.display = True

    def action_give(self) -> None:
        """Enter."""
        self.display = False
        self.post_message(self.Closed())
        self.post_message(self.Given(self._purpose, self.value.strip()))

    def action_close(self) -> None:
        """Esc."""
        self.display = False
        self.post_message(self.Closed())

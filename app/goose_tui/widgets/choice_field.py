"""A field that is one of a few words: left and right go through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.message import Message

from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

__all__ = ["ChoiceField"]


class ChoiceField(Rows, can_focus=True):
    """One of several words.

    Args:
        choices: all of them; an empty one is for nothing chosen.
        value: the one chosen at first.
        palette: styles and glyphs.
    """

    DEFAULT_CSS = "ChoiceField { height: 1; padding: 0 1; background: $surface; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", "next", show=False),
        Binding("left", "step(-1)", "before", show=False),
        Binding("enter", "done", "done", show=False),
    ]

    @dataclass
    class Done(Message):
        """Enter was pressed."""

        field: ChoiceField

    def __init__(self, choices: Sequence[str], value: str, palette: Palette) -> None:
        super().__init__()
        self._choices = tuple(choices)
        self._at = self._choices.index(value) if value in self._choices else 0
        self.palette = palette

    @property
    def value(self) -> str:
        """The word chosen."""
        return self._choices[self._at]

    def action_step(self, step: int) -> None:
        """To the next word, or the one before."""
        self._at = (self._at + step) % len(self._choices)
        self.redraw()

    def action_done(self) -> None:
        """Enter."""
        self.post_message(self.Done(self))

    def on_focus(self) -> None:
        """Where keys choose is marked."""
        self.redraw()

    def on_blur(self) -> None:
        """Where they do not is not."""
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """All words where there is room, else the chosen one."""
        palette = self.palette
        words = [clean_line(choice) or "left out" for choice in self._choices]
        chosen = palette.selection + palette.bright if self.has_focus else palette.bright
        if sum(map(len, words)) + 2 * len(words) > width:
            return [[Segment(words[self._at], chosen)]]
        row: list[Segment] = []
        for at, word in enumerate(words):
            row += [Segment(word, chosen if at == self._at else palette.dim), Segment("  ")]
        return [row]

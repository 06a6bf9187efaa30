"""Running text; a very long paragraph is set in pieces, so that every new word costs the same."""

from __future__ import annotations

import copy

from rich.segment import Segment
from rich.style import Style

from goose_tui.view.lines import RecordLine, wrap
from goose_tui.view.markdown_inline import Inline, Logical
from goose_tui.view.markdown_syntax import cut_at, interrupts

__all__ = ["PIECE", "Paragraph"]

PIECE = 600
"""Characters of a paragraph that are set at once."""


class Paragraph:
    """Running text.

    Args:
        line: its first line.
        inline: sets it.
        width: cells of a row.
        base: its style.
    """

    lazy = True
    blank = False

    def __init__(self, line: str, inline: Inline, width: int, base: Style) -> None:
        self.out: list[RecordLine] = []
        self._inline = inline
        self._width = width
        self._base = base
        self._text = line.lstrip(" ")
        self._whole = True
        # The last row of a piece that ended within a line: the next piece continues it.
        self._carry: Logical = []
        self._soft = False
        self._glue = ""
        self._settle()

    @property
    def only_line(self) -> str | None:
        """Its text if it is one line so far."""
        return self._text if self._whole and "\n" not in self._text else None

    def fork(self) -> Paragraph:
        """A copy that can be fed on its own."""
        twin = copy.copy(self)
        twin.out = []
        return twin

    def take(self, line: str) -> bool:
        """Take a line; False if it is blank or begins another block."""
        if not line.strip() or interrupts(line):
            return False
        self._text += f"\n{line.lstrip(' ')}"
        self._settle()
        return True

    def extend(self, text: str) -> bool:
        """Take more of the last line."""
        self._text += text
        self._settle()
        return True

    def close(self) -> None:
        """Draw what was held back."""
        if self._text or self._carry:
            self._set(self._text, ended=True)
        self._text = ""

    def _settle(self) -> None:
        """Draw the beginning of a long text, which no later text can change any more."""
        while len(self._text) >= 2 * PIECE:
            self._whole = False
            position = cut_at(self._text, PIECE)
            piece, end = self._text[:position], self._text[position]
            self._text = self._text[position + (end in " \n") :]
            self._set(piece, ended=end == "\n")
            if end == " " and self._carry:
                self._carry.append(Segment(" ", self._base))

    def _set(self, piece: str, *, ended: bool) -> None:
        """Draw a piece of the text.

        Args:
            piece: the text.
            ended: whether its last line is complete.
        """
        logical = self._inline.lines(piece, self._base)
        logical[0] = [*self._carry, *logical[0]]
        self._carry = []
        for index, line in enumerate(logical):
            rows = wrap(line, self._width, soft=self._soft, glue=self._glue)
            self._soft, self._glue = False, ""
            if index == len(logical) - 1 and not ended:
                last = rows.pop()
                self._carry = list(last.strip)
                self._soft, self._glue = last.soft, last.glue
            self.out += rows

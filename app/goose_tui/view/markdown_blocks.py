"""The blocks of a Markdown text, read line by line and drawn as soon as they are complete.

Every block is a small machine: it takes lines while they belong to it, puts finished rows into
`out`, and can be forked to see what it would look like if the text ended here. Lists and quotes
hold another `Blocks` for their content, so that a huge list costs no more for a line than a short
one. How a text is read never depends on what follows, with one exception: a line that turns the
single line before it into the head of a table.

Where this differs from CommonMark: line breaks are kept, underlined headings and link definitions
are not recognised, html is text.
"""

from __future__ import annotations

import copy
from typing import Protocol

from rich.segment import Segment
from rich.style import Style

from goose_tui.view.lines import RecordLine, blank_line, line_of, wrap
from goose_tui.view.markdown_code import FencedCode, IndentedCode
from goose_tui.view.markdown_containers import List, Quote
from goose_tui.view.markdown_inline import Inline
from goose_tui.view.markdown_paragraph import Paragraph
from goose_tui.view.markdown_syntax import (
    CODE_INDENT,
    heading,
    indent_of,
    is_rule,
    list_marker,
    open_fence,
    quoted,
    table_aligns,
    table_cells,
)
from goose_tui.view.markdown_table import Table

__all__ = ["Block", "Blocks"]

_MIN_WIDTH = 12
"""Cells below which lists and quotes are not nested any more."""


class Block(Protocol):
    """One block that is being read."""

    out: list[RecordLine]
    """Finished rows, taken away by the owner."""

    @property
    def lazy(self) -> bool:
        """Whether it ends in a paragraph that a line without its marks would continue."""

    @property
    def blank(self) -> bool:
        """Whether it took blank lines that turned out to stand behind it."""

    def take(self, line: str) -> bool:
        """Take the next line; False if it does not belong here."""

    def extend(self, text: str) -> bool:
        """Take more of the last line; False if the block cannot."""

    def close(self) -> None:
        """Draw everything that was held back."""

    def fork(self) -> Block:
        """A copy with an empty `out` that can be fed on its own."""


class Blocks:
    """A sequence of blocks: a whole text, or the content of a quote or a list item.

    Args:
        inline: sets the text.
        width: cells of a row.
        base: style of the text.
    """

    def __init__(self, inline: Inline, width: int, base: Style) -> None:
        self.out: list[RecordLine] = []
        self._inline = inline
        self._palette = inline.palette
        self._width = max(1, width)
        self._base = base
        self._open: Block | None = None
        self._blank = False
        self._begun = False

    def fork(self) -> Blocks:
        """A copy with an empty `out` that can be fed on its own."""
        twin = copy.copy(self)
        twin.out = []
        twin._open = self._open.fork() if self._open else None
        return twin

    @property
    def lazy(self) -> bool:
        """Whether a line without marks would continue the paragraph at the end."""
        return self._open is not None and self._open.lazy

    def feed(self, line: str) -> None:
        """Take the next line.

        Args:
            line: clean text without a line end.
        """
        if self._promote(line):
            return
        if self._open is not None:
            taken = self._open.take(line)
            self._drain()
            if taken:
                return
            self.close()
        if line.strip():
            self._start(line)
        else:
            self._blank = True

    def extend(self, text: str) -> bool:
        """Take more of the line that was fed last.

        Returns:
            Always true: what no block wants becomes a paragraph.
        """
        if self._open is None or not self._open.extend(text):
            self.close()
            self._begin(Paragraph(text, self._inline, self._width, self._base))
        self._drain()
        return True

    def close(self) -> None:
        """End the block that is open."""
        if self._open is not None:
            self._open.close()
            self._drain()
            self._blank = self._open.blank
            self._open = None

    def _drain(self) -> None:
        if self._open is not None and self._open.out:
            self.out += self._open.out
            self._open.out = []

    def _promote(self, line: str) -> bool:
        """Turn a paragraph of one line into the head of a table if the line divides it."""
        head = self._open.only_line if isinstance(self._open, Paragraph) else None
        aligns = table_aligns(line) if head and "|" in head else None
        if not head or not aligns or len(table_cells(head)) != len(aligns):
            return False
        self._open = Table(head, aligns, self._inline, self._width, self._base)
        return True

    def _start(self, line: str) -> None:
        """Begin the block that a line opens."""
        title = heading(line)
        if title:
            self._title(*title)
        elif is_rule(line):
            self._space()
            rule = self._palette.glyphs.rule * self._width
            self.out.append(line_of([Segment(rule[: self._width], self._palette.rule)]))
        else:
            self._begin(self._block(line))
            self._drain()

    def _title(self, level: int, text: str) -> None:
        palette = self._palette
        self._blank = True
        self._space()
        style = self._base + (palette.heading if level <= 2 else palette.strong)
        for logical in self._inline.lines(text, style):
            self.out += wrap(logical, self._width)

    def _block(self, line: str) -> Block:
        """The block that a line opens, with the line taken."""
        roomy = self._width >= _MIN_WIDTH
        if indent_of(line) >= CODE_INDENT:
            code = IndentedCode(self._palette, self._width)
            code.take(line)
            return code
        if fence := open_fence(line):
            return FencedCode(fence, self._palette, self._width)
        if roomy and (said := quoted(line)) is not None:
            return Quote(said, self._within, self._palette, self._width, self._base)
        if roomy and (marker := list_marker(line)):
            return List(marker, self._within, self._palette, self._width, self._base)
        return Paragraph(line, self._inline, self._width, self._base)

    def _within(self, width: int, base: Style) -> Blocks:
        """The content of a block that holds others."""
        return Blocks(self._inline, width, base)

    def _begin(self, block: Block) -> None:
        self._space()
        self._open = block

    def _space(self) -> None:
        """Put a blank row before a block if the text has one there."""
        if self._begun and self._blank:
            self.out.append(blank_line())
        self._begun = True
        self._blank = False

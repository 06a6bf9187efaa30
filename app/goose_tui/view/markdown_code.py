"""Blocks of code: highlighted, on a background that reaches the full width."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from goose_agent.evolve import evolve
from goose_tui.view.highlight import Highlighter
from goose_tui.view.lines import Prefix, RecordLine, expand_tabs, indent, pad, wrap
from goose_tui.view.markdown_syntax import CODE_INDENT, Fence, closes_fence, indent_of
from goose_tui.view.palette import Palette

__all__ = ["FencedCode", "IndentedCode"]


class _Code:
    """Lines of code that are being read; finished pieces are drawn once."""

    lazy = False
    blank = False

    def __init__(self, language: str, palette: Palette, width: int) -> None:
        self.out: list[RecordLine] = []
        self._width = width
        self._base = palette.text + palette.code_block
        self._margin = Prefix.of(" ", self._base)
        self._highlighter = Highlighter(language, palette, self._base)
        self._soft: list[bool] = []

    def _twin(self) -> None:
        """Make the copy independent of its original."""
        self.out = []
        self._soft = list(self._soft)
        self._highlighter = self._highlighter.fork()

    def extend(self, text: str) -> bool:
        """Take more of the last line."""
        self.add(text, soft=True)
        return True

    def add(self, line: str, *, soft: bool = False) -> None:
        """Take a line of code.

        Args:
            line: clean text.
            soft: whether it continues the line before it.
        """
        self._soft.append(soft)
        self._draw(self._highlighter.feed(expand_tabs(line)))

    def close(self) -> None:
        """Draw what was held back."""
        self._draw(self._highlighter.finish())

    def _draw(self, lines: Iterable[list[Segment]]) -> None:
        for segments in lines:
            soft = self._soft.pop(0)
            rows = wrap(segments, self._width - 1, words=False, soft=soft)
            for row in indent(rows, self._margin):
                self.out.append(pad(row, self._width, self._base))


class FencedCode(_Code):
    """Code between fences.

    Args:
        fence: the line that opened it.
        palette: its styles.
        width: cells of a row.
    """

    def __init__(self, fence: Fence, palette: Palette, width: int) -> None:
        super().__init__(fence.language, palette, width)
        self._fence = fence
        self._closed = False
        if fence.language:
            self._label(fence.language, palette.dim)

    def fork(self) -> FencedCode:
        """A copy that can be fed on its own."""
        twin = copy.copy(self)
        twin._twin()
        return twin

    def take(self, line: str) -> bool:
        """Take a line; False once the closing fence was read."""
        if self._closed:
            return False
        if closes_fence(line, self._fence):
            self._closed = True
            self.close()
        else:
            self.add(line[min(indent_of(line), self._fence.indent) :])
        return True

    def extend(self, text: str) -> bool:
        """Take more of the last line, unless it closed the block."""
        return not self._closed and super().extend(text)

    def _label(self, language: str, dim: Style) -> None:
        """Name the language on a row that copying passes over."""
        [row] = wrap([Segment(f" {language[: self._width - 1]}", self._base + dim)], self._width)[
            :1
        ]
        strip: Strip = pad(row, self._width, self._base).strip
        self.out.append(evolve(row, strip=strip, gutter=self._width, soft=True))


class IndentedCode(_Code):
    """Code by indentation; blank lines within it belong to it.

    Args:
        palette: its styles.
        width: cells of a row.
    """

    def __init__(self, palette: Palette, width: int) -> None:
        super().__init__("", palette, width)
        self._blanks = 0

    @property
    def blank(self) -> bool:  # type: ignore[override] # it is read only, and only here it changes
        """Whether blank lines came after the last line of code."""
        return self._blanks > 0

    def fork(self) -> IndentedCode:
        """A copy that can be fed on its own."""
        twin = copy.copy(self)
        twin._twin()
        return twin

    def take(self, line: str) -> bool:
        """Take a line; False if it is neither blank nor indented."""
        if not line.strip():
            self._blanks += 1
            return True
        if indent_of(line) < CODE_INDENT:
            return False
        for _ in range(self._blanks):
            self.add("")
        self._blanks = 0
        self.add(line[CODE_INDENT:])
        return True

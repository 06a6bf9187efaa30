"""Quotes and lists: blocks whose content is blocks again, behind a bar or a bullet."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Protocol, Self, TypeAlias

from rich.segment import Segment
from rich.style import Style

from goose_tui.view.lines import Prefix, RecordLine, blank_line, indent
from goose_tui.view.markdown_syntax import Marker, indent_of, interrupts, list_marker, quoted
from goose_tui.view.palette import Palette

__all__ = ["Content", "List", "Quote"]


class Content(Protocol):
    """The blocks within a block."""

    out: list[RecordLine]
    """Finished rows, taken away by the owner."""

    @property
    def lazy(self) -> bool:
        """Whether a line without marks would continue the paragraph at the end."""

    def feed(self, line: str) -> None:
        """Take the next line."""

    def extend(self, text: str) -> bool:
        """Take more of the last line."""

    def close(self) -> None:
        """Draw what was held back."""

    def fork(self) -> Self:
        """A copy with an empty `out` that can be fed on its own."""


Within: TypeAlias = Callable[[int, Style], Content]


class Quote:
    """A quote: its content behind a bar.

    Args:
        line: what its first line says.
        within: makes the blocks of its content, for a width and a style.
        palette: its styles.
        width: cells of a row with the bar.
        base: style around it.
    """

    blank = False

    def __init__(
        self, line: str, within: Within, palette: Palette, width: int, base: Style
    ) -> None:
        self.out: list[RecordLine] = []
        self._bar = Prefix.of(f"{palette.glyphs.vertical} ", palette.quote)
        self._content = within(width - self._bar.width, base + palette.quote)
        self._content.feed(line)
        self._drain()

    @property
    def lazy(self) -> bool:
        """Whether a line without the mark would continue its paragraph."""
        return self._content.lazy

    def fork(self) -> Quote:
        """A copy that can be fed on its own."""
        twin = copy.copy(self)
        twin.out = []
        twin._content = self._content.fork()
        return twin

    def take(self, line: str) -> bool:
        """Take a line with the mark, or one that continues its paragraph without."""
        said = quoted(line)
        if said is None:
            if not line.strip() or not self.lazy or interrupts(line):
                return False
            said = line.lstrip(" ")
        self._content.feed(said)
        self._drain()
        return True

    def extend(self, text: str) -> bool:
        """Take more of the last line."""
        self._content.extend(text)
        self._drain()
        return True

    def close(self) -> None:
        """Draw what was held back."""
        self._content.close()
        self._drain()

    def _drain(self) -> None:
        self.out += indent(self._content.out, self._bar)
        self._content.out = []


class List:
    """A list: its items behind bullets or numbers, with hanging indents.

    Args:
        marker: of its first item.
        within: makes the blocks of its content, for a width and a style.
        palette: its styles.
        width: cells of a row with the bullet.
        base: style of the text.
    """

    def __init__(
        self, marker: Marker, within: Within, palette: Palette, width: int, base: Style
    ) -> None:
        self.out: list[RecordLine] = []
        self._within = within
        self._palette = palette
        self._width = width
        self._base = base
        self._number = marker.number
        self._blank = False
        self._marker = marker
        self._prefix = self._bullet(marker)
        self._drawn = False
        self._item = self._content(marker)
        self._drain()

    @property
    def blank(self) -> bool:
        """Whether blank lines came after its last line."""
        return self._blank

    @property
    def lazy(self) -> bool:
        """Whether a line without indent would continue its last paragraph."""
        return not self._blank and self._item.lazy

    def fork(self) -> List:
        """A copy that can be fed on its own."""
        twin = copy.copy(self)
        twin.out = []
        twin._item = self._item.fork()
        return twin

    def take(self, line: str) -> bool:
        """Take a line of the open item, or the next item."""
        if not line.strip():
            self._feed("")
            self._blank = True
            return True
        if indent_of(line) >= self._marker.offset:
            self._feed(line[self._marker.offset :])
        elif (marker := list_marker(line)) and indent_of(line) >= self._marker.indent + 2:
            # Two blanks are meant as nesting, even under a number that would need three.
            self._feed(line.lstrip(" "))
        elif marker and marker.kind == self._marker.kind:
            self._next(marker)
        elif self.lazy and not interrupts(line):
            self._feed(line.lstrip(" "))
        else:
            return False
        self._blank = False
        return True

    def extend(self, text: str) -> bool:
        """Take more of the last line."""
        self._item.extend(text)
        self._drain()
        return True

    def close(self) -> None:
        """Draw what was held back; an empty item still shows its bullet."""
        self._item.close()
        self._drain()
        if not self._drawn:
            self.out += indent([blank_line()], self._prefix)
            self._drawn = True

    def _next(self, marker: Marker) -> None:
        """End the open item and begin the next."""
        self.close()
        if self._blank:
            self.out.append(blank_line())
        if self._number is not None:
            self._number += 1
        self._marker = marker
        self._prefix = self._bullet(marker)
        self._drawn = False
        self._item = self._content(marker)
        self._drain()

    def _content(self, marker: Marker) -> Content:
        content = self._within(self._width - self._prefix.width, self._base)
        content.feed(marker.content)
        return content

    def _bullet(self, marker: Marker) -> Prefix:
        palette = self._palette
        glyphs = palette.glyphs
        text, style = glyphs.bullet, palette.dim
        if marker.task is not None:
            text = glyphs.ok if marker.task else glyphs.pending
            style = palette.ok if marker.task else palette.dim
        elif self._number is not None:
            text = f"{self._number}{marker.kind}"
        first = Segment(f"{text} ", self._base + style)
        return Prefix((first,), (Segment(" " * (len(text) + 1), self._base),), copied=True)

    def _feed(self, line: str) -> None:
        self._item.feed(line)
        self._drain()

    def _drain(self) -> None:
        if self._item.out:
            self.out += indent(self._item.out, self._prefix, begun=self._drawn)
            self._item.out = []
            self._drawn = True

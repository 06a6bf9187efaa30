"""A terminal emulator whose whole screen can be compared: characters, looks, hyperlinks, cursor."""

from __future__ import annotations

import re
from typing import NamedTuple

import pyte

__all__ = ["Cell", "Emulator"]

_LINK = re.compile(r"\x1b\]8;([^\x1b]*)\x1b\\")
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[?>=<][0-9;$]*[a-zA-Z]*[$pqu]")


class Cell(NamedTuple):
    """What a person sees of a cell."""

    data: str
    fore: str
    back: str
    attributes: tuple[bool, ...]
    link: str


class _Screen(pyte.Screen):
    """Remembers of which hyperlink a cell is."""

    def __init__(self, columns: int, lines: int) -> None:
        self.link = ""
        self.links: dict[int, str] = {}
        """By the identity of the cell's data: a cell that moves keeps it."""
        self.kept: list[object] = []
        super().__init__(columns, lines)

    def draw(self, data: str) -> None:
        """Draw character by character, each with the link."""
        for character in data:
            row, end = self.buffer[self.cursor.y], min(self.cursor.x, self.columns - 1)
            near = range(max(0, end - 2), min(self.columns, end + 2))
            before = [row[x] for x in near]
            super().draw(character)
            for x, was in zip(near, before, strict=True):
                if row[x] is not was:
                    row[x] = row[x]._replace()  # no two places share one
                    self.kept.append(row[x])
                    self.links[id(row[x])] = self.link


class Emulator:
    """A terminal of a size.

    Args:
        columns: of its screen.
        lines: of its screen.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self._screen = _Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self._stream.feed("\x1b[?7l")

    def feed(self, data: str) -> None:
        """Show what a program writes."""
        parts = _LINK.split(_UNKNOWN_TO_PYTE.sub("", data))
        self._stream.feed(parts[0])
        for link, text in zip(parts[1::2], parts[2::2], strict=True):
            self._screen.link = link.strip(";")
            self._stream.feed(text)

    def resize(self, columns: int, lines: int) -> None:
        """Be as large as this from now on."""
        self._screen.resize(lines, columns)

    @property
    def text(self) -> str:
        """The rows, one a line."""
        return "\n".join(self._screen.display)

    @property
    def title(self) -> str:
        """Of its window."""
        return self._screen.title

    @property
    def seen(self) -> tuple[list[list[Cell]], tuple[int, int, bool]]:
        """All cells, and the cursor's row, column and whether it is hidden."""
        cells = [[self._cell(y, x) for x in range(self._screen.columns)] for y in self._lines]
        cursor = self._screen.cursor
        # Behind the last column the cursor is shown in it.
        return cells, (cursor.y, min(cursor.x, self._screen.columns - 1), cursor.hidden)

    @property
    def _lines(self) -> range:
        return range(self._screen.lines)

    def _cell(self, y: int, x: int) -> Cell:
        cell = self._screen.buffer[y][x]
        fore, back, swapped = cell.fg, cell.bg, cell.reverse
        if swapped and "default" not in (fore, back):
            fore, back, swapped = back, fore, False
        attributes = (
            cell.bold,
            cell.italics,
            cell.underscore,
            cell.strikethrough,
            cell.blink,
            swapped,
        )
        return Cell(cell.data, fore, back, attributes, self._screen.links.get(id(cell), ""))

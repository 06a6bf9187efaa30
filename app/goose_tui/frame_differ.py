"""Sends the terminal only those cells of a frame that look different from what it shows.

Textual paints whole lines, and whole regions where they scroll. What it writes is read here into a
grid of cells, and the way from the last grid to this one is written instead. Whatever is not
understood is sent as it is; the grid is forgotten then, and the next frames are sent whole.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby

from goose_tui.cells import OPAQUE, PLAIN, RIGHT, UNKNOWN, CellTable, Style, restyle
from goose_tui.moved_rows import Move, moved_block

__all__ = ["FrameDiffer"]

_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
_MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
_STYLE = re.compile(r"\x1b\[([0-9;]*)m")
_BESIDE = re.compile(
    r"(?:\x07"
    r"|\x1b\](?:[0129]|52|777);[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\)"
    r"|\x1b\[\?(?:25|100[0-6]|1015|1016|2004|2048)[hl]"
    r"|\x1b\[\?\d+\$p)+"
)
"""What changes neither a cell nor the style nor the place of the cursor."""
_NEAR = 3
"""Columns that are rather written again than jumped over."""
_MANY = 4
"""Rows that are painted alike before it is asked whether they have scrolled."""
_UNSENT = (UNKNOWN, RIGHT)

_Piece = tuple[int, str, str]
"""Column, what was written there, and its cells."""
_Rows = dict[int, list[_Piece]]


class _Foreign(Exception):
    """There is something in a frame that only the terminal understands."""


class FrameDiffer:
    """What one terminal shows, as far as it is known."""

    def __init__(self) -> None:
        self._table = CellTable()
        self._size: tuple[int, int] | None = None
        self._resized = False
        self._grid: list[str] = []
        self._forgotten = 0
        self._style = PLAIN
        self._style_known = True
        self._cursor: tuple[int, int] | None = None
        self._held = ""
        self._out: list[str] = []
        self._runs = 0

    def forget(self) -> None:
        """From now on nobody knows what the terminal shows: the next frames are sent whole."""
        self._forgotten += 1
        self._cursor = None
        self._grid = []

    def encode(self, data: str, size: tuple[int, int]) -> str:
        """What to send in place of what the program writes.

        Args:
            data: a whole frame, or something beside the frames.
            size: columns and rows of the terminal.
        """
        if data == _SYNC_START:
            self._held = data
            return ""
        if data == _SYNC_END and self._held:
            self._held = ""
            return ""
        held, self._held = self._held, ""
        if data == _SYNC_END or _BESIDE.fullmatch(data):
            return held + data
        forgotten = self._forgotten
        try:
            sent = self._frame(data, size)
        except _Foreign:
            return held + self._as_it_is(data)
        if self._forgotten != forgotten:  # a signal has left the screen and come back meanwhile
            return held + self._as_it_is(data)
        if self._runs < 2:
            self._held = held  # one stretch of cells is never seen half
            return sent
        return held + sent

    def _as_it_is(self, data: str) -> str:
        before, self._style = restyle(self._style, PLAIN)
        self.forget()
        styles = _STYLE.findall(data)
        if styles:
            self._style_known = styles[-1] in ("", "0")
        return before + data

    def _frame(self, data: str, size: tuple[int, int]) -> str:
        if not self._style_known:
            raise _Foreign
        self._prepare(size)
        rows, cursor = self._read(data, *size)
        if len(rows) == size[1]:
            self._resized = False
        self._out, self._runs = [], 0
        shown = self._grid
        grid = shown.copy()
        whole = [y for y, pieces in rows.items() if not _painted(grid, y, pieces)]
        if not whole:
            shown = self._scrolled(shown, grid, rows)
        for y, (old, new) in enumerate(zip(shown, grid, strict=True)):
            if y in whole:
                self._send_whole(y, rows[y])
                grid[y] = UNKNOWN * len(new)
            elif old != new:
                self._send_row(y, old, new)
        self._go(*cursor)
        self._grid = grid
        return "".join(self._out)

    def _prepare(self, size: tuple[int, int]) -> None:
        """Begin a grid where none of this size is known.

        A terminal that is resized moves its cells in its own way, at its own time: it is known again
        from the first frame on that has all rows.
        """
        if self._table.full:
            self._table = CellTable()
            self._grid = []
        if self._size != size:
            self._resized = self._size is not None
            self._size = size
            self._grid = []
        if self._resized or not self._grid:
            self._cursor = None
            self._grid = [UNKNOWN * size[0]] * size[1]

    def _read(self, data: str, width: int, height: int) -> tuple[_Rows, tuple[int, int]]:
        """The pieces of each row, and where they leave the cursor."""
        before, *parts = _MOVE.split(data)
        if before or not parts:
            raise _Foreign
        rows: _Rows = {}
        x = y = 0
        known = True
        for row, column, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            y, x = int(row) - 1, int(column) - 1
            if text.endswith("\n") and y < height - 1:
                text = text[:-1]  # a movement follows
            cells = self._table.read(text)
            if cells is None or not (0 <= y < height and 0 <= x <= width - len(cells)):
                raise _Foreign
            known = cells != OPAQUE
            if text:
                rows.setdefault(y, []).append((x, text, cells))
                x += len(cells)
        if not known or data.endswith("\n"):
            raise _Foreign
        return rows, (y, min(x, width - 1))

    def _scrolled(self, shown: list[str], grid: list[str], rows: _Rows) -> list[str]:
        """Let the terminal move rows where that saves much; the rows it shows then."""
        pieces = Counter((x, len(cells)) for row in rows.values() for x, _, cells in row)
        (x, length), count = max(
            pieces.items(), key=lambda piece: piece[0][1] * piece[1], default=((0, 0), 0)
        )
        if count < _MANY:
            return shown
        blank = self._table.blank
        move = moved_block(shown, grid, slice(x, x + length), blank)
        if move is None:
            return shown
        self._restyle(PLAIN)
        self._out.append(_scrolling(move))
        self._cursor = None
        self._runs += 2
        return move.applied(shown, blank)

    def _send_whole(self, y: int, pieces: list[_Piece]) -> None:
        self._restyle(PLAIN)
        self._out += (f"\x1b[{y + 1};{x + 1}H{text}" for x, text, _ in pieces)
        self._cursor = None
        self._runs += len(pieces)

    def _send_row(self, y: int, old: str, new: str) -> None:
        """Write the stretches of a row that look different."""
        styles = self._table.styles
        start = end = -1
        for x, (before, after) in enumerate(zip(old, new, strict=True)):
            if before == after or after in _UNSENT:
                continue
            if end < 0:
                start = x
            elif x > end + 1 and not (
                x <= end + 1 + _NEAR
                and UNKNOWN not in (gap := new[end + 1 : x])
                and all(styles.get(code) == styles[new[end]] for code in gap)
            ):
                self._send_cells(y, start, end + 1, new)
                start = x
            end = x
        if end >= 0:
            self._send_cells(y, start, end + 1, new)

    def _send_cells(self, y: int, start: int, end: int, row: str) -> None:
        if row[end : end + 1] == RIGHT:
            end += 1
        self._go(y, start)
        table = self._table
        cells = row[start:end].replace(RIGHT, "")
        for style, codes in groupby(cells, table.styles.__getitem__):
            self._restyle(style)
            self._out.append("".join(map(table.characters.__getitem__, codes)))
        # In the last column terminals differ about where the cursor is.
        self._cursor = (y, end) if end < len(row) else None
        self._runs += 1

    def _restyle(self, style: Style) -> None:
        if style != self._style:
            sequence, self._style = restyle(self._style, style)
            self._out.append(sequence)

    def _go(self, y: int, x: int) -> None:
        if self._cursor == (y, x):
            return
        if self._cursor is not None and self._cursor[0] == y:
            by = x - self._cursor[1]
            far = abs(by)
            self._out.append(f"\x1b[{far if far > 1 else ''}{'C' if by > 0 else 'D'}")
        else:
            self._out.append(f"\x1b[{y + 1};{x + 1}H")
        self._cursor = (y, x)


def _painted(grid: list[str], y: int, pieces: list[_Piece]) -> bool:
    """Put pieces into a row; tells whether it is known what a terminal makes of them."""
    row = grid[y]
    for x, _, cells in pieces:
        end = x + len(cells)
        if cells == OPAQUE or row[x : x + 1] == RIGHT or row[end : end + 1] == RIGHT:
            return False  # terminals have different ideas of half a character
        row = row[:x] + cells + row[end:]
    grid[y] = row
    return True


def _scrolling(move: Move) -> str:
    """Lines deleted or inserted at the top of a region: what every terminal can do."""
    region = f"\x1b[{move.top + 1};{move.bottom + 1}r\x1b[{move.top + 1};1H"
    return f"{region}\x1b[{abs(move.by)}{'M' if move.by > 0 else 'L'}\x1b[r"

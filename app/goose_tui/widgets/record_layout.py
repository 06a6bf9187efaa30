"""Which record stands on which line: heights guessed until a record is seen, then measured.

Nothing here knows of a screen. Records are drawn by a `Drawer`, lazily and for one width; the lines
of those used last are kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

from goose_tui.view.lines import RecordLine
from goose_tui.view.palette import Palette

__all__ = ["Drawer", "RecordLayout"]

R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)

_KEPT_LINES = 4_000
"""Lines of drawn records that are kept at least."""


class Drawer(Protocol[R_contra]):
    """Turns records into lines. Records are immutable: a changed one is another object."""

    @property
    def palette(self) -> Palette:
        """The styles it draws with."""

    def key(self, record: R_contra) -> str:
        """What names a record through its changes; unique in a view."""

    def text(self, record: R_contra) -> str:
        """What searching looks at."""

    def estimate(self, record: R_contra, width: int) -> int:
        """About how many lines a record takes, without drawing it."""

    def foldable(self, record: R_contra) -> bool:
        """Whether a record has a short form."""

    def folded_by_default(self, record: R_contra) -> bool:
        """Whether it is shown in its short form at first."""

    def lines(self, record: R_contra, width: int, folded: bool) -> Sequence[RecordLine]:
        """The lines of a record.

        Args:
            record: to be drawn.
            width: cells of a line.
            folded: whether in its short form.
        """


@dataclass(frozen=True, slots=True)
class _Drawn(Generic[R]):
    """The lines of one record, and what they were made from."""

    record: R
    width: int
    folded: bool
    lines: Sequence[RecordLine]


class RecordLayout(Generic[R]):
    """Records in order, their heights, and their lines on demand.

    Args:
        drawer: draws the records.
    """

    def __init__(self, drawer: Drawer[R]) -> None:
        self._drawer = drawer
        self._width = 80
        self._visible = 0
        self._records: list[R] = []
        self._keys: list[str] = []
        self._index: dict[str, int] = {}
        self._heights: list[int] = []
        self._measured: list[bool] = []
        # The line at which each record begins, right up to and with number `_valid`.
        self._tops: list[int] = [0]
        self._valid = 0
        self._folds: dict[str, bool] = {}
        self._fold_all: bool | None = None
        self._cache: OrderedDict[str, _Drawn[R]] = OrderedDict()
        self._cached_lines = 0

    def __len__(self) -> int:
        return len(self._records)

    @property
    def width(self) -> int:
        """Cells of a line."""
        return self._width

    @property
    def total(self) -> int:
        """Lines of all records, as far as known."""
        return self.top(len(self))

    def resize(self, width: int, height: int) -> None:
        """Lay out for another size; heights are guessed anew if the width changes.

        Args:
            width: cells of a line, at least 1.
            height: lines that are seen at once.
        """
        self._visible = height
        if width != self._width:
            self._width = width
            self._guess_all()

    def redraw(self) -> None:
        """Forget every drawn line: the drawer draws differently now."""
        self._cache.clear()
        self._cached_lines = 0
        self._guess_all()

    def show(self, records: Sequence[R], changed_from: int = 0) -> list[int]:
        """The records are these now.

        Args:
            records: all of them; the sequence itself is not kept.
            changed_from: those before this index are the same objects as before.

        Returns:
            The indexes of the records that are new or other objects than before.
        """
        old = len(self._records)
        known, count = self._records, len(records)
        changed = [
            index
            for index in range(max(0, changed_from), count)
            if index >= old or known[index] is not records[index]
        ]
        for index in changed:
            self._put(index, records[index])
        if count < old:
            self._truncate(count)
        return changed

    def _put(self, index: int, record: R) -> None:
        """Set the record at an index, at most one after the last."""
        key = self._drawer.key(record)
        if index == len(self._records):
            self._records.append(record)
            self._keys.append(key)
            self._heights.append(self._guess(record))
            self._measured.append(False)
        else:
            before = self._keys[index]
            self._records[index] = record
            self._keys[index] = key
            if key != before:
                if self._index.get(before) == index:
                    del self._index[before]
                self._heights[index] = self._guess(record)
            # A record that only changed mostly keeps its height, or grows a little.
            self._measured[index] = False
            self._valid = min(self._valid, index)
        self._index[key] = index

    def _truncate(self, count: int) -> None:
        for index in range(count, len(self._keys)):
            if self._index.get(self._keys[index]) == index:
                del self._index[self._keys[index]]
        for column in (self._records, self._keys, self._heights, self._measured):
            del column[count:]
        self._valid = min(self._valid, count)

    def record(self, index: int) -> R:
        """The record at an index."""
        return self._records[index]

    def key(self, index: int) -> str:
        """The key of the record at an index."""
        return self._keys[index]

    def index(self, key: str) -> int | None:
        """Where the record with a key stands, or None if there is none."""
        return self._index.get(key)

    def folded(self, index: int) -> bool:
        """Whether the record at an index is shown in its short form."""
        record = self._records[index]
        if not self._drawer.foldable(record):
            return False
        if (chosen := self._folds.get(self._keys[index])) is not None:
            return chosen
        if self._fold_all is not None:
            return self._fold_all
        return self._drawer.folded_by_default(record)

    def fold(self, index: int, folded: bool) -> None:
        """Show the record at an index in its short form, or not."""
        self._folds[self._keys[index]] = folded
        self._measured[index] = False

    def toggle_folds(self) -> None:
        """Fold every record that can be, or unfold them if all are folded."""
        foldable = [
            index for index, record in enumerate(self._records) if self._drawer.foldable(record)
        ]
        self._fold_all = any(not self.folded(index) for index in foldable)
        self._folds.clear()
        for index in foldable:
            self._measured[index] = False

    def height(self, index: int) -> int:
        """The lines of the record at an index, drawn if that is needed to know."""
        if not self._measured[index]:
            self.lines(index)
        return self._heights[index]

    def lines(self, index: int) -> Sequence[RecordLine]:
        """The lines of the record at an index; its height is known afterwards."""
        record, key = self._records[index], self._keys[index]
        folded = self.folded(index)
        drawn = self._cache.get(key)
        if (
            drawn is not None
            and drawn.record is record
            and drawn.width == self._width
            and drawn.folded == folded
        ):
            self._cache.move_to_end(key)
        else:
            lines = self._drawer.lines(record, self._width, folded)
            drawn = _Drawn(record, self._width, folded, lines)
            self._keep(key, drawn)
        if not self._measured[index]:
            self._measured[index] = True
            self._set_height(index, len(drawn.lines))
        return drawn.lines

    def _keep(self, key: str, drawn: _Drawn[R]) -> None:
        """Keep lines, and let go of those that were not used for longest."""
        if (before := self._cache.pop(key, None)) is not None:
            self._cached_lines -= len(before.lines)
        self._cache[key] = drawn
        self._cached_lines += len(drawn.lines)
        # What is on the screen now was used last, and is never more records than lines.
        while self._cached_lines > _KEPT_LINES and len(self._cache) > self._visible + 1:
            _, oldest = self._cache.popitem(last=False)
            self._cached_lines -= len(oldest.lines)

    def top(self, index: int) -> int:
        """The line at which the record at an index begins, as far as known.

        Args:
            index: up to the number of records, where the end of the last one is meant.
        """
        if index > self._valid:
            del self._tops[self._valid + 1 :]
            heights = self._heights[self._valid :]
            rest = accumulate(heights, initial=self._tops[self._valid])
            next(rest)
            self._tops += rest
            self._valid = len(self._heights)
        return self._tops[index]

    def at(self, line: int) -> tuple[int, int]:
        """The record that stands on a line, as far as known, and the line within it.

        Args:
            line: from the start of the first record; clamped to what there is.
        """
        total = self.total
        if not self._records or line <= 0:
            return 0, 0
        if line >= total:
            line = max(0, total - 1)
        index = bisect_right(self._tops, line, 0, len(self) + 1) - 1
        index = min(index, len(self) - 1)
        return index, line - self._tops[index]

    def _set_height(self, index: int, height: int) -> None:
        if self._heights[index] != height:
            self._heights[index] = height
            self._valid = min(self._valid, index)

    def _guess(self, record: R) -> int:
        return max(1, self._drawer.estimate(record, self._width))

    def _guess_all(self) -> None:
        self._heights = [self._guess(record) for record in self._records]
        self._measured = [False] * len(self._records)
        self._valid = 0

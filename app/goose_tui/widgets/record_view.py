"""A view of many records that draws only what is seen: transcript, tree, lists.

Records go in with `show`; lines come from a `Drawer`. Painting is paced by a frame clock that runs
only while something is to be painted, and only rows that look different are painted. There is no
widget per record and no markup.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, TypeAlias, TypeVar

from rich.style import Style
from textual.binding import Binding, BindingType

from goose_tui.view.lines import RecordLine
from goose_tui.widgets import record_messages
from goose_tui.widgets.record_layout import Drawer
from goose_tui.widgets.record_pointer import RecordPointer
from goose_tui.widgets.record_row import Overlay
from goose_tui.widgets.record_search import RecordSearch

__all__ = ["Drawer", "RecordView"]

R = TypeVar("R")

_CURSOR_ACTIONS = frozenset({"cursor", "activate", "toggle_fold", "toggle_folds"})
_HIT = Style(reverse=True)
_CURRENT_HIT = Style(reverse=True, bold=True, underline=True)


class RecordView(RecordPointer[R], can_focus=True):
    """Shows records, follows their end, and lets them be scrolled, folded, searched and copied.

    Args:
        drawer: turns records into lines; holds the palette.
        tail: whether the end is followed at first and whenever it is scrolled to.
        cursor: whether a cursor moves from record to record.
        selectable: whether text is selected with the mouse; else a double click activates.
        frame_seconds: the shortest time between two paintings of changed records.
        clock: monotonic seconds.
        id: of the widget.
        classes: of the widget.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor(1)", "Next", show=False, id="records.next"),
        Binding("k", "cursor(-1)", "Previous", show=False, id="records.previous"),
        Binding("enter", "activate", "Open", show=False, id="records.open"),
        Binding("space", "toggle_fold", "Fold", show=False, id="records.fold"),
        Binding("o", "toggle_folds", "Fold all", show=False, id="records.fold-all"),
    ]

    Activated: TypeAlias = record_messages.Activated
    CursorMoved: TypeAlias = record_messages.CursorMoved
    EndInSight: TypeAlias = record_messages.EndInSight
    FollowChanged: TypeAlias = record_messages.FollowChanged
    LinkClicked: TypeAlias = record_messages.LinkClicked
    SelectionEnded: TypeAlias = record_messages.SelectionEnded

    def __init__(
        self,
        drawer: Drawer[R],
        *,
        tail: bool = True,
        cursor: bool = False,
        selectable: bool = True,
        frame_seconds: float = 1 / 30,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            drawer,
            tail=tail,
            selectable=selectable,
            frame_seconds=frame_seconds,
            clock=clock,
            id=id,
            classes=classes,
        )
        self._cursor_on = cursor
        self._cursor: tuple[str, int] | None = None
        self._chosen = False
        """Whether somebody put the cursor where it is; until then it goes along with the tail."""
        self._search: RecordSearch[R] | None = None

    @property
    def cursor_key(self) -> str | None:
        """The key of the record under the cursor, or None."""
        return self._cursor[0] if self._cursor else None

    @property
    def cursor_mode(self) -> bool:
        """Whether a cursor moves from record to record."""
        return self._cursor_on

    @cursor_mode.setter
    def cursor_mode(self, on: bool) -> None:
        self._cursor_on = on
        if on:
            self._place_cursor()
        self._paint()

    def show(self, records: Sequence[R], changed_from: int = 0) -> None:
        """The records are these now; they are painted with the next frame.

        Args:
            records: all of them; the sequence is read, not kept.
            changed_from: those before this index are the same objects as before.
        """
        super().show(records, changed_from)
        if self._cursor_on:
            self._place_cursor()

    # Folding

    def toggle_fold(self, key: str) -> None:
        """Fold or unfold a record; its first line stays where it is."""
        index = self._records.index(key)
        if index is None or not self._drawer.foldable(self._records.record(index)):
            return
        row = next((row for row, place in enumerate(self._rows) if place[0] == index), None)
        above = self._rows[row][1] if row is not None else 0
        self._records.fold(index, not self._records.folded(index))
        if row is not None:
            self._window.hold(index, row - above)
        self._paint()

    def toggle_folds(self) -> None:
        """Fold every record that can be, or unfold them if all are folded."""
        self._records.toggle_folds()
        self._paint()

    # The cursor

    def move_cursor_to(self, key: str) -> bool:
        """Put the cursor on a record and show it; False if there is none with that key."""
        index = self._records.index(key)
        if index is None:
            return False
        self._chosen = True
        self._set_cursor(index)
        self._window.reveal(index)
        self._paint()
        return True

    def _place_cursor(self) -> None:
        """Keep the cursor on its record, or near where it was."""
        count = len(self._records)
        if not count:
            self._cursor = None
            return
        if self._cursor is None or (self._tail and not self._chosen):
            self._set_cursor(count - 1 if self._tail else 0)
            return
        key, before = self._cursor
        index = self._records.index(key)
        if index is None:
            self._set_cursor(min(before, count - 1))
        else:
            self._cursor = key, index

    def _set_cursor(self, index: int) -> None:
        key = self._records.key(index)
        moved = self._cursor is None or self._cursor[0] != key
        self._cursor = key, index
        if moved:
            self.post_message(self.CursorMoved(self, key))

    # Searching

    def search(self, pattern: str, backwards: bool = False) -> bool:
        """Go to the next hit of a pattern and mark all of them; False if there is none.

        Args:
            pattern: taken literally, without regard to case; an empty one clears the search.
            backwards: go to the hit before instead.
        """
        if not pattern:
            self.clear_search()
            return False
        if self._search is None or self._search.pattern != pattern:
            self._search = RecordSearch(self._records, self._drawer, pattern)
        start = self._rows[-1 if backwards else 0][0] if self._rows else 0
        found = self._search.step(start, backwards=backwards)
        if found is not None:
            index, line, lines = found
            if self._cursor_on:
                self._chosen = True
                self._set_cursor(index)
            self._window.reveal(index, line, lines)
        self._paint()
        return found is not None

    def clear_search(self) -> None:
        """Mark no hits any more."""
        self._search = None
        self._paint()

    def record_clicked(self, key: str) -> None:
        """The cursor goes where the mouse clicked."""
        if self._cursor_on:
            self.move_cursor_to(key)

    def overlays(self, index: int, at: int, line: RecordLine, width: int) -> Iterator[Overlay]:
        """The cursor below, then hits, then what is selected."""
        here = self._cursor is not None and self._cursor[1] == index
        # A view that takes no focus gets its keys from somebody who has it.
        if self._cursor_on and here and (self.has_focus or not self.can_focus):
            yield Overlay(0, width, self._drawer.palette.cursor, under=True)
        if self._search is not None:
            for start, stop, current in self._search.spans(index, at):
                yield Overlay(start, stop, _CURRENT_HIT if current else _HIT)
        yield from super().overlays(index, at, line, width)

    # Keys

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor is shown only where keys move it."""
        super().watch_has_focus(has_focus)
        self._paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the cursor are free where there is none."""
        return self._cursor_on or action not in _CURSOR_ACTIONS

    def action_cursor(self, step: int) -> None:
        """Move the cursor to the next record, or the one before."""
        count = len(self._records)
        if count:
            index = self._cursor[1] + step if self._cursor else 0
            self.move_cursor_to(self._records.key(min(max(0, index), count - 1)))

    def action_activate(self) -> None:
        """Choose the record under the cursor."""
        if self._cursor is not None:
            self.post_message(self.Activated(self, self._cursor[0]))

    def action_toggle_fold(self) -> None:
        """Fold or unfold the record under the cursor."""
        if self._cursor is not None:
            self.toggle_fold(self._cursor[0])

    def action_toggle_folds(self) -> None:
        """Fold or unfold all."""
        self.toggle_folds()

    def action_scroll_up(self) -> None:
        """One line up, or to the record before where there is a cursor."""
        if self._cursor_on:
            self.action_cursor(-1)
        else:
            self.scroll_lines(-1)

    def action_scroll_down(self) -> None:
        """One line down, or to the next record where there is a cursor."""
        if self._cursor_on:
            self.action_cursor(1)
        else:
            self.scroll_lines(1)

    def action_page_up(self) -> None:
        """One page up."""
        self._page(-1)

    def action_page_down(self) -> None:
        """One page down."""
        self._page(1)

    def action_scroll_home(self) -> None:
        """To the first record."""
        self.scroll_to_start()
        if self._cursor_on and len(self._records):
            self.move_cursor_to(self._records.key(0))

    def action_scroll_end(self) -> None:
        """To the last record."""
        self.scroll_to_end()
        if self._cursor_on and len(self._records):
            self._chosen = False
            self._set_cursor(len(self._records) - 1)
            self._paint()

    def _page(self, pages: int) -> None:
        """Scroll by a page; the cursor comes along into what is seen."""
        self.scroll_pages(pages)
        if self._cursor_on and self._cursor is not None and self._rows:
            first, last = self._rows[0][0], self._rows[-1][0]
            edge = first if pages < 0 else last
            if not first <= self._cursor[1] <= last or edge in (0, len(self._records) - 1):
                self._chosen = True
                self._set_cursor(edge)
                self._paint()

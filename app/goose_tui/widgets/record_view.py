"""A view of many records that draws only what is seen: transcript, tree, lists.

Records go in with `show`; lines come from a `Drawer`. Painting is paced by a frame clock that runs
only while something is to be painted, and only rows that look different are painted. There is no
widget per record and no markup.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.strip import Strip
from textual.timer import Timer

from goose_tui.view.lines import RecordLine
from goose_tui.widgets.record_layout import Drawer, RecordLayout
from goose_tui.widgets.record_row import Overlay, PaintedRow, paint
from goose_tui.widgets.record_search import RecordSearch
from goose_tui.widgets.record_selection import Point, RecordSelection
from goose_tui.widgets.record_window import RecordWindow

__all__ = ["RecordView"]

R = TypeVar("R")

_WHEEL_LINES = 3
_DRAG_SECONDS = 0.05
_CURSOR_ACTIONS = frozenset({"cursor", "activate", "toggle_fold", "toggle_folds"})
_HIT = Style(reverse=True)
_CURRENT_HIT = Style(reverse=True, bold=True, underline=True)


class RecordView(ScrollView, Generic[R], can_focus=True):
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

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    RecordView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor(1)", "Next", show=False, id="records.next"),
        Binding("up,k", "cursor(-1)", "Previous", show=False, id="records.previous"),
        Binding("enter", "activate", "Open", show=False, id="records.open"),
        Binding("space", "toggle_fold", "Fold", show=False, id="records.fold"),
        Binding("o", "toggle_folds", "Fold all", show=False, id="records.fold-all"),
    ]

    class Activated(Message):
        """A record was chosen with Enter, or with a double click where no text is selected."""

        def __init__(self, view: RecordView[R], key: str) -> None:
            super().__init__()
            self.view = view
            self.key = key
            """Of the record."""

    class CursorMoved(Message):
        """The cursor is at another record."""

        def __init__(self, view: RecordView[R], key: str) -> None:
            super().__init__()
            self.view = view
            self.key = key
            """Of the record."""

    class FollowChanged(Message):
        """The end is followed from now on, or not any more."""

        def __init__(self, view: RecordView[R], following: bool) -> None:
            super().__init__()
            self.view = view
            self.following = following

    class SelectionEnded(Message):
        """Text was selected with the mouse."""

        def __init__(self, view: RecordView[R], text: str) -> None:
            super().__init__()
            self.view = view
            self.text = text
            """What is selected."""

    class LinkClicked(Message):
        """A link was clicked."""

        def __init__(self, view: RecordView[R], key: str, target: str) -> None:
            super().__init__()
            self.view = view
            self.key = key
            """Of the record."""
            self.target = target
            """Address or path, as somebody else wrote it."""

    def __init__(
        self,
        drawer: Drawer[R],
        *,
        tail: bool = True,
        cursor: bool = False,
        selectable: bool = True,
        frame_seconds: float = 1 / 30,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,  # Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.frame_seconds = frame_seconds
        """The shortest time between two paintings of changed records."""
        self._drawer = drawer
        self._clock = clock
        self._tail = tail
        self._cursor_on = cursor
        self._selectable = selectable
        self._layout_of = RecordLayout(drawer)
        self._window = RecordWindow(self._layout_of, tail=tail)
        self._selection = RecordSelection(self._layout_of)
        self._search: RecordSearch[R] | None = None
        self._cursor: tuple[str, int] | None = None
        self._unseen: set[str] = set()
        self._painted: list[PaintedRow] = []
        self._rows: list[tuple[int, int]] = []
        self._followed = tail
        self._frame: Timer | None = None
        self._last_paint = float("-inf")
        self._drag: Timer | None = None
        self._drag_at = Offset(0, 0)
        self._dragging = False

    # What is shown

    @property
    def following(self) -> bool:
        """Whether the end is followed."""
        return self._window.following

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
        count = len(self._layout_of)
        changed = self._layout_of.show(records, changed_from)
        if not changed and count == len(records):
            return
        if not self._window.following and self._tail and self._rows:
            last = self._rows[-1][0]
            self._unseen.update(self._layout_of.key(index) for index in changed if index >= last)
        if self._cursor_on:
            self._place_cursor()
        self._ask_for_frame()

    def redraw(self) -> None:
        """Draw everything anew: the drawer's palette or settings changed."""
        self._window.around(self._selection.around, self._layout_of.redraw)
        self._painted = []
        self._paint()

    # Scrolling

    def scroll_lines(self, lines: int) -> None:
        """Scroll down by lines, or up if negative."""
        self._window.move(lines)
        self._paint()

    def scroll_pages(self, pages: int) -> None:
        """Scroll down by pages, or up if negative; one line stays in sight."""
        self.scroll_lines(pages * max(1, self._window.height - 1))

    def scroll_to_start(self) -> None:
        """Scroll to the first line."""
        self._window.to_start()
        self._paint()

    def scroll_to_end(self) -> None:
        """Scroll to the last line, and follow it where that is wanted."""
        self._window.to_end()
        self._paint()

    def scroll_to_key(self, key: str) -> bool:
        """Scroll so that a record is seen; False if there is none with that key."""
        index = self._layout_of.index(key)
        if index is None:
            return False
        self._window.reveal(index)
        self._paint()
        return True

    # Folding

    def toggle_fold(self, key: str) -> None:
        """Fold or unfold a record; its first line stays where it is."""
        index = self._layout_of.index(key)
        if index is None or not self._drawer.foldable(self._layout_of.record(index)):
            return
        row = next((row for row, place in enumerate(self._rows) if place[0] == index), None)
        above = self._rows[row][1] if row is not None else 0
        self._layout_of.fold(index, not self._layout_of.folded(index))
        if row is not None:
            self._window.hold(index, row - above)
        self._paint()

    def toggle_folds(self) -> None:
        """Fold every record that can be, or unfold them if all are folded."""
        self._layout_of.toggle_folds()
        self._paint()

    # The cursor

    def move_cursor_to(self, key: str) -> bool:
        """Put the cursor on a record and show it; False if there is none with that key."""
        index = self._layout_of.index(key)
        if index is None:
            return False
        self._set_cursor(index)
        self._window.reveal(index)
        self._paint()
        return True

    def _place_cursor(self) -> None:
        """Keep the cursor on its record, or near where it was."""
        count = len(self._layout_of)
        if not count:
            self._cursor = None
            return
        if self._cursor is None:
            self._set_cursor(count - 1 if self._tail else 0)
            return
        key, before = self._cursor
        index = self._layout_of.index(key)
        if index is None:
            self._set_cursor(min(before, count - 1))
        else:
            self._cursor = key, index

    def _set_cursor(self, index: int) -> None:
        key = self._layout_of.key(index)
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
            self._search = RecordSearch(self._layout_of, self._drawer, pattern)
        start = self._rows[-1 if backwards else 0][0] if self._rows else 0
        found = self._search.step(start, backwards=backwards)
        if found is not None:
            index, line, lines = found
            if self._cursor_on:
                self._set_cursor(index)
            self._window.reveal(index, line, lines)
        self._paint()
        return found is not None

    def clear_search(self) -> None:
        """Mark no hits any more."""
        self._search = None
        self._paint()

    # Selecting

    def selected_text(self) -> str:
        """The text that is selected, or an empty text."""
        return self._selection.text()

    def clear_selection(self) -> bool:
        """Select nothing; False if nothing was selected."""
        existed = self._selection.exists
        self._selection.clear()
        if existed:
            self._paint()
        return existed

    def _point(self, at: Offset) -> Point | None:
        """The cell of a record at a place of the content; beyond the edges, the nearest one."""
        if not self._rows:
            return None
        row = min(max(0, at.y), len(self._rows) - 1)
        index, line = self._rows[row]
        rows = self._layout_of.lines(index)
        # The record may have changed since it was painted.
        line = min(line, len(rows) - 1)
        if line < 0:
            return None
        last = max(rows[line].gutter, rows[line].end - 1)
        column = last if at.y >= len(self._rows) else min(max(at.x, rows[line].gutter), last)
        return Point(self._layout_of.key(index), line, column)

    # Painting

    def _ask_for_frame(self) -> None:
        """Paint with the next frame: at once if the last one was long enough ago."""
        if self._frame is not None or not self.is_attached:
            return
        wait = self._last_paint + self.frame_seconds - self._clock()
        self._frame = self.set_timer(max(0.0, wait), self._paint)

    def _paint(self) -> None:
        """Lay out what is seen, and have the rows painted that look different now."""
        if self._frame is not None:
            self._frame.stop()
            self._frame = None
        size = self.scrollable_content_region.size
        if not self.is_attached or not size.width or not size.height:
            return
        self._last_paint = self._clock()
        if size.width != self._layout_of.width:
            self._selection.around(lambda: self._window.resize(size.width, size.height))
        else:
            self._window.resize(size.width, size.height)
        self._rows = self._window.rows()
        if self._window.following:
            self._unseen.clear()
        self._move_scrollbar(size)
        painted = list(self._look(size))
        self._refresh_changed(painted, size.width)
        if self._window.following != self._followed:
            self._followed = self._window.following
            self.post_message(self.FollowChanged(self, self._followed))

    def _look(self, size: Size) -> Iterator[PaintedRow]:
        """What the rows are made from, top to bottom."""
        last = size.height - 1
        mark = self._mark()
        for row in range(size.height):
            over = mark if row == last else ""
            if row >= len(self._rows):
                yield PaintedRow(None, mark=over)
                continue
            index, at = self._rows[row]
            line = self._layout_of.lines(index)[at]
            overlays = tuple(self._overlays(index, at, line, size.width))
            yield PaintedRow(line, overlays, over)

    def _overlays(self, index: int, at: int, line: RecordLine, width: int) -> Iterator[Overlay]:
        palette = self._drawer.palette
        if self._cursor_on and self._cursor is not None and self._cursor[1] == index:
            yield Overlay(0, width, palette.cursor)
        if self._search is not None:
            for start, stop, current in self._search.spans(index, at):
                yield Overlay(start, stop, _CURRENT_HIT if current else _HIT)
        if self._selection.exists and (span := self._selection.span(index, at, line)):
            yield Overlay(*span, palette.selection)

    def _mark(self) -> str:
        """The mark that tells of something new below, or nothing."""
        if not self._unseen:
            return ""
        return f" {self._drawer.palette.glyphs.below} {len(self._unseen)} new "

    def _move_scrollbar(self, size: Size) -> None:
        """Tell the scrollbar where we are, without a layout of the screen."""
        total, line = self._layout_of.total, self._window.line
        self.set_reactive(RecordView.virtual_size, Size(size.width, total))
        self.scroll_target_y = self.scroll_y = line
        if self.show_vertical_scrollbar:
            bar = self.vertical_scrollbar
            bar.window_virtual_size = total
            bar.window_size = size.height
            bar.position = line

    def _refresh_changed(self, painted: list[PaintedRow], width: int) -> None:
        """Refresh the rows that look different from those before, neighbours together."""
        before, self._painted = self._painted, painted
        if len(before) != len(painted):
            self.refresh()
            return
        regions: list[Region] = []
        for row, (old, new) in enumerate(zip(before, painted, strict=True)):
            if old is new or old == new:
                continue
            if regions and regions[-1].bottom == row:
                regions[-1] = Region(0, regions[-1].y, width, regions[-1].height + 1)
            else:
                regions.append(Region(0, row, width, 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """The strip of a row of the content."""
        width = self.scrollable_content_region.width
        row = self._painted[y] if y < len(self._painted) else PaintedRow(None)
        palette = self._drawer.palette
        return paint(row, width, self.rich_style, palette.accent + Style(reverse=True))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Nothing: the window decides what is seen, and this only follows it."""

    def on_mount(self) -> None:
        """Paint what was shown before."""
        self._paint()

    def on_resize(self) -> None:
        """Lay out for the new size at once."""
        self._painted = []
        self._paint()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the cursor are free where there is none."""
        return self._cursor_on or action not in _CURSOR_ACTIONS

    def action_cursor(self, step: int) -> None:
        """Move the cursor to the next record, or the one before."""
        count = len(self._layout_of)
        if count:
            index = self._cursor[1] + step if self._cursor else 0
            self.move_cursor_to(self._layout_of.key(min(max(0, index), count - 1)))

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
        """One line up."""
        self.scroll_lines(-1)

    def action_scroll_down(self) -> None:
        """One line down."""
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
        if self._cursor_on and len(self._layout_of):
            self.move_cursor_to(self._layout_of.key(0))

    def action_scroll_end(self) -> None:
        """To the last record."""
        self.scroll_to_end()
        if self._cursor_on and len(self._layout_of):
            self._set_cursor(len(self._layout_of) - 1)
            self._paint()

    def _page(self, pages: int) -> None:
        """Scroll by a page; the cursor comes along into what is seen."""
        self.scroll_pages(pages)
        if self._cursor_on and self._cursor is not None and self._rows:
            first, last = self._rows[0][0], self._rows[-1][0]
            edge = first if pages < 0 else last
            if not first <= self._cursor[1] <= last or edge in (0, len(self._layout_of) - 1):
                self._set_cursor(edge)
                self._paint()

    # The mouse

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down by the wheel."""
        event.prevent_default()
        event.stop()
        self.scroll_lines(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up by the wheel."""
        event.prevent_default()
        event.stop()
        self.scroll_lines(-_WHEEL_LINES)

    def on_scroll_to(self, event: ScrollTo) -> None:
        """The handle of the scrollbar was dragged."""
        event.prevent_default()
        event.stop()
        if event.y is not None:
            self._window.to_line(round(event.y))
            self._paint()

    def on_scroll_up(self, event: ScrollUp) -> None:
        """The scrollbar was clicked above its handle."""
        event.prevent_default()
        event.stop()
        self.scroll_pages(-1)

    def on_scroll_down(self, event: ScrollDown) -> None:
        """The scrollbar was clicked below its handle."""
        event.prevent_default()
        event.stop()
        self.scroll_pages(1)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select."""
        at = event.get_content_offset_capture(self)
        if event.button != 1 or not self._selectable or self._on_mark(at):
            return
        point = self._point(at)
        if point is not None:
            event.stop()
            self.clear_selection()
            self._selection.begin(point)
            self._dragging = True
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select up to the pointer; beyond the edges scroll while it stays there."""
        if not self._dragging:
            return
        event.stop()
        self._drag_at = event.get_content_offset_capture(self)
        self._select_to_pointer()
        beyond = not 0 <= self._drag_at.y < self._window.height
        if beyond and self._drag is None:
            self._drag = self.set_interval(_DRAG_SECONDS, self._scroll_while_dragging)
        elif not beyond:
            self._end_edge_scroll()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """The selection is complete."""
        if not self._dragging:
            return
        event.stop()
        self._dragging = False
        self._end_edge_scroll()
        self.release_mouse()
        self._tell_selection()

    def on_click(self, event: events.Click) -> None:
        """Follow a link or the mark, move the cursor; twice takes a word, three times a line."""
        at = event.get_content_offset_capture(self)
        if event.button != 1:
            return
        if self._on_mark(at):
            event.stop()
            self.scroll_to_end()
            return
        point = self._point(at) if at.y < len(self._rows) else None
        if point is None or (self._selection.exists and event.chain == 1):
            return
        event.stop()
        if event.chain == 1:
            self._click(point, at)
        elif self._selectable:
            pick = self._selection.select_word
            (pick if event.chain == 2 else self._selection.select_line)(point)
            self._paint()
            self._tell_selection()
        elif event.chain == 2:
            self.post_message(self.Activated(self, point.key))

    def _click(self, point: Point, at: Offset) -> None:
        """A plain click at a cell."""
        index = self._layout_of.index(point.key)
        if index is None:
            return
        line = self._layout_of.lines(index)[point.line]
        target = line.link
        for segment in line.strip.crop(at.x, at.x + 1):
            target = (segment.style and segment.style.link) or target
        if target and at.x < line.end:
            self.post_message(self.LinkClicked(self, point.key, target))
        if self._cursor_on:
            self.move_cursor_to(point.key)

    def _on_mark(self, at: Offset) -> bool:
        """Whether a place of the content is on the mark that tells of something new."""
        size = self.scrollable_content_region.size
        return (
            bool(self._unseen)
            and at.y == size.height - 1
            and (size.width - cell_len(self._mark()) <= at.x < size.width)
        )

    def _select_to_pointer(self) -> None:
        point = self._point(self._drag_at)
        if point is not None:
            self._selection.extend(point)
            self._paint()

    def _scroll_while_dragging(self) -> None:
        y, height = self._drag_at.y, self._window.height
        self._window.move(y if y < 0 else y - height + 1)
        self._paint()
        self._select_to_pointer()

    def _end_edge_scroll(self) -> None:
        if self._drag is not None:
            self._drag.stop()
            self._drag = None

    def _tell_selection(self) -> None:
        text = self.selected_text()
        if text:
            self.post_message(self.SelectionEnded(self, text))

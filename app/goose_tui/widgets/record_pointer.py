"""What the mouse does in a view of records: select text, follow links."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from rich.cells import cell_len
from textual import events
from textual.geometry import Offset
from textual.timer import Timer

from goose_tui.widgets.record_canvas import RecordCanvas
from goose_tui.widgets.record_layout import Drawer
from goose_tui.widgets.record_messages import Activated, LinkClicked, SelectionEnded
from goose_tui.widgets.record_selection import Point

__all__ = ["RecordPointer"]

R = TypeVar("R")

_DRAG_SECONDS = 0.05


class RecordPointer(RecordCanvas[R]):
    """Records whose text is selected with the mouse.

    Args:
        drawer: turns records into lines; holds the palette.
        tail: whether the end is followed at first and whenever it is scrolled to.
        selectable: whether text is selected with the mouse; else a double click activates.
        frame_seconds: the shortest time between two paintings of changed records.
        clock: monotonic seconds.
        id: of the widget.
        classes: of the widget.
    """

    def __init__(
        self,
        drawer: Drawer[R],
        *,
        tail: bool = True,
        selectable: bool = True,
        frame_seconds: float = 1 / 30,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            drawer, tail=tail, frame_seconds=frame_seconds, clock=clock, id=id, classes=classes
        )
        self._selectable = selectable
        self._drag: Timer | None = None
        self._drag_at = Offset(0, 0)
        self._dragging = False

    def record_clicked(self, key: str) -> None:
        """A record was clicked that is no link; for subclasses."""

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
        rows = self._records.lines(index)
        # The record may have changed since it was painted.
        line = min(line, len(rows) - 1)
        if line < 0:
            return None
        last = max(rows[line].gutter, rows[line].end - 1)
        column = last if at.y >= len(self._rows) else min(max(at.x, rows[line].gutter), last)
        return Point(self._records.key(index), line, column)

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
            self.post_message(Activated(self, point.key))

    def _click(self, point: Point, at: Offset) -> None:
        """A plain click at a cell."""
        index = self._records.index(point.key)
        if index is None:
            return
        line = self._records.lines(index)[point.line]
        target = line.link
        for segment in line.strip.crop(at.x, at.x + 1):
            target = (segment.style and segment.style.link) or target
        if target and at.x < line.end:
            self.post_message(LinkClicked(self, point.key, target))
        self.record_clicked(point.key)

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
            self.post_message(SelectionEnded(self, text))

"""The painting of a view of records: a frame clock, and only the rows that look different."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollDown, ScrollTo, ScrollUp
from textual.strip import Strip
from textual.timer import Timer

from goose_tui.view.lines import RecordLine
from goose_tui.widgets.record_layout import Drawer, RecordLayout
from goose_tui.widgets.record_messages import EndInSight, FollowChanged
from goose_tui.widgets.record_row import Overlay, PaintedRow, paint
from goose_tui.widgets.record_scrollbar import RecordScrollBar
from goose_tui.widgets.record_selection import RecordSelection
from goose_tui.widgets.record_window import RecordWindow

__all__ = ["RecordCanvas"]

R = TypeVar("R")

_WHEEL_LINES = 3
_EIGHTHS = 8
"""Parts of a cell in which the handle of a scrollbar is drawn."""


class RecordCanvas(ScrollView, Generic[R]):
    """Shows records, follows their end and scrolls; what can be done with them is up to `RecordView`.

    Args:
        drawer: turns records into lines; holds the palette.
        tail: whether the end is followed at first and whenever it is scrolled to.
        frame_seconds: the shortest time between two paintings of changed records.
        clock: monotonic seconds.
        id: of the widget.
        classes: of the widget.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    RecordCanvas {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(
        self,
        drawer: Drawer[R],
        *,
        tail: bool = True,
        frame_seconds: float = 1 / 30,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.frame_seconds = frame_seconds
        """The shortest time between two paintings of changed records."""
        self._drawer = drawer
        self._clock = clock
        self._tail = tail
        self._records = RecordLayout(drawer)
        self._window = RecordWindow(self._records, tail=tail)
        self._selection = RecordSelection(self._records)
        self._unseen: set[str] = set()
        self._painted: list[PaintedRow] = []
        self._strips: dict[tuple[object, ...], tuple[PaintedRow, Strip]] = {}
        """Strips of the rows that were painted last; the row keeps its line, whose identity counts."""
        self._base = Style.null()
        """What lies below all rows."""
        self._strips_look: tuple[object, ...] = ()
        """What they all depend on."""
        self._rows: list[tuple[int, int]] = []
        self._followed = tail
        self._end_seen = False
        self._frame_due = False
        self._frame: Timer | None = None
        self._last_paint = float("-inf")
        self._handle = (0, 0, 0)
        """Of the scrollbar, as it was painted last."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """One that is quickly drawn."""
        if self._vertical_scrollbar is None:
            bar = RecordScrollBar(name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar

    @property
    def following(self) -> bool:
        """Whether the end is followed."""
        return self._window.following

    @property
    def end_in_sight(self) -> bool:
        """Whether the last line was painted when it was painted last."""
        last = len(self._records) - 1
        return bool(self._rows) and self._rows[-1] == (last, self._records.height(last) - 1)

    def show(self, records: Sequence[R], changed_from: int = 0) -> None:
        """The records are these now; they are painted with the next frame.

        Args:
            records: all of them; the sequence is read, not kept.
            changed_from: those before this index are the same objects as before.
        """
        count = len(self._records)
        changed = self._records.show(records, changed_from)
        if not changed and count == len(records):
            return
        if not self._window.following and self._tail and self._rows:
            last = self._rows[-1][0]
            self._unseen.update(self._records.key(index) for index in changed if index >= last)
        self._ask_for_frame()

    def redraw(self) -> None:
        """Draw everything anew: the drawer's palette or settings changed."""
        self._records.redraw()
        self._painted = []
        self._paint()

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

    def _ask_for_frame(self) -> None:
        """Paint with the next frame: at once if the last one was long enough ago."""
        if self._frame_due or not self.is_attached:
            return
        self._frame_due = True
        wait = self._last_paint + self.frame_seconds - self._clock()
        if wait > 0:
            self._frame = self.set_timer(wait, self._paint)
        else:
            self.call_next(self._paint)

    def _paint(self) -> None:
        """Lay out what is seen, and have the rows painted that look different now."""
        self._frame_due = False
        if self._frame is not None:
            self._frame.stop()
            self._frame = None
        size = self.scrollable_content_region.size
        if not self.is_attached or not size.width or not size.height:
            return
        self._last_paint = self._clock()
        if size.width != self._records.width:
            self._selection.around(lambda: self._window.resize(size.width, size.height))
        else:
            self._window.resize(size.width, size.height)
        self._rows = self._window.rows()
        if self._window.following:
            self._unseen.clear()
        turned = self._move_scrollbar(size)
        painted = list(self._look(size))
        self._refresh_changed(painted, size.width, turned=turned)
        if self._window.following != self._followed:
            self._followed = self._window.following
            self.post_message(FollowChanged(self, self._followed))
        if self.end_in_sight != self._end_seen:
            self._end_seen = not self._end_seen
            self.post_message(EndInSight(self, self._end_seen))

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
            line = self._records.lines(index)[at]
            overlays = tuple(self.overlays(index, at, line, size.width))
            yield PaintedRow(line, overlays, over)

    def overlays(self, index: int, at: int, line: RecordLine, width: int) -> Iterator[Overlay]:
        """What is laid over a row; a subclass lays its own below.

        Args:
            index: of the record.
            at: index of the row in the record.
            line: the row.
            width: cells of the view.
        """
        if self._selection.exists and (span := self._selection.span(index, at, line)):
            yield Overlay(*span, self._drawer.palette.selection)

    def _mark(self) -> str:
        """The mark that tells of something new below, or nothing."""
        if not self._unseen:
            return ""
        return f" {self._drawer.palette.glyphs.below} {len(self._unseen)} new "

    def _move_scrollbar(self, size: Size) -> bool:
        """Tell the scrollbar where we are, without a layout; whether its handle looks different."""
        total, line = self._records.total, self._window.line
        self.set_reactive(RecordCanvas.virtual_size, Size(size.width, total))
        self.scroll_target_y = self.scroll_y = line
        if not self.show_vertical_scrollbar:
            return False
        bar, before = self.vertical_scrollbar, self._handle
        # Its rows are refreshed with ours: a refresh of its own comes later, and is another frame.
        bar.set_reactive(ScrollBar.window_virtual_size, total)
        bar.set_reactive(ScrollBar.window_size, size.height)
        bar.set_reactive(ScrollBar.position, line)
        self._handle = _handle(total, size.height, line)
        return self._handle != before

    def _refresh_changed(self, painted: list[PaintedRow], width: int, *, turned: bool) -> None:
        """Refresh the rows that look different from those before, neighbours together.

        Args:
            painted: what the rows are made from.
            width: cells of a row.
            turned: whether the scrollbar looks different, too.
        """
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
        if turned:
            regions.append(Region(width, 0, self.scrollbar_size_vertical, len(painted)))
        if regions:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of some rows, as they were made for the frame before where they look the same."""
        self._base = base = self.rich_style
        if self.styles.gutter:
            return super().render_lines(crop)
        background, filters = self.background_colors[1], self.get_line_filters()
        width, whole = self.scrollable_content_region.width, self.outer_size.width
        look = (width, whole, base, background, tuple(filters), self._drawer.palette)
        before = self._strips if look == self._strips_look else {}
        self._strips, self._strips_look = {}, look
        strips = []
        for y in crop.line_range:
            row = self._painted[y] if y < len(self._painted) else PaintedRow(None)
            key = id(row.line), row.overlays, row.mark
            made = before.get(key) or self._strips.get(key)
            if made is None:
                strip = self.render_line(y).adjust_cell_length(whole, base)
                for each in filters:
                    strip = strip.apply_filter(each, background)
                made = row, strip
            self._strips[key] = made
            strips.append(made[1])
        if crop.column_span != (0, whole):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """The strip of a row of the content."""
        width = self.scrollable_content_region.width
        row = self._painted[y] if y < len(self._painted) else PaintedRow(None)
        return paint(row, width, self._base, self._drawer.palette)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Nothing: the window decides what is seen, and this only follows it."""

    def watch_show_vertical_scrollbar(self) -> None:
        """The scrollbar takes a column from the lines, and no resize tells of it."""
        self.call_after_refresh(self._paint)

    def on_mount(self) -> None:
        """Paint what was shown before."""
        self._paint()

    def on_resize(self) -> None:
        """Lay out for the new size at once."""
        self._painted = []
        self._paint()

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


def _handle(total: int, height: int, line: int) -> tuple[int, int, int]:
    """The handle of a scrollbar as Textual draws it: the bar's height, and its ends in eighths of a cell."""
    if total <= height:
        return height, total, -1
    size = max(1, height * height / total)
    start = int((height - size) * line / (total - height) * _EIGHTHS)
    return height, start, start + math.ceil(size * _EIGHTHS)

"""The messages that wait until the agent is free, above the composer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from goose_tui.view.formatting import cut_end
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.state.session_state import Queued

__all__ = ["QueueLines"]

_MOST = 3


class QueueLines(Rows):
    """A line a message; no lines while nothing waits."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._queue: tuple[Queued, ...] = ()

    def show(self, queue: tuple[Queued, ...]) -> None:
        """Show these from now on."""
        if queue != self._queue:
            self._queue = queue
            self.display = bool(queue)
            self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """The first few messages, and how many more there are."""
        palette = self.palette
        rows: list[Row] = []
        for item in self._queue[:_MOST]:
            label = " next: " if item.steer else " queued: "
            text = cut_end(
                clean_line(item.text), max(1, width - len(label) - 1), palette.glyphs.ellipsis
            )
            rows.append([Segment(label, palette.dim), Segment(text, palette.text)])
        if len(self._queue) > _MOST:
            rows.append([Segment(f" and {len(self._queue) - _MOST} more", palette.dim)])
        return rows

"""The plan panel: the agent's steps and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from goose_tui.view.formatting import cut_end
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.events import PlanItem, PlanState

__all__ = ["PlanPanel"]

_MOST = 10
"""Steps that are shown; the window follows the active one."""


class PlanPanel(Rows):
    """A title with a count, and a line a step."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._items: tuple[PlanItem, ...] = ()

    def show(self, items: tuple[PlanItem, ...]) -> None:
        """Show this plan from now on."""
        if items != self._items:
            self._items = items
            self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """The title and the steps around the active one."""
        palette = self.palette
        kept = [item for item in self._items if item.state != "dropped"]
        done = sum(item.state == "done" for item in kept)
        count = f"{done}/{len(kept)}" if kept else ""
        title = [
            Segment("Plan", palette.dim),
            Segment(" " * max(1, width - 4 - cell_len(count))),
            Segment(count, palette.dim),
        ]
        if not self._items:
            return [title, [Segment("no plan yet", palette.dim)]]
        return [title, *(self._step(item, width) for item in self._window())]

    def _window(self) -> Sequence[PlanItem]:
        items = self._items
        if len(items) <= _MOST:
            return items
        active = next((at for at, item in enumerate(items) if item.state == "active"), len(items))
        start = max(0, min(active - 2, len(items) - _MOST))
        return items[start : start + _MOST]

    def _step(self, item: PlanItem, width: int) -> Row:
        glyph, mark, text = self._look(item.state)
        words = cut_end(clean_line(item.text), max(1, width - 2), self.palette.glyphs.ellipsis)
        return [Segment(f"{glyph} ", mark), Segment(words, text)]

    def _look(self, state: PlanState) -> tuple[str, Style, Style]:
        palette, glyphs = self.palette, self.palette.glyphs
        match state:
            case "pending":
                return glyphs.pending, palette.dim, palette.text
            case "active":
                return glyphs.running, palette.accent, palette.bright
            case "done":
                return glyphs.ok, palette.ok, palette.dim
            case "dropped":
                return glyphs.dropped, palette.dim, palette.dim

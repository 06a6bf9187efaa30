"""Names and values in a dialog, to be read and put away."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from goose_tui.slash.command import Report
from goose_tui.view.formatting import fit
from goose_tui.view.lines import plain_lines
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_line
from goose_tui.widgets.rows import Row, Rows

__all__ = ["ReportScreen"]


class _Table(Rows):
    """A name and its value a line; long values go on below."""

    DEFAULT_CSS = "_Table { height: auto; }"

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def rows(self, width: int) -> list[Row]:
        palette = self.palette
        names = [clean_line(name) for name, _ in self._report.rows]
        column = min(max(map(cell_len, names), default=0), width // 2)
        rows: list[Row] = []
        for name, (_, value) in zip(names, self._report.rows, strict=True):
            lines = plain_lines(clean(value), max(1, width - column - 2), palette.text)
            for at, line in enumerate(lines):
                label = fit(name if at == 0 else "", column, palette.glyphs.ellipsis)
                rows.append([Segment(f"{label}  ", palette.dim), *line.strip])
        if self._report.foot:
            foot = plain_lines(clean(self._report.foot), width, palette.dim)
            rows += [[], *(list(line.strip) for line in foot)]
        return rows


class ReportScreen(ModalScreen[None]):
    """A report until it is put away.

    Args:
        report: what it says.
        palette: styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "close", show=False, priority=True)
    ]

    def __init__(self, report: Report, palette: Palette) -> None:
        super().__init__()
        self._report = report
        self._palette = palette

    def compose(self) -> ComposeResult:
        """The table, scrolling."""
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = Content(self._report.title)
            dialog.border_subtitle = "esc closes"
            table = _Table(self._report)
            table.palette = self._palette
            yield table

"""One call in full: what was asked, why it ran, what it changed, all it put out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from goose_tui.transcript.detail import OUTPUT, DetailDrawer, DetailPart, detail_parts
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from goose_agent.state.records import CallRecord

__all__ = ["DetailScreen"]


class _Sections(RecordView[DetailPart]):
    """The sections; the parts of the output are folded together.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        super().__init__(DetailDrawer(palette), tail=False, cursor=True, id="detail")
        self._all: Sequence[DetailPart] = ()

    def show(self, records: Sequence[DetailPart], changed_from: int = 0) -> None:
        """The parts are these now; those that continue a folded one are left out."""
        self._all = records
        super().show(records, changed_from)
        self._leave_out()

    def toggle_fold(self, key: str) -> None:
        """Fold or unfold a section, all parts of it."""
        index = self._records.index(key)
        if index is not None and not self._records.record(index).title:
            key = OUTPUT
            self.move_cursor_to(key)
        super().toggle_fold(key)
        self._leave_out()

    def toggle_folds(self) -> None:
        """Fold every section, or unfold them if all are folded."""
        super().toggle_folds()
        self._leave_out()

    def _leave_out(self) -> None:
        first = self._records.index(OUTPUT)
        if first is None:
            return
        # The output is the last section.
        end = first + 1 if self._records.folded(first) else len(self._all)
        if end != len(self._records):
            super().show(self._all[:end], first + 1)


class DetailScreen(ModalScreen[None]):
    """The sections of a call.

    Args:
        call: the call.
        palette: styles and glyphs.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True)
    ]

    def __init__(self, call: CallRecord, palette: Palette) -> None:
        super().__init__()
        self._call = call
        self._output: str | None = None
        self._parts = _Sections(palette)

    @property
    def call_id(self) -> str:
        """Which call it is."""
        return self._call.key

    def compose(self) -> ComposeResult:
        """The sections, scrolling."""
        with Vertical(classes="dialog tall") as dialog:
            dialog.border_title = Content(f"{clean_line(self._call.tool)} {self._call.state}")
            dialog.border_subtitle = "esc closes"
            yield self._parts

    def on_mount(self) -> None:
        """Start at the top."""
        self._parts.show(detail_parts(self._call, None))
        self._parts.focus()

    def show(self, call: CallRecord, output: str | None) -> None:
        """The call as it is by now, and its full output where it was read."""
        if call is not self._call or output != self._output:
            self._call, self._output = call, output
            self._parts.show(detail_parts(call, output))

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter folds a section."""
        event.stop()
        self._parts.toggle_fold(event.key)

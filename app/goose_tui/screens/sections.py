"""Sections of text in a dialog, to be read and put away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from goose_tui.transcript.detail import DetailDrawer, DetailPart
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView

__all__ = ["SectionsScreen"]


class SectionsScreen(ModalScreen[None]):
    """Sections, scrolling; Enter folds one.

    Args:
        title: what they are about.
        parts: the sections.
        palette: styles and glyphs.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True)
    ]

    def __init__(self, title: str, parts: Sequence[DetailPart], palette: Palette) -> None:
        super().__init__()
        self._title = title
        self._parts = parts
        self._view = RecordView(DetailDrawer(palette), tail=False, cursor=True)

    def compose(self) -> ComposeResult:
        """The sections."""
        with Vertical(classes="dialog tall") as dialog:
            dialog.border_title = clean_line(self._title)
            dialog.border_subtitle = "esc closes"
            yield self._view

    def on_mount(self) -> None:
        """Start at the top."""
        self._view.show(self._parts)
        self._view.focus()

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter folds a section."""
        event.stop()
        self._view.toggle_fold(event.key)

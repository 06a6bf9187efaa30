"""A text in a dialog: to be read whole, or to be changed."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import TextArea

from goose_tui.transcript.detail import DetailDrawer, output_parts
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_line
from goose_tui.widgets.record_view import RecordView

__all__ = ["EditScreen", "TextScreen"]


class TextScreen(ModalScreen[None]):
    """A text, scrolling.

    Args:
        title: what it is.
        text: all of it, as somebody else wrote it.
        palette: styles and glyphs.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True)
    ]

    def __init__(self, title: str, text: str, palette: Palette) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._view = RecordView(DetailDrawer(palette), tail=False)

    def compose(self) -> ComposeResult:
        """The text."""
        with Vertical(classes="dialog tall") as dialog:
            dialog.border_title = Content(clean_line(self._title))
            dialog.border_subtitle = "esc closes"
            yield self._view

    def on_mount(self) -> None:
        """Start at the top."""
        self._view.show(list(output_parts("", self._text)))
        self._view.focus()


class EditScreen(ModalScreen[str | None]):
    """A text to be changed; gives it back as it is then, or None where nothing was changed.

    It is shown, and given back, as it is seen: without what a terminal would obey.

    Args:
        title: what it is.
        text: what to start with.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "leave it", show=False, priority=True),
        Binding("ctrl+s", "keep", "keep", show=False, priority=True),
        Binding("ctrl+g", "open_editor", "editor", show=False, priority=True),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._before = clean(text)
        self._area = TextArea(self._before, soft_wrap=True, compact=True, show_line_numbers=False)
        self._area.cursor_blink = False

    def compose(self) -> ComposeResult:
        """The text."""
        with Vertical(classes="dialog tall") as dialog:
            dialog.border_title = Content(clean_line(self._title))
            dialog.border_subtitle = "ctrl+s keeps, ctrl+g $EDITOR, esc leaves it as it was"
            yield self._area

    def on_mount(self) -> None:
        """Write at once."""
        self._area.focus()

    def action_keep(self) -> None:
        """Ctrl+S."""
        text = self._area.text
        self.dismiss(text if text != self._before else None)

    @work
    async def action_open_editor(self) -> None:
        """Ctrl+G."""
        from goose_tui.editor import edit_text

        with self.app.suspend(), self.app.batch_update():
            text = await edit_text(self._area.text)
        self.app.refresh(layout=True)
        if text is not None:
            self._area.load_text(clean(text))

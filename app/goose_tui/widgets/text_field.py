"""A field of text within a dialog: Enter is done, Ctrl+J a line end, and nothing in it is hidden."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from goose_tui.view.untrusted import clean

__all__ = ["TextField"]


class TextField(TextArea):
    """Text of one line or several; as high as it needs to be.

    What nobody could see in the text it starts with is shown as marks. Left alone, the text stays
    what it was; once it is changed, the marks are text like any other: what is seen is meant.

    Args:
        text: what to start with, as somebody else wrote it.
        placeholder: shown while it is empty.
        rows: that it takes, at least.
        id: of the widget.
    """

    DEFAULT_CSS = """
    TextField {
        height: auto; max-height: 8; border: none; padding: 0 1;
        background: $surface; scrollbar-size-vertical: 1;
        &:focus { border: none; background-tint: transparent 0%; }
    }
    """

    @dataclass
    class Done(Message):
        """Enter was pressed."""

        field: TextField

    def __init__(
        self, text: str = "", *, placeholder: str = "", rows: int = 1, id: str | None = None
    ) -> None:
        self._original = text
        self._shown = clean(text, strict=True)
        super().__init__(
            self._shown,
            soft_wrap=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=True,
            tab_behavior="focus",
            placeholder=Content(placeholder),
            id=id,
        )
        self.cursor_blink = False
        self.styles.min_height = rows

    def on_mount(self) -> None:
        """One goes on writing at the end."""
        self.move_cursor(self.document.end)

    @property
    def value(self) -> str:
        """What is meant."""
        return self._original if self.text == self._shown else self.text

    @property
    def marked(self) -> bool:
        """Whether the text it began with holds what nobody sees."""
        return self._shown != self._original

    def replace_all(self, text: str) -> None:
        """Put another text in its place."""
        self.load_text(clean(text))
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        # Taken here and not by bindings: those would overtake letters that wait in the queue.
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Done(self))
            return
        if event.key in ("ctrl+j", "shift+enter", "alt+enter"):
            event.stop()
            event.prevent_default()
            self.insert("\n")
            return
        await super()._on_key(event)

"""The smallest Textual program that takes keys: what every measure is held against."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input, Static

__all__ = ["Hello"]


class Hello(App[None]):
    """One line of text and one to write in."""

    CSS = "Static { height: 1fr; } Input { dock: bottom; }"

    def compose(self) -> ComposeResult:
        """Both of them."""
        yield Static("Type something below and press enter.")
        yield Input()


if __name__ == "__main__":
    Hello().run()

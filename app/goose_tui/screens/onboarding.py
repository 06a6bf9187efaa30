"""No model was found: what was looked for, and what one can do about it."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from goose_tui.view.lines import Prefix, indent, plain_lines
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean
from goose_tui.widgets.rows import Row, Rows

__all__ = ["OnboardingScreen"]

_WAYS = (
    ("OPENAI_API_KEY", "OpenAI, or what answers at OPENAI_BASE_URL"),
    ("ANTHROPIC_API_KEY", "Anthropic"),
    ("OLLAMA_HOST", "models on this machine, or the one it names"),
)


class OnboardingText(Rows):
    """What was found, and the ways on."""

    DEFAULT_CSS = "OnboardingText { height: auto; }"

    def __init__(self, message: str, hint: str) -> None:
        super().__init__()
        self._message = message
        self._hint = hint

    def rows(self, width: int) -> list[Row]:
        """Words, then the variables, then the keys."""
        palette = self.palette
        rows: list[Row] = [
            list(line.strip) for line in plain_lines(clean(self._message), width, palette.bright)
        ]
        rows.append([])
        rows += [list(line.strip) for line in plain_lines(clean(self._hint), width, palette.text)]
        rows += [[], [Segment("Set one of these and start again:", palette.dim)]]
        for name, words in _WAYS:
            first = f"  {name.ljust(18)} "
            label = Prefix((Segment(first, palette.accent),), (Segment(" " * len(first)),))
            lines = plain_lines(words, max(8, width - label.width), palette.text)
            rows += [list(line.strip) for line in indent(lines, label)]
        rows += [[], self._key("enter", "take the tour: no key needed"), self._key("q", "quit")]
        return rows

    def _key(self, key: str, words: str) -> Row:
        palette = self.palette
        return [Segment(f"  {key.ljust(6)}", palette.bright), Segment(words, palette.text)]


class OnboardingScreen(ModalScreen[Literal["tour", "quit"]]):
    """The tour, or out.

    Args:
        message: what was looked for.
        hint: what to do.
        palette: styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,t", "leave('tour')", "take the tour", show=False, priority=True),
        Binding("q,escape,ctrl+c,ctrl+d", "leave('quit')", "quit", show=False, priority=True),
    ]

    def __init__(self, message: str, hint: str, palette: Palette) -> None:
        super().__init__()
        self._text = OnboardingText(message, hint)
        self._palette = palette

    def compose(self) -> ComposeResult:
        """The words."""
        self._text.palette = self._palette
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Welcome to goose-tui"
            yield self._text

    def action_leave(self, way: Literal["tour", "quit"]) -> None:
        """A key was pressed."""
        self.dismiss(way)

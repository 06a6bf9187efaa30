"""Whether the folder's own files are to count: what they are, and what each would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.timer import Timer

from goose_tui.screens.asking import AskingScreen
from goose_tui.view.lines import plain_lines
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.events import FolderTrust

__all__ = ["TrustScreen"]


_WORDS = "Whoever made this folder wrote these files. Once they are trusted, this counts:"


class _Files(Rows):
    """Each file and what it would do."""

    DEFAULT_CSS = "_Files { height: auto; }"

    def __init__(self, trust: FolderTrust) -> None:
        super().__init__()
        self._trust = trust

    def rows(self, width: int) -> list[Row]:
        palette = self.palette
        rows: list[Row] = [
            list(line.strip)
            for text, style in (
                (clean_line(self._trust.folder), palette.bright),
                (_WORDS, palette.text),
            )
            for line in plain_lines(text, width, style)
        ]
        for file in self._trust.files:
            mark = "" if file.known else "  new or changed"
            rows += [
                [],
                [Segment(clean_line(file.name), palette.accent), Segment(mark, palette.warn)],
            ]
            for line in file.lines:
                cleaned = clean_line(line, strict=True)
                found = plain_lines(cleaned, max(1, width - 2), palette.text)
                rows += [[Segment("  "), *shown.strip] for shown in found]
        return rows


class _Choices(Rows):
    """The keys that answer, dim while they do not."""

    DEFAULT_CSS = "_Choices { height: 2; }"

    armed = False

    def rows(self, width: int) -> list[Row]:
        palette = self.palette
        style = palette.bright if self.armed else palette.dim
        row = [
            piece
            for key, words in (("t", "trust as it is now"), ("n", "not now"), ("x", "never"))
            for piece in (Segment(key, style), Segment(f" {words}   ", palette.dim))
        ]
        return [[], row]


class TrustScreen(ModalScreen[Literal["trusted", "never"] | None]):
    """The question; nothing is the answer "not now".

    Args:
        trust: the folder as it was found.
        palette: styles.
        key_silence: seconds without a key that pass before one answers.
    """

    AUTO_FOCUS = ""
    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n,q", "answer('')", "not now", show=False, priority=True),
        Binding("t", "answer('trusted')", "trust", show=False, priority=True),
        Binding("x", "answer('never')", "never", show=False, priority=True),
    ]

    def __init__(self, trust: FolderTrust, palette: Palette, *, key_silence: float) -> None:
        super().__init__()
        self._files = _Files(trust)
        self._choices = _Choices()
        self._files.palette = self._choices.palette = palette
        self._silence = key_silence
        self._waiting: Timer | None = None

    def compose(self) -> ComposeResult:
        """The files, scrolling, and the answers."""
        with Vertical(classes="dialog trust") as dialog:
            dialog.border_title = "Trust this folder?"
            with VerticalScroll():
                yield self._files
            yield self._choices

    def on_mount(self) -> None:
        """No key answers before it could be read."""
        self._waiting = self.set_timer(self._silence, self._arm)

    def on_key(self, event: events.Key) -> None:
        """Whoever still types does not answer: that belongs to the draft."""
        if self.armed:
            return
        event.stop()
        if event.character and event.is_printable:
            self.post_message(AskingScreen.Typed(event.character))
        elif event.key == "backspace":
            self.post_message(AskingScreen.Typed(""))
        if self._waiting is not None:
            self._waiting.reset()

    @property
    def armed(self) -> bool:
        """Whether keys answer by now."""
        return self._choices.armed

    def _arm(self) -> None:
        self._choices.armed = True
        self._choices.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only after the silence."""
        return self.armed if action == "answer" else True

    def action_answer(self, answer: Literal["trusted", "never", ""]) -> None:
        """A key was pressed."""
        self.dismiss(answer or None)

"""May this plan be carried out? A person lets it, changes it, sends it back, or refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Size
from textual.message import Message

from goose_tui.keys import KEY_SILENCE, bindings, letters
from goose_tui.screens.approval_rows import ApprovalChoices, Choice
from goose_tui.screens.asking import AskingScreen
from goose_tui.screens.text import EditScreen
from goose_tui.view.markdown import render_markdown
from goose_tui.view.session_words import MODES
from goose_tui.widgets.rows import Row, Rows
from goose_tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from goose_agent.events import Mode, PlanChoice, PlanReview
    from goose_tui.view.palette import Palette

__all__ = ["PlanScreen"]

_WIDEST, _SHARE = 110, 90
"""Columns of a dialog, and its share of the screen in percent, as the style sheet has them."""
_BESIDE = 6
"""Columns of frame and padding."""
_AROUND = 5
"""Rows of frame, padding and the blank row above the keys."""
_NOTE = 3
"""Rows for what is to be different."""
_LEAST = 3
_REVISING = (("enter", "sends it back"), ("ctrl+j", "new line"), ("esc", "back"))


class PlanText(Rows):
    """The plan, all of it."""

    DEFAULT_CSS = "PlanText { height: auto; }"

    def __init__(self, text: str, palette: Palette) -> None:
        super().__init__()
        self._text = text
        self.palette = palette

    def rows(self, width: int) -> list[Row]:
        """Markdown."""
        return [list(line.strip) for line in render_markdown(self._text, width, self.palette)]


class PlanScreen(AskingScreen):
    """A plan that waits for a word.

    Args:
        request_id: names the question.
        review: what is asked.
        palette: styles and glyphs.
        keymap: the user's own keys, by id.
        key_silence: seconds without a key that pass before one answers.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("plan", priority=True)]

    @dataclass
    class Answered(Message):
        """The person chose."""

        request_id: str
        choice: PlanChoice
        mode: Mode | None = None
        text: str = ""

    def __init__(
        self,
        request_id: str,
        review: PlanReview,
        palette: Palette,
        *,
        keymap: Mapping[str, str] | None = None,
        key_silence: float = KEY_SILENCE,
    ) -> None:
        super().__init__(request_id, key_silence=key_silence)
        self._review = review
        self._palette = palette
        self._choices = ApprovalChoices(self._offers(letters("plan", keymap or {})), "keep")
        self._note = TextField(placeholder="What is to be different? The model reads this.")

    def _offers(self, keys: Mapping[str, str]) -> list[Choice]:
        modes = self._review.modes
        words = {
            "carry_out(0)": f"carry it out ({modes[0]}: {MODES[modes[0]]})",
            "carry_out(1)": f"carry it out in {modes[1]}" if len(modes) > 1 else "",
            "edit": "edit, then carry it out",
            "revise": "send it back",
            "refuse": "refuse",
            "keep": "decide later",
        }
        return [Choice(action, keys[action], text) for action, text in words.items() if text]

    def compose(self) -> ComposeResult:
        """The plan, what to change about it, the keys."""
        with Vertical(classes="dialog plan") as dialog:
            dialog.border_title = "The agent's plan"
            with VerticalScroll():
                yield PlanText(self._review.text, self._palette)
            self._note.display = False
            yield self._note
            self._choices.palette = self._palette
            yield self._choices

    def on_mount(self) -> None:
        """The keys scroll the plan."""
        super().on_mount()
        self.query_one(VerticalScroll).focus()

    def on_resize(self, event: events.Resize) -> None:
        """The plan scrolls where there is no room for all of it; the keys stay in sight."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        width = min(_WIDEST, size.width * _SHARE // 100) - _BESIDE
        keys = len(self._choices.rows(width))
        note = _NOTE if self._note.display else 0
        room = size.height * _SHARE // 100 - _AROUND - keys - note
        self.query_one(VerticalScroll).styles.max_height = max(_LEAST, room)

    def arm(self) -> None:
        """Take keys as answers from now on."""
        super().arm()
        self._choices.arm(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing answers before the silence, and letters are words while one writes."""
        if action not in ("carry_out", "edit", "revise", "refuse", "keep"):
            return True
        return self.armed and (action == "keep" or not self._note.display)

    def action_carry_out(self, at: int) -> None:
        """Let it be carried out in one of the modes."""
        if at < len(self._review.modes):
            self._answer("run", mode=self._review.modes[at])

    def action_edit(self) -> None:
        """Change it; what is kept is carried out."""

        def kept(text: str | None) -> None:
            if text is not None and text.strip():
                self._answer("run", mode=self._review.modes[0], text=text)

        self.app.push_screen(EditScreen("The plan", self._review.text), kept)

    def action_revise(self) -> None:
        """Say what is to be different."""
        self._note.display = True
        self._choices.hint(_REVISING)
        self._fit(self.size)
        self._note.focus()

    def action_refuse(self) -> None:
        """Not this."""
        self._answer("refuse")

    def action_keep(self) -> None:
        """Esc: back from writing, or decide later."""
        if not self._note.display:
            self._answer("keep")
            return
        self._note.display = False
        self._choices.hint(())
        self._fit(self.size)
        self.query_one(VerticalScroll).focus()

    def on_text_field_done(self, event: TextField.Done) -> None:
        """Enter sends it back."""
        event.stop()
        if text := event.field.value.strip():
            self._answer("revise", text=text)

    def _answer(self, choice: PlanChoice, *, mode: Mode | None = None, text: str = "") -> None:
        if self.armed:
            self.armed = False
            self.post_message(self.Answered(self.request_id, choice, mode, text))

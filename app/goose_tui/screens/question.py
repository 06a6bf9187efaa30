"""The model asks, a person answers: by a digit, or in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input

from goose_tui.keys import KEY_SILENCE
from goose_tui.screens.asking import AskingScreen
from goose_tui.view.lines import plain_lines
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_line
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.events import Question, QuestionAbout

__all__ = ["QuestionScreen"]


_TITLES: dict[QuestionAbout, str] = {
    "": "The agent asks",
    "outcome": "A call was cut off",
    "model": "Another model is needed",
    "hangup": "The terminal went away",
}
_ESCAPES: dict[QuestionAbout, str] = {
    "": "esc declines",
    "outcome": "esc skips it",
    "model": "esc not now",
    "hangup": "esc stops",
}
_INVITES: dict[QuestionAbout, str] = {
    "": "Your answer",
    "outcome": "1 or 2, or what the model is to read as its result",
    "model": "provider/model",
    "hangup": "1 or 2, or what it is to do instead",
}


class QuestionText(Rows):
    """The question and its choices."""

    DEFAULT_CSS = "QuestionText { height: auto; }"

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def rows(self, width: int) -> list[Row]:
        """The question, then a line or more a choice."""
        palette = self.palette
        rows: list[Row] = [
            list(line.strip)
            for line in plain_lines(clean(self._question.text), width, palette.bright)
        ]
        for number, choice in enumerate(self._question.choices, 1):
            lines = plain_lines(clean(choice), max(8, width - 4), palette.text)
            for at, line in enumerate(lines):
                label = f" {number}  " if at == 0 else "    "
                rows += [[]] if number == 1 and at == 0 else []
                rows.append([Segment(label, palette.accent), *line.strip])
        return rows


class QuestionScreen(AskingScreen):
    """A question of the model.

    Args:
        request_id: names the question.
        question: what is asked.
        palette: styles.
        who: the subagent that asks; empty for the main agent.
        key_silence: seconds without a key that pass before one answers.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "decline", "decline", show=False, priority=True)
    ]

    class Answered(Message):
        """The person answered, or declined to."""

        def __init__(self, request_id: str, text: str, declined: bool) -> None:
            super().__init__()
            self.request_id = request_id
            self.text = text
            self.declined = declined

    def __init__(
        self,
        request_id: str,
        question: Question,
        palette: Palette,
        *,
        who: str = "",
        key_silence: float = KEY_SILENCE,
    ) -> None:
        super().__init__(request_id, key_silence=key_silence)
        self._who = clean_line(who, strict=True)
        self._question = question
        self._palette = palette

    def compose(self) -> ComposeResult:
        """The question, and a line to answer in where words are welcome."""
        with VerticalScroll(classes="dialog") as dialog:
            title = _TITLES[self._question.about]
            dialog.border_title = Text(f"{self._who} asks") if self._who else title
            dialog.border_subtitle = _ESCAPES[self._question.about]
            text = QuestionText(self._question)
            text.palette = self._palette
            yield text
            if self._question.free_text or not self._question.choices:
                words = _INVITES[self._question.about]
                yield Input(placeholder=words, id="question-answer")

    def arm(self) -> None:
        """Take keys as answers from now on."""
        super().arm()
        for line in self.query(Input):
            line.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing answers before the silence."""
        return self.armed if action == "decline" else True

    def on_key(self, event: events.Key) -> None:
        """A digit chooses, where nothing was written."""
        if not self.armed:
            return
        if self._question.free_text:
            return  # digits may begin an answer in words: Enter decides
        if event.character and event.character.isdigit():
            at = int(event.character) - 1
            if 0 <= at < len(self._question.choices):
                event.stop()
                event.prevent_default()
                self._answer(self._question.choices[at])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter answers with what is written."""
        text = event.value.strip()
        choices = self._question.choices
        if text.isdecimal() and 1 <= int(text) <= len(choices):
            text = choices[int(text) - 1]
        if text:
            self._answer(text)

    def _answer(self, text: str, *, declined: bool = False) -> None:
        if self.armed:
            self.armed = False
            self.post_message(self.Answered(self.request_id, text, declined))

    def action_decline(self) -> None:
        """Esc: no answer."""
        self._answer("", declined=True)

"""What lies between a question and some of its answers: a text, a list, a form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from goose_agent.events import ApprovalAnswer
from goose_tui.screens.approval_rows import Hint
from goose_tui.widgets.text_field import TextField

__all__ = ["Step", "TextStep"]


class Step(Vertical):
    """A step on the way to an answer. It takes the place of what is asked about.

    Args:
        title: what the frame says.
    """

    ACTIONS: ClassVar[frozenset[str]] = frozenset()
    """Which actions of the table of keys it knows, besides going back."""
    beside = False
    """Whether what is asked about stays in sight."""

    @dataclass
    class Answered(Message):
        """An answer has come of it."""

        answer: ApprovalAnswer
        request_ids: tuple[str, ...] = ()
        """What is answered; nothing for the question that is asked."""

    @dataclass
    class Said(Message):
        """Why a key did nothing."""

        words: str

    @dataclass
    class EditorWanted(Message):
        """A text is to be written in an editor."""

        field: TextField

    def __init__(self, title: str) -> None:
        super().__init__(id="approval-step", classes="beside" if self.beside else "")
        self.title = title

    @property
    def hints(self) -> Sequence[Hint]:
        """The keys that matter here."""
        return (("esc", "back"),)

    def begin(self) -> None:
        """Take the keys."""

    def fit(self, width: int, room: int) -> None:
        """Be no higher than there is room.

        Args:
            width: cells of a row.
            room: rows.
        """

    def agree(self) -> None:
        """Give the answer."""

    def deny(self) -> None:
        """Give the other answer."""

    def toggle(self) -> None:
        """Choose what is under the cursor, or not any more."""

    def move(self, step: int) -> None:
        """To the next of a list, or the one before."""

    def widen(self, step: int) -> None:
        """More, or less."""

    def open_editor(self) -> None:
        """Write the text in focus in an editor."""
        if isinstance(field := self.screen.focused, TextField):
            self.post_message(self.EditorWanted(field))


class TextStep(Step):
    """One text: why not, or a result that was never there.

    Args:
        title: what the frame says.
        choice: the answer that the text belongs to.
        placeholder: what the text is for.
    """

    ACTIONS = frozenset({"open_editor"})
    beside = True

    def __init__(self, title: str, choice: str, placeholder: str) -> None:
        super().__init__(title)
        self._choice = choice
        self._field = TextField(placeholder=placeholder, id="approval-text")

    def compose(self) -> ComposeResult:
        """The field."""
        yield self._field

    @property
    def hints(self) -> Sequence[Hint]:
        """The keys that matter here."""
        words = "denies" if self._choice == "deny" else "gives it to the model"
        return (("enter", words), ("ctrl+j", "new line"), ("ctrl+g", "editor"), ("esc", "back"))

    def begin(self) -> None:
        """Write."""
        self._field.focus()

    def on_text_field_done(self, event: TextField.Done) -> None:
        """Enter."""
        event.stop()
        text = event.field.value.strip()
        if self._choice == "deny":
            self.post_message(self.Answered(ApprovalAnswer("deny", text)))
        elif text:
            self.post_message(self.Answered(ApprovalAnswer("result", result=event.field.value)))
        else:
            self.post_message(self.Said("Nothing is written yet."))

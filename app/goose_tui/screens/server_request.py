"""What a server asks of a person: a form, an address to visit, a model's answer, a sign-in.

What the server wrote is shown as its words, below a title that it cannot write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from goose_agent.events import (
    Elicitation,
    ElicitationAnswer,
    Sampling,
    SamplingAnswer,
    SignIn,
    SignInAnswer,
)
from goose_tui.keys import KEY_SILENCE
from goose_tui.screens.asking import AskingScreen
from goose_tui.screens.schema_form import SchemaForm
from goose_tui.view.lines import plain_lines
from goose_tui.view.server_words import offered_values, sampling_cost, sampling_text
from goose_tui.view.untrusted import clean, clean_line
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from rich.style import Style

    from goose_agent.events import ServerAnswer
    from goose_tui.view.palette import Palette

__all__ = ["ElicitationScreen", "SamplingScreen", "ServerScreen", "SignInScreen", "VisitScreen"]


Asked = TypeVar("Asked", Elicitation, Sampling, SignIn)


class Words(Rows):
    """Lines of text, each in a style of its own."""

    DEFAULT_CSS = "Words { height: auto; }"

    def __init__(self, lines: Sequence[tuple[str, Style]], palette: Palette) -> None:
        super().__init__()
        self._lines = tuple(lines)
        self.palette = palette

    def rows(self, width: int) -> list[Row]:
        """All of them, broken where they are too long."""
        return [
            list(line.strip)
            for text, style in self._lines
            for line in plain_lines(clean(text, strict=True), width, style)
        ]


class ServerScreen(AskingScreen, Generic[Asked]):
    """A question of a server.

    Args:
        request_id: names the question.
        asked: the question.
        palette: styles.
        key_silence: seconds without a key that pass before one answers.
    """

    CSS_PATH = "dialogs.tcss"

    @dataclass
    class Answered(Message):
        """The person answered."""

        request_id: str
        answer: ServerAnswer

    def __init__(
        self, request_id: str, asked: Asked, palette: Palette, *, key_silence: float = KEY_SILENCE
    ) -> None:
        super().__init__(request_id, key_silence=key_silence)
        self._asked: Asked = asked
        self._server = clean_line(asked.server, strict=True)
        self._palette = palette

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing answers before the silence."""
        return self.armed if action in ("answer", "browse") else True

    def give(self, answer: ServerAnswer) -> None:
        """Answer, once."""
        if self.armed:
            self.armed = False
            self.post_message(self.Answered(self.request_id, answer))


class ElicitationScreen(ServerScreen[Elicitation]):
    """A form made from the schema of what a server wants to know."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer('cancel')", "no answer", show=False, priority=True),
        Binding("ctrl+d", "answer('decline')", "decline", show=False, priority=True),
    ]

    def __init__(
        self,
        request_id: str,
        asked: Elicitation,
        palette: Palette,
        *,
        key_silence: float = KEY_SILENCE,
    ) -> None:
        super().__init__(request_id, asked, palette, key_silence=key_silence)
        self._form = SchemaForm(offered_values(asked), asked.schema, palette)

    def compose(self) -> ComposeResult:
        """What it says, then a line for each field."""
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = Content(f"The extension {self._server} asks")
            dialog.border_subtitle = "enter sends, ctrl+d declines, esc no answer"
            yield Words([(self._asked.message, self._palette.bright)], self._palette)
            yield self._form

    def arm(self) -> None:
        """Take keys as answers from now on."""
        super().arm()
        self._form.begin()

    def on_key(self, event: events.Key) -> None:
        """Enter sends where there is nothing to fill in."""
        super().on_key(event)
        if self.armed and event.key == "enter" and self._form.empty:
            event.stop()
            self._form.send()

    def on_schema_form_done(self, event: SchemaForm.Done) -> None:
        """Send what is written."""
        event.stop()
        self.give(ElicitationAnswer("accept", event.values))

    def action_answer(self, choice: str) -> None:
        """Decline, or leave it without an answer."""
        self.give(ElicitationAnswer("decline" if choice == "decline" else "cancel"))


class VisitScreen(ServerScreen[Elicitation]):
    """An address that a server wants the person to visit: shown in full."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer('cancel')", "no answer", show=False, priority=True),
        Binding("y,1", "answer('accept')", "I go there", show=False),
        Binding("o,2", "browse", "open it", show=False),
        Binding("n,3", "answer('decline')", "decline", show=False),
    ]

    def compose(self) -> ComposeResult:
        """What it says, the address, the keys."""
        palette = self._palette
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = Content(
                f"The extension {self._server} wants you to visit an address"
            )
            dialog.border_subtitle = "1 y I go there, 2 o open it, 3 n decline, esc no answer"
            yield Words(
                [
                    (self._asked.message, palette.text),
                    ("", palette.text),
                    (self._asked.url, palette.bright),
                ],
                palette,
            )

    def action_browse(self) -> None:
        """Open it in a browser of this machine."""
        _browse(self, self._asked.url)
        self.give(ElicitationAnswer("accept"))

    def action_answer(self, choice: str) -> None:
        """Say what becomes of it."""
        match choice:
            case "accept" | "decline":
                self.give(ElicitationAnswer(choice))
            case _:
                self.give(ElicitationAnswer("cancel"))


class SamplingScreen(ServerScreen[Sampling]):
    """What a server wants a model to answer, and what that may cost."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n,3", "answer('deny')", "deny", show=False, priority=True),
        Binding("y,1", "answer('once')", "once", show=False),
        Binding("a,2", "answer('session')", "in this session", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Who would answer and for how much, then all that they would read."""
        palette = self._palette
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = Content(
                f"The extension {self._server} wants a model to answer it"
            )
            dialog.border_subtitle = "1 y once, 2 a always in this session, 3 n deny"
            cost = [(line, palette.warn) for line in sampling_cost(self._asked)]
            yield Words(
                [*cost, ("", palette.text), (sampling_text(self._asked), palette.text)], palette
            )

    def arm(self) -> None:
        """Take keys as answers from now on; the others scroll."""
        super().arm()
        self.query_one(VerticalScroll).focus()

    def action_answer(self, choice: str) -> None:
        """Allow or deny it."""
        match choice:
            case "once" | "session":
                self.give(SamplingAnswer(choice))
            case _:
                self.give(SamplingAnswer("deny"))


class SignInScreen(ServerScreen[SignIn]):
    """Where to sign in, and a line for the address that the browser ends at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer", "not now", show=False, priority=True),
        Binding("ctrl+o", "browse", "open it", show=False, priority=True),
    ]

    def compose(self) -> ComposeResult:
        """The address, what to do, and the line."""
        palette = self._palette
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = Content(f"The extension {self._server} wants you to sign in")
            dialog.border_subtitle = "ctrl+o opens a browser here, esc not now"
            help_words = (
                "Sign in there. A browser on this machine comes back by itself; one elsewhere ends "
                "at an address that cannot be reached: paste that address here."
            )
            yield Words(
                [(self._asked.url, palette.bright), ("", palette.text), (help_words, palette.dim)],
                palette,
            )
            yield Input(placeholder="http://127.0.0.1:…/callback?code=…", id="sign-in")

    def arm(self) -> None:
        """Take keys as answers from now on."""
        super().arm()
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter sends what was pasted."""
        if text := "".join(event.value.split()):
            self.give(SignInAnswer(text))

    def action_browse(self) -> None:
        """Open it in a browser of this machine."""
        _browse(self, self._asked.url)

    def action_answer(self) -> None:
        """Esc: not now."""
        self.give(SignInAnswer(""))


def _browse(screen: Screen[None], url: str) -> None:
    """Open an address of the web, and nothing else that a system might start."""
    if url.startswith(("https://", "http://")):
        screen.app.open_url(url)

"""The session's model cannot be had any more: pick another, or bring a provider back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message

from goose_agent.evolve import evolve
from goose_tui.keys import KEY_SILENCE
from goose_tui.screens.asking import AskingScreen
from goose_tui.screens.question import QuestionText
from goose_tui.view.palette import Palette

if TYPE_CHECKING:
    from collections.abc import Callable

    from goose_agent.events import Question
    from goose_tui.model_setup import ModelSetup

__all__ = ["MissingModelScreen"]

_ASKS = "Which model is to go on with this session? Everything else stays as it was."
_WAYS = ("Choose among the models that can be used", "Set a provider up, or enter a key")


class MissingModelScreen(AskingScreen):
    """Asks which model is to go on with the session.

    Args:
        request_id: names the question.
        question: says what is wrong.
        used: tokens of the conversation.
        setup: the user's providers and keys; None to offer only the names that are typed.
        palette: styles.
        key_silence: seconds without a key that pass before one answers.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "later", "not now", show=False, priority=True)
    ]

    class Answered(Message):
        """The person named a model; none where it is empty."""

        def __init__(self, request_id: str, model: str) -> None:
            super().__init__()
            self.request_id = request_id
            self.model = model

    def __init__(
        self,
        request_id: str,
        question: Question,
        used: int,
        setup: Callable[[], ModelSetup] | None,
        palette: Palette,
        *,
        key_silence: float = KEY_SILENCE,
    ) -> None:
        super().__init__(request_id, key_silence=key_silence)
        self._question = question
        self._used = used
        self._setup = setup
        self._palette = palette

    def compose(self) -> ComposeResult:
        """What is wrong, and the ways out."""
        offers = self._question.choices
        with VerticalScroll(classes="dialog") as dialog:
            dialog.border_title = "Another model is needed"
            dialog.border_subtitle = "esc not now"
            head = self._question.text.partition("\n\n")[0]
            shown = evolve(self._question, text=f"{head}\n\n{_ASKS}", choices=(*_WAYS, *offers))
            text = QuestionText(shown)
            text.palette = self._palette
            yield text

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing answers before the silence."""
        return self.armed if action == "later" else True

    def on_key(self, event: events.Key) -> None:
        """A digit chooses a way."""
        if not self.armed or not (event.character or "").isdecimal():
            return
        event.stop()
        event.prevent_default()
        at = int(event.character or "0") - 1
        offers = self._question.choices
        if at == 0:
            self._choose()
        elif at == 1:
            self._set_up()
        elif 0 <= at - len(_WAYS) < len(offers):
            self._answer(offers[at - len(_WAYS)])

    @work
    async def _choose(self) -> None:
        from goose_tui.screens.models import ModelsScreen

        setup = self._setup() if self._setup is not None else None
        screen = ModelsScreen("", self._used, setup, self._palette)
        if name := await self.app.push_screen_wait(screen):
            self._answer(name)

    @work
    async def _set_up(self) -> None:
        from goose_tui.screens.onboarding import Chosen, OnboardingScreen

        setup = self._setup() if self._setup is not None else None
        head = self._question.text.partition("\n\n")[0]
        screen = OnboardingScreen(head, "", self._palette, setup=setup, tour=False)
        way = await self.app.push_screen_wait(screen)
        if isinstance(way, Chosen):
            self._answer(way.model)

    def _answer(self, model: str) -> None:
        self.post_message(self.Answered(self.request_id, model))

    def action_later(self) -> None:
        """Esc: the session can be read meanwhile."""
        if self.armed:
            self.armed = False
            self._answer("")

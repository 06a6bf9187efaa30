"""A dialog that asks: nothing answers it before the keys were silent for a moment.

Somebody may be writing when it opens. What they type then belongs to their draft.
"""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.screen import ModalScreen
from textual.timer import Timer

__all__ = ["AskingScreen"]


class AskingScreen(ModalScreen[None]):
    """A question. It closes when the answer is on record, not before.

    Args:
        request_id: names the question.
        key_silence: seconds without a key that pass before one answers.
    """

    AUTO_FOCUS = ""

    class Typed(Message):
        """A key came too early to be an answer: it belongs to the draft."""

        def __init__(self, character: str) -> None:
            super().__init__()
            self.character = character
            """Empty for a backspace."""

    def __init__(self, request_id: str, *, key_silence: float) -> None:
        super().__init__()
        self.request_id = request_id
        self._key_silence = key_silence
        self._silence: Timer | None = None
        self.armed = False
        """Whether keys answer by now."""

    def on_mount(self) -> None:
        """Wait for silence."""
        self._silence = self.set_timer(self._key_silence, self.arm)

    def on_key(self, event: events.Key) -> None:
        """What is typed too early goes to the draft."""
        if self.armed:
            return
        event.stop()
        if event.character and event.is_printable:
            self.post_message(self.Typed(event.character))
        elif event.key == "backspace":
            self.post_message(self.Typed(""))
        if self._silence is not None:
            self._silence.reset()

    def arm(self) -> None:
        """Take keys as answers from now on."""
        self.armed = True

"""The question that waits for the person: shown once, answered once, never by a line typed ahead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from goose_tui.plain.decisions import Explanation, Unclear
from goose_tui.plain.questions import prompt_of, question_lines, read_answer
from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.events import Answer
    from goose_agent.state.session_state import Pending, SessionState
    from goose_tui.plain.page import Page

__all__ = ["Inquiry"]


class Inquiry:
    """Asks what a session wants to know.

    Args:
        page: where questions are written.
        silence: seconds from a question to the first line that answers it.
        mono: monotonic seconds.
    """

    def __init__(self, page: Page, silence: float, mono: Callable[[], float]) -> None:
        self._page = page
        self._silence = silence
        self._mono = mono
        self._asked: dict[str, float] = {}
        """When each question was shown, in monotonic seconds."""
        self._answered: set[str] = set()
        self._wanted = Unclear()
        """What is to be typed next; empty for the answer itself."""

    def question(self, state: SessionState | None) -> Pending | None:
        """The first question that has no answer yet."""
        pending = state.questions if state is not None else ()
        return next((item for item in pending if item.request_id not in self._answered), None)

    def in_words(self, pending: Pending | None) -> bool:
        """Whether the next line is taken as it stands, because words were asked for."""
        return (
            pending is not None and pending.request_id in self._asked and bool(self._wanted.prompt)
        )

    def forget(self) -> None:
        """What was begun to be answered is to be answered anew."""
        self._wanted = Unclear()

    def show(self, pending: Pending, state: SessionState) -> None:
        """Write a question, unless it stands there.

        Args:
            pending: the question.
            state: the session.
        """
        if pending.request_id not in self._asked:
            self._wanted = Unclear()
            self._page.say(question_lines(pending, state))
            self._asked[pending.request_id] = self._mono()

    def ask(self, pending: Pending) -> None:
        """Leave a line open for what is to be typed next."""
        self._page.ask(self._wanted.prompt or prompt_of(pending.subject))

    def read(self, pending: Pending, text: str) -> Answer | Explanation | None:
        """The answer that a line gives, or a wish; None where it gives none.

        Args:
            pending: the question.
            text: what was typed.
        """
        shown = self._asked.get(pending.request_id)
        if shown is None or self._mono() - shown < self._silence:
            if text.strip():
                words = f"not taken, it came before the question was read: {text}"
                self._page.say([clean_line(words)])
            return None
        answer = self._understood(pending, text)
        if isinstance(answer, Unclear):
            self._wanted = answer
            if text.strip() and not answer.prompt:
                self._page.say([clean_line(answer.problem or "That is none of the answers.")])
            return None
        if isinstance(answer, Explanation):
            return answer
        self._answered.add(pending.request_id)
        return answer

    def _understood(self, pending: Pending, text: str) -> Answer | Unclear | Explanation:
        wanted, self._wanted = self._wanted, Unclear()
        if not wanted.prompt:
            return read_answer(pending.subject, text)
        # What is left empty is taken back.
        return read_answer(pending.subject, f"{wanted.lead} {text}") if text.strip() else Unclear()

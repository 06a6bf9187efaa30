"""Calls that ran when the process before this one ended: nobody knows how far they came.

None of them is run again by itself. The person says what is to become of it; the question waits as
any other does, through the end of this process, too.
"""

from __future__ import annotations

from typing import Literal

import anyio
from msgspec import Struct

from goose_agent.events import Question, QuestionAnswer, ToolOutcomeUnknown
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import CallRecord
from goose_agent.tools.registry import Tool

__all__ = ["BEFORE", "RUN_AGAIN", "SKIP", "UNKNOWN_OUTCOME", "CutOff", "Fate", "leave_unknown"]

RUN_AGAIN = "Run it again"
SKIP = "Skip it"
UNKNOWN_OUTCOME = (
    "The program ended while this call ran: nobody knows how far it came. "
    "Look at what is there before you run it again."
)
BEFORE = (
    "It had begun to run when the program ended before, and nobody knows how far it came: "
    "look at what is there."
)
_QUESTION = """The program ended while this call ran, and nobody knows how far it came:

{call}

What it started may be at work still. Run again, it is judged anew, as a call of now. Skipped, the \
model is told that its outcome is unknown. Anything else that you write is what the model reads as \
its result."""


class Fate(Struct, frozen=True):
    """What is to become of a call."""

    what: Literal["again", "unknown", "result"]
    result: str = ""
    """What the model is to read, as the person wrote it."""


class CutOff:
    """Asks about such calls.

    Args:
        log: the session's record.
        desk: where to ask.
    """

    def __init__(self, log: SessionLog, desk: Desk) -> None:
        self._log = log
        self._desk = desk

    def is_cut_off(self, call: CallRecord) -> bool:
        """Whether a call that nobody runs in this process ran in the one before.

        One that only waited for an answer to its own question has done nothing else meanwhile.
        """
        return call.state == "running" and not self._desk.asked_by(call.key)

    async def ask(self, tool: Tool, call: CallRecord) -> Fate:
        """What the person wants; where the turn is stopped meanwhile, the outcome stays unknown."""
        arguments = call.edited or call.arguments or {}
        what = str(arguments.get(tool.mark.command, "")) if tool.mark.command else call.summary
        text = _QUESTION.format(call=f"{tool.name}  {what}")
        question = Question(call.key, text, (RUN_AGAIN, SKIP), True, "outcome", otherwise=SKIP)
        try:
            answer = answer_as(QuestionAnswer, await self._desk.ask(question, call.seq))
        except anyio.get_cancelled_exc_class():
            if self._desk.stopping:
                leave_unknown(self._log, call)
            raise
        if answer.text == RUN_AGAIN:
            return Fate("again")
        if answer.declined or answer.text == SKIP:
            return Fate("unknown")
        return Fate("result", answer.text)


def leave_unknown(log: SessionLog, call: CallRecord) -> None:
    """Put on record that nobody knows what a call has done, and let the model read so."""
    log.record(ToolOutcomeUnknown(call.key, UNKNOWN_OUTCOME), "system", cause=call.seq)

"""Takes compactions back, and takes that back: the record forgets nothing, so both are exact."""

from __future__ import annotations

import anyio
from anyio import to_thread

from goose_agent.context.folding import view_of
from goose_agent.context.proposal import Sizes
from goose_agent.events import CompactionRedone, CompactionUndone, Notice
from goose_agent.evolve import evolve
from goose_agent.loop.seats import Seats
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import SessionState

__all__ = ["Undoing"]


class Undoing:
    """Undoes and redoes the compactions of one session.

    Args:
        log: the session's record.
        seats: know whose window it has to fit into.
        one_at_a_time: held while the conversation is made smaller.
    """

    def __init__(self, log: SessionLog, seats: Seats, one_at_a_time: anyio.Lock) -> None:
        self._log = log
        self._seats = seats
        self._one_at_a_time = one_at_a_time

    async def undo(self) -> None:
        """Let the model see again what it saw before the last compaction, if that fits."""
        folding, state = self._log.state.folding, self._log.state
        if self._one_at_a_time.statistics().locked:
            self._say("A compaction is under way.", "Answer or interrupt it first.")
            return
        if not folding.applied:
            self._say("No compaction is left to undo.")
            return
        last = folding.applied[-1]
        before = evolve(state, folding=evolve(folding, applied=folding.applied[:-1]))
        window = self._seats.answering().window
        async with self._one_at_a_time:
            tokens = await self._tokens_as(before)
            if window is not None and tokens > window:
                self._say(
                    f"Not undone: about {tokens:,} tokens do not fit into {window:,}.",
                    "Choose a model with a larger window, or drop pieces with /request.",
                )
                return
            self._log.record(CompactionUndone(last.applied.compaction_id), "user")

    async def _tokens_as(self, other: SessionState) -> int:
        """Tokens of a request if the session were as another state has it."""
        state = self._log.state
        now = await to_thread.run_sync(view_of, state)
        then = await to_thread.run_sync(view_of, other)
        sizes = Sizes.of_state(state, state.context.tokens)
        return state.context.tokens - sizes.of(now) + sizes.of(then)

    def redo(self) -> None:
        """Let the compaction hold again that was undone last."""
        undone = self._log.state.folding.undone
        if self._one_at_a_time.statistics().locked:
            self._say("A compaction is under way.", "Answer or interrupt it first.")
        elif not undone:
            self._say("No compaction was undone just now.", "/compact makes a new one.")
        else:
            self._log.record(CompactionRedone(undone[-1].applied.compaction_id), "user")

    def _say(self, text: str, hint: str = "") -> None:
        self._log.record(Notice("warning", text, hint), "system")

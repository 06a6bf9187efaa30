"""One subagent at work: its turns, from what it is told to what its parent reads."""

from __future__ import annotations

import anyio
from msgspec import Struct

from goose_agent.changes.watch import ChangeWatch
from goose_agent.errors import GooseError
from goose_agent.events import (
    AgentEnd,
    AgentEnded,
    Notice,
    TurnEnd,
    TurnEnded,
    TurnStarted,
    UserMessage,
)
from goose_agent.loop.abandoning import abandon
from goose_agent.loop.agents.words import result_words
from goose_agent.loop.bench import Bench
from goose_agent.loop.compaction import Compaction
from goose_agent.loop.debugger import Debugger
from goose_agent.loop.desk import Desk
from goose_agent.loop.seats import Seats
from goose_agent.loop.turn import TurnSettings, run_turn
from goose_agent.sessions.agent_log import AgentLog
from goose_agent.state.session_state import said

__all__ = ["AgentRun", "Equipment"]

_NOTICED = 2.0
"""Seconds for which the end waits until what its commands changed is on record."""
_ENDS: dict[TurnEnd, AgentEnd] = {
    "done": "done",
    "failed": "failed",
    "max_turns": "max_turns",
    "budget": "budget",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "recovered": "interrupted",
}


class Equipment(Struct, frozen=True):
    """What a subagent works with."""

    log: AgentLog
    seats: Seats
    desk: Desk
    bench: Bench
    debugger: Debugger
    settings: TurnSettings
    compaction: Compaction
    watch: ChangeWatch


class AgentRun:
    """A subagent at work.

    Args:
        equipment: what it works with; its beginning is on record.
        instructions: what it is to do.
    """

    def __init__(self, equipment: Equipment, instructions: str) -> None:
        self.equipment = equipment
        self._log = equipment.log
        self._instructions = instructions
        self._scope = anyio.CancelScope()
        self._end: AgentEnd = "stopped"
        self.ended = anyio.Event()

    async def run(self) -> None:
        """Work to an end, which is on record afterwards, however it comes."""
        clock = self._log.world.clock
        started = clock.mono()
        end: AgentEnd = "interrupted"
        try:
            with self._scope:
                end = await self._work()
            if self._scope.cancelled_caught:
                end = self._end
        finally:
            self._close(end, round(clock.mono() - started, 3))
        await self._log.settle()

    def stop(self, end: AgentEnd = "stopped") -> None:
        """Let it come to its end now.

        Args:
            end: how that is called.
        """
        self._end = end
        self._scope.cancel()

    async def _work(self) -> AgentEnd:
        log = self._log
        order = UserMessage(log.world.ids.new("m"), self._instructions, by=_parent(log.agent))
        log.record(order, "model")
        while True:
            end = await self._turn()
            with anyio.move_on_after(_NOTICED):
                await self.equipment.watch.idle()
            queue = log.state.queue
            if end != "done" or not queue:
                return _ENDS[end]
            log.record(said(queue[0]), "user")

    async def _turn(self) -> TurnEnd:
        log, own = self._log, self.equipment
        number, started = len(log.state.turns) + 1, log.world.clock.mono()
        log.record(TurnStarted(number), "agent")
        end: TurnEnd = "failed"
        requests = 0
        try:
            end, requests = await run_turn(
                log, own.seats, own.desk, own.bench, own.settings, own.debugger
            )
        except GooseError as error:
            log.record(Notice("error", error.message, error.hint), "agent")
        abandon(log, own.debugger)
        seconds = round(log.world.clock.mono() - started, 3)
        log.record(TurnEnded(number, end, requests, seconds), "agent")
        return end

    def _close(self, end: AgentEnd, seconds: float) -> None:
        """Put the end on record, and before it that of all that is open."""
        log = self._log
        abandon(log, self.equipment.debugger)
        if log.state.working:
            number = len(log.state.turns)
            log.record(TurnEnded(number, "interrupted", 0, seconds), "agent")
        log.record(AgentEnded(end, result_words(log.state, end), seconds), "agent")
        self.ended.set()


def _parent(agent: str) -> str:
    return agent.rpartition("/")[0]

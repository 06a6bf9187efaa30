"""Pauses a turn where a person wants to look: while stepping, and at breakpoints.

A pause is not an approval. Before a call the pause comes first, then the gate and its question,
then the call runs, then comes the pause after it. There is one pause at a time; it is an event, and
survives the end of the process as a question does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os.path import normpath
from pathlib import Path

import anyio

from goose_agent.events import (
    Actor,
    BreakpointHit,
    Paused,
    Release,
    Resumed,
    Step,
    StopPlace,
)
from goose_agent.loop.bench import Bench
from goose_agent.loop.desk import Desk
from goose_agent.loop.rulings import only_reads
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import AnswerRecord, CallRecord, ThinkingRecord, UserRecord
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import Breakpoint, Pause
from goose_agent.stepping.condition import Condition, ConditionError, parse_condition
from goose_agent.stepping.facts import Facts
from goose_agent.stepping.stops import due
from goose_agent.tools.registry import Tool

__all__ = ["Debugger"]

_NAMED = 60
"""Characters of a call in what is said to come next."""


class Debugger:
    """Decides at each stop whether the turn pauses, and lets it wait.

    Ask it only where the state is armed: a session that nobody steps through then costs nothing.

    Args:
        log: the session's record.
        desk: counts for how long a person was waited for.
        bench: knows the tools.
        one_at_a_time: held by whoever pauses, of all agents of a session.
    """

    def __init__(
        self, log: SessionLog, desk: Desk, bench: Bench, one_at_a_time: anyio.Lock | None = None
    ) -> None:
        self._log = log
        self._desk = desk
        self._bench = bench
        self._one_at_a_time = one_at_a_time or anyio.Lock()
        self._news = anyio.Event()
        self._read: dict[str, Condition | None] = {}
        self._held: dict[tuple[str, str], bool] = {}
        """Whether each condition about the session held when it was looked at last."""
        self._passed: Pause | None = None
        """A pause that ended after a restart, before the turn had come to it again."""

    def beside(self, log: SessionLog, desk: Desk, bench: Bench) -> Debugger:
        """One for another agent of the session: only one of them pauses at a time."""
        return Debugger(log, desk, bench, self._one_at_a_time)

    @property
    def _pause_here(self) -> Pause | None:
        """The pause of this agent; None where there is none, or another agent's."""
        pause = self._log.state.debugging.pause
        return pause if pause is not None and pause.agent == self._log.agent else None

    # The stops

    async def before_request(self, renew: Callable[[], object]) -> bool:
        """Perhaps pause before the model is called; tells whether it did.

        Args:
            renew: builds the request anew, for a person who has changed something.
        """
        model = self._log.state.model
        return await self._stop("before_request", None, f"request to {model}", renew)

    async def before_call(self, call: CallRecord) -> None:
        """Perhaps pause before a call is judged and run."""
        await self._stop("before_call", call, _named(call))

    async def after_call(self, call: CallRecord) -> None:
        """Perhaps pause after a call has its result, before the model reads it."""
        rest = self._log.state.open_calls()
        following = _named(rest[0]) if rest else f"model call {_request(self._log.state)}"
        await self._stop("after_call", self._log.state.call(call.key), following)

    async def take_up(self) -> None:
        """Wait on where a call had its result when the process before this one ended."""
        pause = self._pause_here
        if pause is not None and pause.place == "after_call":
            await self._hold(pause, None)

    async def _stop(
        self,
        place: StopPlace,
        call: CallRecord | None,
        following: str,
        renew: Callable[[], object] | None = None,
    ) -> bool:
        async with self._one_at_a_time:
            pause = self._pause_here
            if pause is not None and not _is_at(pause, place, call):
                self.withdraw()  # the turn has come another way than before the restart
                pause = None
            if pause is None:
                passed, self._passed = self._passed, None
                if passed is not None and _is_at(passed, place, call):
                    return True
                pause = self._pause(place, call, following)
            if pause is None:
                return False
            await self._hold(pause, renew)
            return True

    def _pause(self, place: StopPlace, call: CallRecord | None, following: str) -> Pause | None:
        """Pause here, if there is a reason."""
        facts = self._facts(place, call)
        call_id = call.key if call is not None else ""
        hit = [item for item in self._log.state.debugging.breakpoints if self._hits(item, facts)]
        for item in hit:
            event = BreakpointHit(item.breakpoint_id, item.condition, place, call_id)
            self._log.record(event, "agent")
        debugging = self._log.state.debugging
        if not hit and not due(debugging.run, debugging.level, facts):
            return None
        paused = Paused(
            pause_id=self._log.world.ids.new("pause"),
            place=place,
            request=facts.request,
            next=following,
            call_id=call_id,
            conditions=tuple(item.condition for item in hit),
        )
        self._log.record(paused, "agent")
        return self._log.state.debugging.pause

    async def _hold(self, pause: Pause, renew: Callable[[], object] | None) -> None:
        with self._desk.waiting(pause.pause_id):
            try:
                while True:
                    news = self._news = anyio.Event()
                    await self._log.settle()
                    if self._log.state.debugging.pause != pause:
                        return
                    await news.wait()
                    if renew is not None and self._log.state.debugging.pause == pause:
                        renew()
            except anyio.get_cancelled_exc_class():
                if self._desk.stopping:
                    self.withdraw()
                raise

    # What a person says

    def resume(self, pause_id: str, step: Step) -> None:
        """Let the turn go on; where it does not wait at that pause, nothing happens."""
        pause = self._log.state.debugging.pause
        if pause is None or pause.pause_id != pause_id:
            return
        self._end(pause, step)
        if not self._desk.waits_for(pause_id) and pause.place != "after_call":
            self._passed = pause
        self._news.set()

    def changed(self) -> None:
        """What the model would see has changed."""
        self._news.set()

    def withdraw(self) -> None:
        """End a pause because the turn ends."""
        pause = self._pause_here
        if pause is not None:
            self._end(pause, "withdrawn")

    def _end(self, pause: Pause, release: Release) -> None:
        actor: Actor = "agent" if release == "withdrawn" else "user"
        self._log.record(Resumed(pause.pause_id, release), actor, cause=pause.seq)

    # Breakpoints

    def _hits(self, item: Breakpoint, facts: Facts) -> bool:
        key = item.breakpoint_id, item.condition
        condition = self._condition(item.condition)
        if condition is None or not item.enabled:
            self._held.pop(key, None)
            return False
        now = condition.holds(facts)
        if not condition.of_session:
            return now
        before = self._held.get(key, item.hits > 0)
        self._held[key] = now
        return now and not before

    def _condition(self, text: str) -> Condition | None:
        """The condition in a text; None where another version wrote it."""
        if text not in self._read:
            try:
                self._read[text] = parse_condition(text)
            except ConditionError:
                self._read[text] = None
        return self._read[text]

    # What is known

    def _facts(self, place: StopPlace, call: CallRecord | None) -> Facts:
        state = self._log.state
        turn = len(state.turns)
        request = _request(state) if call is None else state.spent.requests
        tool = self._bench.registry.find(call.tool) if call is not None else None
        arguments = call.arguments or {} if call is not None else {}
        command = str(arguments.get(tool.mark.command, "")) if tool and tool.mark.command else ""
        return Facts(
            place=place,
            agent=self._log.agent,
            turn=turn,
            request=request,
            cost=state.spent.cost,
            tokens=state.context.tokens,
            window=state.window,
            plan=state.plan,
            text=_text(place, call, state),
            tool=tool.name if tool is not None else call.tool if call is not None else "",
            effect=tool.mark.effect if tool is not None else "",
            only_reads=tool is not None and only_reads(tool, arguments, self._bench),
            arguments=arguments,
            command=command,
            paths=tuple(self._paths(tool, call)) if tool is not None and call is not None else (),
            failed=call is not None and call.state == "failed",
            exit_code=call.exit_code if call is not None else None,
            touched=lambda: self._touched_before(call),
        )

    def _paths(self, tool: Tool, call: CallRecord) -> Iterator[str]:
        """The paths that a call names, as people read them."""
        workspace = self._bench.workspace
        for path in tool.paths(call.arguments or {}):
            try:
                absolute = workspace.resolve(path)
            except RuntimeError:  # `~name` of somebody who does not exist
                yield path
            else:
                yield workspace.shown(Path(normpath(absolute)))

    def _touched_before(self, call: CallRecord | None) -> frozenset[str]:
        """The paths that other calls which ran have named."""
        found: set[str] = set()
        for record in self._log.state.records:
            if not isinstance(record, CallRecord) or record.started is None:
                continue
            tool = self._bench.registry.find(record.tool)
            if tool is not None and (call is None or record.key != call.key):
                found.update(self._paths(tool, record))
        return frozenset(found)


def _is_at(pause: Pause, place: StopPlace, call: CallRecord | None) -> bool:
    return pause.place == place and pause.call_id == (call.key if call is not None else "")


def _request(state: SessionState) -> int:
    """Number of the model call that comes next."""
    return state.spent.requests + 1


def _named(call: CallRecord) -> str:
    words = f"{call.tool} {call.summary}".strip()
    return words if len(words) <= _NAMED else f"{words[: _NAMED - 1]}…"


def _text(place: StopPlace, call: CallRecord | None, state: SessionState) -> str:
    """What is new at a stop."""
    if call is not None:
        return call.arguments_text if place == "before_call" else call.result
    said: list[str] = []
    answered = False
    for record in reversed(state.records):
        if isinstance(record, UserRecord):
            if answered:
                break
            said.append(record.text)
        elif isinstance(record, AnswerRecord | ThinkingRecord | CallRecord):
            if record.request_id != state.request_id:
                break
            answered = True
            said += [record.text] if isinstance(record, AnswerRecord) else []
    return "\n".join(reversed(said))

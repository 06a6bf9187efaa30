"""Reads and judges the calls of a recording anew and compares that with what is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import msgspec

from goose_agent.clock import World
from goose_agent.events import (
    Actor,
    AgentStarted,
    AnyData,
    Event,
    ModelResponded,
    Reason,
    ToolJudged,
    ToolProposed,
)
from goose_agent.evolve import evolve
from goose_agent.loop.bench import Bench
from goose_agent.loop.gathering import CallDraft
from goose_agent.loop.proposals import read_call
from goose_agent.loop.rulings import Rulings
from goose_agent.permissions.guard import Guard
from goose_agent.permissions.inspectors.standard import Inspectors
from goose_agent.permissions.judge import Judged, judged_from
from goose_agent.redaction import Redactor
from goose_agent.replay.divergence import Divergence, DivergenceKind, compared
from goose_agent.state.extensions import tools_of_servers
from goose_agent.state.session_state import MAIN, Agent, SessionState
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import Workspace

__all__ = ["PastCalls"]

_NOWHERE = Path("/nonexistent")
"""Where files of rules are looked for: those of today are not those of then."""
_OWN = ("", "this session")
"""Sources of rules that the record holds."""


class _Past:
    """A session's record at a moment that is over."""

    def __init__(self, world: World) -> None:
        self.state = SessionState()
        self.world = world

    def record(self, data: AnyData, actor: Actor) -> int:
        """What is over stays as it is."""
        return self.state.seq


class PastCalls:
    """Checks each call of a recording; its events are to come in order.

    Args:
        registry: the tools of today.
        world: clock and environment.
    """

    def __init__(self, registry: Registry, world: World) -> None:
        self._registry = registry
        self._past = _Past(world)
        self._benches: dict[str, tuple[tuple[str, ...], Bench, Rulings]] = {}
        """For each agent the folders it worked in, what its calls ran with, and who judges them."""
        self._heirs: dict[str, Inspectors] = {}
        self._agent: Agent | None = None
        """The subagent that is looked at; None for the main agent."""
        self._stops: dict[str, str] = {}
        """Why each answer ended, by its request."""
        self.calls = 0
        self.verdicts = 0
        self.skipped = 0

    async def look(self, state: SessionState, event: Event) -> AsyncIterator[Divergence]:
        """What of an event would be otherwise now.

        Args:
            state: before the event.
            event: any.
        """
        session, state = state, state.of_agent(event.agent)
        self._past.state, self._agent = state, session.agents.get(event.agent)
        match event.data:
            case AgentStarted():
                parent = event.agent.rpartition("/")[0]
                if parent in self._benches:
                    self._heirs[event.agent] = self._benches[parent][1].inspectors.heirs()
            case ModelResponded(request_id=request_id, stop=stop):
                self._stops[request_id] = stop
            case ToolProposed(tool=tool) if tool in tools_of_servers(state.extensions):
                self.calls += 1  # whoever wrote the server decides what it is today
            case ToolProposed() as proposed:
                self.calls += 1
                for found in self._look_at_reading(state, event.seq, proposed):
                    yield found
            case ToolJudged() as judged:
                if _rests_on_files(judged.reasons) or _of_server(state, judged.call_id):
                    self.skipped += 1
                    return
                self.verdicts += 1
                changed = await self._look_at_verdict(state, event.seq, judged)
                if changed is not None:
                    yield changed
            case _:
                pass

    def _look_at_reading(
        self, state: SessionState, seq: int, recorded: ToolProposed
    ) -> Iterator[Divergence]:
        if recorded.call_id not in state.calls:
            return
        call = state.call(recorded.call_id)
        draft = CallDraft(call.key, call.tool, 0, call.arguments_text)
        cut = self._stops.get(recorded.request_id) == "length"
        reading = read_call(self._bench_of(state)[0], draft, cut)
        now = ToolProposed(
            recorded.call_id,
            recorded.request_id,
            reading.tool,
            reading.text,
            reading.arguments,
            reading.problem,
            reading.summary,
        )
        found = _difference(seq, "arguments", f"call of {recorded.tool}", recorded, now)
        if found is not None:
            yield found

    async def _look_at_verdict(
        self, state: SessionState, seq: int, recorded: ToolJudged
    ) -> Divergence | None:
        bench, rulings = self._bench_of(state)
        if recorded.call_id not in state.calls:
            return None
        call = state.call(recorded.call_id)
        tool = self._registry.find(call.tool)
        if tool is None:
            what = f"there is no tool {call.tool} any more"
            return Divergence(seq, "verdict", what, recorded=recorded.decision)
        if recorded.arguments is not None:
            call = evolve(call, arguments=recorded.arguments)
        else:  # what a person makes of a call is judged by what was known when it was proposed
            bench.inspectors.learn(state.records)
        await rulings.inspect(call)
        if word := _word_of_model(recorded.reasons):
            rulings.recall(call.key, word)
        verdict = rulings.verdict(tool, call)
        now = evolve(recorded, decision=verdict.decision, reasons=verdict.reasons)
        what = f"{call.tool} {call.summary}".strip()
        return _difference(seq, "verdict", what, recorded, now)

    def _bench_of(self, state: SessionState) -> tuple[Bench, Rulings]:
        """What calls of the agent ran with, as far as the record tells, and who judges them."""
        name = self._agent.path if self._agent is not None else MAIN
        folders = (state.folder, *state.roots)
        known = self._benches.get(name)
        if known is not None and known[0] == folders:
            return known[1], known[2]
        folder = Path(state.folder or "/")
        roots = tuple(map(Path, state.roots)) or (folder,)
        environ: Mapping[str, str] = self._past.world.environ
        guard = Guard(_NOWHERE, _NOWHERE, roots, environ.get("HOME", ""), managed=_NOWHERE)
        workspace = Workspace(folder, roots)
        tools = self._registry if self._agent is None else self._registry.only(self._agent.tools)
        bench = Bench(tools, workspace, environ, Redactor({}), guard)
        if known is not None:
            bench = evolve(bench, inspectors=known[1].inspectors)
        elif name in self._heirs:
            bench = evolve(bench, inspectors=self._heirs[name])
        rulings = Rulings(self._past, bench)
        self._benches[name] = folders, bench, rulings
        return bench, rulings


def _difference(
    seq: int,
    kind: DivergenceKind,
    what: str,
    recorded: ToolProposed | ToolJudged,
    now: ToolProposed | ToolJudged,
) -> Divergence | None:
    return compared(seq, kind, what, msgspec.json.encode(recorded), msgspec.json.encode(now))


def _of_server(state: SessionState, call_id: str) -> bool:
    """Whether a call is of a tool that a server brought."""
    if call_id not in state.calls:
        return False
    return state.call(call_id).tool in tools_of_servers(state.extensions)


def _rests_on_files(reasons: tuple[Reason, ...]) -> bool:
    """Whether a verdict follows from files or a command line that the record does not hold."""
    return any(
        reason.stage == "ignore"
        or (
            reason.stage == "rule"
            and (reason.source not in _OWN or reason.text.startswith("allowed for this run"))
        )
        for reason in reasons
    )


def _word_of_model(reasons: tuple[Reason, ...]) -> Judged | None:
    for reason in reasons:
        if reason.stage == "judge":
            return judged_from(reason.text)
    return None

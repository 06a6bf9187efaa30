"""Builds the requests of a recording anew and compares them with those on record."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

import msgspec

from goose_agent.context.build import ContextBuilder
from goose_agent.context.thoughts import thoughts_are_sent
from goose_agent.decoding import decoder_of
from goose_agent.events import ContextBuilt, Event, SessionResumed, SessionStarted
from goose_agent.evolve import evolve
from goose_agent.loop.offering import offered
from goose_agent.loop.prompts import system_prompt
from goose_agent.messages import ToolSchema
from goose_agent.replay.divergence import Divergence, DivergenceKind, compared
from goose_agent.replay.recording import Recording
from goose_agent.state.extensions import tools_of_servers
from goose_agent.state.session_state import SessionState
from goose_agent.tools.registry import Registry

__all__ = ["PastRequests"]


class PastRequests:
    """Checks each `context.built` of a recording; they are to come in order.

    Args:
        recording: has the contents.
        registry: the tools of today.
    """

    def __init__(self, recording: Recording, registry: Registry) -> None:
        self._recording = recording
        self._registry = registry
        self._builders: dict[str, ContextBuilder] = {}
        """One for each agent."""
        self._platform = ""
        self._heads: dict[tuple[str, str], bytes] = {}
        """What opens the requests of each agent, as it is on record."""
        self.count = 0

    def look(self, state: SessionState, event: Event) -> Iterator[Divergence]:
        """What of an event would be otherwise now.

        Args:
            state: before the event.
            event: any.
        """
        match event.data:
            case SessionStarted(platform=platform) | SessionResumed(platform=platform):
                self._platform = platform
                self._builders.clear()  # as a new process has it
            case ContextBuilt() as built:
                self.count += 1
                own = state.of_agent(event.agent)
                yield from self._look_at_heads(own, event, self._tools_of(state, event.agent))
                yield from self._look_at_segments(own, event, built)
            case _:
                pass

    def _tools_of(self, state: SessionState, agent: str) -> Registry:
        """The tools of an agent."""
        known = state.agents.get(agent)
        return self._registry if known is None else self._registry.only(known.tools)

    def _look_at_heads(
        self, state: SessionState, event: Event, registry: Registry
    ) -> Iterator[Divergence]:
        """What the program itself brings, wherever it is new."""
        who = event.agent
        found = {name: self._recording.blob(event.blobs[name]) for name in event.blobs}
        system, tools = found.get("system"), found.get("tools")
        if system is not None and system != self._heads.get((who, "system")):
            self._heads[who, "system"] = system
            # What servers say of themselves is no part of this program.
            if "system" not in state.edits and not state.extensions:
                now = self._prompt(state, system, registry)
                yield from _if_any(compared(event.seq, "prompt", "system prompt", system, now))
        if tools is not None and tools != self._heads.get((who, "tools")):
            self._heads[who, "tools"] = tools
            if "tools" not in state.edits and state.mode != "chat":
                now = self._tools(state, tools, registry)
                own = _without(tools, tools_of_servers(state.extensions))
                yield from _if_any(compared(event.seq, "tools", "tool schemas", own, now))

    def _prompt(self, state: SessionState, recorded: bytes, registry: Registry) -> bytes:
        """The prompt of today, with what a person added to the recorded one behind it.

        Whether a model had the short one is not on record: the one that is nearer counts.
        """
        found = []
        for tiny in (False, True):
            words = registry.prompts()
            text = system_prompt(state, words, "", self._platform, tiny=tiny).encode()
            if recorded.startswith(text + b"\n\n"):
                return recorded
            found.append(text)
        return max(found, key=lambda text: _same(text, recorded))

    def _tools(self, state: SessionState, recorded: bytes, registry: Registry) -> bytes:
        """The tools of today; whether the model got few is not on record either."""
        found = []
        for few in (False, True):
            now = offered(registry, state, few=few)
            found.append(json.dumps([[t.name, t.description, t.parameters] for t in now]).encode())
        return recorded if recorded in found else max(found, key=lambda now: _same(now, recorded))

    def _look_at_segments(
        self, state: SessionState, event: Event, recorded: ContextBuilt
    ) -> Iterator[Divergence]:
        who = event.agent
        system = self._heads.get((who, "system"), b"").decode("utf-8", "replace")
        tools = _schemas(self._heads.get((who, "tools"), b""))
        turn = self._recording.blob(event.blobs["turn"]) if "turn" in event.blobs else None
        now = (turn or b"").decode("utf-8", "replace")
        segments = (*state.context.segments[: recorded.keep], *recorded.added)
        thoughts = thoughts_are_sent(segments, state.edits)
        builder = self._builders.setdefault(who, ContextBuilder())
        built = builder.build(state, system, tools, recorded.request_id, now, thoughts=thoughts)
        found = _difference(event.seq, "context", _uncounted(recorded), _uncounted(built.event))
        found = found or _difference(event.seq, "counts", recorded, built.event)
        if found is not None:
            yield found


def _difference(
    seq: int, kind: DivergenceKind, recorded: ContextBuilt, now: ContextBuilt
) -> Divergence | None:
    was, is_now = msgspec.json.encode(recorded), msgspec.json.encode(now)
    return compared(seq, kind, "segments of a request", was, is_now)


def _uncounted(built: ContextBuilt) -> ContextBuilt:
    """The same without what is only counted: older records lack a part of that."""
    added = tuple(evolve(item, tokens=0, source="estimate") for item in built.added)
    return evolve(built, added=added, tokens=0, size=0)


def _without(listed: bytes, names: Collection[str]) -> bytes:
    """Tools as they are on record, those of these names left out."""
    if not names:
        return listed
    try:
        return json.dumps([tool for tool in json.loads(listed) if tool[0] not in names]).encode()
    except (ValueError, LookupError, TypeError):
        return listed


def _schemas(listed: bytes) -> tuple[ToolSchema, ...]:
    try:
        found = decoder_of(list[tuple[str, str, dict[str, object]]]).decode(listed)
    except ValueError:
        return ()  # a person had dropped them
    return tuple(ToolSchema(*each) for each in found)


def _if_any(found: Divergence | None) -> Iterator[Divergence]:
    if found is not None:
        yield found


def _same(one: bytes, other: bytes) -> int:
    """How many bytes from the first are the same."""
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return at
    return min(len(one), len(other))

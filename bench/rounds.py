"""What a tool round costs the engine itself, from the first to the five hundredth.

A round lasts from the end of an answer with a call until the next request could be sent: the call on
record, judged, run, its result on record, the request built and encoded. Model and tool answer at
once, so all of it is the engine's own; the disk may write when it likes, and what waiting for it adds
is measured apart.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median, quantiles
from time import perf_counter, process_time
from unittest.mock import patch

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from msgspec import Struct

from busy import busy
from goose_agent.clock import World
from goose_agent.codec import event_from
from goose_agent.commands import Close, Submit
from goose_agent.config.places import Places
from goose_agent.engine import Engine, Options
from goose_agent.events import TurnEnded
from goose_agent.messages import Usage
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    TextDelta,
    UsageReport,
)
from goose_agent.providers.openai import OpenAIModel
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport
from goose_agent.sessions.store import SessionStore, StoredBlob, StoredEvent
from goose_agent.tools.standard import standard_extensions
from goose_agent.tools.tool import CallContext, Extension, tool
from goose_agent.wire import Gone, Open, Opened, Refused, Tell, frames, parse, write
from table import Found, tell

__all__ = ["ROUNDS", "measure_engine"]

ROUNDS = 500
_EDGE = 50
"""Rounds at either end that are compared with one another."""
_WARM = 5
"""Rounds at the start that only fill caches."""
_FLAT = 1.5
"""How much more than the first rounds the last ones may take."""
_RESULT = "src/parse.py:12: a line of what a command puts out\n" * 12


class Rounds(Struct):
    """How long the rounds of one session took, in milliseconds."""

    times: list[float]
    worked: list[float]
    """CPU time of each, in milliseconds: the same however busy the machine is."""

    @property
    def p50(self) -> float:
        """Half of the rounds took no longer."""
        return median(self.times)

    def alone(self, load: float) -> float:
        """Half of them would have taken no longer with the machine to themselves.

        Other programs stop one for longer than a round takes: most rounds are not longer for it,
        and their time divided by how busy the machine is would be less than they worked.

        Args:
            load: how much longer than its own CPU time a program took.
        """
        return max(self.p50 / load, median(self.worked))

    @property
    def p95(self) -> float:
        """All but a twentieth took no longer."""
        return quantiles(self.times, n=20)[-1]

    @property
    def growth(self) -> float:
        """The CPU time of the last rounds in terms of the first."""
        first, last = self.worked[_WARM : _WARM + _EDGE], self.worked[-_EDGE:]
        return median(last) / median(first)


def measure_engine() -> list[Found]:
    """Measure one long turn, many turns, and what waiting for the disk adds."""
    found: list[Found] = []
    for words, turns, rounds in (("in one turn", 1, ROUNDS), ("in turns of one", ROUNDS, 1)):
        tell(f"{ROUNDS} rounds {words}")
        own, load = measure_rounds(turns, rounds)
        found += [
            Found(f"{words}, p50", own.alone(load), "ms", 5.0, f"raw {own.p50:.1f} ms"),
            Found(f"{words}, p95", own.p95 / load, "ms", 15.0),
            Found(f"{words}, the last {_EDGE} to the first", own.growth, "", _FLAT),
        ]
    tell(f"{ROUNDS} rounds that wait for the disk")
    synced, load = measure_rounds(1, ROUNDS, synced=True)
    return [*found, Found("with the disk's own fsync, p50", synced.alone(load), "ms")]


def measure_rounds(turns: int, rounds: int, *, synced: bool = False) -> tuple[Rounds, float]:
    """Run a session of so many turns, each of so many rounds; and how busy the machine was.

    Args:
        turns: messages of a person.
        rounds: calls that follow on each.
        synced: whether to wait for the disk as a session does.
    """
    with tempfile.TemporaryDirectory() as home, _disk(synced=synced):
        model = _AtOnce(rounds)
        load = busy()
        anyio.run(_session, Path(home), model, turns)
        return Rounds(model.times, model.worked), mean((load, busy()))


@contextmanager
def _disk(*, synced: bool) -> Iterator[None]:
    """Let records be written as they are in a session, or without waiting for the disk."""
    if synced:
        yield
        return
    append = SessionStore.append

    def unsynced(
        store: SessionStore,
        events: Iterable[StoredEvent],
        blobs: Iterable[StoredBlob] = (),
        summary: dict[str, object] | None = None,
        **_: bool,
    ) -> None:
        append(store, events, blobs, summary, synced=False)

    with patch.object(SessionStore, "append", unsynced):
        yield


class _AtOnce(OpenAIModel):
    """Asks for a call so many times, then says that it is done; encodes requests as for a service."""

    def __init__(self, rounds: int) -> None:
        info = ModelInfo("openai/gpt-5", window=4_000_000)
        super().__init__(info, Transport(Service("none", "http://127.0.0.1:1")))
        self.times: list[float] = []
        self.worked: list[float] = []
        self._rounds = rounds
        self._left = rounds
        self._made = 0
        self._ended = self._worked = 0.0

    async def warm(self) -> None:
        """Nothing is sent."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """The next answer."""
        now, worked = perf_counter(), process_time()
        if self._left < self._rounds:
            self.times.append((now - self._ended) * 1000)
            self.worked.append((worked - self._worked) * 1000)
        usage = UsageReport(Usage(len(self.encode(request)) // 4, 20))
        if not self._left:
            self._left = self._rounds
            yield TextDelta("That was the last."), usage, AnswerEnd("stop")
            return
        self._left -= 1
        self._made += 1
        arguments = json.dumps({"command": f"grep -n call {self._made}"})
        yield TextDelta("I look at the next one. "), CallStart(0, f"c{self._made}", "run")
        self._ended, self._worked = perf_counter(), process_time()
        yield CallDelta(0, arguments), usage, AnswerEnd("tool_calls")


class _Instant(Extension):
    """A command that has ended as soon as it is started."""

    @tool(effect="run", command="command", summary="command")
    async def run(self, call: CallContext, command: str) -> str:
        """Run a command.

        Args:
            call: The running call.
            command: The command line.
        """
        return f"{command}\n{_RESULT}"


async def _session(home: Path, model: _AtOnce, turns: int) -> None:
    world = World(environ={"HOME": str(home), "GOOSE_TUI_HOME": str(home), "PATH": "/usr/bin:/bin"})
    options = Options(
        "bench",
        Places.of(world.environ),
        lambda name, world: model,
        lambda _: (*standard_extensions(), _Instant()),
    )
    to_engine, inbound = anyio.create_memory_object_stream[bytes](64)
    outbound, from_engine = anyio.create_memory_object_stream[bytes](64)

    async def serve() -> None:
        async with inbound, outbound:
            await Engine(options, world, outbound).run(inbound)

    async with anyio.create_task_group() as tasks, to_engine:
        tasks.start_soon(serve)
        opening = Open(str(home), model=model.info.name, mode="auto", max_turns=10 * ROUNDS)
        await to_engine.send(write(opening))
        await _converse(to_engine, from_engine, turns)


async def _converse(
    to_engine: ObjectSendStream[bytes], from_engine: ObjectReceiveStream[bytes], turns: int
) -> None:
    """Say something as soon as the turn before has ended."""
    session_id, left = "", turns
    async for chunk in from_engine:
        for line in frames(chunk):
            word = parse(line)
            match word:
                case bytes() as body if b'"type":"turn.ended"' not in body:
                    continue
                case bytes() as body:
                    data = event_from(body).data
                    assert isinstance(data, TurnEnded)
                    if data.reason != "done":
                        raise RuntimeError(f"a turn ended so: {data.reason}")
                case Opened():
                    session_id = word.session_id
                case Refused() as refused:
                    raise RuntimeError(refused.message)
                case Gone():
                    return
                case _:
                    continue
            said = Submit(f"Look at part {turns - left}.") if left else Close()
            left -= 1
            await to_engine.send(write(Tell(session_id, said)))

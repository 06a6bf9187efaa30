"""What the model sees: building it late in a session, counting much of it, and looking at it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from statistics import median
from time import perf_counter, process_time

import anyio

from goose_agent.context.build import ContextBuilder
from goose_agent.context.current import current_use
from goose_agent.context.tokenizing import Tokenizing
from goose_agent.events import CompactionApplied
from goose_agent.evolve import evolve
from goose_agent.messages import ToolSchema, Usage
from goose_agent.state.folds import Fold, Folding
from goose_agent.state.records import AnswerRecord, CallRecord, Record, UserRecord
from goose_agent.state.session_state import ContextUse, SessionState
from goose_agent.state.vector import Vector
from goose_tui.view.gauge import read_gauge
from goose_tui.view.request_rows import gone_rows, request_rows
from table import Found, tell

__all__ = ["measure_context"]

TURNS = 1000
_EARLY = 10
_ROUND = 5
"""Turns around a number whose median is taken."""
_TEXT = "def price_of(item, count):\n    return round(item.price * count, 2)  # in whole cents\n"
_TOKENS = 100_000
_GLANCE = 0.002
"""Seconds between two looks at whether the loop goes on."""
_SYSTEM = "You are an agent. " * 100
_APPLIED = CompactionApplied(
    "k", "manual", "summarize", TURNS * 9, (), (), "All of it.", 90_000, 9_000, None
)
_TOOLS = (ToolSchema("shell", "Run a command.", {"type": "object"}),)


def measure_context() -> list[Found]:
    """Measure all of it."""
    tell(f"{TURNS} turns")
    state, times = _session()
    early, late = median(times[_EARLY : _EARLY + _ROUND]), median(times[-_ROUND:])
    tell("tokens")
    idle, first, again = anyio.run(_delays)
    tell("the inspector")
    shown = median(_shown(state) for _ in range(5))
    folded = evolve(state, folding=Folding((Fold(TURNS * 10 + 9, _APPLIED),)))
    anew = median(_shown(folded) for _ in range(5))
    return [
        Found(f"building turn {TURNS} beyond turn {_EARLY}", late - early, "ms", 20.0),
        Found(
            f"{_TOKENS:,} tokens and the start, a frame's delay",
            first,
            "ms",
            50.0,
            f"{idle:.1f} ms idle",
        ),
        Found(f"{_TOKENS:,} tokens more, a frame's delay", again, "ms", 50.0),
        Found(f"rows and gauge of {TURNS} requests", shown, "ms of CPU", 100.0),
        Found("the same right after a compaction", anew, "ms of CPU", 100.0),
    ]


def _turn(number: int) -> Iterator[Record]:
    """A message, an answer with a call, and the last words."""
    seq, call = number * 10, f"c{number}"
    yield UserRecord(f"e{seq}", seq, number, f"Look into part {number} and mend it.")
    request = f"r{number}"
    yield AnswerRecord(f"a{seq}", seq + 1, number, "main", request, "I look.", False)
    yield CallRecord(
        call, seq + 2, number, "main", request, "shell", arguments_text='{"command": "pytest -q"}',
        state="ok", proposed=True, result=_TEXT * 6, result_seq=seq + 4,
    )  # fmt: skip
    yield AnswerRecord(f"b{seq}", seq + 5, number, "main", f"s{number}", "Mended.", False)


def _session() -> tuple[SessionState, list[float]]:
    """A session of many turns, and the CPU time in milliseconds of building each turn's request."""
    state, builder = SessionState(model="openai/gpt-5", window=2_000_000), ContextBuilder()
    records: Vector[Record] = Vector()
    calls: dict[str, int] = {}
    times = []
    for number in range(1, TURNS + 1):
        for record in _turn(number):
            if isinstance(record, CallRecord):
                calls[record.key] = len(records)
            records = records.append(record)
        state = evolve(state, records=records)
        began = process_time()
        event = builder.build(state, _SYSTEM, _TOOLS, f"r{number}").event
        times.append(1000 * (process_time() - began))
        segments = (*state.context.segments[: event.keep], *event.added)
        since = (*state.context.since[: event.keep], *[number] * len(event.added))
        use = ContextUse(
            event.tokens, "provider", segments, number, since=since, sent=number,
            usage=Usage(event.tokens, 9, cache_read_tokens=event.tokens // 2),
        )  # fmt: skip
        state = evolve(state, context=use)
    return evolve(state, calls=calls), times


def _shown(state: SessionState) -> float:
    began = process_time()
    state = evolve(state, context=current_use(state))
    request_rows(state)
    gone_rows(state)
    read_gauge(state, 0.8)
    return 1000 * (process_time() - began)


async def _delays() -> tuple[float, float, float]:
    """The longest delays of the loop, in milliseconds: when nothing is counted, at first, and then."""
    text = _TEXT * (_TOKENS // 20)
    idle = await _longest(anyio.sleep, 0.5)
    async with Tokenizing() as tokenizing:
        first = await _longest(tokenizing.count, [text])
        again = await _longest(tokenizing.count, [text + "more"])
    return idle, first, again


async def _longest(work: Callable[..., Awaitable[object]], *given: object) -> float:
    """The longest delay of a short pause while something is done, in milliseconds."""
    longest, done = 0.0, anyio.Event()

    async def watch() -> None:
        nonlocal longest
        while not done.is_set():
            began = perf_counter()
            await anyio.sleep(_GLANCE)
            longest = max(longest, perf_counter() - began - _GLANCE)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        await work(*given)
        done.set()
    return 1000 * longest

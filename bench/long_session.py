"""A long session on disk, as the program itself would have written it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from goose_agent.codec import event_to
from goose_agent.events import (
    AnyData,
    ContextBuilt,
    Event,
    ModelDelta,
    ModelRequested,
    ModelResponded,
    Segment,
    SessionEnded,
    SessionStarted,
    ToolFinished,
    ToolJudged,
    ToolProposed,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessage,
)
from goose_agent.events.model import AnswerPart
from goose_agent.messages import Usage
from goose_agent.sessions.log import summary_of
from goose_agent.sessions.store import SessionStore, StoredEvent
from goose_agent.state.image import IMAGE_VERSION, state_to
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState

__all__ = ["LAST_WORDS", "SESSION", "write_session"]

SESSION = "s-00000000000000long"
LAST_WORDS = "that was the last of it"
"""What stands at the end, to be looked for on the screen."""

_BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
_BATCH = 2000


def write_session(folder: Path, path: Path, records: int) -> int:
    """Write a session; the result is the number of its events.

    Args:
        folder: where it takes place.
        path: the file to write.
        records: how many the conversation has, at least.
    """
    state = SessionState(session_id=SESSION)
    store = SessionStore(path, write=True)
    batch: list[StoredEvent] = []
    try:
        for data in _story(folder, records):
            event = _event(state, data)
            state = reduce(state, event)
            batch.append(StoredEvent(event.seq, event.type, event.turn, event_to(event)))
            if len(batch) == _BATCH:
                store.append(batch, synced=False)
                batch = []
        store.append(batch, (), summary_of(state), synced=True)
        store.keep_image(IMAGE_VERSION, state.seq, state_to(state))
    finally:
        store.close()
    return state.seq


def _event(state: SessionState, data: AnyData) -> Event:
    seq = state.seq + 1
    return Event(
        seq=seq,
        id=f"e-{seq:018}",
        at=_BEGAN + timedelta(seconds=seq),
        mono=float(seq),
        session_id=SESSION,
        turn=len(state.turns) + isinstance(data, TurnStarted),
        actor="agent",
        data=data,
    )


def _story(folder: Path, records: int) -> Iterator[AnyData]:
    place = str(folder)
    yield SessionStarted(
        folder=place, roots=(place,), model="openai/gpt-5", window=400_000, mode="smart",
        version="0", platform="bench",
    )  # fmt: skip
    turns = -(-records // 5)  # a message, a thought, two stretches of answer, a call
    for turn in range(1, turns + 1):
        yield from _turn(turn, LAST_WORDS if turn == turns else f"and so ends part {turn}")
    yield SessionEnded("quit")


def _turn(turn: int, last_words: str) -> Iterator[AnyData]:
    call, first, second = f"c-{turn}", f"r-{turn}-1", f"r-{turn}-2"
    arguments = f'{{"command": "pytest -q tests/test_{turn}.py"}}'
    yield UserMessage(f"m-{turn}", f"Look into part {turn} and mend what is broken there.")
    yield TurnStarted(turn)
    yield from _asked(first)
    yield ModelDelta(first, 0, "thinking", "The failing test tells where to begin. ")
    yield ModelDelta(first, 0, "thinking", "I run it first.")
    yield ModelDelta(first, 1, "text", f"I look at **part {turn}**:\n\n")
    yield ModelDelta(first, 1, "text", "- first the tests\n- then `parse_list`\n")
    yield ModelDelta(first, 2, "call", "", call, "shell")
    yield ModelDelta(first, 2, "call", arguments, call, "shell")
    parts = AnswerPart(0, "thinking"), AnswerPart(1, "text"), AnswerPart(2, "call")
    yield _answered(first, parts, "tool_calls")
    yield ToolProposed(
        call, first, "shell", arguments, {"command": f"pytest -q tests/test_{turn}.py"},
        summary=f"pytest -q tests/test_{turn}.py",
    )  # fmt: skip
    yield ToolJudged(call, "allow", ())
    yield ToolStarted(call)
    yield ToolFinished(call, "ok", "....\n4 passed in 0.03s", 0.4, 0, 24)
    yield from _asked(second)
    yield ModelDelta(second, 0, "text", "All four pass now, ")
    yield ModelDelta(second, 0, "text", f"{last_words}.")
    yield _answered(second, (AnswerPart(0, "text"),), "stop")
    yield TurnEnded(turn, "done", 2, 3.0)


def _asked(request: str) -> Iterator[AnyData]:
    added = (Segment("user", 2, "", 60, 14), Segment("assistant", 6, "", 90, 20))
    yield ContextBuilt(request, 0, 0, added, 1400)
    yield ModelRequested(request, "openai/gpt-5", "0" * 64, 6000)


def _answered(request: str, parts: tuple[AnswerPart, ...], stop: str) -> ModelResponded:
    return ModelResponded(request, parts, stop, Usage(1400, 40), 0.002, 1.5, 0.4)

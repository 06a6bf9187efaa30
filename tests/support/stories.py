"""Sessions on disk in which just this happened, without an engine that ran them."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from goose_agent.codec import event_from, event_to
from goose_agent.events import AnyData, Event, ModelDelta, SessionStarted, TurnStarted, UserMessage
from goose_agent.sessions.log import summary_of
from goose_agent.sessions.store import SessionStore, StoredBlob, StoredEvent
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState

__all__ = ["BEGAN", "started", "tell", "write_story"]

BEGAN = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)


def started(folder: str = "/work", model: str = "fake/one") -> SessionStarted:
    """How a session begins."""
    return SessionStarted(folder, (folder,), model, 8000, "smart", "1", "test")


def tell(*pieces: str) -> tuple[AnyData, ...]:
    """An answer that goes on: it is never said to be complete."""
    return tuple(ModelDelta("r", 0, "text", piece) for piece in pieces)


def write_story(
    path: Path,
    *story: AnyData,
    blobs: dict[str, bytes] | None = None,
    began: datetime = BEGAN,
) -> int:
    """Write what happened into a session's file, behind what is there; the result is the last number.

    Args:
        path: the file; its name is the session's id.
        story: what happened, in order.
        blobs: what the last event names.
        began: when.
    """
    with closing(SessionStore(path, write=True)) as store:
        state = SessionState(session_id=path.stem)
        rows, stored = [], [StoredBlob.of(content) for content in (blobs or {}).values()]
        for line in store.events():
            state = reduce(state, event_from(line))
        for at, data in enumerate(story, 1):
            named = blobs if blobs and at == len(story) else {}
            event = Event(
                seq=state.seq + 1,
                id=f"e-{state.seq + 1}",
                at=began + timedelta(seconds=state.seq),
                mono=float(state.seq),
                session_id=path.stem,
                turn=len(state.turns) + isinstance(data, TurnStarted),
                actor="user" if isinstance(data, UserMessage) else "agent",
                data=data,
                blobs={name: StoredBlob.of(content).sha for name, content in named.items()},
            )
            state = reduce(state, event)
            rows.append(StoredEvent(event.seq, event.type, event.turn, event_to(event)))
        store.append(rows, stored, summary_of(state), synced=False)
    return state.seq

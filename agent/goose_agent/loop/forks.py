"""Fork a session at one of its events: another one begins there, and this one stays as it is.

What was under way there is brought to an end in the fork, so that nothing runs only because it is
opened. Questions to the person wait there too, to be answered otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from goose_agent.clock import World
from goose_agent.context.edits import piece_of, refusal
from goose_agent.errors import UsageError
from goose_agent.events import (
    AnyData,
    MessageQueued,
    MessageUnqueued,
    ModelCancelled,
    Notice,
    RequestWithdrawn,
    ResultEdited,
    Resumed,
    SegmentChange,
    SegmentEdited,
    SessionForked,
    SessionImported,
    ToolFinished,
    ToolOutcomeUnknown,
    TurnEnded,
)
from goose_agent.sessions.forking import ForkedRecord, Past, read_past
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore
from goose_agent.state.records import UserRecord
from goose_agent.state.session_state import SessionState
from goose_agent.wire import Fork, PieceChange

__all__ = ["fork_session", "preview_fork"]

_TOLD = 3
"""Damaged places that are told, at most."""
_DONE: dict[SegmentChange, str] = {"edit": "edited", "drop": "dropped"}
_PIECES = {
    "user": "message",
    "assistant": "answer",
    "thinking": "thought",
    "tool_call": "call",
    "tool_result": "result",
    "hints": "hint file",
    "image": "picture",
}
"""What pieces are called, by the kind in their keys."""
RAN_ELSEWHERE = (
    "This call was running where the conversation was forked: what it did is not known here. "
    "Look at what is there before you run it again."
)
NOT_RUN_HERE = "Not run: the conversation was forked before it started."


def fork_session(library: Library, session_id: str, fork: Fork, world: World) -> str:
    """Write the record of a fork; the result is its id. Blocks.

    Args:
        library: where both are.
        session_id: the one to be forked; it may be open, and is not touched.
        fork: where, and what is otherwise.
        world: clock and ids.

    Raises:
        UsageError: there is no such event, or a change makes no sense there.
        StoreError: a record cannot be read or written.
    """
    with closing(SessionStore(library.path(session_id), write=False)) as source:
        record = _begun(source, session_id, fork, world)
        for change in fork.changes:
            record.record(_changed(record.state, change), "user")
        if fork.message.strip():
            record.record(MessageQueued(world.ids.new("m"), fork.message), "user")
        record.write(library.path(record.state.session_id), source)
    return record.state.session_id


def preview_fork(library: Library, session_id: str, fork: Fork, world: World) -> SessionState:
    """The state in which a fork would begin, before what is otherwise in it. Blocks.

    Raises:
        UsageError: there is no such event.
        StoreError: the record cannot be read.
    """
    with closing(SessionStore(library.path(session_id), write=False)) as source:
        return _begun(source, session_id, fork, world).state


def _begun(source: SessionStore, session_id: str, fork: Fork, world: World) -> ForkedRecord:
    """A fork as far as it is the same: with the ends of what was under way."""
    past = read_past(source, _place(source, fork.at, session_id), world.ids.new("s"))
    record = ForkedRecord(past, world)
    record.record(SessionForked(session_id, past.state.seq, tuple(_differs(fork))), "user")
    if past.damage:
        record.record(_warning(past, session_id), "system")
    if past.imported:  # what holds here by its record was never allowed here
        record.record(SessionImported(past.imported), "importer")
    for data in list(_ends(record.state, afresh=fork.afresh)):
        record.record(data, "system")
    return record


def _place(source: SessionStore, at: int, session_id: str) -> int:
    """The last event that is to be copied; 0 for all."""
    if at >= 0:
        return at
    records = read_past(source, 0, session_id).state.records
    said = [record for record in records if isinstance(record, UserRecord)]
    if len(said) < -at:
        raise UsageError(f"Only {len(said)} messages were said in {session_id}.")
    return said[at].seq - 1


def _warning(past: Past, session_id: str) -> Notice:
    told, more = past.damage[:_TOLD], len(past.damage) - _TOLD
    rest = f" And {more} more." if more > 0 else ""
    return Notice(
        "warning",
        f"What was copied is damaged: {' '.join(told)}{rest}",
        f"goose-tui sessions verify {session_id} tells what is lost.",
    )


def _ends(state: SessionState, *, afresh: bool) -> Iterator[AnyData]:
    """What brings to an end what was under way.

    Args:
        state: where it was forked.
        afresh: whether questions do not wait for the person any more.
    """
    for queued in state.queue:
        yield MessageUnqueued(queued.message_id)
    if afresh:
        yield from _withdrawn(state)
    turn, waits = state.turn, state.waits and not afresh
    if turn is None or not state.working:
        return
    answering = state.phase in ("requesting", "answering", "retrying")
    if answering and not state.open_calls() and not waits:
        yield ModelCancelled(state.request_id)
    yield from _ends_of_calls(state, waits=waits)
    if not waits:
        yield TurnEnded(turn.number, "recovered", 0, 0.0)


def _withdrawn(state: SessionState) -> Iterator[AnyData]:
    if state.debugging.pause is not None:
        yield Resumed(state.debugging.pause.pause_id, "withdrawn")
    for item in state.pending:
        yield RequestWithdrawn(item.request_id)


def _ends_of_calls(state: SessionState, *, waits: bool) -> Iterator[AnyData]:
    asked = {item.subject.call_id for item in state.pending} if waits else set()
    paused = waits and state.debugging.pause is not None
    for call in state.open_calls():
        if call.key in asked:
            continue
        if call.state == "running":
            yield ToolOutcomeUnknown(call.key, RAN_ELSEWHERE)
        elif not paused:  # else the person lets them run, one after the other
            yield ToolFinished(call.key, "cancelled", NOT_RUN_HERE, 0.0)


def _changed(state: SessionState, change: PieceChange) -> AnyData:
    """The event that changes a piece of what the model sees.

    Raises:
        UsageError: there is no such piece, or it cannot be changed so.
    """
    segment = piece_of(state, change.segment)
    if problem := refusal(segment, change.change, change.text):
        raise UsageError(f"{change.segment}: {problem}")
    assert segment is not None
    text = change.text if change.change == "edit" else ""
    covered = change.segment in state.edits or segment.ref in state.folding.results
    if segment.kind == "tool_result" and text and not covered:
        return ResultEdited(segment.ref, text)  # seen in the transcript, too
    return SegmentEdited(change.segment, change.change, text)


def _differs(fork: Fork) -> Iterator[str]:
    """What is otherwise, in a few words each; a model is chosen when it is opened."""
    if fork.message.strip():
        yield "another message"
    counts = Counter(
        (change.segment.partition(":")[0], _DONE[change.change])
        for change in fork.changes
        if change.change in _DONE
    )
    for (kind, did), count in counts.items():
        word = _PIECES.get(kind, "piece")
        yield f"{count} {word}{'' if count == 1 else 's'} {did}"

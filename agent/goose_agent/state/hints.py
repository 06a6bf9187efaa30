"""What is known of the hint files of a session."""

from __future__ import annotations

from collections.abc import Iterator

from goose_agent.events import Event, HintsRead
from goose_agent.events.model import segment_key
from goose_agent.evolve import evolve
from goose_agent.state.records import HintsRecord
from goose_agent.state.session_state import SessionState

__all__ = ["hint_key", "hints_are_on", "hints_of", "opening_hints", "reduce_hints"]


def reduce_hints(state: SessionState, event: Event, data: HintsRead) -> SessionState:
    """A hint file was read."""
    known = state.hints.get(data.path, ())
    record = HintsRecord(f"e{event.seq}", event.seq, event.turn, data)
    hints = {**state.hints, data.path: (*known, len(state.records))}
    return evolve(state, records=state.records.append(record), hints=hints)


def hints_of(state: SessionState, path: str) -> tuple[HintsRecord, ...]:
    """All that was read of a hint file, the first time first."""
    found = (state.records[at] for at in state.hints.get(path, ()))
    return tuple(record for record in found if isinstance(record, HintsRecord))


def opening_hints(state: SessionState) -> Iterator[HintsRecord]:
    """What stands with the system prompt, in order."""
    for at in sorted(at for places in state.hints.values() for at in places):
        record = state.records[at]
        if isinstance(record, HintsRecord) and record.data.opens and record.data.text:
            yield record


def hint_key(record: HintsRecord) -> str:
    """Names the segment that a hint file makes."""
    return segment_key("hints", record.seq, record.data.path)


def hints_are_on(state: SessionState, path: str) -> bool:
    """Whether the model is to read a hint file: not once the last that was read of it is dropped."""
    read = hints_of(state, path)
    edit = state.edits.get(hint_key(read[-1])) if read else None
    return edit is None or not edit.dropped

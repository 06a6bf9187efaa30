"""What a model may read again of what left its conversation to save room."""

from __future__ import annotations

from goose_agent.events.model import segment_key
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import CallRecord, UserRecord
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit

__all__ = ["is_recallable", "recalled"]

_UNTOUCHED = SegmentEdit()


def is_recallable(state: SessionState) -> bool:
    """Whether anything has left the conversation that could be read again."""
    edits = state.edits.values()
    return bool(state.folding.applied) or any(_refers(edit) for edit in edits)


def _refers(edit: SegmentEdit, name: str = "") -> bool:
    """Whether what stands in the place of a piece itself says how to read it again."""
    return edit.text is not None and f'recall(id="{name}' in edit.text


async def recalled(log: SessionLog, name: str) -> str | None:
    """All of a result or a message; None where there is none, or a person took it out.

    Args:
        log: the session's record.
        name: id of the call, or key of the message.
    """
    state = log.state
    at = state.calls.get(name)
    if at is not None and isinstance(record := state.records[at], CallRecord):
        return await _result(log, record)
    for said in state.records:
        if isinstance(said, UserRecord) and said.key == name:
            edit = state.edits.get(segment_key("user", said.seq, ""), _UNTOUCHED)
            untouched = edit.text is None or _refers(edit, name)
            return said.text if untouched and not edit.dropped else None
    return None


async def _result(log: SessionLog, call: CallRecord) -> str | None:
    """What a person changed is read as they changed it; what they took out is not read at all."""
    key = segment_key("tool_result", call.result_seq, call.key)
    edit = log.state.edits.get(key, _UNTOUCHED)
    if not call.settled or edit.dropped:
        return None
    if edit.text is not None:
        return edit.text
    blob = await log.journal.blob(call.output) if call.output and call.original is None else None
    return call.result if blob is None else blob.decode("utf-8", "replace")

"""The pieces of a request with their texts, and what a person did to each."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from msgspec import Struct

from goose_agent.state.stepping import SegmentEdit

if TYPE_CHECKING:
    from goose_agent.events import Segment, SegmentKind
    from goose_agent.state.session_state import SessionState

__all__ = ["KINDS", "RequestRow", "request_rows", "segment_count"]

_UNTOUCHED = SegmentEdit()

KINDS: dict[SegmentKind, str] = {
    "system": "system",
    "tools": "tools",
    "hints": "hints",
    "memory": "memory",
    "user": "you",
    "assistant": "model",
    "thinking": "thinking",
    "tool_call": "call",
    "tool_result": "result",
    "summary": "summary",
    "image": "picture",
    "pin": "pin",
    "turn": "now",
}


class RequestRow(Struct, frozen=True):
    """One piece of a request."""

    segment: Segment
    tokens: int
    """About: its share of what the provider counted, or of what was estimated."""
    text: str | None
    """As the model sees it, or would without having been dropped; None where only a blob has it."""
    marks: tuple[str, ...] = ()

    @property
    def dropped(self) -> bool:
        """Whether the model does not see it."""
        return "dropped" in self.marks

    @property
    def key(self) -> str:
        """Names it."""
        return self.segment.key


def segment_count(count: int) -> str:
    """So many segments, in words."""
    return f"{count} segment{'' if count == 1 else 's'}"


def request_rows(state: SessionState) -> tuple[RequestRow, ...]:
    """The pieces of the last request, in order, with what a person has done to them by now."""
    from goose_agent.context.edits import contents as contents_of

    segments, edits, contents = state.context.segments, state.edits, contents_of(state)
    # A result goes with its call.
    gone = {
        segment.ref
        for segment in segments
        if segment.kind == "tool_call" and edits.get(segment.key, _UNTOUCHED).dropped
    }
    size = sum(segment.size for segment in segments)
    scale = state.context.tokens / size if size else 0.0
    rows = []
    for segment in segments:
        edit = edits.get(segment.key, _UNTOUCHED)
        marks = []
        if edit.dropped or (segment.kind == "tool_result" and segment.ref in gone):
            marks.append("dropped")
        elif edit.text is not None:
            marks.append("edited")
        if edit.pinned:
            marks.append("pinned")
        text = contents.get(segment.key) if edit.text is None else edit.text
        rows.append(RequestRow(segment, ceil(segment.size * scale), text, tuple(marks)))
    return tuple(rows)

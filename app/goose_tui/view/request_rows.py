"""The pieces of a request with their texts, and what a person did to each."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from goose_agent.state.stepping import SegmentEdit

if TYPE_CHECKING:
    from goose_agent.events import Segment, SegmentKind
    from goose_agent.state.records import Record
    from goose_agent.state.session_state import SessionState

__all__ = ["KINDS", "RequestRow", "gone_rows", "request_rows", "segment_count"]

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
    """Its share of what was counted, or of what was estimated."""
    text: str | None
    """As the model sees it, or would without having been dropped; None where only a blob has it."""
    marks: tuple[str, ...] = ()
    turn: int = 0
    """The turn that brought it; 0 for what the program itself brings."""
    record: str = ""
    """The record of the transcript that it comes from."""
    sent: int = 0
    """How many requests it was in, the last one included; 0 for what comes with the next one."""
    cached: bool = False
    """Whether the provider had it in its cache the last time."""
    share: float = 0.0
    """Its part of the request, from 0 to 1."""

    @property
    def dropped(self) -> bool:
        """Whether the model does not see it."""
        return "dropped" in self.marks or "gone" in self.marks

    @property
    def key(self) -> str:
        """Names it."""
        return self.segment.key


def segment_count(count: int) -> str:
    """So many segments, in words."""
    return f"{count} segment{'' if count == 1 else 's'}"


def request_rows(state: SessionState) -> tuple[RequestRow, ...]:
    """The pieces of the last request, in order, with what was done to them by now.

    Where a compaction came since, they are those that it left, and what it brought.
    """
    from goose_agent.context.current import current_use
    from goose_agent.context.spread import spread

    use, edits = current_use(state), state.edits
    # A result goes with its call.
    gone = {
        segment.ref
        for segment in (use.segments if edits else ())
        if segment.kind == "tool_call" and edits.get(segment.key, _UNTOUCHED).dropped
    }
    found = spread(use, state.answering)
    reach = use.usage.cache_read_tokens if use.usage is not None else 0
    rows, upto, unbroken = [], 0, True
    make = _maker(state)
    since = use.since or (use.sent,) * len(use.segments)
    for segment, tokens, first in zip(use.segments, found.segments, since, strict=False):
        edit = edits.get(segment.key, _UNTOUCHED) if edits else _UNTOUCHED
        marks = []
        if edit.dropped or (segment.kind == "tool_result" and segment.ref in gone):
            marks.append("dropped")
        elif edit.text is not None:
            marks.append("edited")
        elif segment.kind == "thinking" and segment.altered == "dropped":
            marks.append("not sent")
        if edit.pinned:
            marks.append("pinned")
        upto += tokens
        sent = max(0, use.sent - first + 1)
        unbroken = unbroken and sent > 1
        cached = unbroken and 0 < upto <= reach
        rows.append(make(segment, tokens, tuple(marks), sent, cached))
    return tuple(rows)


def gone_rows(state: SessionState) -> tuple[RequestRow, ...]:
    """The pieces of the request before the last that are not in the last one any more."""
    from goose_agent.context.current import current_use

    gone = current_use(state).gone
    if not gone:
        return ()
    make = _maker(state)
    return tuple(make(segment, segment.tokens, ("gone",), 0, False) for segment in gone)


def _maker(state: SessionState) -> Callable[..., RequestRow]:
    """Makes rows of pieces of a session."""
    records, calls, edits = list(state.records), state.calls, state.edits
    whole = state.context.tokens
    places = {record.seq: at for at, record in enumerate(records)}
    turns = [turn.first_record for turn in state.turns]
    text_of = _texts(state)

    def make(
        segment: Segment, tokens: int, marks: tuple[str, ...], sent: int, cached: bool
    ) -> RequestRow:
        edit = edits.get(segment.key) if edits else None
        at = calls.get(segment.ref, places.get(segment.origin))
        record = records[at] if at is not None else None
        text = edit.text if edit is not None else None
        return RequestRow(
            segment,
            tokens,
            text_of(segment, record) if text is None else text,
            marks,
            bisect(turns, at) if at is not None else 0,
            record.key if record is not None else "",
            sent,
            cached,
            tokens / whole if whole else 0.0,
        )

    return make


def _texts(state: SessionState) -> Callable[[Segment, Record | None], str | None]:
    """Tells the text of a piece from its record; only the odd one needs the whole conversation."""
    from goose_agent.context.edits import contents
    from goose_agent.state.records import AnswerRecord, CallRecord, ThinkingRecord, UserRecord

    everything: dict[str, str | None] = {}

    def text_of(segment: Segment, record: Record | None) -> str | None:
        match record:
            case CallRecord():
                call = segment.kind == "tool_call"
                return record.arguments_text if call else record.result
            case AnswerRecord() | ThinkingRecord():
                return record.text
            case UserRecord() if not record.attachments:
                return record.text
            case _ if segment.kind in ("system", "tools", "image"):
                return None
            case _:
                if not everything:
                    everything.update(contents(state))
                return everything.get(segment.key)

    return text_of

"""From the records of a conversation to the messages a model reads, each part with its origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import Struct

from goose_agent.context.attached import attached_parts, image_of
from goose_agent.events import Alteration, SegmentKind
from goose_agent.events.model import segment_key
from goose_agent.messages import Message, Part, Role, Text, Thinking, ToolCall, ToolResult
from goose_agent.state.records import (
    AnswerRecord,
    CallRecord,
    MarkRecord,
    NoticeRecord,
    Record,
    ThinkingRecord,
    UserRecord,
)

__all__ = ["Exchange", "Placed", "conversation", "messages_of", "parts_of"]


class Placed(Struct, frozen=True):
    """A part of a message and where it comes from."""

    role: Role
    group: str
    """Parts of one role and group make one message."""
    kind: SegmentKind
    origin: int
    """`seq` of the event that brought it."""
    part: Part
    ref: str = ""
    """The call it belongs to, if any."""
    altered: Alteration = ""

    @property
    def key(self) -> str:
        """Names the segment that it makes."""
        return segment_key(self.kind, self.origin, self.ref)


class Exchange(Struct, frozen=True):
    """A message of a person, or an answer with the results of its calls."""

    key: str
    """Names it through its changes."""
    records: tuple[UserRecord | AnswerRecord | ThinkingRecord | CallRecord, ...]

    @property
    def interrupted(self) -> bool:
        """Whether it never came to its end."""
        return any(getattr(record, "interrupted", False) for record in self.records)


def conversation(records: Iterable[Record]) -> list[Exchange]:
    """What of the records a model reads, in order.

    An answer that was cut off stays only where a person spoke next: where it was simply tried
    again, the new answer takes its place.
    """
    exchanges = _exchanges(records)
    followers = [*exchanges[1:], None]
    return [
        exchange
        for exchange, follower in zip(exchanges, followers, strict=False)
        if _is_said(follower) or not exchange.interrupted
    ]


def _is_said(exchange: Exchange | None) -> bool:
    return exchange is not None and isinstance(exchange.records[0], UserRecord)


def _exchanges(records: Iterable[Record]) -> list[Exchange]:
    found: list[tuple[str, list[UserRecord | AnswerRecord | ThinkingRecord | CallRecord]]] = []
    for record in records:
        match record:
            case UserRecord():
                found.append((f"u{record.seq}", [record]))
            case AnswerRecord() | ThinkingRecord() | CallRecord():
                if not found or found[-1][0] != record.request_id:
                    found.append((record.request_id, []))
                found[-1][1].append(record)
            case NoticeRecord() | MarkRecord():
                pass
    return [Exchange(key, tuple(group)) for key, group in found]


def parts_of(exchange: Exchange) -> Iterator[Placed]:
    """Its parts, in the order in which a model reads them."""
    key, interrupted = exchange.key, exchange.interrupted
    calls = []
    for record in exchange.records:
        match record:
            case UserRecord():
                yield Placed("user", key, "user", record.seq, Text(record.text))
                for kind, attached, ref in attached_parts(record.attachments):
                    yield Placed("user", key, kind, record.seq, attached, ref)
            case AnswerRecord() if record.text:
                yield Placed("assistant", key, "assistant", record.seq, Text(record.text))
            case ThinkingRecord() if not interrupted and (record.text or record.signature):
                part = Thinking(record.text, record.signature)
                yield Placed("assistant", key, "thinking", record.seq, part)
            case CallRecord() if record.proposed and record.settled:
                calls.append(record)
                call = ToolCall(record.key, record.tool, record.arguments_text)
                yield Placed("assistant", key, "tool_call", record.seq, call, record.key)
            case _:
                pass
    for record in calls:
        failed = record.state != "ok"
        images = tuple(map(image_of, record.pictures))
        result = ToolResult(record.key, record.tool, record.result, failed, images)
        yield Placed("tool", key, "tool_result", record.result_seq, result, record.key)


def messages_of(placed: Iterable[Placed]) -> tuple[Message, ...]:
    """The messages that these parts make."""
    there = (item for item in placed if item.altered != "dropped")
    runs = groupby(there, key=lambda item: (item.role, item.group))
    return tuple(Message(role, tuple(item.part for item in run)) for (role, _), run in runs)

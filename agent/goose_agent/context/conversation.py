"""From the records of a conversation to the messages a model reads, each part with its origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from goose_agent.context.attached import attached_parts, image_of
from goose_agent.context.hints import hint_words
from goose_agent.events import Alteration, SegmentKind
from goose_agent.events.model import segment_key
from goose_agent.growing import Chain
from goose_agent.messages import Image, Message, Part, Role, Text, Thinking, ToolCall, ToolResult
from goose_agent.state.records import (
    AnswerRecord,
    CallRecord,
    FoldRecord,
    HintsRecord,
    MarkRecord,
    NoticeRecord,
    Record,
    ThinkingRecord,
    UserRecord,
)

__all__ = [
    "Exchange",
    "Exchanges",
    "Placed",
    "Telling",
    "conversation",
    "images_of",
    "messages_of",
    "parts_of",
]


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


Said = UserRecord | AnswerRecord | ThinkingRecord | CallRecord | HintsRecord
"""A record that a model may read."""


class Exchange(Struct, frozen=True):
    """A message of a person, an answer with the results of its calls, or a hint file."""

    key: str
    """Names it through its changes."""
    records: tuple[Said, ...]

    @property
    def interrupted(self) -> bool:
        """Whether it never came to its end."""
        return any(getattr(record, "interrupted", False) for record in self.records)


class Exchanges:
    """The step from records to exchanges."""

    def __init__(self) -> None:
        self.items: list[Exchange] = []
        self._starts: list[int] = []
        """For each item, its first record."""

    def follow(self, source: Sequence[Record], kept: int) -> int:
        """Let `items` be what `source` makes; see `growing.Step`."""
        while self._starts and self._starts[-1] >= kept:
            self._starts.pop()
        # What was the last one may go on.
        place = self._starts.pop() if self._starts else 0
        first = len(self._starts)
        del self.items[first:]
        while place < len(source):
            begin, key, records = place, "", list[Said]()
            while place < len(source):
                record = source[place]
                if not isinstance(record, NoticeRecord | MarkRecord | FoldRecord) and not _opens(
                    record
                ):
                    mine = _key(record)
                    if records and mine != key:
                        break
                    key = mine
                    records.append(record)
                place += 1
            if records:
                self._starts.append(begin)
                self.items.append(Exchange(key, tuple(records)))
        return first


def _opens(record: Said) -> bool:
    """Whether it stands with the system prompt, before the conversation."""
    return isinstance(record, HintsRecord) and record.data.opens


def _key(record: Said) -> str:
    match record:
        case UserRecord():
            return f"u{record.seq}"
        case HintsRecord():
            return f"h{record.seq}"
        case _:
            return record.request_id


class Telling:
    """The step from exchanges to those that a model reads.

    An answer that was cut off stays only where a person spoke next: where it was simply tried
    again, the new answer takes its place.
    """

    def __init__(self) -> None:
        self.items: list[Exchange] = []
        self._ends: list[int] = []
        """For each exchange of the source, how many items there are up to it."""

    def follow(self, source: Sequence[Exchange], kept: int) -> int:
        """Let `items` be what `source` makes; see `growing.Step`."""
        kept = max(0, kept - 1)  # what follows the last one may be another
        start = self._ends[kept - 1] if kept else 0
        del self._ends[kept:], self.items[start:]
        for place in range(kept, len(source)):
            if not source[place].interrupted or _is_said(source, place + 1):
                self.items.append(source[place])
            self._ends.append(len(self.items))
        return start


def conversation(records: Iterable[Record]) -> list[Exchange]:
    """What of the records a model reads, in order."""
    return Chain[Record, Exchange](Exchanges(), Telling()).of(tuple(records))


def _is_said(exchanges: Sequence[Exchange], place: int) -> bool:
    return place < len(exchanges) and isinstance(exchanges[place].records[0], UserRecord)


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
            case HintsRecord() if words := hint_words(record.data):
                yield Placed("user", key, "hints", record.seq, Text(words), record.data.path)
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
        failed = record.state != "ok" and not record.made_up
        images = tuple(map(image_of, record.pictures))
        result = ToolResult(record.key, record.tool, record.result, failed, images)
        yield Placed("tool", key, "tool_result", record.result_seq, result, record.key)


def messages_of(placed: Iterable[Placed]) -> tuple[Message, ...]:
    """The messages that these parts make."""
    there = (item for item in placed if item.altered != "dropped")
    runs = groupby(there, key=lambda item: (item.role, item.group))
    return tuple(Message(role, tuple(item.part for item in run)) for (role, _), run in runs)


def images_of(messages: Iterable[Message]) -> Iterator[Image]:
    """The pictures of messages and of the results in them, in order."""
    for message in messages:
        for part in message.parts:
            if isinstance(part, Image):
                yield part
            elif isinstance(part, ToolResult):
                yield from part.images

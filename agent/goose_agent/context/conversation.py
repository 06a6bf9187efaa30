"""From the records of a conversation to the messages a model reads, each part with its origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from goose_agent.events import SegmentKind
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

__all__ = ["Placed", "conversation", "messages_of"]


@dataclass(frozen=True, slots=True)
class Placed:
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


def conversation(records: Iterable[Record]) -> list[Placed]:
    """What of the records a model reads, in order.

    An answer that was cut off stays only where a person spoke next: where it was simply tried
    again, the new answer takes its place.
    """
    placed: list[Placed] = []
    groups = _answers(records)
    for at, group in enumerate(groups):
        if isinstance(group, UserRecord):
            placed.append(Placed("user", f"u{group.seq}", "user", group.seq, Text(group.text)))
            continue
        follower = groups[at + 1] if at + 1 < len(groups) else None
        if group.interrupted and not isinstance(follower, UserRecord):
            continue
        placed.extend(_assistant(group))
    return placed


@dataclass(slots=True)
class _Answer:
    request_id: str
    records: list[AnswerRecord | ThinkingRecord | CallRecord] = field(default_factory=list)

    @property
    def interrupted(self) -> bool:
        """Whether it never came to its end."""
        return any(getattr(record, "interrupted", False) for record in self.records)


def _answers(records: Iterable[Record]) -> list[UserRecord | _Answer]:
    found: list[UserRecord | _Answer] = []
    for record in records:
        match record:
            case UserRecord():
                found.append(record)
            case AnswerRecord() | ThinkingRecord() | CallRecord():
                last = found[-1] if found else None
                if not isinstance(last, _Answer) or last.request_id != record.request_id:
                    last = _Answer(record.request_id)
                    found.append(last)
                last.records.append(record)
            case NoticeRecord() | MarkRecord():
                pass
    return found


def _assistant(answer: _Answer) -> Iterator[Placed]:
    group = answer.request_id
    calls = []
    for record in answer.records:
        match record:
            case AnswerRecord() if record.text:
                yield Placed("assistant", group, "assistant", record.seq, Text(record.text))
            case ThinkingRecord() if not answer.interrupted and (record.text or record.signature):
                part = Thinking(record.text, record.signature)
                yield Placed("assistant", group, "thinking", record.seq, part)
            case CallRecord() if record.proposed and record.settled:
                calls.append(record)
                call = ToolCall(record.key, record.tool, record.arguments_text)
                yield Placed("assistant", group, "tool_call", record.seq, call, record.key)
            case _:
                pass
    for record in calls:
        failed = record.state != "ok"
        result = ToolResult(record.key, record.tool, record.result, failed)
        yield Placed("tool", group, "tool_result", record.result_seq, result, record.key)


def messages_of(placed: Iterable[Placed]) -> tuple[Message, ...]:
    """The messages that these parts make."""
    runs = groupby(placed, key=lambda item: (item.role, item.group))
    return tuple(Message(role, tuple(item.part for item in run)) for (role, _), run in runs)

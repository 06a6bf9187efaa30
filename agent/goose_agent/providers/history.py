"""Putting a conversation in order before it is sent: services refuse histories with loose ends.

An interrupted turn, a crash, a compaction or another provider's habits may leave calls without
results, results without calls, ids that repeat or names no service accepts. What is sent has none
of these. The same messages always give the same result, and appending to them changes nothing
before, so that services can cache it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult

__all__ = ["settled"]

_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_ID = 40
_LONGEST_NAME = 64
_NO_RESULT = "No result: the call did not finish."


def settled(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The conversation as every service accepts it.

    Empty parts and messages are dropped, each call has a unique id, and directly behind an
    answer with calls stands one message with their results, in the order of the calls.
    """
    return tuple(_settle(messages))


def _settle(messages: Sequence[Message]) -> Iterator[Message]:
    seen: set[str] = set()
    for place, message in enumerate(messages):
        if message.role == "tool":
            continue
        parts = tuple(part for part in message.parts if _belongs(message.role, part))
        if all(isinstance(part, Thinking) for part in parts):
            continue
        calls = [part for part in parts if isinstance(part, ToolCall)]
        if not calls:
            yield Message(message.role, parts)
            continue
        ids = [_unique(call.id, seen) for call in calls]
        yield Message(message.role, tuple(_renamed(parts, ids)))
        yield Message("tool", tuple(_results(calls, ids, messages[place + 1 :])))


def _belongs(role: str, part: Part) -> bool:
    if isinstance(part, Text):
        return bool(part.text.strip())
    if role == "user":
        return isinstance(part, Image)
    if isinstance(part, Thinking):
        return bool(part.text or part.signature)
    return isinstance(part, ToolCall)


def _unique(name: str, seen: set[str]) -> str:
    clean = _NOT_IN_IDS.sub("_", name)[:_LONGEST_ID] or "call"
    unique, number = clean, 1
    while unique in seen:
        number += 1
        ending = f"-{number}"
        unique = clean[: _LONGEST_ID - len(ending)] + ending
    seen.add(unique)
    return unique


def _renamed(parts: tuple[Part, ...], ids: list[str]) -> Iterator[Part]:
    left = iter(ids)
    for part in parts:
        if isinstance(part, ToolCall):
            name = _NOT_IN_IDS.sub("_", part.name)[:_LONGEST_NAME] or "unknown"
            yield replace(part, id=next(left), name=name)
        else:
            yield part


def _results(
    calls: list[ToolCall], ids: list[str], later: Sequence[Message]
) -> Iterator[ToolResult]:
    waiting = [
        part
        for message in takewhile(lambda message: message.role != "assistant", later)
        for part in message.parts
        if isinstance(part, ToolResult)
    ]
    for call, wire_id in zip(calls, ids, strict=True):
        found = next((result for result in waiting if result.call_id == call.id), None)
        if found is None:
            yield ToolResult(wire_id, call.name, _NO_RESULT, is_error=True)
        else:
            waiting.remove(found)
            yield replace(found, call_id=wire_id)

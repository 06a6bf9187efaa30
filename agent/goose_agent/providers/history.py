"""Putting a conversation in order before it is sent: services refuse histories with loose ends.

An interrupted turn, a crash, a compaction or another provider's habits may leave calls without
results, results without calls, ids that repeat or names no service accepts. What is sent has none
of these. The same messages always give the same result, and appending to them changes nothing
before, so that services can cache it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import takewhile

from goose_agent.evolve import evolve
from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.picture_limits import PICTURES

__all__ = ["called_tools", "exchanges", "joined", "settled"]

_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_ID = 40
_LONGEST_NAME = 64
_NO_RESULT = "No result: the call did not finish."
_NO_BEGINNING = Message("user", (Text("(The conversation so far is missing.)"),))
_NO_QUESTION = Message("user", (Text("Continue."),))


def settled(
    messages: Sequence[Message], pictures: Collection[str] = PICTURES
) -> tuple[Message, ...]:
    """The conversation as every service accepts it.

    Empty parts and messages are dropped, each call has a unique id, and directly behind an
    answer with calls stands one message with their results, in the order of the calls. Pictures
    that cannot be shown become words.

    Args:
        messages: the conversation.
        pictures: the media types the model can be shown; none for a model that sees nothing.
    """
    return tuple(_settle([_seen(message, pictures) for message in messages]))


def joined(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The conversation without two messages of one role in a row."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            merged[-1] = Message(message.role, (*merged[-1].parts, *message.parts))
        else:
            merged.append(message)
    return tuple(merged)


def exchanges(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The conversation as user and assistant in turn, beginning and ending with the user.

    Results of calls are the user's; they stand before all else the user says.

    Args:
        messages: a settled conversation.
    """
    turns = list(
        joined(
            Message("user", message.parts) if message.role == "tool" else message
            for message in messages
        )
    )
    if not turns or turns[0].role == "assistant":
        turns.insert(0, _NO_BEGINNING)
    if turns[-1].role == "assistant":
        turns.append(_NO_QUESTION)
    return tuple(turns)


def called_tools(messages: Iterable[Message]) -> tuple[str, ...]:
    """The names of the tools that were called, in the order of their first calls."""
    names = (
        part.name for message in messages for part in message.parts if isinstance(part, ToolCall)
    )
    return tuple(dict.fromkeys(names))


def _seen(message: Message, pictures: Collection[str]) -> Message:
    """The message with words for what cannot be shown."""
    parts = tuple(_shown(part, pictures) for part in message.parts)
    return message if parts == message.parts else Message(message.role, parts)


def _shown(part: Part, pictures: Collection[str]) -> Part:
    if isinstance(part, Image) and part.media_type not in pictures:
        return Text(_words_for(part))
    if isinstance(part, ToolResult) and part.images:
        shown = tuple(image for image in part.images if image.media_type in pictures)
        hidden = [_words_for(image) for image in part.images if image not in shown]
        if hidden:
            text = "\n\n".join((part.text, *hidden) if part.text.strip() else hidden)
            return evolve(part, text=text, images=shown)
    return part


def _words_for(image: Image) -> str:
    return f"(A picture, {image.media_type}, that cannot be shown to this model.)"


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


def _tool_name(name: str) -> str:
    return _NOT_IN_IDS.sub("_", name)[:_LONGEST_NAME] or "unknown"


def _renamed(parts: tuple[Part, ...], ids: list[str]) -> Iterator[Part]:
    left = iter(ids)
    for part in parts:
        if isinstance(part, ToolCall):
            yield evolve(part, id=next(left), name=_tool_name(part.name))
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
        name = _tool_name(call.name)
        found = next((result for result in waiting if result.call_id == call.id), None)
        if found is None:
            yield ToolResult(wire_id, name, _NO_RESULT, is_error=True)
        else:
            waiting.remove(found)
            yield evolve(found, call_id=wire_id, name=name)

"""Putting a conversation in order before it is sent: services refuse histories with loose ends.

An interrupted turn, a crash, a compaction or another provider's habits may leave calls without
results, results without calls, ids that repeat or names no service accepts. What is sent has none
of these. The same messages always give the same result, and appending to them changes nothing
before, so that services can cache it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from goose_agent.evolve import evolve
from goose_agent.growing import Chain, Each, Step
from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.picture_limits import PICTURES

__all__ = [
    "Joining",
    "called_tools",
    "exchanges",
    "exchanging",
    "joined",
    "settled",
    "settling",
]

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
    return tuple(Chain[Message, Message](*settling(pictures)).of(messages))


def settling(pictures: Collection[str] = PICTURES) -> tuple[Step[Any, Any], ...]:
    """The steps of `settled`, for a conversation that grows."""
    return Each(lambda message: (_seen(message, pictures),)), _Settling()


def joined(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The conversation without two messages of one role in a row."""
    return tuple(Chain[Message, Message](Joining()).of(tuple(messages)))


def exchanges(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The conversation as user and assistant in turn, beginning and ending with the user.

    Results of calls are the user's; they stand before all else the user says.

    Args:
        messages: a settled conversation.
    """
    return tuple(Chain[Message, Message](*exchanging()).of(messages))


def exchanging() -> tuple[Step[Any, Any], ...]:
    """The steps of `exchanges`, for a conversation that grows."""
    return Each(_with_two_roles), Joining(), _Framing()


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


def _with_two_roles(message: Message) -> tuple[Message]:
    return (Message("user", message.parts) if message.role == "tool" else message,)


class _Settling:
    """Gives each call a unique id and, right behind it, its result."""

    def __init__(self) -> None:
        self.items: list[Message] = []
        self._ends: list[int] = []
        self._ids: list[list[str]] = []
        """For each message of the source, the ids that its calls were given."""
        self._seen: set[str] = set()

    def follow(self, source: Sequence[Message], kept: int) -> int:
        """Let `items` be what `source` makes; see `Step`."""
        # What results there are for an answer is known where the next one begins.
        while kept and source[kept - 1].role != "assistant":
            kept -= 1
        kept = max(0, kept - 1)
        start = self._ends[kept - 1] if kept else 0
        for ids in self._ids[kept:]:
            self._seen.difference_update(ids)
        del self._ends[kept:], self._ids[kept:], self.items[start:]
        for place in range(kept, len(source)):
            self._take(source, place)
        return start

    def _take(self, source: Sequence[Message], place: int) -> None:
        message, ids = source[place], list[str]()
        parts = tuple(part for part in message.parts if _belongs(message.role, part))
        if message.role != "tool" and not all(isinstance(part, Thinking) for part in parts):
            calls = [part for part in parts if isinstance(part, ToolCall)]
            ids += [_unique(call.id, self._seen) for call in calls]
            self.items.append(Message(message.role, tuple(_renamed(parts, ids))))
            if calls:
                results = _results(calls, ids, _brought(source, place + 1))
                self.items.append(Message("tool", tuple(results)))
        self._ids.append(ids)
        self._ends.append(len(self.items))


class Joining:
    """Makes one message of those of one role in a row."""

    def __init__(self) -> None:
        self.items: list[Message] = []
        self._starts: list[int] = []
        """For each item, the first message of the source that is in it."""

    def follow(self, source: Sequence[Message], kept: int) -> int:
        """Let `items` be what `source` makes; see `Step`."""
        while self._starts and self._starts[-1] >= kept:
            del self._starts[-1], self.items[-1]
        # What was the last one may go on.
        start = self._starts.pop() if self._starts else 0
        del self.items[len(self._starts) :]
        first = len(self.items)
        for place in range(start, len(source)):
            message = source[place]
            if len(self.items) > first and self.items[-1].role == message.role:
                parts = (*self.items[-1].parts, *message.parts)
                self.items[-1] = Message(message.role, parts)
            else:
                self.items.append(message)
                self._starts.append(place)
        return first


class _Framing:
    """Lets the user begin and end."""

    def __init__(self) -> None:
        self.items: list[Message] = []

    def follow(self, source: Sequence[Message], kept: int) -> int:
        """Let `items` be what `source` makes; see `Step`."""
        lead = not source or source[0].role == "assistant"
        start = kept + lead if kept else 0
        del self.items[start:]
        if lead and not start:
            self.items.append(_NO_BEGINNING)
        self.items += source[kept:]
        if self.items[-1].role == "assistant":
            self.items.append(_NO_QUESTION)
        return start


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


def _brought(messages: Sequence[Message], place: int) -> list[ToolResult]:
    """The results from this place on, up to the next answer."""
    found: list[ToolResult] = []
    while place < len(messages) and messages[place].role != "assistant":
        found += (part for part in messages[place].parts if isinstance(part, ToolResult))
        place += 1
    return found


def _results(
    calls: list[ToolCall], ids: list[str], waiting: list[ToolResult]
) -> Iterator[ToolResult]:
    for call, wire_id in zip(calls, ids, strict=True):
        name = _tool_name(call.name)
        found = next((result for result in waiting if result.call_id == call.id), None)
        if found is None:
            yield ToolResult(wire_id, name, _NO_RESULT, is_error=True)
        else:
            waiting.remove(found)
            yield evolve(found, call_id=wire_id, name=name)

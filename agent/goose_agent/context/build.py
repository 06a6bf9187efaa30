"""Build a model request as an ordered list of segments: there is no other way to make one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from operator import is_

from msgspec import Struct

from goose_agent.context.conversation import (
    Exchange,
    Placed,
    conversation,
    messages_of,
    parts_of,
)
from goose_agent.context.edits import edited_parts, edited_text, with_a_user
from goose_agent.context.estimate import FIRST_RATIO, estimate_tokens, picture_tokens, ratio_of
from goose_agent.events import Alteration, ContextBuilt, Segment, SegmentKind
from goose_agent.messages import (
    Image,
    Message,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSchema,
)
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit

__all__ = ["Built", "ContextBuilder"]


class Built(Struct, frozen=True):
    """A request and the event that says what it is made of."""

    event: ContextBuilt
    blobs: Mapping[str, bytes]
    """Contents that no earlier event brought: the system prompt, the tools."""
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...]


class _Known(Struct, frozen=True):
    """What came of an exchange."""

    exchange: Exchange
    placed: tuple[Placed, ...]
    sizes: tuple[int, ...]
    """Bytes of each part."""
    messages: tuple[Message, ...]

    @classmethod
    def of(cls, exchange: Exchange, placed: tuple[Placed, ...]) -> _Known:
        """What comes of these parts of it."""
        sizes = tuple(0 if item.altered == "dropped" else _size(item.part) for item in placed)
        return cls(exchange, placed, sizes, messages_of(placed))

    def is_of(self, exchange: Exchange) -> bool:
        """Whether nothing of the exchange has changed: a record that changes is another object."""
        mine, theirs = self.exchange.records, exchange.records
        return len(mine) == len(theirs) and all(map(is_, mine, theirs))


class ContextBuilder:
    """Builds the requests of one session; what came of earlier exchanges is not made again."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def build(
        self, state: SessionState, system: str, tools: tuple[ToolSchema, ...], request_id: str
    ) -> Built:
        """What a model is to see now.

        Args:
            state: the session; all its calls must be settled.
            system: the system prompt.
            tools: the tools on offer, in a stable order.
            request_id: names the request.
        """
        ratio = ratio_of(state.context.ratios, state.answering)
        system, system_altered = edited_text(system, state.edits.get("system"))
        listed = json.dumps([[tool.name, tool.description, tool.parameters] for tool in tools])
        listed, tools_altered = edited_text(listed, state.edits.get("tools"))
        tools = () if tools_altered else tools  # they can only be dropped
        heads = {"system": system.encode(), "tools": listed.encode()}
        segments = [
            _head("system", heads["system"], ratio, system_altered),
            _head("tools", heads["tools"], ratio, tools_altered),
        ]
        known = [self._of(exchange) for exchange in conversation(state.records)]
        self._known = {each.exchange.key: each for each in known}
        if state.edits:  # made anew each time: what is known is what nobody edited
            known = [_edited(each, state.edits) for each in known]
            known = _with_a_user(known)
        segments += [
            _segment(item, size, ratio)
            for each in known
            for item, size in zip(each.placed, each.sizes, strict=True)
        ]
        before = state.context.segments
        keep = _common(before, segments)
        event = ContextBuilt(
            request_id=request_id,
            base=state.context.built if keep else 0,
            keep=keep,
            added=tuple(segments[keep:]),
            tokens=estimate_tokens(sum(segment.size for segment in segments), ratio),
        )
        blobs = {} if keep >= len(heads) else heads
        messages = tuple(message for each in known for message in each.messages)
        return Built(event, blobs, system, messages, tools)

    def _of(self, exchange: Exchange) -> _Known:
        known = self._known.get(exchange.key)
        if known is not None and known.is_of(exchange):
            return known
        return _Known.of(exchange, tuple(parts_of(exchange)))


def _edited(known: _Known, edits: Mapping[str, SegmentEdit]) -> _Known:
    placed = edited_parts(known.placed, edits)
    return known if placed is known.placed else _Known.of(known.exchange, placed)


def _with_a_user(known: list[_Known]) -> list[_Known]:
    """A conversation in which a person says something, though all they said was taken out."""
    if any(message.role == "user" for each in known for message in each.messages):
        return known
    for at in range(len(known) - 1, -1, -1):
        placed = with_a_user(known[at].placed)
        if placed is not known[at].placed:
            return [*known[:at], _Known.of(known[at].exchange, placed), *known[at + 1 :]]
    return known


def _head(kind: SegmentKind, content: bytes, ratio: float, altered: Alteration) -> Segment:
    size = len(content)
    return Segment(kind, 0, _sha(content), size, estimate_tokens(size, ratio), altered=altered)


def _segment(item: Placed, size: int, ratio: float) -> Segment:
    tokens = estimate_tokens(size, ratio)
    return Segment(item.kind, item.origin, item.ref, size, tokens, altered=item.altered)


def _common(before: tuple[Segment, ...], now: list[Segment]) -> int:
    """How many segments from the first are the same; their token counts do not matter."""
    same = 0
    for old, new in zip(before, now, strict=False):
        if (old.key, old.ref, old.size, old.altered) != (new.key, new.ref, new.size, new.altered):
            break
        same += 1
    return same


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _size(part: Part) -> int:
    """Bytes of content of a part; of a picture, those of a text with as many tokens."""
    match part:
        case Text() | Thinking():
            return len(part.text.encode())
        case ToolResult():
            return len(part.text.encode()) + sum(map(_size, part.images))
        case ToolCall():
            return len(part.name) + len(part.arguments.encode())
        case Image():
            return round(picture_tokens(part.width, part.height) * FIRST_RATIO)

"""Build a model request as an ordered list of segments: there is no other way to make one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from goose_agent.context.conversation import (
    Exchange,
    Exchanges,
    Placed,
    Telling,
    images_of,
    messages_of,
)
from goose_agent.context.edits import edited_text, with_a_user
from goose_agent.context.estimate import FIRST_RATIO, estimate_tokens, picture_tokens, ratio_of
from goose_agent.context.folding import opening_parts, shown_parts
from goose_agent.context.hints import hint_words
from goose_agent.events import Alteration, ContextBuilt, Segment, SegmentKind
from goose_agent.evolve import evolve
from goose_agent.growing import Each, same_start
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
from goose_agent.state.folds import Folding
from goose_agent.state.hints import hint_key, opening_hints
from goose_agent.state.records import HintsRecord, Record
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit
from goose_agent.state.vector import Vector

__all__ = ["Built", "ContextBuilder", "part_size", "segment_of"]


class Built(Struct, frozen=True):
    """A request and the event that says what it is made of."""

    event: ContextBuilt
    blobs: Mapping[str, bytes]
    """Contents that no earlier event brought: the system prompt, the tools, what holds just now."""
    system: str
    """With the hint files that stand there."""
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...]
    images: tuple[Image, ...] = ()
    """All pictures in the messages."""
    turn_context: str = ""
    """What holds just now, to stand behind all messages."""
    opening: tuple[str, ...] = ()
    """What the segments before the conversation are made of: system prompt, tools, hint files."""
    parts: tuple[Placed, ...] = ()
    """What those of the conversation are made of; the turn's context is the last."""


class _Read(Struct, frozen=True):
    """What a model reads of an exchange, and what it is made of."""

    placed: tuple[Placed, ...]
    messages: tuple[Message, ...]
    segments: tuple[Segment, ...]
    """Their tokens are estimated where they are put on record."""

    @classmethod
    def of(cls, placed: tuple[Placed, ...], *, thoughts: bool = True) -> _Read:
        """What comes of these parts.

        Args:
            placed: the parts.
            thoughts: whether the model is sent those; else they take no room.
        """
        segments = (
            segment_of(item)
            if thoughts or item.kind != "thinking"
            else Segment(item.kind, item.origin, item.ref, altered="dropped")
            for item in placed
        )
        return cls(placed, messages_of(placed), tuple(segments))


class _Opened:
    """The step to a conversation that begins with what stands for its older part."""

    def __init__(self) -> None:
        self.items: list[_Read] = []
        self._head: tuple[_Read, ...] = ()

    def begin(self, head: tuple[_Read, ...]) -> None:
        """Let it begin with these; what was made so far is made anew."""
        self._head = head
        self.items = list(head)

    def follow(self, source: Sequence[_Read], kept: int) -> int:
        """Let `items` be what `source` makes; see `growing.Step`."""
        kept += len(self._head)
        self.items[kept:] = source[kept - len(self._head) :]
        return kept


class _Heard:
    """The step to a conversation in which a person says something, though all they said was taken out."""

    def __init__(self) -> None:
        self.items: list[_Read] = []
        self._stub: int | None = None
        """Where words stand in the place of what was said."""

    def follow(self, source: Sequence[_Read], kept: int) -> int:
        """Let `items` be what `source` makes; see `growing.Step`."""
        before, self._stub = self._stub, _silenced(source)
        kept = min(place for place in (kept, before, self._stub) if place is not None)
        self.items[kept:] = source[kept:]
        if self._stub is not None:
            self.items[self._stub] = _Read.of(with_a_user(source[self._stub].placed))
        return kept


def _silenced(source: Sequence[_Read]) -> int | None:
    """Where the last message of a person was taken out, if none is left."""
    if any(_speaks(item) for read in source for item in read.placed):
        return None
    places = reversed(range(len(source)))
    return next((at for at in places if _is_silenced(source[at])), None)


def _speaks(item: Placed) -> bool:
    """Whether it is something that a person says here."""
    return item.role == "user" and item.kind != "hints" and item.altered != "dropped"


def _is_silenced(read: _Read) -> bool:
    return with_a_user(read.placed) is not read.placed


class ContextBuilder:
    """Builds the requests of one session; what came of the conversation so far is not made again."""

    def __init__(self) -> None:
        self._records: Vector[Record] = Vector()
        self._exchanges = Exchanges()
        self._told = Telling()
        self._edits: Mapping[str, SegmentEdit] = {}
        self._folding = Folding()
        self._thoughts = True
        self._read: Each[Exchange, _Read] = Each(
            lambda each: (
                _Read.of(shown_parts(each, self._edits, self._folding), thoughts=self._thoughts),
            )
        )
        self._opened = _Opened()
        self._heard = _Heard()
        self._messages: Each[_Read, Message] = Each(lambda read: read.messages)
        self._images: Each[_Read, Image] = Each(lambda read: images_of(read.messages))
        self._segments: Each[_Read, Segment] = Each(lambda read: read.segments)
        self._parts: Each[_Read, Placed] = Each(lambda read: read.placed)
        self._last: list[Segment] = []
        """Those of the last request, as they are on record."""
        self._size = 0
        """Bytes of them all."""

    def build(
        self,
        state: SessionState,
        system: str,
        tools: tuple[ToolSchema, ...],
        request_id: str,
        turn_context: str = "",
        *,
        behind_results: bool = True,
        thoughts: bool = True,
    ) -> Built:
        """What a model is to see now.

        Args:
            state: the session; all its calls must be settled.
            system: the system prompt.
            tools: the tools on offer, in a stable order.
            request_id: names the request.
            turn_context: what holds just now; may be empty.
            behind_results: whether it can stand behind results of calls; else it is left out there.
            thoughts: whether the model is sent those of earlier answers.
        """
        ratio = ratio_of(state.context.ratios, state.answering)
        system, system_altered = edited_text(system, state.edits.get("system"))
        listed = json.dumps([[tool.name, tool.description, tool.parameters] for tool in tools])
        listed, tools_altered = edited_text(listed, state.edits.get("tools"))
        tools = () if tools_altered else tools  # they can only be dropped
        heads = {"system": system.encode(), "tools": listed.encode()}
        head = [
            _head("system", heads["system"], system_altered),
            _head("tools", heads["tools"], tools_altered),
        ]
        opening = [system, listed]
        for record in opening_hints(state):
            hints, segment = _opening(record, state.edits)
            system = f"{system}\n\n{hints}".strip() if hints else system
            head.append(segment)
            opening.append(hints)
        sure = self._follow(state, thoughts)
        after = self._messages.items[-1].role if self._messages.items else ""
        if after == "tool" and not behind_results:
            turn_context = ""
        turn_context, end = _ending(turn_context, state.edits)
        sure = sure + len(head) if _common(self._last, head) == len(head) else 0
        now = [*head, *self._segments.items, *end]
        keep = self._revise(state.context.segments, now, sure, ratio)
        images = tuple(self._images.items)
        pictures = sum(picture_tokens(image.width, image.height) for image in images)
        size = self._size - sum(map(part_size, images))
        event = ContextBuilt(
            request_id=request_id,
            base=state.context.built if keep else 0,
            keep=keep,
            added=tuple(self._last[keep:]),
            tokens=estimate_tokens(size, ratio) + pictures,
            size=size,
        )
        blobs = {} if keep >= len(heads) else heads
        if turn_context:
            blobs = {**blobs, "turn": turn_context.encode()}
        return Built(
            event,
            blobs,
            system,
            tuple(self._messages.items),
            tools,
            images,
            turn_context,
            tuple(opening),
            tuple(self._parts.items),
        )

    def _follow(self, state: SessionState, thoughts: bool) -> int:
        """Take up what is new in the conversation; how many of its segments are as they were."""
        kept = self._records.first_difference(state.records)
        # Should a step fail, nothing that was made can be relied on.
        self._records = Vector()
        kept = self._exchanges.follow(state.records, kept)
        kept = self._told.follow(self._exchanges.items, kept)
        made_of = state.edits, state.folding, thoughts
        anew = made_of != (self._edits, self._folding, self._thoughts)
        if anew:
            self._edits, self._folding, self._thoughts = made_of
            kept = 0
        kept = self._read.follow(self._told.items, kept)
        if anew:
            self._opened.begin(tuple(_openings(state)))
        kept = self._opened.follow(self._read.items, kept)
        if anew:
            kept = 0
        kept = self._heard.follow(self._opened.items, kept)
        self._messages.follow(self._heard.items, kept)
        self._images.follow(self._heard.items, kept)
        self._parts.follow(self._heard.items, kept)
        kept = self._segments.follow(self._heard.items, kept)
        self._records = state.records
        return kept

    def _revise(
        self, recorded: tuple[Segment, ...], now: list[Segment], sure: int, ratio: float
    ) -> int:
        """Let the segments of the last request be those of this one.

        Args:
            recorded: those that the record knows.
            now: those of this request.
            sure: how many of them are for certain as in the last request.
            ratio: bytes for a token.

        Returns:
            How many from the first on are those that the record knows.
        """
        sure = min(sure, same_start(recorded, self._last))
        keep = sure + _common(recorded[sure:], now[sure:])
        added = (evolve(item, tokens=estimate_tokens(item.size, ratio)) for item in now[keep:])
        gone, come = self._last[sure:], [*recorded[sure:keep], *added]
        self._last[sure:] = come
        self._size += sum(item.size for item in come) - sum(item.size for item in gone)
        return keep


def _openings(state: SessionState) -> Iterator[_Read]:
    for item in opening_parts(state.folding, state.edits):
        yield _Read.of((item,))


def _head(kind: SegmentKind, content: bytes, altered: Alteration) -> Segment:
    return Segment(kind, 0, _sha(content), len(content), altered=altered)


def _opening(record: HintsRecord, edits: Mapping[str, SegmentEdit]) -> tuple[str, Segment]:
    """What is left of a hint file beside the system prompt, and its segment."""
    text, altered = edited_text(hint_words(record.data), edits.get(hint_key(record)))
    size = len(text.encode())
    return text, Segment("hints", record.seq, record.data.path, size, altered=altered)


def _ending(text: str, edits: Mapping[str, SegmentEdit]) -> tuple[str, list[Segment]]:
    """What is left of the words about just now, and their segment if there are any."""
    left, altered = edited_text(text, edits.get("turn"))
    return left, [_head("turn", left.encode(), altered)] if text else []


def segment_of(item: Placed) -> Segment:
    """The segment that a part makes; its tokens are not counted."""
    size = 0 if item.altered == "dropped" else part_size(item.part)
    return Segment(item.kind, item.origin, item.ref, size, altered=item.altered)


def _common(before: Sequence[Segment], now: Sequence[Segment]) -> int:
    """How many segments from the first are the same; their token counts do not matter."""
    same = 0
    for old, new in zip(before, now, strict=False):
        if (old.key, old.ref, old.size, old.altered) != (new.key, new.ref, new.size, new.altered):
            break
        same += 1
    return same


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def part_size(part: Part) -> int:
    """Bytes of content of a part; of a picture, those of a text with as many tokens."""
    match part:
        case Text() | Thinking():
            return len(part.text.encode())
        case ToolResult():
            return len(part.text.encode()) + sum(map(part_size, part.images))
        case ToolCall():
            return len(part.name) + len(part.arguments.encode())
        case Image():
            return round(picture_tokens(part.width, part.height) * FIRST_RATIO)

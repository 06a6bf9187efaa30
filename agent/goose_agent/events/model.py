"""Calls of a model, and what each request was built from."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability
from goose_agent.messages import Effort, ModelRole, Usage

__all__ = [
    "Alteration",
    "AnswerPart",
    "AsideFailed",
    "AsideRequested",
    "AsideResponded",
    "ContextBuilt",
    "ContextCounted",
    "DeltaPart",
    "ModelCancelled",
    "ModelDelta",
    "ModelFailed",
    "ModelRequested",
    "ModelResponded",
    "ModelRetrying",
    "Segment",
    "SegmentKind",
    "TokenSource",
    "segment_key",
]

SegmentKind = Literal[
    "system",
    "tools",
    "hints",
    "memory",
    "user",
    "assistant",
    "thinking",
    "tool_call",
    "tool_result",
    "summary",
    "image",
    "pin",
    "turn",
]
TokenSource = Literal["provider", "tokenizer", "estimate"]
DeltaPart = Literal["text", "thinking", "call"]
Aside = Literal["title", "explanation", "judgement", "compaction", "sampling"]
"""What a model is asked for beside the conversation."""


Alteration = Literal["", "edited", "dropped", "stub", "note"]
"""What was done to a segment. `dropped`: it is not in the request. `stub`: a person took it out, and a
sentence stands in its place. `note`: a result gave way to a note, and can be recalled."""


def segment_key(kind: SegmentKind, origin: int, ref: str) -> str:
    """What names a segment from request to request; what the program brings is there once."""
    return f"{kind}:{origin}:{ref}" if origin else kind


class Segment(Struct, frozen=True):
    """One piece of a request, and where it comes from."""

    kind: SegmentKind
    origin: int
    """`seq` of the event that brought the content; 0 for what the program itself brings."""
    ref: str = ""
    """Which part of the origin: a call id, the sha256 of a blob, or the path of a hint file."""
    size: int = 0
    """Bytes of content."""
    tokens: int = 0
    source: TokenSource = "estimate"
    altered: Alteration = ""

    @property
    def key(self) -> str:
        """Names it from request to request."""
        return segment_key(self.kind, self.origin, self.ref)


class ContextBuilt(Struct, frozen=True):
    """The ordered segments of one request: the only way a request comes to be.

    They are those of the request before, as far as they are kept, and what was added.
    """

    type: ClassVar[str] = "context.built"
    durability: ClassVar[Durability] = "shown"

    request_id: str
    base: int
    """`seq` of the `context.built` this one continues; 0 for none."""
    keep: int
    """How many segments of the base are kept, from the first."""
    added: tuple[Segment, ...]
    tokens: int
    """Tokens of the whole request, estimated."""
    size: int = 0
    """Bytes of its words, pictures left out; 0 where that was not measured."""


class ContextCounted(Struct, frozen=True):
    """The tokens of a request that was built were counted, beside the work on it."""

    type: ClassVar[str] = "context.counted"
    durability: ClassVar[Durability] = "shown"

    built: int
    """`seq` of its `context.built`."""
    tokens: int
    """Of the whole request."""
    source: TokenSource
    """Who counted the whole."""
    places: tuple[int, ...] = ()
    """The segments that a tokenizer has counted, from 0."""
    counts: tuple[int, ...] = ()
    """The tokens of each of them."""


class ModelRequested(Struct, frozen=True):
    """A request is about to be sent; its blob `encoder` says how its body was made."""

    type: ClassVar[str] = "model.requested"
    durability: ClassVar[Durability] = "act"

    request_id: str
    model: str
    body_sha: str
    """sha256 of the exact body."""
    body_size: int
    """Bytes of the body."""
    attempt: int = 1
    picture_size: int = 0
    """Bytes of the body that are pictures."""
    picture_tokens: int = 0
    """Tokens of those, estimated."""
    effort: Effort | None = None
    """How hard the model was asked to think."""


class ModelDelta(Struct, frozen=True):
    """More of an answer, as it arrived."""

    type: ClassVar[str] = "model.delta"
    durability: ClassVar[Durability] = "shown"

    request_id: str
    part: int
    """Which part of the answer, from 0, in order of appearance."""
    kind: DeltaPart
    text: str
    call_id: str = ""
    """For a call: our id of it."""
    tool: str = ""
    """For a call: the tool's name."""


class AnswerPart(Struct, frozen=True):
    """What is to be known of a part of an answer beyond its text."""

    part: int
    kind: DeltaPart
    signature: str = ""
    """The provider's seal on thinking."""


class ModelResponded(Struct, frozen=True):
    """An answer is complete; its text is that of its deltas."""

    type: ClassVar[str] = "model.responded"
    durability: ClassVar[Durability] = "act"

    request_id: str
    parts: tuple[AnswerPart, ...]
    stop: str
    """Why it stopped: `stop`, `tool_calls`, `length`, `refusal` or `other`."""
    usage: Usage | None
    """None where the provider reported none."""
    cost: float | None
    """US dollars; None where no price is known."""
    seconds: float
    first_piece_seconds: float


class ModelFailed(Struct, frozen=True):
    """A request failed, and nothing more is tried."""

    type: ClassVar[str] = "model.failed"
    durability: ClassVar[Durability] = "act"

    request_id: str
    error: str
    """The kind of error: `auth`, `quota`, `rate_limit`, `overflow`, `connection`, `bad_answer`,
    `not_recorded`."""
    message: str
    hint: str
    status: int


class ModelRetrying(Struct, frozen=True):
    """A request failed and will be sent again."""

    type: ClassVar[str] = "model.retrying"
    durability: ClassVar[Durability] = "shown"

    request_id: str
    message: str
    attempt: int
    """The attempt that comes next, from 2."""
    delay: float
    """Seconds until then."""


class ModelCancelled(Struct, frozen=True):
    """An answer was stopped; what had arrived is kept."""

    type: ClassVar[str] = "model.cancelled"
    durability: ClassVar[Durability] = "act"

    request_id: str


class AsideRequested(Struct, frozen=True):
    """A model is about to be asked for something small beside the conversation."""

    type: ClassVar[str] = "aside.requested"
    durability: ClassVar[Durability] = "act"

    request_id: str
    aside: Aside
    role: ModelRole
    model: str
    body_sha: str
    """sha256 of the exact body."""
    body_size: int
    """Bytes of the body."""


class AsideResponded(Struct, frozen=True):
    """The answer beside the conversation is there; what came of it is another event."""

    type: ClassVar[str] = "aside.responded"
    durability: ClassVar[Durability] = "act"

    request_id: str
    model: str
    text: str
    """As the model said it, cut where it went on too long."""
    usage: Usage | None
    """None where the provider reported none."""
    cost: float | None
    """US dollars; None where no price is known."""
    seconds: float


class AsideFailed(Struct, frozen=True):
    """There is no answer, and nothing more is tried."""

    type: ClassVar[str] = "aside.failed"
    durability: ClassVar[Durability] = "act"

    request_id: str
    aside: Aside
    model: str
    error: str
    """The kind of error, as with `model.failed`; or `config`, `cancelled`, `timeout`."""
    message: str

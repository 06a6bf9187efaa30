"""What a model is to the engine: a request goes in, pieces of an answer come out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from goose_agent.messages import Message, ToolSchema, Usage

__all__ = [
    "AnswerEnd",
    "CallDelta",
    "CallStart",
    "Model",
    "ModelInfo",
    "ModelRequest",
    "Piece",
    "StopReason",
    "TextDelta",
    "ThinkingDelta",
    "ThinkingSeal",
    "UsageReport",
]

StopReason = Literal["stop", "tool_calls", "length", "refusal", "other"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model; zero or None where it is not known."""

    name: str
    """`provider/model`."""
    window: int | None = None
    """Context window, in tokens."""
    max_output: int | None = None
    """Longest answer, in tokens."""
    input_price: float | None = None
    """US dollars for a million input tokens."""
    output_price: float | None = None
    cache_read_price: float | None = None
    cache_write_price: float | None = None


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a model."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More of the reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingSeal:
    """The provider's signature of the reasoning that has just ended."""

    signature: str


@dataclass(frozen=True, slots=True)
class CallStart:
    """A tool call begins."""

    index: int
    """Counts the calls of this answer, from 0."""
    id: str
    """The provider's id; empty where it gives none."""
    name: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """More of a tool call's JSON arguments."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The provider's own count; a later report of the same answer replaces an earlier one."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """The answer is complete: a stream that ends without it was cut."""

    reason: StopReason


Piece = TextDelta | ThinkingDelta | ThinkingSeal | CallStart | CallDelta | UsageReport | AnswerEnd


class Model(Protocol):
    """Something that answers."""

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""

    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        An async generator: close it (`contextlib.aclosing`) to stop the answer.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """

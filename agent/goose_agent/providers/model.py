"""What a model is to the engine: a request goes in, pieces of an answer come out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

from msgspec import Struct

from goose_agent.evolve import evolve
from goose_agent.messages import Effort, Message, Text, ToolResult, ToolSchema, Usage
from goose_agent.providers.picture_limits import PictureLimits

__all__ = [
    "AnswerEnd",
    "CallDelta",
    "CallStart",
    "ConnectedModel",
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


class ModelInfo(Struct, frozen=True):
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
    sees: bool = True
    """Whether it can be shown pictures; a model nothing is known of is taken to."""
    tool_shim: bool = False
    """Whether its calls are to be read from its text."""
    tiny_prompt: bool = False
    """Whether it wants the short prompt and few tools, whatever its window."""
    lean: bool | None = None
    """Whether it gets these, as the person says; None leaves it to what is known of it."""
    pictures: PictureLimits = PictureLimits()
    """Which ones."""
    hears_behind_results: bool = True
    """Whether words can stand between a call's result and the answer, and not in its way: where they
    must be words of the user, models take the turn to be over."""
    reads_thoughts: bool = True
    """Whether thoughts of earlier answers go with a request, in words or sealed."""

    @property
    def shown_types(self) -> tuple[str, ...]:
        """The media types of pictures that it can be shown; none for one that sees nothing."""
        return self.pictures.media_types if self.sees else ()


class ModelRequest(Struct, frozen=True):
    """One call of a model."""

    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...] = ()
    effort: Effort | None = None
    """None leaves it to the provider; what a model cannot do becomes the nearest that it can."""
    answer_schema: dict[str, object] | None = None
    """JSON schema that the answer's text must follow, for servers that can see to it."""
    turn_context: str = ""
    """What holds just now. It stands behind all messages, and in the next request it stands behind
    those of that one: nothing before it changes, so that services can cache it."""

    @property
    def stable_tools(self) -> tuple[ToolSchema, ...]:
        """The tools by name: services cache what begins as it did before."""
        return tuple(sorted(self.tools, key=lambda tool: tool.name))

    @property
    def ended_messages(self) -> tuple[Message, ...]:
        """The messages, `turn_context` at the end of the last one.

        Behind a result it stands in the result: many models are lost where a person seems to speak
        between a call's result and their answer.
        """
        if not self.turn_context:
            return self.messages
        *before, last = self.messages or (Message("user", ()),)
        words = Text(self.turn_context)
        *parts, end = last.parts or (Text(""),)
        if last.role == "user":
            return (*before, Message("user", (*last.parts, words)))
        if isinstance(end, ToolResult) and not end.images:
            text = f"{end.text}\n\n{words.text}"
            return (*before, Message(last.role, (*parts, evolve(end, text=text))))
        return (*self.messages, Message("user", (words,)))


class TextDelta(Struct, frozen=True):
    """More of the answer's text."""

    text: str


class ThinkingDelta(Struct, frozen=True):
    """More of the reasoning."""

    text: str


class ThinkingSeal(Struct, frozen=True):
    """The provider's signature of the reasoning that has just ended."""

    signature: str


class CallStart(Struct, frozen=True):
    """A tool call begins."""

    index: int
    """Counts the calls of this answer, from 0."""
    id: str
    """The provider's id; empty where it gives none."""
    name: str


class CallDelta(Struct, frozen=True):
    """More of a tool call's JSON arguments."""

    index: int
    text: str


class UsageReport(Struct, frozen=True):
    """The provider's own count; a later report of the same answer replaces an earlier one."""

    usage: Usage


class AnswerEnd(Struct, frozen=True):
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


class ConnectedModel(Model, Protocol):
    """A model that holds connections."""

    async def warm(self) -> None:
        """Load what the first request needs, so that it need not wait for that."""

    async def aclose(self) -> None:
        """Close the connections."""

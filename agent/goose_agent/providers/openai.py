"""OpenAI's Chat Completions, and the many services that speak it in dialects."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from goose_agent.evolve import evolve
from goose_agent.growing import Chain, Each
from goose_agent.messages import (
    Image,
    Message,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSchema,
    Usage,
)
from goose_agent.providers.answer import GatheredAnswer
from goose_agent.providers.call_assembly import CallAssembly
from goose_agent.providers.efforts import asked
from goose_agent.providers.encoder import Encoder
from goose_agent.providers.encoding import as_body, encoded_once, encoding
from goose_agent.providers.failures import stream_refusal
from goose_agent.providers.history import Joining, settling
from goose_agent.providers.model import (
    ModelInfo,
    ModelRequest,
    Piece,
    StopReason,
    UsageReport,
)
from goose_agent.providers.service import Service
from goose_agent.providers.sse import EventDecoder, ServerSentEvent, WholeBody
from goose_agent.providers.transport import HttpModel, Transport
from goose_agent.providers.wire import (
    arguments_object,
    count_at,
    list_at,
    object_at,
    parse_object,
    text_at,
)

__all__ = ["OpenAIDialect", "OpenAIModel"]

_STOPS: dict[str, StopReason] = {
    "stop": "stop",
    "eos": "stop",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refusal",
}


class OpenAIDialect(Struct, frozen=True):
    """How a service departs from the common ground."""

    returns_thinking: bool = False
    """It wants the reasoning of answers with calls back, as `reasoning_content`."""
    effort_with_tools: str = ""
    """The one reasoning effort that goes with tools; empty where they go with any."""
    efforts: tuple[str, ...] | None = None
    """The words for its reasoning effort that the model takes; None where they are not known."""
    streams: bool = True
    counts_on_request: bool = True
    """Whether it takes the wish for a count of tokens at the end of a stream."""
    holds_schemas: bool = False
    """Whether it holds an answer to a JSON schema."""


class OpenAIModel(HttpModel):
    """A model behind a Chat Completions service.

    Args:
        info: what is known of it; the part of its name behind the first slash goes on the wire.
        transport: reaches the service; its address ends where `/chat/completions` begins.
        dialect: how the service departs from the common ground.
    """

    def __init__(
        self, info: ModelInfo, transport: Transport, dialect: OpenAIDialect | None = None
    ) -> None:
        self._dialect = dialect or OpenAIDialect()
        super().__init__(evolve(info, reads_thoughts=self._dialect.returns_thinking), transport)
        # Some services insist on user and assistant in turn.
        self._encoded: Chain[Message, Raw] = Chain(
            *settling(self._info.shown_types),
            Each(_with_pictures),
            Joining(),
            encoding(self._messages),
        )

    @property
    def counts_texts(self) -> bool:
        """Whether its server may tell the tokens of texts, as llama-server does."""
        return self._transport.service.is_local

    async def count_texts(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text.

        Raises:
            ProviderError: they cannot be had.
        """
        service = self._transport.service
        place = f"{service.base_url.removesuffix('/v1')}/tokenize"
        counts = []
        for text in texts:
            answer = await self._transport.post(place, as_body({"content": text}))
            found = parse_object(answer.decode("utf-8", "replace"), service)
            counts.append(len(list_at(found, "tokens")))
        return counts

    @property
    def encoder(self) -> Encoder:
        """How it encodes requests."""
        fields = msgspec.structs.asdict(self._dialect)
        return Encoder("openai", self._info, dialect=fields)

    @encoded_once
    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        messages: list[object] = []
        if request.system.strip():
            messages.append({"role": "system", "content": request.system})
        messages += self._encoded.of(request.ended_messages)
        body: dict[str, Any] = {"model": self.wire_name, "messages": messages}
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.stable_tools]
        if effort := self._effort(request):
            body["reasoning_effort"] = effort
        if request.answer_schema is not None and self._dialect.holds_schemas:
            wanted = {"name": "answer", "schema": request.answer_schema}
            body["response_format"] = {"type": "json_schema", "json_schema": wanted}
            if self._info.window is not None:
                # Held to a text, a weak model may go on in it for ever: it cannot just stop.
                body["max_tokens"] = self._info.window // 4
        body["stream"] = self._dialect.streams
        if self._dialect.streams and self._dialect.counts_on_request:
            body["stream_options"] = {"include_usage": True}
        return as_body(body)

    def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        return self._transport.answer(
            "chat/completions",
            self.encode(request),
            EventDecoder() if self._dialect.streams else WholeBody(),
            _Answer(self._transport.service),
        )

    def _effort(self, request: ModelRequest) -> str:
        if request.tools and self._dialect.effort_with_tools:
            return self._dialect.effort_with_tools
        return asked(request.effort, self._dialect.efforts)

    def _messages(self, message: Message) -> Iterator[dict[str, Any]]:
        if message.role == "user":
            yield {"role": "user", "content": _content(message)}
        elif message.role == "assistant":
            yield self._assistant(message)
        else:
            for part in message.parts:
                if isinstance(part, ToolResult):
                    yield {"role": "tool", "tool_call_id": part.call_id, "content": part.text}

    def _assistant(self, message: Message) -> dict[str, Any]:
        texts = [part.text for part in message.parts if isinstance(part, Text)]
        calls = [part for part in message.parts if isinstance(part, ToolCall)]
        encoded: dict[str, Any] = {"role": "assistant", "content": "".join(texts) or None}
        if calls:
            encoded["tool_calls"] = [_call(call) for call in calls]
            if self._dialect.returns_thinking:
                thoughts = [part.text for part in message.parts if isinstance(part, Thinking)]
                encoded["reasoning_content"] = "".join(thoughts)
        return encoded


def _with_pictures(message: Message) -> Iterator[Message]:
    """A message, and the pictures of its results in one of the user: results hold text."""
    yield message
    parts: list[Part] = []
    for part in message.parts:
        if isinstance(part, ToolResult) and part.images:
            parts += [Text(f"Pictures that {part.name} brought ({part.call_id}):")]
            parts += part.images
    if parts:
        yield Message("user", tuple(parts))


def _content(message: Message) -> str | list[dict[str, Any]]:
    texts = [part.text for part in message.parts if isinstance(part, Text)]
    if len(texts) == len(message.parts):
        # Plain text is the one form that every service accepts.
        return "\n\n".join(texts)
    return [
        _image(part) if isinstance(part, Image) else {"type": "text", "text": part.text}
        for part in message.parts
        if isinstance(part, (Image, Text))
    ]


def _image(image: Image) -> dict[str, Any]:
    data = base64.b64encode(image.data).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{data}"}}


def _call(call: ToolCall) -> dict[str, Any]:
    # Many services parse the text themselves and fail on what is not an object.
    arguments = "{}" if arguments_object(call.arguments) is None else call.arguments
    function = {"name": call.name, "arguments": arguments}
    return {"id": call.id, "type": "function", "function": function}


def _tool(tool: ToolSchema) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    }


class _Answer(GatheredAnswer):
    """Reads the events of one answer."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._calls = CallAssembly(self._gatherer)
        self._refused = False

    def read(self, batch: tuple[ServerSentEvent, ...]) -> tuple[Piece, ...]:
        """What these events say."""
        for event in batch:
            if event.data == "[DONE]":
                self._end()
                break
            self._chunk(event)
        return self._gatherer.take()

    def _chunk(self, event: ServerSentEvent) -> None:
        if not event.data.strip():
            return
        chunk = parse_object(event.data, self._service)
        if chunk.get("error") or event.event == "error":
            raise stream_refusal(self._service, chunk)
        for choice in list_at(chunk, "choices"):
            if isinstance(choice, dict):
                # An answer that is not streamed is one delta by another name.
                self._delta(object_at(choice, "delta") or object_at(choice, "message"))
                if reason := choice.get("finish_reason"):
                    self._stop = _STOPS.get(str(reason), "other")
        if chunk.get("usage"):
            self._gatherer.add(UsageReport(_usage(object_at(chunk, "usage"))))

    def _delta(self, delta: dict[str, Any]) -> None:
        content = delta.get("content")
        if isinstance(content, str):
            self._gatherer.put("text", content)
            if len(delta) == 1:
                # So it is with nearly every event, and there are many.
                return
        elif isinstance(content, list):
            self._blocks(content)
        thought = text_at(delta, "reasoning_content") or text_at(delta, "reasoning")
        self._gatherer.put("thinking", thought)
        if words := text_at(delta, "refusal"):
            self._refused = True
            self._gatherer.put("text", words)
        for call in list_at(delta, "tool_calls"):
            if isinstance(call, dict):
                self._calls.delta(call)

    def _blocks(self, blocks: list[Any]) -> None:
        for block in blocks:
            if not isinstance(block, dict):
                continue
            self._gatherer.put("text", text_at(block, "text"))
            for thought in list_at(block, "thinking"):
                if isinstance(thought, dict):
                    self._gatherer.put("thinking", text_at(thought, "text"))

    def _end(self) -> None:
        self._calls.finish()
        reason = "refusal" if self._refused else self._stop or "stop"
        self._end_with(reason, called=bool(self._calls))


def _usage(usage: dict[str, Any]) -> Usage:
    prompt = object_at(usage, "prompt_tokens_details")
    completion = object_at(usage, "completion_tokens_details")
    return Usage(
        input_tokens=count_at(usage, "prompt_tokens"),
        output_tokens=count_at(usage, "completion_tokens"),
        cache_read_tokens=count_at(prompt, "cached_tokens")
        or count_at(usage, "prompt_cache_hit_tokens"),
        cache_write_tokens=count_at(prompt, "cache_write_tokens"),
        reasoning_tokens=count_at(completion, "reasoning_tokens"),
    )

"""Anthropic's Messages API."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Iterator
from typing import Any, Literal

from goose_agent.errors import ConnectionLost
from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult, Usage
from goose_agent.providers.failures import stream_refusal
from goose_agent.providers.history import settled
from goose_agent.providers.model import (
    AnswerEnd,
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    StopReason,
    ThinkingSeal,
    UsageReport,
)
from goose_agent.providers.service import Service
from goose_agent.providers.sse import EventDecoder, ServerSentEvent
from goose_agent.providers.transport import HttpModel, Transport
from goose_agent.providers.wire import (
    PieceGatherer,
    arguments_object,
    as_body,
    count_at,
    object_at,
    parse_object,
    text_at,
)

__all__ = ["AnthropicModel", "ThinkingMode"]

ThinkingMode = Literal["", "adaptive", "bound"]
"""How a model thinks. Empty: not unless asked. `adaptive`: as much as it finds right. `bound`: so
too, and each thought is valid only behind the very history that led to it."""

_DEFAULT_OUTPUT = 8192
_LONGEST_OUTPUT = 64_000
_CACHED: dict[str, str] = {"type": "ephemeral"}
# Tells the sealed content of a hidden thought from the signature of one that is shown.
_REDACTED = "redacted:"

_STOPS: dict[str, StopReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


class AnthropicModel(HttpModel):
    """A model behind the Messages API.

    Args:
        info: what is known of it; the part of its name behind the first slash goes on the wire.
        transport: reaches the service; its address ends where `/v1/messages` begins.
        thinking: how the model thinks.
    """

    def __init__(self, info: ModelInfo, transport: Transport, thinking: ThinkingMode = "") -> None:
        super().__init__(info, transport)
        self._thinking = thinking

    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        body: dict[str, Any] = {"model": self.wire_name, "max_tokens": self._longest_output()}
        if request.system.strip():
            system = {"type": "text", "text": request.system, "cache_control": _CACHED}
            body["system"] = [system]
        if request.tools:
            body["tools"] = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "input_schema": tool.parameters,
                }
                for tool in request.tools
            ]
            body["tools"][-1]["cache_control"] = _CACHED
        body["messages"] = _messages(request)
        if self._thinking:
            # Without a wish for its words, newer models send thoughts empty.
            body["thinking"] = {"type": "adaptive", "display": "summarized"}
        if self._thinking == "bound":
            # Compaction changes what stands before a thought: then it is to be dropped, not
            # the whole request to be refused.
            body["thinking"]["block_binding"] = {"prefix_mismatch_behavior": "drop_block"}
        body["stream"] = True
        return as_body(body)

    def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        return self._transport.answer(
            "v1/messages",
            self.encode(request),
            EventDecoder(),
            _Answer(self._transport.service),
        )

    def _longest_output(self) -> int:
        longest = min(self._info.max_output or _DEFAULT_OUTPUT, _LONGEST_OUTPUT)
        # The window holds question and answer: an answer of all its length leaves no room.
        return min(longest, self._info.window // 4) if self._info.window else longest


def _messages(request: ModelRequest) -> list[dict[str, Any]]:
    """The conversation as turns of user and assistant, the last ones marked for the cache."""
    turns: list[dict[str, Any]] = []
    for message in settled(request.messages):
        role = "assistant" if message.role == "assistant" else "user"
        blocks = list(_blocks(message))
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role == "user":
            turns[-1]["content"].extend(blocks)
        else:
            turns.append({"role": role, "content": blocks})
    if not turns or turns[0]["role"] == "assistant":
        turns.insert(0, _say("(The conversation so far is missing.)"))
    if turns[-1]["role"] == "assistant":
        turns.append(_say("Continue."))
    # What one request put into the cache the next one reads, so the last two turns are marked.
    for turn in [turn for turn in turns if turn["role"] == "user"][-2:]:
        turn["content"][-1]["cache_control"] = _CACHED
    return turns


def _say(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text}]}


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    parts = list(message.parts)
    while parts and isinstance(parts[-1], Thinking):
        # An answer may not end in a thought.
        parts.pop()
    for part in parts:
        block = _block(part)
        if block is not None:
            yield block


def _block(part: Part) -> dict[str, Any] | None:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Thinking():
            return _thought(part)
        case Image():
            data = base64.b64encode(part.data).decode("ascii")
            source = {"type": "base64", "media_type": part.media_type, "data": data}
            return {"type": "image", "source": source}
        case ToolCall():
            arguments = arguments_object(part.arguments) or {}
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
        case ToolResult():
            result: dict[str, Any] = {"type": "tool_result", "tool_use_id": part.call_id}
            if part.text.strip():
                result["content"] = part.text
            if part.is_error:
                result["is_error"] = True
            return result


def _thought(part: Thinking) -> dict[str, Any] | None:
    if part.signature.startswith(_REDACTED):
        return {"type": "redacted_thinking", "data": part.signature.removeprefix(_REDACTED)}
    if not part.signature:
        # Unsealed thoughts are another provider's, or were cut: they would be refused.
        return None
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


class _Answer:
    """Reads the events of one answer."""

    def __init__(self, service: Service) -> None:
        self.ended = False
        self._service = service
        self._gatherer = PieceGatherer()
        self._calls: dict[int, int] = {}
        """The index of a block to that of its call."""
        self._inputs: dict[int, str] = {}
        """Arguments that came with the start of a block; deltas take their place."""
        self._signature = ""
        self._usage: dict[str, int] = {}
        self._stop: StopReason | None = None

    def read(self, batch: tuple[ServerSentEvent, ...]) -> tuple[Piece, ...]:
        """What these events say."""
        for event in batch:
            if event.data.strip() and not self.ended:
                self._event(event, parse_object(event.data, self._service))
        return self._gatherer.take()

    def partial(self) -> tuple[Piece, ...]:
        """What was understood before a failure."""
        return self._gatherer.take()

    def finish(self) -> tuple[Piece, ...]:
        """What remains when the body has ended: some services leave the end marker out."""
        if self.ended:
            return ()
        if self._stop is None:
            raise ConnectionLost(f"The answer of {self._service.name} broke off.", "Try again.")
        self._end()
        return self._gatherer.take()

    def _event(self, event: ServerSentEvent, value: dict[str, Any]) -> None:
        match text_at(value, "type") or event.event:
            case "content_block_delta":
                self._delta(count_at(value, "index"), object_at(value, "delta"))
            case "content_block_start":
                self._start(count_at(value, "index"), object_at(value, "content_block"))
            case "content_block_stop":
                self._close(count_at(value, "index"))
            case "message_start":
                self._count(object_at(object_at(value, "message"), "usage"))
            case "message_delta":
                reason = text_at(object_at(value, "delta"), "stop_reason")
                if reason:
                    self._stop = _STOPS.get(reason, "other")
                self._count(object_at(value, "usage"))
            case "message_stop":
                self._end()
            case "error":
                raise stream_refusal(self._service, value)
            case _:
                # Pings, and kinds that may be added at any time.
                return

    def _start(self, index: int, block: dict[str, Any]) -> None:
        match text_at(block, "type"):
            case "text":
                self._gatherer.put("text", text_at(block, "text"))
            case "thinking":
                self._gatherer.put("thinking", text_at(block, "thinking"))
                self._signature = text_at(block, "signature")
            case "redacted_thinking":
                self._gatherer.add(ThinkingSeal(_REDACTED + text_at(block, "data")))
            case "tool_use":
                place = self._calls.setdefault(index, len(self._calls))
                self._gatherer.add(CallStart(place, text_at(block, "id"), text_at(block, "name")))
                if block.get("input"):
                    self._inputs[index] = as_body(block["input"]).decode("utf-8")
            case _:
                return

    def _delta(self, index: int, delta: dict[str, Any]) -> None:
        match text_at(delta, "type"):
            case "text_delta":
                self._gatherer.put("text", text_at(delta, "text"))
            case "thinking_delta":
                self._gatherer.put("thinking", text_at(delta, "thinking"))
            case "signature_delta":
                self._signature += text_at(delta, "signature")
            case "input_json_delta":
                text = text_at(delta, "partial_json")
                if text and index in self._calls:
                    self._inputs.pop(index, None)
                    self._gatherer.put("call", text, self._calls[index])
            case _:
                return

    def _close(self, index: int) -> None:
        if text := self._inputs.pop(index, ""):
            self._gatherer.put("call", text, self._calls[index])
        if self._signature:
            self._gatherer.add(ThinkingSeal(self._signature))
            self._signature = ""

    def _count(self, usage: dict[str, Any]) -> None:
        """Later numbers of an answer stand for the whole of it."""
        self._usage |= {
            key: count_at(usage, key)
            for key in (
                "input_tokens",
                "cache_read_input_tokens",
                "cache_creation_input_tokens",
                "output_tokens",
            )
            if usage.get(key) is not None
        }
        details = object_at(usage, "output_tokens_details")
        if details:
            self._usage["thinking_tokens"] = count_at(details, "thinking_tokens")
        if not self._usage:
            return
        known = self._usage.get
        read = known("cache_read_input_tokens", 0)
        written = known("cache_creation_input_tokens", 0)
        self._gatherer.add(
            UsageReport(
                Usage(
                    # The service counts what came from the cache apart.
                    input_tokens=known("input_tokens", 0) + read + written,
                    output_tokens=known("output_tokens", 0),
                    cache_read_tokens=read,
                    cache_write_tokens=written,
                    reasoning_tokens=known("thinking_tokens", 0),
                )
            )
        )

    def _end(self) -> None:
        reason: StopReason = self._stop or "stop"
        if reason in {"stop", "tool_calls"}:
            reason = "tool_calls" if self._calls else "stop"
        self._gatherer.add(AnswerEnd(reason))
        self.ended = True

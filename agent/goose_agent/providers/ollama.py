"""Ollama's own chat API: one JSON object a line, tool calls whole."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import Any

from msgspec import Raw

from goose_agent.growing import Chain
from goose_agent.messages import Effort, Image, Message, Text, Thinking, ToolCall, ToolResult, Usage
from goose_agent.providers.answer import GatheredAnswer
from goose_agent.providers.efforts import ThinkingKind, nearest
from goose_agent.providers.encoder import Encoder
from goose_agent.providers.encoding import as_body, encoded_once, encoding
from goose_agent.providers.failures import stream_refusal
from goose_agent.providers.history import Joining, settling
from goose_agent.providers.model import (
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    StopReason,
    UsageReport,
)
from goose_agent.providers.service import Service
from goose_agent.providers.transport import HttpModel, Transport
from goose_agent.providers.wire import (
    arguments_object,
    count_at,
    list_at,
    object_at,
    parse_object,
    text_at,
)

__all__ = ["LineDecoder", "OllamaModel"]


class LineDecoder:
    """Takes the bytes of a stream as they arrive and gives the lines that are complete."""

    foreign = b"<"
    """First bytes of a page, which no such stream has."""
    openings = (b"{",)
    """Each line is a JSON object."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def pending(self) -> int:
        """Bytes that wait for the end of their line."""
        return self._size

    def feed(self, chunk: bytes) -> tuple[str, ...]:
        """The lines, other than blank ones, that `chunk` completes."""
        ended, newline, rest = chunk.rpartition(b"\n")
        if not newline:
            self._parts.append(chunk)
            self._size += len(chunk)
            return ()
        text = b"".join((*self._parts, ended)).decode("utf-8", "replace")
        self._parts = [rest] if rest else []
        self._size = len(rest)
        return tuple(line for line in text.split("\n") if line.strip())

    def finish(self) -> tuple[str, ...]:
        """The last line, where no newline ends it."""
        return self.feed(b"\n")


class OllamaModel(HttpModel):
    """A model that Ollama serves; its window is the one that is asked for with each request.

    Args:
        info: what is known of it; the part of its name behind the first slash goes on the wire.
        transport: reaches the service; its address ends where `/api/chat` begins.
        thinking: how the model thinks.
        streams: whether the service can send an answer as it is made.
    """

    def __init__(
        self,
        info: ModelInfo,
        transport: Transport,
        thinking: ThinkingKind | None = None,
        *,
        streams: bool = True,
    ) -> None:
        super().__init__(info, transport, thinking, streams=streams)
        self._encoded: Chain[Message, Raw] = Chain(
            *settling(self._info.shown_types), Joining(), encoding(_messages)
        )

    @property
    def encoder(self) -> Encoder:
        """How it encodes requests."""
        return Encoder("ollama", self._info, self._thinking, self._streams)

    @encoded_once
    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        messages: list[object] = []
        if request.system.strip():
            messages.append({"role": "system", "content": request.system})
        messages += self._encoded.of(request.ended_messages)
        body: dict[str, Any] = {"model": self.wire_name, "messages": messages}
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    },
                }
                for tool in request.stable_tools
            ]
        body |= self._think(request.effort)
        if self._info.window:
            body["options"] = {"num_ctx": self._info.window}
        if request.answer_schema is not None:
            body["format"] = request.answer_schema
        # Otherwise a conversation that is too long loses its beginning without a word.
        body["truncate"] = False
        body["shift"] = False
        body["stream"] = self._streams
        return as_body(body)

    def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        return self._transport.answer(
            "api/chat", self.encode(request), LineDecoder(), _Answer(self._transport.service)
        )

    def _think(self, effort: Effort | None) -> dict[str, Any]:
        """The field that says how to think; models that do not think refuse it."""
        match self._thinking.mode:
            case "switch" if effort is not None:
                return {"think": effort != "off"}
            case "levels" if effort is not None:
                return {"think": nearest(effort, self._thinking.efforts)}
            case _:
                return {}


def _messages(message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        yield from (_result(part) for part in message.parts if isinstance(part, ToolResult))
        return
    texts = [part.text for part in message.parts if isinstance(part, Text)]
    joint = "\n\n" if message.role == "user" else ""
    encoded: dict[str, Any] = {"role": message.role, "content": joint.join(texts)}
    thoughts = "".join(part.text for part in message.parts if isinstance(part, Thinking))
    calls = [_call(part) for part in message.parts if isinstance(part, ToolCall)]
    images = _encoded(part for part in message.parts if isinstance(part, Image))
    optional = {"thinking": thoughts, "images": images, "tool_calls": calls}
    yield encoded | {key: value for key, value in optional.items() if value}


def _result(result: ToolResult) -> dict[str, Any]:
    encoded: dict[str, Any] = {"role": "tool", "content": result.text}
    if result.images:
        encoded["images"] = _encoded(result.images)
    return encoded | {"tool_name": result.name, "tool_call_id": result.call_id}


def _encoded(images: Iterable[Image]) -> list[str]:
    return [base64.b64encode(image.data).decode("ascii") for image in images]


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = arguments_object(call.arguments) or {}
    return {"id": call.id, "function": {"name": call.name, "arguments": arguments}}


class _Answer(GatheredAnswer):
    """Reads the lines of one answer."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._calls = 0

    def read(self, batch: tuple[str, ...]) -> tuple[Piece, ...]:
        """What these lines say."""
        for line in batch:
            self._line(parse_object(line, self._service))
        return self._gatherer.take()

    def _line(self, value: dict[str, Any]) -> None:
        if value.get("error"):
            raise stream_refusal(self._service, value)
        message = object_at(value, "message")
        self._gatherer.put("thinking", text_at(message, "thinking"))
        self._gatherer.put("text", text_at(message, "content"))
        for call in list_at(message, "tool_calls"):
            if isinstance(call, dict):
                self._call(call)
        if value.get("done") is True:
            self._done(value)

    def _call(self, value: dict[str, Any]) -> None:
        function = object_at(value, "function")
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else as_body(arguments or {}).decode("utf-8")
        self._gatherer.add(CallStart(self._calls, text_at(value, "id"), text_at(function, "name")))
        self._gatherer.put("call", text, self._calls)
        self._calls += 1

    def _done(self, value: dict[str, Any]) -> None:
        if not value.keys().isdisjoint(("prompt_eval_count", "eval_count")):
            usage = Usage(
                input_tokens=count_at(value, "prompt_eval_count"),
                output_tokens=count_at(value, "eval_count"),
            )
            self._gatherer.add(UsageReport(usage))
        reasons: dict[str, StopReason] = {"": "stop", "stop": "stop", "length": "length"}
        reason = reasons.get(text_at(value, "done_reason"), "other")
        self._end_with(reason, called=self._calls > 0)

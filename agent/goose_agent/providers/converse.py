"""Amazon Bedrock's Converse API: one wire format for all models that Bedrock hosts."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from goose_agent.evolve import evolve
from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.anthropic import longest_output, thinking_fields
from goose_agent.providers.converse_answer import WIRE, ConverseAnswer
from goose_agent.providers.efforts import ThinkingKind
from goose_agent.providers.encoder import Encoder
from goose_agent.providers.encoding import as_body, encoded_once
from goose_agent.providers.event_stream import StreamMessageDecoder, WholeMessage
from goose_agent.providers.history import called_tools
from goose_agent.providers.model import ModelInfo, ModelRequest, Piece
from goose_agent.providers.picture_limits import PictureLimits
from goose_agent.providers.seals import is_packed, unpack
from goose_agent.providers.transport import HttpModel, Transport
from goose_agent.providers.turns import Turn, answer_in_need, marked, turning
from goose_agent.providers.wire import arguments_object, text_at

__all__ = ["ConverseModel"]

_UNCACHED = re.compile(r"claude-(?:3-(?:haiku|sonnet|opus)|3-5-sonnet-20240620|v?2|instant)")
_CACHE_POINT = {"cachePoint": {"type": "default"}}
_NOTHING = "(nothing)"


class ConverseModel(HttpModel):
    """A model that Bedrock hosts.

    Args:
        info: what is known of it; the part of its name behind the first slash goes on the wire.
        transport: reaches the service; its address ends where `/model` begins.
        thinking: how the model thinks, where Anthropic made it.
        claude: Anthropic's own name of the model; empty for those of others.
        streams: whether the service can send an answer as it is made.
    """

    pictures = PictureLimits(size=3_750_000, side=8000)

    def __init__(
        self,
        info: ModelInfo,
        transport: Transport,
        thinking: ThinkingKind | None = None,
        *,
        claude: str = "",
        streams: bool = True,
    ) -> None:
        super().__init__(info, transport, thinking, streams=streams)
        self._claude = claude
        self._is_claude = bool(claude)
        caches = bool(claude) and not _UNCACHED.match(claude)
        # Others refuse the whole request for it.
        self._mark = [_CACHE_POINT] if caches else []
        self._info = evolve(self._info, hears_behind_results=not caches)
        self._turns = turning(self._info.shown_types, self._turn)

    @property
    def encoder(self) -> Encoder:
        """How it encodes requests."""
        return Encoder("bedrock", self._info, self._thinking, self._streams, claude=self._claude)

    @encoded_once
    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        # Behind a mark what holds just now is a part of its own: a mark cannot stand within one.
        end = [{"text": request.turn_context}] if self._mark and request.turn_context else []
        turns = self._turns.of(request.messages if self._mark else request.ended_messages)
        body: dict[str, Any] = {}
        if request.system.strip():
            body["system"] = [{"text": request.system}, *self._mark]
        if tools := _tools(request, turns):
            body["toolConfig"] = {"tools": [*tools, *self._mark]}
        body["messages"] = marked(turns, self._marked, end)
        if self._is_claude or self._info.max_output:
            longest = longest_output(self._info)
            body["inferenceConfig"] = {"maxTokens": longest}
            free = self._may_think(turns)
            if more := thinking_fields(self._thinking, request.effort, longest, free=free):
                body["additionalModelRequestFields"] = more
        return as_body(body)

    def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        service = self._transport.service
        return self._transport.answer(
            f"model/{quote(self.wire_name, safe='')}/converse{'-stream' if self._streams else ''}",
            self.encode(request),
            StreamMessageDecoder(service) if self._streams else WholeMessage(),
            ConverseAnswer(service, self.wire_name),
        )

    def _turn(self, message: Message) -> dict[str, Any]:
        parts = message.parts
        said = self._said(parts) if message.role == "assistant" else _given(parts)
        return {"role": message.role, "content": list(said)}

    def _marked(self, message: Message) -> dict[str, Any]:
        turn = self._turn(message)
        turn["content"] += self._mark
        return turn

    def _may_think(self, turns: Sequence[Turn]) -> bool:
        """Whether thinking may be on: not while results are due to an answer that began without."""
        answer = answer_in_need(turns)
        return answer is None or "reasoningContent" in next(self._said(answer.parts))

    def _said(self, parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
        last = max(at for at, part in enumerate(parts) if not isinstance(part, Thinking))
        # An answer may not end in a thought.
        for part in parts[: last + 1]:
            if isinstance(part, Text):
                yield {"text": part.text}
            elif isinstance(part, Thinking):
                yield from self._thought(part)
            elif isinstance(part, ToolCall):
                yield {
                    "toolUse": {
                        "toolUseId": part.id,
                        "name": part.name,
                        "input": arguments_object(part.arguments) or {},
                    }
                }

    def _thought(self, part: Thinking) -> Iterator[dict[str, Any]]:
        """A thought that the model sealed; all others would be refused."""
        sealed = unpack(part.signature, WIRE, self.wire_name)
        if sealed is not None:
            yield {"reasoningContent": {"redactedContent": text_at(sealed, "redacted")}}
        elif self._is_claude and part.signature and not is_packed(part.signature):
            thought = {"text": part.text, "signature": part.signature}
            yield {"reasoningContent": {"reasoningText": thought}}


def _tools(request: ModelRequest, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    tools = [(tool.name, tool.description, tool.parameters) for tool in request.stable_tools]
    if not tools:
        # Calls in the conversation are refused without tools, even where none is to be called.
        called = called_tools(turn.message for turn in turns)
        tools = [(name, "", {"type": "object"}) for name in called]
    return [
        {
            "toolSpec": {
                "name": name,
                **({"description": description} if description.strip() else {}),
                "inputSchema": {"json": parameters},
            }
        }
        for name, description, parameters in tools
    ]


def _given(parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
    yield from (_result(part) for part in parts if isinstance(part, ToolResult))
    for part in parts:
        if isinstance(part, Text):
            yield {"text": part.text}
        elif isinstance(part, Image):
            yield _image(part)


def _result(result: ToolResult) -> dict[str, Any]:
    content = [{"text": result.text}] if result.text.strip() else []
    content += [_image(image) for image in result.images]
    encoded: dict[str, Any] = {
        "toolUseId": result.call_id,
        "content": content or [{"text": _NOTHING}],
    }
    if result.is_error:
        encoded["status"] = "error"
    return {"toolResult": encoded}


def _image(image: Image) -> dict[str, Any]:
    data = base64.b64encode(image.data).decode("ascii")
    kind = image.media_type.partition("/")[2]
    return {"image": {"format": kind, "source": {"bytes": data}}}

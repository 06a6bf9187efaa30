"""Anthropic's Messages API."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

from goose_agent.evolve import evolve
from goose_agent.messages import Effort, Image, Message, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.anthropic_answer import REDACTED, AnthropicAnswer
from goose_agent.providers.efforts import ThinkingKind, budget_of, nearest
from goose_agent.providers.encoder import Encoder
from goose_agent.providers.encoding import as_body, encoded_once
from goose_agent.providers.history import called_tools
from goose_agent.providers.model import ModelInfo, ModelRequest, Piece
from goose_agent.providers.picture_limits import PictureLimits
from goose_agent.providers.seals import is_packed
from goose_agent.providers.sse import EventDecoder, WholeBody
from goose_agent.providers.transport import HttpModel, Transport
from goose_agent.providers.turns import Turn, answer_in_need, marked, turning
from goose_agent.providers.wire import arguments_object, count_at, parse_object

__all__ = ["AnthropicModel", "longest_output", "thinking_fields"]

_DEFAULT_OUTPUT = 8192
_LONGEST_OUTPUT = 64_000
_LEAST_THINKING = 1024
_LARGEST_PICTURE = 5 * 2**20 // 4 * 3
"""Bytes: the service allows 5 MiB and counts them as they are sent, in base64."""
_COUNTED = ("model", "system", "messages", "tools", "tool_choice", "thinking")
"""Fields of a request that are sent to have it counted."""
_CACHED: dict[str, str] = {"type": "ephemeral"}


class AnthropicModel(HttpModel):
    """A model behind the Messages API.

    Args:
        info: what is known of it; the part of its name behind the first slash goes on the wire.
        transport: reaches the service; its address ends where `/v1/messages` begins.
        thinking: how the model thinks.
        streams: whether the service can send an answer as it is made.
        path: below the service's address.
        version: of the wire format, for a service that wants it in the body and whose path names
            the model.
    """

    pictures = PictureLimits(size=_LARGEST_PICTURE, side=8000, crowd=20, crowd_side=2000)

    def __init__(
        self,
        info: ModelInfo,
        transport: Transport,
        thinking: ThinkingKind | None = None,
        *,
        streams: bool = True,
        path: str = "v1/messages",
        version: str = "",
    ) -> None:
        super().__init__(info, transport, thinking, streams=streams)
        self._info = evolve(self._info, hears_behind_results=False)
        self._path = path
        self._version = version
        self._turns = turning(self._info.shown_types, _turn)

    @property
    def counts_requests(self) -> bool:
        """Whether its service counts requests: those that host the model do not."""
        return self._path == "v1/messages"

    async def count_request(self, request: ModelRequest) -> int:
        """The tokens of a request, as the service counts them for nothing.

        Raises:
            ProviderError: they cannot be had.
        """
        body = json.loads(self.encode(request))
        asked = {name: body[name] for name in _COUNTED if name in body}
        answer = await self._transport.post("v1/messages/count_tokens", as_body(asked))
        service = self._transport.service
        return count_at(parse_object(answer.decode("utf-8", "replace"), service), "input_tokens")

    @property
    def encoder(self) -> Encoder:
        """How it encodes requests."""
        return Encoder(
            "anthropic", self._info, self._thinking, self._streams, version=self._version
        )

    @encoded_once
    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        turns = self._turns.of(request.messages)
        longest = longest_output(self._info)
        named = {"anthropic_version": self._version} if self._version else {"model": self.wire_name}
        body: dict[str, Any] = {**named, "max_tokens": longest}
        if request.system.strip():
            system = {"type": "text", "text": request.system, "cache_control": _CACHED}
            body["system"] = [system]
        body |= _tools(request, turns)
        body["messages"] = marked(turns, _marked, _ended(request.turn_context))
        body |= thinking_fields(self._thinking, request.effort, longest, free=_may_think(turns))
        body["stream"] = self._streams
        return as_body(body)

    def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        return self._transport.answer(
            self._path,
            self.encode(request),
            EventDecoder() if self._streams else WholeBody(),
            AnthropicAnswer(self._transport.service),
        )


def longest_output(info: ModelInfo) -> int:
    """Tokens of the longest answer to ask a model for."""
    longest = min(info.max_output or _DEFAULT_OUTPUT, _LONGEST_OUTPUT)
    # The window holds question and answer: an answer of all its length leaves no room.
    return min(longest, info.window // 4) if info.window else longest


def _tools(request: ModelRequest, turns: Sequence[Turn]) -> dict[str, Any]:
    """The fields that say which tools there are, the last one marked for the cache."""
    tools: list[dict[str, Any]] = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
        for tool in request.stable_tools
    ]
    fields: dict[str, Any] = {"tools": tools}
    if not tools:
        # Calls in the conversation are refused without tools, even where none is to be called.
        called = called_tools(turn.message for turn in turns)
        tools += [{"name": name, "input_schema": {"type": "object"}} for name in called]
        fields["tool_choice"] = {"type": "none"}
    if not tools:
        return {}
    tools[-1]["cache_control"] = _CACHED
    return fields


def thinking_fields(
    kind: ThinkingKind, effort: Effort | None, longest: int, *, free: bool
) -> dict[str, Any]:
    """The fields that say how to think.

    Args:
        kind: how the model thinks.
        effort: what is wished.
        longest: tokens of the longest answer; thoughts count.
        free: whether thinking may begin with this answer.
    """
    if effort == "off" and kind.off:
        return {"thinking": {"type": kind.off}}
    fields: dict[str, Any] = {}
    if kind.mode in {"adaptive", "bound"}:
        # Without a wish for its words, newer models send thoughts empty.
        fields["thinking"] = {"type": "adaptive", "display": "summarized"}
    if kind.mode == "bound":
        # Compaction changes what stands before a thought: then it is to be dropped, not
        # the whole request to be refused.
        fields["thinking"]["block_binding"] = {"prefix_mismatch_behavior": "drop_block"}
    if effort is None:
        return fields
    # What the thoughts leave of the longest answer is for the answer itself.
    tokens = budget_of(effort, _LEAST_THINKING, longest * 3 // 4)
    if kind.mode == "budget" and effort != "off" and tokens and free:
        fields["thinking"] = {"type": "enabled", "budget_tokens": tokens}
    if word := nearest(effort, kind.efforts):
        fields["output_config"] = {"effort": word}
    return fields


def _may_think(turns: Sequence[Turn]) -> bool:
    """Whether thinking may be on: not while results are due to an answer that began without."""
    answer = answer_in_need(turns)
    return answer is None or str(next(_said(answer))["type"]).endswith("thinking")


def _marked(message: Message) -> dict[str, Any]:
    turn = _turn(message)
    turn["content"][-1]["cache_control"] = _CACHED
    return turn


def _ended(words: str) -> list[dict[str, Any]]:
    """What stands behind the last mark, and so in no cache."""
    return [{"type": "text", "text": words}] if words else []


def _turn(message: Message) -> dict[str, Any]:
    said = _said(message) if message.role == "assistant" else _given(message)
    return {"role": message.role, "content": list(said)}


def _said(message: Message) -> Iterator[dict[str, Any]]:
    parts = list(message.parts)
    while isinstance(parts[-1], Thinking):
        # An answer may not end in a thought.
        parts.pop()
    for part in parts:
        if isinstance(part, Text):
            yield {"type": "text", "text": part.text}
        elif isinstance(part, Thinking):
            yield from _thought(part)
        elif isinstance(part, ToolCall):
            arguments = arguments_object(part.arguments) or {}
            yield {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}


def _given(message: Message) -> Iterator[dict[str, Any]]:
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    yield from (_result(result) for result in results)
    # A result that is an error may hold nothing but text: its pictures stand behind all results.
    for result in results:
        yield from (_image(image) for image in result.images if result.is_error)
    for part in message.parts:
        if isinstance(part, Text):
            yield {"type": "text", "text": part.text}
        elif isinstance(part, Image):
            yield _image(part)


def _result(result: ToolResult) -> dict[str, Any]:
    encoded: dict[str, Any] = {"type": "tool_result", "tool_use_id": result.call_id}
    if result.images and not result.is_error:
        text = [{"type": "text", "text": result.text}] if result.text.strip() else []
        encoded["content"] = [*text, *(_image(image) for image in result.images)]
    elif result.text.strip():
        encoded["content"] = result.text
    if result.is_error:
        encoded["is_error"] = True
    return encoded


def _image(image: Image) -> dict[str, Any]:
    data = base64.b64encode(image.data).decode("ascii")
    source = {"type": "base64", "media_type": image.media_type, "data": data}
    return {"type": "image", "source": source}


def _thought(part: Thinking) -> Iterator[dict[str, Any]]:
    if part.signature.startswith(REDACTED):
        yield {"type": "redacted_thinking", "data": part.signature.removeprefix(REDACTED)}
    elif part.signature and not is_packed(part.signature):
        # All others are another service's, or were cut: they would be refused.
        yield {"type": "thinking", "thinking": part.text, "signature": part.signature}

"""OpenAI's Responses API, used without keeping anything there.

Nothing is stored at the service, so the whole conversation goes with each request. Reasoning goes
back as the very items it came in, sealed for the service's eyes.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from msgspec import Raw

from goose_agent.growing import Chain
from goose_agent.messages import Image, Message, Text, Thinking, ToolCall, ToolResult, ToolSchema
from goose_agent.providers.efforts import asked
from goose_agent.providers.encoder import Encoder
from goose_agent.providers.encoding import as_body, encoded_once, encoding
from goose_agent.providers.history import settling
from goose_agent.providers.model import ModelInfo, ModelRequest, Piece
from goose_agent.providers.responses_answer import WIRE, ResponsesAnswer
from goose_agent.providers.seals import unpack
from goose_agent.providers.sse import EventDecoder, WholeBody
from goose_agent.providers.transport import HttpModel, Transport
from goose_agent.providers.wire import arguments_object, object_at, text_at

__all__ = ["ResponsesModel"]


class ResponsesModel(HttpModel):
    """A model behind the Responses API.

    Args:
        info: what is known of it; the part of its name behind the first slash goes on the wire.
        transport: reaches the service; its address ends where `/responses` begins.
        efforts: the words for its reasoning effort that the model takes, none where it does not
            reason; None where that is not known.
        streams: whether the service can send an answer as it is made.
    """

    def __init__(
        self,
        info: ModelInfo,
        transport: Transport,
        efforts: tuple[str, ...] | None = None,
        *,
        streams: bool = True,
    ) -> None:
        super().__init__(info, transport, streams=streams)
        self._efforts = efforts
        self._encoded: Chain[Message, Raw] = Chain(
            *settling(self._info.shown_types), encoding(self._items)
        )

    @property
    def encoder(self) -> Encoder:
        """How it encodes requests."""
        return Encoder("openai_responses", self._info, streams=self._streams, efforts=self._efforts)

    @encoded_once
    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        body: dict[str, Any] = {"model": self.wire_name}
        if request.system.strip():
            body["instructions"] = request.system
        body["input"] = self._encoded.of(request.ended_messages)
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.stable_tools]
        body |= self._reasoning(request)
        body["store"] = False
        body["stream"] = self._streams
        return as_body(body)

    def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        return self._transport.answer(
            "responses",
            self.encode(request),
            EventDecoder() if self._streams else WholeBody(),
            ResponsesAnswer(self._transport.service, self.wire_name),
        )

    def _reasoning(self, request: ModelRequest) -> dict[str, Any]:
        """The fields that say how to reason; models that do not reason refuse them."""
        effort = asked(request.effort, self._efforts)
        if not effort and not self._efforts:
            return {}
        reasoning = {"summary": "auto"} | ({"effort": effort} if effort else {})
        return {"reasoning": reasoning, "include": ["reasoning.encrypted_content"]}

    def _items(self, message: Message) -> Iterator[dict[str, Any]]:
        if message.role == "user":
            content = [_content(part) for part in message.parts if isinstance(part, (Text, Image))]
            yield {"type": "message", "role": "user", "content": content}
        elif message.role == "assistant":
            yield from self._answer(message)
        else:
            yield from (_output(part) for part in message.parts if isinstance(part, ToolResult))

    def _answer(self, message: Message) -> Iterator[dict[str, Any]]:
        parts = list(message.parts)
        while isinstance(parts[-1], Thinking):
            # Reasoning is refused without what it led to.
            parts.pop()
        phase = ""
        for part in parts:
            if isinstance(part, Thinking):
                sealed = unpack(part.signature, WIRE, self.wire_name) or {}
                phase = text_at(sealed, "phase")
                if item := object_at(sealed, "item"):
                    yield item
            elif isinstance(part, Text):
                said = {"type": "message", "role": "assistant", "content": part.text}
                yield said | ({"phase": phase} if phase else {})
            elif isinstance(part, ToolCall):
                yield _call(part)


def _content(part: Text | Image) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "input_text", "text": part.text}
    data = base64.b64encode(part.data).decode("ascii")
    url = f"data:{part.media_type};base64,{data}"
    return {"type": "input_image", "image_url": url, "detail": "auto"}


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = "{}" if arguments_object(call.arguments) is None else call.arguments
    return {
        "type": "function_call",
        "call_id": call.id,
        "name": call.name,
        "arguments": arguments,
    }


def _output(result: ToolResult) -> dict[str, Any]:
    output: str | list[dict[str, Any]] = result.text
    if result.images:
        text = [_content(Text(result.text))] if result.text.strip() else []
        output = [*text, *(_content(image) for image in result.images)]
    return {"type": "function_call_output", "call_id": result.call_id, "output": output}


def _tool(tool: ToolSchema) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        # Left out, it means yes, and then few schemas are taken as they are.
        "strict": False,
    }

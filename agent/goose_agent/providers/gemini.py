"""Google's Gemini API."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Raw

from goose_agent.growing import Chain
from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.catalogue import thinking_of
from goose_agent.providers.efforts import USUAL_EFFORTS, ThinkingKind, budget_of, nearest
from goose_agent.providers.encoder import Encoder
from goose_agent.providers.encoding import as_body, encoded_once, encoding
from goose_agent.providers.gemini_answer import WIRE, GeminiAnswer, Place
from goose_agent.providers.gemini_schema import cleaned
from goose_agent.providers.history import exchanging, settling
from goose_agent.providers.model import ModelInfo, ModelRequest, Piece
from goose_agent.providers.picture_limits import PICTURES, PictureLimits
from goose_agent.providers.seals import unpack
from goose_agent.providers.sse import EventDecoder, WholeBody
from goose_agent.providers.transport import HttpModel, Transport
from goose_agent.providers.wire import arguments_object, text_at

__all__ = ["GeminiModel", "thinking_like"]

# What the service takes for a call whose signature is another model's or was lost:
# https://ai.google.dev/gemini-api/docs/thought-signatures
_NO_SIGNATURE = "skip_thought_signature_validator"

# What the schema of a tool without parameters consists of: it is to be left out.
_BARE = {"type", "title", "description", "required", "additionalProperties"}
_NEW = re.compile(r"gemini-([3-9]|[1-9]\d)")


def thinking_like(name: str) -> ThinkingKind | None:
    """How a model thinks, whoever serves it; None where that is not known.

    Args:
        name: `provider/model`.
    """
    model = name.partition("/")[2].removeprefix("models/")
    found = thinking_of(name) or thinking_of(f"gemini/{model}")
    if found is None and _NEW.match(model):
        # All of these think, and refuse calls whose thoughts are missing.
        return ThinkingKind("levels", USUAL_EFFORTS)
    return found


class GeminiModel(HttpModel):
    """A model behind the Gemini API.

    Args:
        info: what is known of it; the part of its name behind the first slash goes on the wire.
        transport: reaches the service; its address ends where `/models` begins.
        thinking: how the model thinks.
        streams: whether the service can send an answer as it is made.
        path: where its models are, below the service's address.
    """

    # A request may have 20 MB, pictures in base64 included.
    pictures = PictureLimits(
        tuple(kind for kind in PICTURES if kind != "image/gif"), total=14_000_000
    )

    def __init__(
        self,
        info: ModelInfo,
        transport: Transport,
        thinking: ThinkingKind | None = None,
        *,
        streams: bool = True,
        path: str = "models",
    ) -> None:
        super().__init__(info, transport, thinking, streams=streams)
        self._path = path
        self._encoded: Chain[Message, Raw] = Chain(
            *settling(self._info.shown_types), *exchanging(), encoding(self._contents)
        )

    @property
    def encoder(self) -> Encoder:
        """How it encodes requests."""
        return Encoder("gemini", self._info, self._thinking, self._streams)

    @encoded_once
    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        body: dict[str, Any] = {}
        if request.system.strip():
            body["systemInstruction"] = {"parts": [{"text": request.system}]}
        if request.tools:
            body["tools"] = [{"functionDeclarations": _declarations(request)}]
        body["contents"] = self._encoded.of(request.ended_messages)
        if config := self._thinking_config(request):
            body["generationConfig"] = {"thinkingConfig": config}
        return as_body(body)

    def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        model = quote(self.wire_name.removeprefix("models/"), safe="")
        verb = "streamGenerateContent?alt=sse" if self._streams else "generateContent"
        return self._transport.answer(
            f"{self._path}/{model}:{verb}",
            self.encode(request),
            EventDecoder() if self._streams else WholeBody(),
            GeminiAnswer(self._transport.service, self.wire_name),
        )

    def _thinking_config(self, request: ModelRequest) -> dict[str, Any]:
        kind, effort = self._thinking, request.effort
        if not kind.mode:
            return {}
        config: dict[str, Any] = {"includeThoughts": True}
        if effort is None:
            return config
        if kind.mode == "levels":
            return config | {"thinkingLevel": nearest(effort, kind.efforts).upper()}
        if effort == "off":
            # Where nothing turns it off, the least comes closest.
            return {"thinkingBudget": 0 if kind.off else kind.budget[0]}
        return config | {"thinkingBudget": budget_of(effort, *kind.budget)}

    def _contents(self, message: Message) -> Iterator[dict[str, Any]]:
        if message.role == "assistant":
            yield {"role": "model", "parts": self._said(message.parts)}
        else:
            yield {"role": "user", "parts": list(self._given(message.parts))}

    def _given(self, parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
        results = [part for part in parts if isinstance(part, ToolResult)]
        nested = self._thinking.mode == "levels"
        yield from (_response(result, nested) for result in results)
        if not nested:
            # The models before these know no pictures inside of results.
            yield from (_image(image) for result in results for image in result.images)
        for part in parts:
            if isinstance(part, Text):
                yield {"text": part.text}
            elif isinstance(part, Image):
                yield _image(part)

    def _said(self, parts: Sequence[Part]) -> list[dict[str, Any]]:
        """What the model said, each signature with the part it came with."""
        said: list[dict[str, Any]] = []
        signature = ""
        called = False
        for part in parts:
            if isinstance(part, Thinking):
                place, found = self._signature(part)
                if place == "text" and said and _is_text(said[-1]):
                    said[-1]["thoughtSignature"] = found
                elif place == "thought":
                    said.append({"text": part.text, "thought": True, "thoughtSignature": found})
                elif place == "call":
                    signature = found
            elif isinstance(part, Text):
                said.append({"text": part.text})
            elif isinstance(part, ToolCall):
                said.append(_call(part))
                if not called and self._thinking.mode == "levels":
                    # These models refuse a first call without.
                    signature = signature or _NO_SIGNATURE
                if signature:
                    said[-1]["thoughtSignature"] = signature
                called, signature = True, ""
        return said

    def _signature(self, thought: Thinking) -> tuple[Place | str, str]:
        """The part that a signature belongs to, and it; both empty where it is not ours."""
        sealed = unpack(thought.signature, WIRE, self.wire_name) or {}
        return text_at(sealed, "on"), text_at(sealed, "signature")


def _declarations(request: ModelRequest) -> list[dict[str, Any]]:
    declarations = []
    for tool in request.stable_tools:
        declaration: dict[str, Any] = {"name": tool.name, "description": tool.description}
        schema = cleaned(tool.parameters)
        if schema.keys() - _BARE:
            declaration["parametersJsonSchema"] = schema
        declarations.append(declaration)
    return declarations


def _is_text(part: dict[str, Any]) -> bool:
    return "text" in part and "thought" not in part


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = arguments_object(call.arguments) or {}
    return {"functionCall": {"id": call.id, "name": call.name, "args": arguments}}


def _response(result: ToolResult, nested: bool) -> dict[str, Any]:
    outcome = {"error" if result.is_error else "output": result.text}
    response: dict[str, Any] = {"id": result.call_id, "name": result.name, "response": outcome}
    if nested and result.images:
        response["parts"] = [_image(image) for image in result.images]
    return {"functionResponse": response}


def _image(image: Image) -> dict[str, Any]:
    data = base64.b64encode(image.data).decode("ascii")
    return {"inlineData": {"mimeType": image.media_type, "data": data}}

"""All that the body of a request depends on beside the request: put on record, so that it can be made anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec
from msgspec import Struct, field

from goose_agent.decoding import converted, decoder_of
from goose_agent.errors import StoreError
from goose_agent.providers.efforts import ThinkingKind
from goose_agent.providers.model import ConnectedModel, ModelInfo

__all__ = ["Encoded", "Encoder", "encoder_from", "encoder_to", "encoding_model"]

Wire = Literal["openai", "openai_responses", "anthropic", "gemini", "ollama", "bedrock", "scripted"]


class Encoder(Struct, frozen=True, omit_defaults=True):
    """How a model encodes requests: no address, no key."""

    wire: Wire
    """The format that it speaks."""
    info: ModelInfo
    thinking: ThinkingKind = ThinkingKind()
    streams: bool = True
    dialect: Mapping[str, Any] = field(default_factory=dict)
    """The fields of an `OpenAIDialect`."""
    efforts: tuple[str, ...] | None = None
    """The words for its reasoning effort, where the Responses API is spoken."""
    version: str = ""
    """Of Anthropic's format, where the body names it."""
    claude: str = ""
    """Anthropic's own name of a model on Bedrock."""
    shim: Literal["", "printed", "held"] = ""
    """Whether its calls are read from its text, and whether a schema holds that."""


@runtime_checkable
class Encoded(Protocol):
    """A model that can tell how it encodes."""

    @property
    def encoder(self) -> Encoder | None:
        """How it encodes requests; None where what it stands before cannot tell."""


def encoder_to(encoder: Encoder) -> bytes:
    """As it is put on record."""
    return msgspec.json.encode(encoder)


def encoder_from(body: bytes) -> Encoder:
    """From the record.

    Raises:
        StoreError: another version wrote it, or it is damaged.
    """
    try:
        return decoder_of(Encoder).decode(body)
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"How the request was encoded cannot be read: {error}.",
            "It may have been written by another version.",
        ) from error


def encoding_model(encoder: Encoder) -> ConnectedModel:
    """A model that encodes just so; it reaches nobody."""
    made = _plain(encoder)
    if not encoder.shim:
        return made
    from goose_agent.providers.tool_shim import ShimModel

    return ShimModel(made, constrained=encoder.shim == "held")


def _plain(encoder: Encoder) -> ConnectedModel:
    from goose_agent.providers.service import Service
    from goose_agent.providers.transport import Transport

    info, thinking, streams = encoder.info, encoder.thinking, encoder.streams
    nowhere = Transport(Service("nobody", "http://localhost"))
    match encoder.wire:
        case "openai":
            from goose_agent.providers.openai import OpenAIDialect, OpenAIModel

            dialect = converted(dict(encoder.dialect), OpenAIDialect)
            return OpenAIModel(info, nowhere, dialect)
        case "openai_responses":
            from goose_agent.providers.openai_responses import ResponsesModel

            return ResponsesModel(info, nowhere, encoder.efforts, streams=streams)
        case "anthropic":
            from goose_agent.providers.anthropic import AnthropicModel

            version = encoder.version
            return AnthropicModel(info, nowhere, thinking, streams=streams, version=version)
        case "gemini":
            from goose_agent.providers.gemini import GeminiModel

            return GeminiModel(info, nowhere, thinking, streams=streams)
        case "ollama":
            from goose_agent.providers.ollama import OllamaModel

            return OllamaModel(info, nowhere, thinking, streams=streams)
        case "bedrock":
            from goose_agent.providers.converse import ConverseModel

            claude = encoder.claude
            return ConverseModel(info, nowhere, thinking, claude=claude, streams=streams)
        case "scripted":
            from goose_agent.providers.script import Script
            from goose_agent.providers.scripted import ScriptedModel

            return ScriptedModel(Script(answers=(), window=info.window), name=info.name)

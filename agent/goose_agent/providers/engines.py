"""The wire formats a definition can name, one entry each: how it is addressed, and its model class.

A new wire format is a module with a model class and an entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from goose_agent.providers.definition import Definition
from goose_agent.providers.model import ConnectedModel, ModelInfo
from goose_agent.providers.service import Service

if TYPE_CHECKING:
    from goose_agent.providers.body import Timeouts

__all__ = ["ENGINES", "Engine"]


class Engine(Struct, frozen=True):
    """A wire format."""

    build: Callable[[Definition, ModelInfo, Service], ConnectedModel]
    """Makes a model; imports its class, since most sessions need one of them."""
    endings: tuple[str, ...]
    """Ends of addresses that name an endpoint and not where endpoints begin."""
    root: str = ""
    """The path of an address that has none."""
    key_header: str = "Authorization: Bearer {}"
    headers: Mapping[str, str] = field(default_factory=dict)
    models_path: str = "models"
    """Where the list of models is."""


def _openai(definition: Definition, info: ModelInfo, service: Service) -> ConnectedModel:
    from goose_agent.providers.openai import OpenAIDialect, OpenAIModel
    from goose_agent.providers.transport import Transport

    dialect = OpenAIDialect(
        returns_thinking=definition.preserves_thinking,
        streams=definition.supports_streaming,
        counts_on_request=definition.supports_stream_options,
    )
    return OpenAIModel(info, Transport(service, timeouts=_patience(definition)), dialect)


def _responses(definition: Definition, info: ModelInfo, service: Service) -> ConnectedModel:
    from goose_agent.providers.catalogue import thinking_of
    from goose_agent.providers.openai_responses import ResponsesModel
    from goose_agent.providers.transport import Transport

    # Who else speaks this serves OpenAI's models under their own names.
    thinking = thinking_of(info.name) or thinking_of(f"openai/{info.name.partition('/')[2]}")
    efforts = None if thinking is None else thinking.efforts
    transport = Transport(service, timeouts=_patience(definition))
    return ResponsesModel(info, transport, efforts, streams=definition.supports_streaming)


def _anthropic(definition: Definition, info: ModelInfo, service: Service) -> ConnectedModel:
    from goose_agent.providers.anthropic import AnthropicModel
    from goose_agent.providers.transport import Transport

    transport = Transport(service, timeouts=_patience(definition))
    return AnthropicModel(info, transport, streams=definition.supports_streaming)


def _gemini(definition: Definition, info: ModelInfo, service: Service) -> ConnectedModel:
    from goose_agent.providers.gemini import GeminiModel, thinking_like
    from goose_agent.providers.transport import Transport

    transport = Transport(service, timeouts=_patience(definition))
    streams = definition.supports_streaming
    return GeminiModel(info, transport, thinking_like(info.name), streams=streams)


def _ollama(definition: Definition, info: ModelInfo, service: Service) -> ConnectedModel:
    from goose_agent.providers.ollama import OllamaModel
    from goose_agent.providers.transport import Transport

    transport = Transport(service, timeouts=_patience(definition))
    return OllamaModel(info, transport, streams=definition.supports_streaming)


def _patience(definition: Definition) -> Timeouts | None:
    from goose_agent.providers.body import Timeouts

    return Timeouts(idle=definition.timeout_seconds) if definition.timeout_seconds else None


ENGINES: Mapping[str, Engine] = {
    "openai": Engine(_openai, ("/chat/completions",), root="/v1"),
    "openai_responses": Engine(_responses, ("/responses",), root="/v1"),
    "anthropic": Engine(
        _anthropic,
        ("/v1/messages", "/v1"),
        key_header="x-api-key: {}",
        headers={"anthropic-version": "2023-06-01"},
        models_path="v1/models?limit=1000",
    ),
    "gemini": Engine(
        _gemini,
        ("/models",),
        root="/v1beta",
        key_header="x-goog-api-key: {}",
        models_path="models?pageSize=1000",
    ),
    "ollama": Engine(
        _ollama, ("/v1/chat/completions", "/api/chat", "/v1", "/api"), models_path="api/tags"
    ),
}
"""Every wire format by the name that definitions use."""

"""The wire formats a definition can name, one entry each: how it is addressed, and its model class.

A new wire format is a module with a model class and an entry here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct, field

from goose_agent.providers.definition import Definition
from goose_agent.providers.efforts import free_of_history
from goose_agent.providers.model import ConnectedModel, ModelInfo
from goose_agent.providers.service import Authority, Service

if TYPE_CHECKING:
    from goose_agent.providers.body import Timeouts

__all__ = ["ENGINES", "Engine"]

_CLAUDE_ON_BEDROCK = re.compile(
    r"(?:\A|[./])anthropic\.(claude-[\w.-]+?)(?:-v\d+)?(?::[\w:]+)?\Z", re.ASCII
)
"""In a model's id, in that of an inference profile, or in an address that ends in one."""
_VERTEX_HOSTS = {
    "global": "aiplatform.googleapis.com",
    "us": "aiplatform.us.rep.googleapis.com",
    "eu": "aiplatform.eu.rep.googleapis.com",
}


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
    address_variable: str = ""
    """The variable of an address that takes the place of the definition's."""
    authority: Callable[[Mapping[str, str], str], Authority] | None = None
    """Makes what opens the service from the environment and the key, which may be empty."""
    settled: Callable[[str], str] = str
    """The address as it is meant, from one whose places are filled."""
    original: Callable[[str], str] = lambda model: ""
    """The catalogue's name, as `provider/model`, of a model that is another's; empty for none."""


def _openai(definition: Definition, info: ModelInfo, service: Service) -> ConnectedModel:
    from goose_agent.providers.openai import OpenAIDialect, OpenAIModel
    from goose_agent.providers.transport import Transport

    dialect = OpenAIDialect(
        returns_thinking=definition.preserves_thinking,
        streams=definition.supports_streaming,
        counts_on_request=definition.supports_stream_options,
        holds_schemas=definition.holds_schemas,
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


def _bedrock(definition: Definition, info: ModelInfo, service: Service) -> ConnectedModel:
    from goose_agent.providers.catalogue import thinking_of
    from goose_agent.providers.converse import ConverseModel
    from goose_agent.providers.transport import Transport

    original = _on_bedrock(info.name.partition("/")[2])
    return ConverseModel(
        info,
        Transport(service, timeouts=_patience(definition)),
        free_of_history(thinking_of(original)),
        claude=original.partition("/")[2],
        streams=definition.supports_streaming,
    )


def _on_bedrock(model: str) -> str:
    found = _CLAUDE_ON_BEDROCK.search(model)
    return f"anthropic/{found[1]}" if found else ""


def _vertex(definition: Definition, info: ModelInfo, service: Service) -> ConnectedModel:
    from goose_agent.providers.transport import Transport

    transport = Transport(service, timeouts=_patience(definition))
    streams = definition.supports_streaming
    model = info.name.partition("/")[2]
    original = _on_vertex(model)
    if not original.startswith("anthropic/"):
        from goose_agent.providers.gemini import GeminiModel, thinking_like

        path = "publishers/google/models"
        return GeminiModel(info, transport, thinking_like(info.name), streams=streams, path=path)
    from goose_agent.providers.anthropic import AnthropicModel
    from goose_agent.providers.catalogue import thinking_of

    verb = "streamRawPredict" if streams else "rawPredict"
    return AnthropicModel(
        info,
        transport,
        free_of_history(thinking_of(original)),
        streams=streams,
        path=f"publishers/anthropic/models/{quote(model, safe='@')}:{verb}",
        version="vertex-2023-10-16",
    )


def _on_vertex(model: str) -> str:
    return f"{'anthropic' if model.startswith('claude') else 'gemini'}/{model}"


def _vertex_address(url: str) -> str:
    """Places that are no single region have hosts of their own kind."""
    for place, host in _VERTEX_HOSTS.items():
        url = url.replace(f"//{place}-aiplatform.googleapis.com", f"//{host}")
    return url


def _aws(environ: Mapping[str, str], key: str) -> Authority:
    from goose_agent.providers.aws_access import aws_authority

    return aws_authority(environ, key)


def _google(environ: Mapping[str, str], key: str) -> Authority:
    from goose_agent.providers.google_access import google_authority

    return google_authority()


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
    "bedrock": Engine(
        _bedrock,
        ("/model",),
        address_variable="AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        authority=_aws,
        original=_on_bedrock,
    ),
    "vertex": Engine(
        _vertex,
        (),
        root="/v1/projects/${GOOGLE_CLOUD_PROJECT}/locations/${GOOGLE_CLOUD_LOCATION}",
        address_variable="GOOGLE_VERTEX_BASE_URL",
        authority=_google,
        settled=_vertex_address,
        original=_on_vertex,
    ),
}
"""Every wire format by the name that definitions use."""

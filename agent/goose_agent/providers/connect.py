"""From a model's name to the model: `openai/…`, `anthropic/…`, `ollama/…`, `scripted/PATH`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

from goose_agent.errors import ConfigError, NoModel
from goose_agent.providers.detection import Detection, Sighting, detect, find_default
from goose_agent.providers.model import Model, ModelInfo
from goose_agent.providers.places import (
    anthropic_service,
    ollama_service,
    openai_service,
    own_secrets,
    value_of,
)
from goose_agent.providers.service import Service

__all__ = [
    "ConnectedModel",
    "Detection",
    "Sighting",
    "connect",
    "detect",
    "find_default",
    "own_secrets",
]

_PROVIDERS = ("anthropic", "openai", "ollama", "scripted")
_OLLAMA_WINDOW = 32_768
_BINDING_CONTROLS = "thinking-binding-controls-2026-08-01"
# Services whose thinking models refuse a conversation in which their reasoning is missing.
_WANT_THINKING_BACK = ("deepseek.com", "moonshot.ai", "moonshot.cn")


class ConnectedModel(Model, Protocol):
    """A model that holds connections."""

    async def warm(self) -> None:
        """Load what the first request needs, so that it need not wait for that."""

    async def aclose(self) -> None:
        """Close the connections."""


def connect(name: str, environ: Mapping[str, str]) -> ConnectedModel:
    """The model of this name; nothing is sent yet.

    Args:
        name: `provider/model`.
        environ: keys and addresses, and `GOOSE_CONTEXT_LIMIT` for the window in tokens.

    Raises:
        NoModel: the name is empty or names no provider.
        ConfigError: a key is missing, or a variable or a script is wrong.
    """
    provider, slash, model = name.strip().partition("/")
    if not provider:
        raise NoModel("No model is chosen.", "Name one as provider/model.")
    if provider not in _PROVIDERS:
        raise NoModel(f"There is no provider {provider}.", f"Known are {', '.join(_PROVIDERS)}.")
    if not slash or not model:
        raise NoModel(f"{name} names no model.", f"Write it as {provider}/model.")
    if provider == "scripted":
        return _scripted(name, model, environ)
    if provider == "openai":
        return _openai(_info(name, environ), environ)
    if provider == "anthropic":
        return _anthropic(_info(name, environ), environ)
    return _ollama(_info(name, environ), environ)


def _openai(info: ModelInfo, environ: Mapping[str, str]) -> ConnectedModel:
    from goose_agent.providers.catalogue import trait
    from goose_agent.providers.openai import OpenAIDialect, OpenAIModel
    from goose_agent.providers.transport import Transport

    service = openai_service(environ)
    host = service.place.rpartition(":")[0] or service.place
    dialect = OpenAIDialect(
        returns_thinking=host.endswith(_WANT_THINKING_BACK),
        effort_with_tools=trait(info.name, "effort_with_tools") if _is_openai(service) else "",
    )
    return OpenAIModel(info, Transport(service), dialect)


def _anthropic(info: ModelInfo, environ: Mapping[str, str]) -> ConnectedModel:
    from goose_agent.providers.anthropic import AnthropicModel, ThinkingMode
    from goose_agent.providers.catalogue import trait
    from goose_agent.providers.transport import Transport

    thinking = cast("ThinkingMode", trait(info.name, "thinking"))
    service = anthropic_service(environ, _BINDING_CONTROLS if thinking == "bound" else "")
    return AnthropicModel(info, Transport(service), thinking)


def _ollama(info: ModelInfo, environ: Mapping[str, str]) -> ConnectedModel:
    from goose_agent.providers.ollama import OllamaModel
    from goose_agent.providers.transport import Transport

    if _limit(environ) is None:
        # Memory grows with the window that is asked for: the model's whole one may not fit.
        info = replace(info, window=min(info.window or _OLLAMA_WINDOW, _OLLAMA_WINDOW))
    return OllamaModel(info, Transport(ollama_service(environ)))


def _scripted(name: str, path: str, environ: Mapping[str, str]) -> ConnectedModel:
    from goose_agent.providers.scripted import ScriptedModel

    speed = value_of(environ, "GOOSE_SCRIPT_SPEED") or "1"
    try:
        factor = float(speed)
    except ValueError:
        factor = -1.0
    if not 0 <= factor < 1000:
        raise ConfigError(
            "GOOSE_SCRIPT_SPEED is not a factor.", "Set it to a number: 1 as written, 0 no pauses."
        )
    return ScriptedModel.load(Path(path).expanduser(), name=name, speed=factor)


def _info(name: str, environ: Mapping[str, str]) -> ModelInfo:
    from goose_agent.providers.catalogue import lookup

    info = lookup(name)
    limit = _limit(environ)
    return info if limit is None else replace(info, window=limit)


def _limit(environ: Mapping[str, str]) -> int | None:
    text = value_of(environ, "GOOSE_CONTEXT_LIMIT")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError("GOOSE_CONTEXT_LIMIT is not a number of tokens.", "Set it to one.")
    return int(text)


def _is_openai(service: Service) -> bool:
    return service.name == "OpenAI"

"""From a model's name to the model: `openai/…`, `gemini/…`, `groq/…`, `scripted/PATH`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from goose_agent.errors import ConfigError, NoModel
from goose_agent.evolve import evolve
from goose_agent.providers.detection import ALIASES, Detection, Sighting, detect, find_default
from goose_agent.providers.model import ConnectedModel, ModelInfo
from goose_agent.providers.places import (
    anthropic_service,
    gemini_service,
    ollama_service,
    openai_service,
    own_secrets,
    value_of,
)
from goose_agent.providers.service import Service

if TYPE_CHECKING:
    from goose_agent.providers.body import Timeouts
    from goose_agent.providers.definition import Definition
    from goose_agent.providers.shelf import Shelf

__all__ = [
    "ALIASES",
    "ConnectedModel",
    "Detection",
    "Sighting",
    "connect",
    "definition_of",
    "detect",
    "find_default",
    "own_secrets",
    "reach",
    "value_of",
]

_BUILT_IN: Mapping[str, Callable[[Mapping[str, str]], Service]] = {
    "anthropic": anthropic_service,
    "openai": openai_service,
    "gemini": gemini_service,
    "ollama": ollama_service,
}
_SCRIPTED = "scripted"
_OLLAMA_WINDOW = 32_768
_ON = frozenset({"1", "true", "on", "yes"})
_OFF = frozenset({"0", "false", "off", "no"})
_BINDING_CONTROLS = "thinking-binding-controls-2026-08-01"
# Services whose thinking models refuse a conversation in which their reasoning is missing.
_WANT_THINKING_BACK = ("deepseek.com", "moonshot.ai", "moonshot.cn")


def connect(name: str, environ: Mapping[str, str], shelf: Shelf | None = None) -> ConnectedModel:
    """The model of this name; nothing is sent yet.

    Args:
        name: `provider/model`.
        environ: keys and addresses, `GOOSE_CONTEXT_LIMIT` for the window in tokens,
            `GOOSE_STREAM_TIMEOUT` for the seconds in which nothing whole may come, `GOOSE_TOOLSHIM`
            for whether calls are read from the model's text, `GOOSE_TUI_LEAN` for whether it gets a
            short prompt and few tools, `GOOSE_TUI_REQUESTS` for a folder in
            which the last raw requests are kept, and `OPENAI_WIRE` for the wire format of OpenAI,
            `responses` or `chat`.
        shelf: the providers there are; by default those that ship.

    Raises:
        NoModel: the name is empty or names no provider.
        ConfigError: a key is missing, or a variable, a definition or a script is wrong.
    """
    provider, slash, model = name.strip().partition("/")
    provider = ALIASES.get(provider, provider)
    if not provider:
        raise NoModel("No model is chosen.", "Name one as provider/model.")
    known = provider in _BUILT_IN or provider == _SCRIPTED
    # Definitions are files that must be read: most sessions need none of them to begin.
    definition = None if known else definition_of(provider, shelf)
    if not slash or not model:
        raise NoModel(f"{name} names no model.", f"Write it as {provider}/model.")
    made = (
        _scripted(name, model, environ)
        if provider == _SCRIPTED
        else _connected(f"{provider}/{model}", definition, environ, shelf)
    )
    if folder := value_of(environ, "GOOSE_TUI_REQUESTS"):
        from goose_agent.providers.transport import HttpModel

        if isinstance(made, HttpModel):
            made.keep_requests(Path(folder))
    if not _wants_shim(made.info, environ):
        return made
    from goose_agent.providers.tool_shim import ShimModel

    engine = definition.engine if definition is not None else provider
    held = engine == "ollama" or (definition is not None and definition.holds_schemas)
    return ShimModel(made, constrained=held)


def _connected(
    name: str, definition: Definition | None, environ: Mapping[str, str], shelf: Shelf | None
) -> ConnectedModel:
    provider = name.partition("/")[0]
    service = _BUILT_IN[provider](environ) if definition is None else reach(definition, environ)
    info = _info(name, definition, service, environ, shelf)
    idle = _idle_limit(environ)
    if definition is None:
        from goose_agent.providers.body import Timeouts

        timeouts = Timeouts() if idle is None else Timeouts(idle=idle)
        return _CONNECTORS[provider](info, service, timeouts, environ)
    from goose_agent.providers.engines import ENGINES

    if idle is not None:
        definition = replace(definition, timeout_seconds=idle)
    return ENGINES[definition.engine].build(definition, info, service)


def _wants_shim(info: ModelInfo, environ: Mapping[str, str]) -> bool:
    """Whether the model's calls are to be read from its text: as the person says, else as known."""
    said = _switched(environ, "GOOSE_TOOLSHIM")
    return info.tool_shim if said is None else said


def _switched(environ: Mapping[str, str], name: str) -> bool | None:
    """What a person switched on or off; None where they leave it."""
    word = value_of(environ, name).lower()
    return word in _ON if word in _ON or word in _OFF else None


def definition_of(provider: str, shelf: Shelf | None = None) -> Definition:
    """The provider of this name.

    Args:
        provider: its name.
        shelf: the providers there are; by default those that ship.

    Raises:
        NoModel: there is none.
        ConfigError: its definition is wrong.
    """
    from goose_agent.providers.shelf import Shelf

    shelf = shelf or Shelf()
    definition = shelf.find(ALIASES.get(provider, provider))
    if definition is not None:
        return definition
    import difflib

    near = difflib.get_close_matches(provider, shelf.definitions, 1)
    meant = f"Did you mean {near[0]}? " if near else ""
    more = len(shelf.definitions) - len(_BUILT_IN)
    raise NoModel(
        f"There is no provider {provider}.",
        f"{meant}Known are {', '.join(_BUILT_IN)}, {_SCRIPTED} and {more} more: "
        "goose-tui providers list",
    )


def reach(definition: Definition, environ: Mapping[str, str]) -> Service:
    """Where a provider is, and what opens it.

    Raises:
        ConfigError: a key or another variable is missing or malformed.
    """
    if (built_in := _BUILT_IN.get(definition.name)) is not None:
        return built_in(environ)
    from goose_agent.providers.declared import service_of

    return service_of(definition, environ)


def _openai(
    info: ModelInfo, service: Service, timeouts: Timeouts, environ: Mapping[str, str]
) -> ConnectedModel:
    from goose_agent.providers.catalogue import thinking_of, trait
    from goose_agent.providers.transport import Transport

    thinking = thinking_of(info.name)
    efforts = None if thinking is None else thinking.efforts
    if _speaks_responses(service, environ):
        from goose_agent.providers.openai_responses import ResponsesModel

        return ResponsesModel(info, Transport(service, timeouts=timeouts), efforts)
    from goose_agent.providers.openai import OpenAIDialect, OpenAIModel

    host = service.place.rpartition(":")[0] or service.place
    dialect = OpenAIDialect(
        returns_thinking=host.endswith(_WANT_THINKING_BACK),
        effort_with_tools=trait(info.name, "effort_with_tools") if _is_openai(service) else "",
        efforts=efforts,
    )
    return OpenAIModel(info, Transport(service, timeouts=timeouts), dialect)


def _speaks_responses(service: Service, environ: Mapping[str, str]) -> bool:
    """Whether to use the Responses API: OpenAI itself wants it for models that reason."""
    wire = value_of(environ, "OPENAI_WIRE").lower()
    if wire not in {"", "responses", "chat"}:
        raise ConfigError(
            "OPENAI_WIRE names no wire format.", "Set it to responses or chat, or leave it out."
        )
    return wire == "responses" or (not wire and _is_openai(service))


def _anthropic(
    info: ModelInfo, service: Service, timeouts: Timeouts, environ: Mapping[str, str]
) -> ConnectedModel:
    from goose_agent.providers.anthropic import AnthropicModel
    from goose_agent.providers.catalogue import thinking_of
    from goose_agent.providers.transport import Transport

    thinking = thinking_of(info.name)
    if thinking is not None and thinking.mode == "bound":
        service = anthropic_service(environ, _BINDING_CONTROLS)
    return AnthropicModel(info, Transport(service, timeouts=timeouts), thinking)


def _gemini(
    info: ModelInfo, service: Service, timeouts: Timeouts, environ: Mapping[str, str]
) -> ConnectedModel:
    from goose_agent.providers.gemini import GeminiModel, thinking_like
    from goose_agent.providers.transport import Transport

    return GeminiModel(info, Transport(service, timeouts=timeouts), thinking_like(info.name))


def _ollama(
    info: ModelInfo, service: Service, timeouts: Timeouts, environ: Mapping[str, str]
) -> ConnectedModel:
    from goose_agent.providers.catalogue import thinking_of
    from goose_agent.providers.ollama import OllamaModel
    from goose_agent.providers.transport import Transport

    return OllamaModel(info, Transport(service, timeouts=timeouts), thinking_of(info.name))


_Connector = Callable[["ModelInfo", "Service", "Timeouts", Mapping[str, str]], ConnectedModel]

_CONNECTORS: Mapping[str, _Connector] = {
    "anthropic": _anthropic,
    "openai": _openai,
    "gemini": _gemini,
    "ollama": _ollama,
}


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


def _info(
    name: str,
    definition: Definition | None,
    service: Service,
    environ: Mapping[str, str],
    shelf: Shelf | None,
) -> ModelInfo:
    """What is known of a model, with the window that is asked for."""
    info = _known(name, definition, service, shelf)
    if (lean := _switched(environ, "GOOSE_TUI_LEAN")) is not None:
        info = evolve(info, lean=lean)
    limit = _limit(environ)
    if limit is not None:
        return evolve(info, window=limit)
    if name.startswith("ollama/") or (definition is not None and definition.engine == "ollama"):
        # Memory grows with the window that is asked for: the model's whole one may not fit.
        return evolve(info, window=min(info.window or _OLLAMA_WINDOW, _OLLAMA_WINDOW))
    return info


def _known(
    name: str, definition: Definition | None, service: Service, shelf: Shelf | None
) -> ModelInfo:
    """What the definition, the catalogue or the provider's own list says, in this order."""
    models = definition.models if definition is not None else ()
    info = next((each.info for each in models if each.info.name == name), None)
    if info is None:
        info = _catalogued(name, definition)
    if shelf is None or shelf.lists is None or (info.window and info.input_price is not None):
        return info
    from goose_agent.providers.model_lists import kept_list

    kept = kept_list(shelf.lists, name.partition("/")[0], service.place)
    found = kept.find(name) if kept is not None else None
    return _completed(info, found.info) if found is not None else info


def _catalogued(name: str, definition: Definition | None) -> ModelInfo:
    from goose_agent.providers.catalogue import lookup, lookup_like

    if definition is None:
        return lookup(name)
    from goose_agent.providers.engines import ENGINES

    original = ENGINES[definition.engine].original(name.partition("/")[2])
    return lookup_like(name, original) if original else lookup(name)


def _completed(info: ModelInfo, more: ModelInfo) -> ModelInfo:
    """What is known of a model, and where nothing is, what the provider's list says."""
    window = info.window or more.window
    output = info.max_output or more.max_output
    priced = info if info.input_price is not None else more
    return evolve(
        priced,
        window=window,
        max_output=output,
        sees=info.sees,
        tool_shim=info.tool_shim,
        tiny_prompt=info.tiny_prompt,
    )


def _idle_limit(environ: Mapping[str, str]) -> float | None:
    """Seconds in which nothing whole may come, where the person says."""
    text = value_of(environ, "GOOSE_STREAM_TIMEOUT")
    if not text:
        return None
    try:
        idle = float(text)
    except ValueError:
        idle = 0.0
    if not 0 < idle < 1e9:
        raise ConfigError("GOOSE_STREAM_TIMEOUT is not a number of seconds.", "Set it to one.")
    return idle


def _limit(environ: Mapping[str, str]) -> int | None:
    text = value_of(environ, "GOOSE_CONTEXT_LIMIT")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError("GOOSE_CONTEXT_LIMIT is not a number of tokens.", "Set it to one.")
    return int(text)


def _is_openai(service: Service) -> bool:
    return service.name == "OpenAI"

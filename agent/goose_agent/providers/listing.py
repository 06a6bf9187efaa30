"""Asking a provider for its models: windows, prices and abilities, as far as its own list tells.

Services put the same facts under many names; what is not recognised is left out, never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import anyio

from goose_agent.errors import BadAnswer, ProviderError
from goose_agent.providers.body import Timeouts
from goose_agent.providers.definition import Definition, ListedModel
from goose_agent.providers.encoding import as_body
from goose_agent.providers.engines import ENGINES
from goose_agent.providers.model import ModelInfo
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport
from goose_agent.providers.wire import count_at, list_at, object_at, text_at

__all__ = ["list_models"]

_PATIENCE = 15.0
"""Seconds without an answer."""
_MOST = 2000
"""Models of one list."""
_MOST_SHOWN = 100
"""Models of a local server that are looked at one by one."""
_AT_ONCE = 4
_WINDOWS = (
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_input_tokens",
    "context_size",
    "loaded_context_length",
    "inputTokenLimit",
)
_OUTPUTS = ("max_output_tokens", "max_completion_tokens", "max_tokens", "outputTokenLimit")
_NO_CHAT = ("embedding", "image", "audio", "moderation", "rerank", "transcribe", "video", "tts")
"""Kinds of models that do not converse, by what their kind begins with."""


async def list_models(definition: Definition, service: Service) -> tuple[ListedModel, ...]:
    """The models that a provider says it has.

    Args:
        definition: of the provider.
        service: where it is.

    Raises:
        ProviderError: it cannot be asked, or answers with something else.
    """
    service, path = _address(definition, service)
    transport = Transport(service, timeouts=Timeouts(connect=5.0, idle=_PATIENCE))
    try:
        body = await transport.get(path)
        if definition.engine == "ollama":
            return await _local(definition, transport, _names(body, service))
        entries = _entries(body, service)
        models = tuple(_model(definition.name, _plain(item, definition)) for item in entries)
    finally:
        await transport.aclose()
    return models[:_MOST]


def _address(definition: Definition, service: Service) -> tuple[Service, str]:
    """Whom to ask, and for what."""
    url = definition.models_url
    if not url:
        return service, ENGINES[definition.engine].models_path
    base, _, path = url.rpartition("/")
    if urlsplit(base).netloc != urlsplit(service.base_url).netloc:
        # The key belongs to the one host that it was given for.
        raise ProviderError(
            f"models_url of {definition.name} is on another host than its address.",
            "Put it on the same host, or leave it out.",
        )
    return replace(service, base_url=base), path


def _entries(body: bytes, service: Service) -> Iterator[dict[str, Any]]:
    """What stands in a list of models, but for models that do not converse."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        value = value.get("data", value.get("models"))
    if not isinstance(value, list):
        raise BadAnswer(
            f"{service.name} sent no list of models.", "Name the model: provider/model."
        )
    for item in value:
        if isinstance(item, dict) and _name(item) and _converses(item):
            yield item


def _name(item: Mapping[str, Any]) -> str:
    found = item.get("id") or item.get("name")
    return found if isinstance(found, str) and found.isprintable() and len(found) < 300 else ""


def _converses(item: dict[str, Any]) -> bool:
    kind = text_at(item, "type").lower()
    chat = object_at(item, "capabilities").get("completion_chat", True)
    outputs = list_at(object_at(item, "architecture"), "output_modalities")
    methods = list_at(item, "supportedGenerationMethods")
    return (
        not kind.startswith(_NO_CHAT)
        and chat is not False
        and (not outputs or "text" in outputs)
        and (not methods or "generateContent" in methods)
    )


def _plain(item: dict[str, Any], definition: Definition) -> dict[str, Any]:
    """An entry with the name that a person would write: Gemini lists models as paths."""
    if definition.engine != "gemini":
        return item
    return {**item, "name": _name(item).removeprefix("models/")}


def _model(provider: str, item: dict[str, Any]) -> ListedModel:
    # Some services put the facts one level down.
    hosts = [each for each in list_at(item, "providers") if isinstance(each, dict)]
    top, limits, meta = (object_at(item, key) for key in ("top_provider", "limits", "meta"))
    places = (item, limits, top, *hosts[:1])
    info = ModelInfo(
        f"{provider}/{_name(item)}",
        window=_first(places, _WINDOWS) or count_at(meta, "n_ctx") or None,
        max_output=_first((top, limits, item), _OUTPUTS) or None,
        **_prices(item),
    )
    return ListedModel(info, tuple(_abilities(item)))


def _first(places: tuple[dict[str, Any], ...], keys: tuple[str, ...]) -> int:
    found = (count_at(place, key) for place in places for key in keys)
    return next(filter(None, found), 0)


def _prices(item: dict[str, Any]) -> dict[str, Any]:
    """US dollars for a million tokens."""
    prices = object_at(item, "pricing")
    # Texts are dollars for one token, numbers are dollars for a million.
    factor = 1e6 if isinstance(prices.get("prompt"), str) else 1.0
    names = {
        "input_price": ("prompt", "input"),
        "output_price": ("completion", "output"),
        "cache_read_price": ("input_cache_read", "cached_input"),
        "cache_write_price": ("input_cache_write",),
    }
    found: dict[str, float] = {}
    for field, keys in names.items():
        price = next((p for key in keys if (p := _number(prices.get(key))) is not None), None)
        if price is not None:
            found[field] = round(price * factor, 6)
    return found


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, (str, int, float)) else -1.0
    except ValueError:
        return None
    # Routers say -1 where the price depends on the model they choose.
    return number if 0 <= number < 1e6 else None


def _abilities(item: dict[str, Any]) -> Iterator[str]:
    """What a list says in one of the usual ways."""
    said = item.get("capabilities")
    words = {str(word) for word in said} if isinstance(said, list) else set()
    if isinstance(said, dict):
        words |= {
            str(key) for key, value in said.items() if value and value != {"supported": False}
        }
    words |= {str(word) for word in list_at(item, "supported_parameters")}
    words |= {str(word) for word in list_at(item, "supported_input_modalities")}
    words |= {str(word) for word in list_at(object_at(item, "architecture"), "input_modalities")}
    if words & {"tools", "function_calling", "tool-calling", "tool_use"}:
        yield "tools"
    if words & {"vision", "image", "image_input"}:
        yield "vision"
    if words & {"thinking", "reasoning"} or item.get("thinking") is True:
        yield "thinking"


# Ollama


def _names(body: bytes, service: Service) -> list[str]:
    return [_name(item) for item in _entries(body, service)][:_MOST]


async def _local(
    definition: Definition, transport: Transport, names: list[str]
) -> tuple[ListedModel, ...]:
    """Each model with what its own page says."""
    shown: dict[str, dict[str, Any]] = {}
    few = anyio.CapacityLimiter(_AT_ONCE)

    async def look(name: str) -> None:
        async with few:
            shown[name] = await _shown(transport, name)

    async with anyio.create_task_group() as tasks:
        for name in names[:_MOST_SHOWN]:
            tasks.start_soon(look, name)
    return tuple(_local_model(definition.name, name, shown.get(name, {})) for name in names)


async def _shown(transport: Transport, name: str) -> dict[str, Any]:
    try:
        value = json.loads(await transport.post("api/show", as_body({"model": name})))
    except (ProviderError, ValueError, RecursionError):
        return {}  # the list stands without it
    return value if isinstance(value, dict) else {}


def _local_model(provider: str, name: str, shown: dict[str, Any]) -> ListedModel:
    facts = object_at(shown, "model_info")
    windows = (count_at(facts, key) for key in facts if key.endswith(".context_length"))
    info = ModelInfo(
        f"{provider}/{name}", next(windows, 0) or None, input_price=0.0, output_price=0.0
    )
    return ListedModel(info, tuple(_abilities(shown)))

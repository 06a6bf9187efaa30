"""Finding a model where none is configured: what was looked for, and what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
from msgspec import Struct

from goose_agent.errors import ConfigError, NoModel, ProviderError
from goose_agent.providers.places import ollama_service, value_of
from goose_agent.providers.service import Service

if TYPE_CHECKING:
    from goose_agent.providers.definition import Definition
    from goose_agent.providers.shelf import Shelf

__all__ = ["ALIASES", "Detection", "Sighting", "detect", "find_default"]

_PROBE_SECONDS = 0.3
# `GOOGLE_API_KEY` may be meant for any of Google's services: it says nothing about models.
_KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "openai": "OPENAI_API_KEY",
    "gemini": "GEMINI_API_KEY",
}
_DEFAULTS = {
    "anthropic": "claude-sonnet-5-5",
    "openai": "gpt-6-sol",
    "gemini": "gemini-3.8-flash",
    "ollama": "qwen3-coder",
}
ALIASES = {"google": "gemini", "aws_bedrock": "bedrock", "gcp_vertex_ai": "vertex"}
"""Other names of providers; the longer ones are Goose's."""


class Sighting(Struct, frozen=True):
    """One thing that was looked for."""

    source: str
    """Where: a variable, or an address."""
    found: bool
    detail: str
    """What was seen there, in a few words; never a key."""
    models: tuple[str, ...] = ()
    """What could be used because of it, as `provider/model`, the best first."""


class Detection(Struct, frozen=True):
    """All that was looked for, in the order in which it counts."""

    sightings: tuple[Sighting, ...]

    @property
    def model(self) -> str | None:
        """The model to use, or None."""
        return next((s.models[0] for s in self.sightings if s.found and s.models), None)


async def detect(environ: Mapping[str, str], shelf: Shelf | None = None) -> Detection:
    """Look for models: the configured one, then keys, then an Ollama that answers.

    Args:
        environ: keys and addresses.
        shelf: further providers whose keys count; None for only the built-in ones.
    """
    sightings = [await _configured(environ, shelf)]
    sightings += [_key(environ, provider) for provider in _KEYS]
    sightings += _declared(environ, shelf)
    sightings.append(await _ollama(environ))
    return Detection(tuple(sightings))


async def find_default(environ: Mapping[str, str], shelf: Shelf | None = None) -> str:
    """The model to use where none is named.

    Args:
        environ: keys and addresses.
        shelf: further providers whose keys count; None for only the built-in ones.

    Raises:
        ConfigError: `GOOSE_PROVIDER` or `GOOSE_MODEL` is wrong.
        NoModel: there is none; the message says what was looked for.
    """
    sightings = [await _configured(environ, shelf)]
    sightings += [_key(environ, provider) for provider in _KEYS]
    model = Detection(tuple(sightings)).model
    if model is None:
        sightings += _declared(environ, shelf)
        model = Detection(tuple(sightings)).model
    if model is None:
        # Only where nothing is configured is it worth the time to knock at Ollama's door.
        sightings.append(await _ollama(environ))
        model = Detection(tuple(sightings)).model
    if model is not None:
        return model
    looked = "; ".join(f"{s.source}: {s.detail}" for s in sightings)
    raise NoModel(
        f"No model was found ({looked}).",
        "Set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY, start Ollama with a model, "
        "or run: goose-tui providers add",
    )


async def _configured(environ: Mapping[str, str], shelf: Shelf | None) -> Sighting:
    source = "GOOSE_PROVIDER and GOOSE_MODEL"
    provider, model = value_of(environ, "GOOSE_PROVIDER"), value_of(environ, "GOOSE_MODEL")
    if not model and not provider:
        return Sighting(source, False, "not set")
    known = (*_DEFAULTS, "scripted", *(_others(shelf) if shelf is not None else ()))
    if not provider:
        provider, _, rest = model.partition("/")
        if ALIASES.get(provider, provider) not in known or not rest:
            raise ConfigError(
                f"GOOSE_MODEL is {model}, but GOOSE_PROVIDER is not set.",
                f"Set GOOSE_PROVIDER to one of {', '.join(known)}.",
            )
        model = rest
    provider = ALIASES.get(provider, provider)
    if provider not in known:
        raise ConfigError(
            f"GOOSE_PROVIDER is {provider}, which is no provider.",
            f"Set it to one of {', '.join(known)}.",
        )
    if provider == "ollama" and not model and (running := await _ollama(environ)).models:
        return Sighting(source, True, running.models[0], running.models)
    default = _DEFAULTS.get(provider, "") or _default_of(provider, shelf)
    model = _bare(model, provider) or _bare(default, provider)
    if not model:
        what = "the path of the script" if provider == "scripted" else "one of its models"
        raise ConfigError(
            f"GOOSE_PROVIDER is {provider}, but GOOSE_MODEL is not set.",
            f"Set GOOSE_MODEL to {what}.",
        )
    return Sighting(source, True, f"{provider}/{model}", (f"{provider}/{model}",))


def _bare(model: str, provider: str) -> str:
    """A model's name without that of its provider."""
    for prefix in (provider, *(alias for alias, name in ALIASES.items() if name == provider)):
        model = model.removeprefix(f"{prefix}/")
    return model


def _key(environ: Mapping[str, str], provider: str) -> Sighting:
    variable = _KEYS[provider]
    if not value_of(environ, variable):
        return Sighting(variable, False, "not set")
    return Sighting(variable, True, "set", (f"{provider}/{_DEFAULTS[provider]}",))


def _declared(environ: Mapping[str, str], shelf: Shelf | None) -> list[Sighting]:
    """The keys of further providers: those that are there, and in one line that others are not."""
    if shelf is None:
        return []
    others = [each for each in _others(shelf).values() if each.api_key_env and each.models]
    found = [each for each in others if value_of(environ, each.api_key_env)]
    if not found:
        return [Sighting(f"keys of {len(others)} more providers", False, "not set")]
    return [
        Sighting(each.api_key_env, True, "set", tuple(m.info.name for m in each.models))
        for each in found
    ]


def _others(shelf: Shelf) -> dict[str, Definition]:
    return {name: each for name, each in shelf.definitions.items() if name not in _DEFAULTS}


def _default_of(provider: str, shelf: Shelf | None) -> str:
    definition = _others(shelf).get(provider) if shelf is not None else None
    return definition.default_model if definition is not None else ""


async def _ollama(environ: Mapping[str, str]) -> Sighting:
    try:
        service = ollama_service(environ)
    except ConfigError as error:
        return Sighting("OLLAMA_HOST", False, error.message.rstrip("."))
    source = f"Ollama at {service.place}"
    if not await _listens(service):
        return Sighting(source, False, "no answer")
    try:
        names = await _installed(service)
    except ProviderError:
        return Sighting(source, False, "something else answers there")
    if not names:
        return Sighting(
            source, False, f"no model, get one with `ollama pull {_DEFAULTS['ollama']}`"
        )
    return Sighting(source, True, _counted(names), tuple(f"ollama/{name}" for name in names))


async def _listens(service: Service) -> bool:
    """Whether anything does, found out before the HTTP client is worth loading."""
    parts = urlsplit(service.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with anyio.fail_after(_PROBE_SECONDS):
            stream = await anyio.connect_tcp(parts.hostname or "", port)
    except (OSError, TimeoutError):
        return False
    await stream.aclose()
    return True


async def _installed(service: Service) -> list[str]:
    from goose_agent.providers.catalogue import known_models
    from goose_agent.providers.transport import Timeouts, Transport

    transport = Transport(service, timeouts=Timeouts(connect=_PROBE_SECONDS, idle=_PROBE_SECONDS))
    try:
        body = await transport.get("api/tags")
    finally:
        await transport.aclose()
    try:
        models = json.loads(body)["models"]
        names = [str(model["name"]) for model in models]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    liked = [known.partition("/")[2] for known in known_models("ollama")]

    def rank(name: str) -> int:
        family = name.partition(":")[0]
        return liked.index(family) if family in liked else len(liked)

    return sorted(names, key=rank)


def _counted(names: list[str]) -> str:
    return "1 model" if len(names) == 1 else f"{len(names)} models"

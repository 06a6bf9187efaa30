"""Finding a model where none is configured: what was looked for, and what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio

from goose_agent.errors import ConfigError, NoModel, ProviderError
from goose_agent.providers.places import ollama_service, value_of
from goose_agent.providers.service import Service

__all__ = ["Detection", "Sighting", "detect", "find_default"]

_PROBE_SECONDS = 0.3
_KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
_DEFAULTS = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-6-sol", "ollama": "qwen3-coder"}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that was looked for."""

    source: str
    """Where: a variable, or an address."""
    found: bool
    detail: str
    """What was seen there, in a few words; never a key."""
    models: tuple[str, ...] = ()
    """What could be used because of it, as `provider/model`, the best first."""


@dataclass(frozen=True, slots=True)
class Detection:
    """All that was looked for, in the order in which it counts."""

    sightings: tuple[Sighting, ...]

    @property
    def model(self) -> str | None:
        """The model to use, or None."""
        return next((s.models[0] for s in self.sightings if s.found and s.models), None)


async def detect(environ: Mapping[str, str]) -> Detection:
    """Look for models: the configured one, then keys, then an Ollama that answers.

    Args:
        environ: the environment; nothing else is read.
    """
    sightings = [await _configured(environ)]
    sightings += [_key(environ, provider) for provider in _KEYS]
    sightings.append(await _ollama(environ))
    return Detection(tuple(sightings))


async def find_default(environ: Mapping[str, str]) -> str:
    """The model to use where none is named.

    Args:
        environ: the environment; nothing else is read.

    Raises:
        ConfigError: `GOOSE_PROVIDER` or `GOOSE_MODEL` is wrong.
        NoModel: there is none; the message says what was looked for.
    """
    sightings = [await _configured(environ)]
    sightings += [_key(environ, provider) for provider in _KEYS]
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
        "Set ANTHROPIC_API_KEY or OPENAI_API_KEY, or start Ollama with a model.",
    )


async def _configured(environ: Mapping[str, str]) -> Sighting:
    source = "GOOSE_PROVIDER and GOOSE_MODEL"
    provider, model = value_of(environ, "GOOSE_PROVIDER"), value_of(environ, "GOOSE_MODEL")
    known = (*_DEFAULTS, "scripted")
    if not provider:
        provider, _, rest = model.partition("/")
        if not model:
            return Sighting(source, False, "not set")
        if provider not in known or not rest:
            raise ConfigError(
                f"GOOSE_MODEL is {model}, but GOOSE_PROVIDER is not set.",
                f"Set GOOSE_PROVIDER to one of {', '.join(known)}.",
            )
        model = rest
    if provider not in known:
        raise ConfigError(
            f"GOOSE_PROVIDER is {provider}, which is no provider.",
            f"Set it to one of {', '.join(known)}.",
        )
    if provider == "ollama" and not model and (running := await _ollama(environ)).models:
        return Sighting(source, True, running.models[0], running.models)
    model = (model or _DEFAULTS.get(provider, "")).removeprefix(f"{provider}/")
    if not model:
        raise ConfigError(
            "GOOSE_PROVIDER is scripted, but GOOSE_MODEL is not set.",
            "Set GOOSE_MODEL to the path of the script.",
        )
    return Sighting(source, True, f"{provider}/{model}", (f"{provider}/{model}",))


def _key(environ: Mapping[str, str], provider: str) -> Sighting:
    variable = _KEYS[provider]
    if not value_of(environ, variable):
        return Sighting(variable, False, "not set")
    return Sighting(variable, True, "set", (f"{provider}/{_DEFAULTS[provider]}",))


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

"""One user's way to models: definitions of providers, stored keys and kept lists, joined.

`providers` knows nothing of folders and keyrings, `config` nothing of models; what needs both is
here. A stored key stands in for the variable of its name where the environment has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from anyio import to_thread
from msgspec import Struct

from goose_agent.config.places import Places
from goose_agent.config.secrets import SecretPlace, Secrets
from goose_agent.errors import ConfigError, NoModel
from goose_agent.evolve import evolve
from goose_agent.providers.connect import (
    ALIASES,
    ConnectedModel,
    connect,
    definition_of,
    find_default,
    own_secrets,
    reach,
    value_of,
)

if TYPE_CHECKING:
    from goose_agent.config.keyring_store import KeyringStore
    from goose_agent.providers.definition import Definition, ListedModel
    from goose_agent.providers.service import Service
    from goose_agent.providers.shelf import Shelf

__all__ = ["ModelAccess", "Offer", "ProviderStatus"]

_KEYS = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "gemini": ("GEMINI_API_KEY",),
}
"""Of the providers that need no definition: those are files to be read."""
_FALLBACKS = {"gemini": ("GOOGLE_API_KEY",)}
"""Further variables of their keys."""
_NO_KEYS = ("ollama", "scripted")
_FACTS = (
    "window",
    "max_output",
    "input_price",
    "output_price",
    "cache_read_price",
    "cache_write_price",
)
_SHORTEST_SECRET = 8
"""Characters; a shorter value is a placeholder, and masking it would tear ordinary words apart."""
_FRESH = timedelta(days=1)
"""For so long a list of models is not fetched again by itself."""


class Offer(Struct, frozen=True):
    """The models of a provider."""

    models: tuple[ListedModel, ...]
    fetched: datetime | None = None
    """When the provider's own list was fetched, in UTC; None for what is known without asking."""


class ProviderStatus(Struct, frozen=True):
    """A provider, and whether it can be used."""

    definition: Definition
    key_place: SecretPlace | None
    """Where its key was found; None where there is none."""
    key_variable: str
    """The variable that holds its key, or would hold it; empty where it has none."""
    problem: ConfigError | None
    """What is missing; None where it can be asked."""
    place: str
    """Host and port; empty where the address is not complete."""
    offer: Offer


class ModelAccess:
    """What a user has, read when it is first asked.

    Args:
        places: the user's folders.
        environ: the environment.
        keyring: the system's; None for the usual one.
    """

    def __init__(
        self, places: Places, environ: Mapping[str, str], keyring: KeyringStore | None = None
    ) -> None:
        self.secrets = Secrets(places.secrets, environ, keyring)
        self._places = places
        self._environ = environ

    @cached_property
    def shelf(self) -> Shelf:
        """The providers there are."""
        from goose_agent.providers.shelf import Shelf  # most sessions begin without definitions

        return Shelf(self._places.providers, self._places.model_lists)

    def environ_for(self, model: str = "") -> Mapping[str, str]:
        """The environment, and the stored keys that a model's provider needs.

        Blocks for reading files, and up to two seconds where the keyring is asked.

        Args:
            model: `provider/model`; empty for the keys of all providers.

        Raises:
            ConfigError: the file with the keys is needed and wrong.
        """
        found = self.secrets.find(self._names(model.partition("/")[0]))
        return {**self._environ, **found.values}

    def connect(self, model: str) -> ConnectedModel:
        """The model of this name, with the environment as it is.

        Raises:
            NoModel: the name names no provider.
            ConfigError: a key is missing, or something else is wrong.
        """
        return connect(model, self._environ, self.shelf)

    async def find_default(self) -> str:
        """The model to use where none is named.

        Raises:
            ConfigError: what is configured is wrong.
            NoModel: there is none; the message says what was looked for.
        """
        environ = self._environ
        said = (
            "GOOSE_MODEL",
            "GOOSE_PROVIDER",
            *(name for names in _KEYS.values() for name in names),
        )
        if not any(value_of(environ, name) for name in said):
            environ = await to_thread.run_sync(self.environ_for)
        return await find_default(environ, self.shelf)

    def fast_model(self, model: str) -> str:
        """What the provider of a model has for small things, as `provider/model`; empty for none.

        Where one of the great services is replaced by another address, nothing is known of that.

        Args:
            model: `provider/model`.
        """
        provider = model.partition("/")[0]
        definition = self.shelf.definitions.get(ALIASES.get(provider, provider))
        if definition is None or not definition.fast_model:
            return ""
        moved = definition.name in _KEYS and value_of(
            self._environ, f"{definition.name.upper()}_BASE_URL"
        )
        return "" if moved else f"{definition.name}/{definition.fast_model}"

    def own_secrets(self, environ: Mapping[str, str]) -> dict[str, str]:
        """All keys that are known, by variable, to be masked wherever text is shown.

        What stands in the file counts though it is not used: a tool may read the file.

        Args:
            environ: the environment, with the stored keys that are in use.
        """
        kept = {n: v for n, v in self.secrets.written().items() if len(v) >= _SHORTEST_SECRET}
        for definition in self.shelf.definitions.values():
            for value in definition.written_secrets:
                if len(value) >= _SHORTEST_SECRET:
                    kept[f"{definition.name}-{len(kept)}"] = value
        return kept | own_secrets(environ, self.shelf.key_variables)

    def _names(self, provider: str) -> tuple[str, ...]:
        if not provider:
            return self.shelf.key_variables
        provider = ALIASES.get(provider, provider)
        if provider in _KEYS or provider in _NO_KEYS:
            return (*_KEYS.get(provider, ()), *_FALLBACKS.get(provider, ()))
        definition = self.shelf.definitions.get(provider)
        return definition.key_variables if definition is not None else ()

    # Providers and their models

    def definition(self, provider: str) -> Definition:
        """The provider of this name.

        Raises:
            NoModel: there is none.
            ConfigError: its definition is wrong.
        """
        return definition_of(provider, self.shelf)

    def statuses(self) -> tuple[ProviderStatus, ...]:
        """Every provider and whether it can be used; nothing is asked. Blocks as `environ_for`.

        Raises:
            ConfigError: the file with the keys is needed and wrong.
        """
        found = self.secrets.find(self.shelf.key_variables)
        environ = {**self._environ, **found.values}
        return tuple(
            self._status(definition, environ, found.places)
            for definition in self.shelf.definitions.values()
        )

    def _status(
        self,
        definition: Definition,
        environ: Mapping[str, str],
        places: Mapping[str, SecretPlace],
    ) -> ProviderStatus:
        names = (definition.api_key_env, definition.key_fallback)
        key = next((name for name in names if name in places), definition.api_key_env)
        place = places.get(key)
        try:
            service = reach(definition, environ)
        except ConfigError as problem:
            return ProviderStatus(definition, place, key, problem, "", Offer(_known(definition)))
        return ProviderStatus(
            definition, place, key, None, service.place, self._kept(definition, service)
        )

    async def offer(self, provider: str, *, refresh: bool = False) -> Offer:
        """The models of a provider; its own list is fetched where there is none of the last day.

        Args:
            provider: its name.
            refresh: whether to fetch the list in any case.

        Raises:
            ConfigError: the provider is unknown, or something is missing.
            ProviderError: it cannot be asked.
        """
        definition = self.definition(provider)
        environ = await to_thread.run_sync(self.environ_for, f"{provider}/")
        service = reach(definition, environ)
        kept = self._kept(definition, service)
        now = datetime.now(UTC)
        fresh = kept.fetched is not None and now - kept.fetched < _FRESH
        if not definition.dynamic_models or (fresh and not refresh):
            return kept
        from goose_agent.providers.listing import list_models
        from goose_agent.providers.model_lists import KeptList, keep_list

        models = await list_models(definition, service)
        fetched = KeptList(now, models)
        await to_thread.run_sync(
            keep_list, self._places.model_lists, definition.name, service.place, fetched
        )
        return Offer(_with_what_is_known(definition, models), now)

    async def default_model(self, provider: str) -> str:
        """The model to take of a provider where none is named, as `provider/model`.

        Raises:
            NoModel: it names none, and cannot be asked.
            ConfigError: something is missing.
            ProviderError: it cannot be asked.
        """
        definition = self.definition(provider)
        models = () if provider == "ollama" else _known(definition)
        if not models and definition.dynamic_models:
            models = (await self.offer(provider)).models
        if not models:
            raise NoModel(f"{provider} names no models.", f"Name one: {provider}/MODEL")
        return models[0].info.name

    def _kept(self, definition: Definition, service: Service) -> Offer:
        from goose_agent.providers.model_lists import kept_list

        kept = kept_list(self._places.model_lists, definition.name, service.place)
        if kept is None:
            return Offer(_known(definition))
        return Offer(_with_what_is_known(definition, kept.models), kept.fetched)


def _known(definition: Definition) -> tuple[ListedModel, ...]:
    """The models that are known without asking."""
    from goose_agent.providers.catalogue import known_models, lookup
    from goose_agent.providers.definition import ListedModel

    if definition.models:
        return definition.models
    return tuple(ListedModel(lookup(name)) for name in known_models(definition.name))


def _with_what_is_known(
    definition: Definition, models: tuple[ListedModel, ...]
) -> tuple[ListedModel, ...]:
    """A provider's list, completed where it says less than is known; what is known comes first."""
    from goose_agent.providers.catalogue import lookup

    declared = {each.info.name: each for each in definition.models}
    found: list[ListedModel] = []
    for model in models:
        name = model.info.name
        known = declared[name].info if name in declared else lookup(name)
        said = {f: v for f in _FACTS if (v := getattr(model.info, f)) is not None}
        abilities = model.abilities or (declared[name].abilities if name in declared else ())
        info = evolve(known, name=name, **said)
        found.append(evolve(model, info=info, abilities=abilities))
    order = {known.info.name: at for at, known in enumerate(_known(definition))}

    def rank(model: ListedModel) -> int:
        name = model.info.name
        return order.get(name, order.get(name.partition(":")[0], len(order)))

    return tuple(sorted(found, key=rank))

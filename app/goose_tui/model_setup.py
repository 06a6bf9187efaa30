"""What the first screen needs to bring a person to a model: providers, a real try, a place to keep."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from anyio import create_task_group, move_on_after, to_thread
from msgspec import Struct

from goose_agent.config.setting_line import set_setting
from goose_agent.errors import ConfigError, ProviderError
from goose_agent.model_access import ModelAccess, ProviderStatus

if TYPE_CHECKING:
    from goose_agent.config.places import Places
    from goose_agent.config.secrets import SecretPlace
    from goose_agent.providers.model import ModelInfo
    from goose_agent.providers.probe import Probe

__all__ = ["KeyPlace", "ModelSetup"]

_PATIENCE = 4.0
"""Seconds that a provider has to list its models."""


class KeyPlace(Struct, frozen=True):
    """Where a key can be kept."""

    place: SecretPlace
    words: str


class ModelSetup:
    """The user's providers and keys, for a screen.

    Args:
        places: the user's folders.
        environ: the environment.
    """

    def __init__(self, places: Places, environ: Mapping[str, str]) -> None:
        self._places = places
        self._environ = environ
        self._access = ModelAccess(places, environ)

    def statuses(self) -> tuple[ProviderStatus, ...]:
        """Every provider and whether it can be used; blocks up to two seconds.

        Raises:
            ConfigError: the file with the keys is wrong.
        """
        return self._access.statuses()

    def known_models(self) -> tuple[ModelInfo, ...]:
        """The models of the providers that can be used, nobody asked; blocks up to two seconds.

        Raises:
            ConfigError: the file with the keys is wrong.
        """
        usable = (status for status in self.statuses() if status.problem is None)
        return tuple(info for status in usable for info in _known(status))

    async def models(self) -> tuple[ModelInfo, ...]:
        """The models of the providers that can be used, each asked where its list is old.

        Raises:
            ConfigError: the file with the keys is wrong.
        """
        statuses = await to_thread.run_sync(self.statuses)
        usable = [status for status in statuses if status.problem is None]
        found = {status.definition.name: _known(status) for status in usable}

        async def ask(name: str) -> None:
            # What one provider lacks does not hide the others.
            with move_on_after(_PATIENCE), suppress(ConfigError, ProviderError):
                offer = await self._access.offer(name)
                found[name] = tuple(model.info for model in offer.models)

        async with create_task_group() as tasks:
            for name in found:
                tasks.start_soon(ask, name)
        return tuple(info for infos in found.values() for info in infos)

    def key_places(self) -> tuple[KeyPlace, ...]:
        """Where a key can be kept, the better first; blocks up to two seconds."""
        file = KeyPlace("file", f"{self._places.secrets}, which only you can read")
        if not self._access.secrets.keyring.usable():
            return (file,)
        return (KeyPlace("keyring", "the system's keyring"), file)

    async def default_model(self, status: ProviderStatus, key: str) -> str:
        """The model to take of a provider, as `provider/model`.

        Raises:
            ConfigError: something is missing, or it names none.
            ProviderError: it cannot be asked.
        """
        name = status.definition.name
        access = await to_thread.run_sync(self._with_key, status, key)
        return await access.default_model(name)

    async def attempt(self, status: ProviderStatus, model: str, key: str) -> Probe:
        """Ask a model for a word.

        Args:
            status: of its provider.
            model: `provider/model`.
            key: as entered; empty for what is kept or needed.

        Raises:
            ConfigError: something is missing or malformed.
            ProviderError: it does not work; says why.
        """
        from goose_agent.providers.probe import probe

        access = await to_thread.run_sync(self._with_key, status, key)
        return await probe(access.connect(model), monotonic)

    def keep(self, status: ProviderStatus, key: str, place: SecretPlace) -> None:
        """Keep a key for the next time.

        Raises:
            ConfigError: it cannot be kept there.
        """
        self._access.secrets.keep(status.definition.api_key_env, key, place)

    def start_with(self, model: str) -> None:
        """Let sessions start with this model from now on.

        Raises:
            ConfigError: the settings cannot be written.
        """
        set_setting(self._places.settings, "model", model)

    def _with_key(self, status: ProviderStatus, key: str) -> ModelAccess:
        definition = status.definition
        environ = self._access.environ_for(f"{definition.name}/")
        if key and definition.api_key_env:
            environ = {**environ, definition.api_key_env: key}
        return ModelAccess(self._places, environ)


def _known(status: ProviderStatus) -> tuple[ModelInfo, ...]:
    """What a provider offers without being asked; a local server only what it said it has."""
    if not status.definition.requires_auth and status.offer.fetched is None:
        return ()
    return tuple(model.info for model in status.offer.models)

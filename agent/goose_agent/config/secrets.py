"""Where keys come from: the environment, then the system's keyring, then `secrets.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from goose_agent.config.keyring_store import KeyringStore
from goose_agent.config.secrets_file import SecretsFile
from goose_agent.errors import ConfigError

__all__ = ["Found", "SecretPlace", "Secrets"]

SecretPlace = Literal["environment", "keyring", "file"]


@dataclass(frozen=True, slots=True)
class Found:
    """Keys by variable, and where each was found."""

    values: Mapping[str, str]
    places: Mapping[str, SecretPlace]

    def __repr__(self) -> str:
        return f"Found({dict(self.places)!r})"


class Secrets:
    """The keys of one user.

    Args:
        file: `secrets.yaml`.
        environ: the environment, which counts first.
        keyring: the system's; None for the usual one.
    """

    def __init__(
        self, file: Path, environ: Mapping[str, str], keyring: KeyringStore | None = None
    ) -> None:
        self.file = SecretsFile(file)
        self.keyring = keyring or KeyringStore()
        self._environ = environ

    def find(self, names: Iterable[str]) -> Found:
        """The keys of these names; blocks up to two seconds where the keyring is asked.

        Args:
            names: variables. The keyring and the file are asked only for what the environment lacks.

        Raises:
            ConfigError: the file is needed and cannot be used.
        """
        wanted = tuple(dict.fromkeys(names))
        values = {name: text for name in wanted if (text := self._environ.get(name, "").strip())}
        places: dict[str, SecretPlace] = dict.fromkeys(values, "environment")
        if missing := [name for name in wanted if name not in values]:
            kept = self.keyring.find(missing)
            values |= kept
            places |= dict.fromkeys(kept, "keyring")
        if missing := [name for name in wanted if name not in values]:
            written = {n: v for n, v in self.file.read().items() if n in missing and v}
            values |= written
            places |= dict.fromkeys(written, "file")
        return Found(values, places)

    def written(self) -> dict[str, str]:
        """All that stands in the file, to be masked; nothing where it cannot be used."""
        try:
            return self.file.read()
        except ConfigError:
            return {}

    def keep(self, name: str, value: str, place: SecretPlace) -> None:
        """Keep a key.

        Args:
            name: its variable.
            value: the key.
            place: `keyring` or `file`.

        Raises:
            ConfigError: it cannot be kept there.
        """
        if place == "keyring":
            if not self.keyring.keep(name, value):
                raise ConfigError(
                    f"The keyring did not take the key: {self.keyring.state()}.",
                    f"Unlock it and try again, or keep the key in {self.file.path}.",
                )
        else:
            self.file.keep(name, value)

    def forget(self, name: str) -> tuple[SecretPlace, ...]:
        """Remove a key wherever it is kept; tells where it was.

        Raises:
            ConfigError: the file cannot be changed.
        """
        gone: list[SecretPlace] = []
        if self.keyring.forget(name):
            gone.append("keyring")
        if self.file.forget(name):
            gone.append("file")
        return tuple(gone)

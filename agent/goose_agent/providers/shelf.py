"""All providers there are: the built-in ones, those that ship as files, and the user's own.

What ships lies in `services/`, one JSON file a provider: JSON and not YAML since masking needs the
names of all keys when a session starts. A user's file of the same name takes the place of one that
ships.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

from goose_agent.errors import ConfigError
from goose_agent.providers.definition import BUILT_IN, Definition
from goose_agent.providers.definition_file import parse_definition
from goose_agent.providers.detection import ALIASES
from goose_agent.providers.engines import ENGINES

__all__ = ["RESERVED", "Shelf"]

_LARGEST = 256 * 1024
"""Bytes of a definition."""
_MOST = 200
"""Files that are read of one folder."""
_SUFFIXES = (".json", ".yaml", ".yml")
RESERVED = (*(definition.name for definition in BUILT_IN), *ALIASES, "scripted")
"""Names that no file can take."""


class Shelf:
    """The providers of one user; files are read when something is first asked.

    Args:
        folders: of the user's own definitions; the later ones count more. They need not exist.
        lists: where the providers' own lists of models are kept; None for nowhere.
    """

    def __init__(self, folders: Sequence[Path] = (), lists: Path | None = None) -> None:
        self.lists = lists
        self._folders = folders
        self._problems: dict[str, ConfigError] = {}
        self._warnings: list[str] = []

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """All of them by name: the built-in ones first, then by name."""
        return self._all

    @property
    def problems(self) -> tuple[ConfigError, ...]:
        """What is wrong with files; their providers are left out."""
        _ = self._all
        return tuple(self._problems.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about files."""
        _ = self._all
        return tuple(self._warnings)

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The variables of all keys."""
        names = (name for each in self._all.values() for name in each.key_variables)
        return tuple(dict.fromkeys(names))

    def find(self, name: str) -> Definition | None:
        """The provider of this name; None where there is none.

        Raises:
            ConfigError: there may be one, but its file is wrong.
        """
        problem = self._problem_of(name)
        if problem is not None:
            raise problem
        return self._all.get(name)

    def _problem_of(self, name: str) -> ConfigError | None:
        known = self._all.get(name)
        own = next((p for path, p in self._problems.items() if Path(path).stem == name), None)
        if own is not None or known is not None:
            return own
        # The name of a provider need not be that of its file.
        return next(iter(self._problems.values()), None)

    @cached_property
    def _all(self) -> Mapping[str, Definition]:
        found = {definition.name: definition for definition in BUILT_IN}
        found |= _shipped()
        for folder in self._folders:
            found |= self._read_folder(folder)
        return found

    def _read_folder(self, folder: Path) -> dict[str, Definition]:
        try:
            paths = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
        except OSError:
            return {}  # most users have none
        found: dict[str, Definition] = {}
        for path in paths[:_MOST]:
            try:
                definition = self._read_file(path)
                if (other := found.get(definition.name)) is not None:
                    raise ConfigError(
                        f"{path}: the name {definition.name} is taken by {other.source}.",
                        "Give one of them another.",
                    )
            except ConfigError as problem:
                self._problems[str(path)] = problem
                continue
            found[definition.name] = definition
        return found

    def _read_file(self, path: Path) -> Definition:
        parsed = parse_definition(_content(path), str(path), tuple(ENGINES))
        name = parsed.definition.name
        if name in RESERVED:
            raise ConfigError(
                f"{path}: {name} is built in.",
                f"Give the provider another name, such as my-{name}.",
            )
        self._warnings += parsed.warnings
        return parsed.definition


@cache
def _shipped() -> Mapping[str, Definition]:
    from importlib.resources import files  # loads much: only once it is read

    found = {}
    folder = files("goose_agent.providers").joinpath("services")
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name.endswith(".json"):
            text = item.read_text(encoding="utf-8")
            definition = parse_definition(text, item.name, tuple(ENGINES)).definition
            found[definition.name] = definition
    return found


def _content(path: Path) -> str:
    """What a file holds; a pipe that somebody left there does not hang us, nor a huge file."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigError(f"{path} is not a file.", "Remove it.")
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ConfigError(f"{path} is larger than {_LARGEST} bytes.", "Make it smaller.")
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", "Mend or remove it.") from error

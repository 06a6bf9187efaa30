"""Which extensions a person wants, as their settings say it.

Ours is a list of names, or of names and who fills their roles; Goose's own file has a mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goose_agent.errors import ConfigError

__all__ = ["read_after_edit", "read_extensions"]

_OWN = ("builtin", "platform")
"""What Goose calls the extensions that are part of it."""
_GOOSE_NAMES = {"chatrecall": "sessions", "todo": "plan"}
"""Extensions that have another name here."""


def read_extensions(where: str, value: object) -> dict[str, Any]:
    """What holds for extensions, by the settings' own names.

    Args:
        where: file, line and key, for messages.
        value: as it stands in the file.

    Raises:
        ConfigError: it is neither list nor mapping, or an entry is not to be understood.
    """
    if isinstance(value, dict):
        return {"extensions_off": _switched_off(value)}
    if not isinstance(value, list):
        raise ConfigError(f"{where} must be a list of extensions.")
    names: list[str] = []
    roles: dict[str, Mapping[str, str]] = {}
    for entry in value:
        name, requires = _entry(where, entry)
        names.append(name)
        if requires:
            roles[name] = requires
    return {"extensions": tuple(names), "extension_roles": roles}


def read_after_edit(where: str, value: object) -> tuple[tuple[str, str], ...]:
    """The checks after an edit: a pattern of files and a command each.

    Args:
        where: file, line and key, for messages.
        value: as it stands in the file: a mapping of patterns to commands.

    Raises:
        ConfigError: it is something else.
    """
    if not isinstance(value, dict) or not all(
        isinstance(word, str) and word.strip() for pair in value.items() for word in pair
    ):
        raise ConfigError(f'{where} must map files to commands: {{"*.py": "ruff check {{file}}"}}.')
    return tuple(value.items())


def _entry(where: str, entry: object) -> tuple[str, Mapping[str, str]]:
    if isinstance(entry, str):
        return entry, {}
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise ConfigError(f"{where}: an extension is a name, or `{{name: …, requires: {{…}}}}`.")
    requires = entry.get("requires") or {}
    if not isinstance(requires, dict) or not all(
        isinstance(word, str) for pair in requires.items() for word in pair
    ):
        raise ConfigError(f"{where}: requires of {entry['name']} must map roles to extensions.")
    return entry["name"], requires


def _switched_off(entries: Mapping[Any, Any]) -> frozenset[str]:
    """Names of our own extensions that are switched off in Goose's mapping."""
    return frozenset(
        _GOOSE_NAMES.get(str(name), str(name))
        for name, entry in entries.items()
        if isinstance(entry, dict) and entry.get("type") in _OWN and entry.get("enabled") is False
    )

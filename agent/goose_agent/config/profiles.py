"""Profiles: sets of models, by role, that a person chooses by one name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goose_agent.config.extension_choice import read_extensions
from goose_agent.config.model_roles import read_lead, read_models, read_old_models
from goose_agent.config.source import Source
from goose_agent.errors import ConfigError

__all__ = ["CHECKED_LATER", "DEFAULT", "profile_values"]

DEFAULT = "default"
"""The profile that holds where none is named, if there is one of this name."""
CHECKED_LATER = frozenset({"mode", "judge"})
"""What is handed over as it stands, for the settings to read as they read their own."""
_KEYS = ("models", "lead", "mode", "judge", "extensions")
_OLD_KEYS = ("provider", "processor", "accelerator", "moderator")
"""What one of Goose's first profiles has in the place of `models`."""


def profile_values(source: Source | None, name: str, where: str) -> dict[str, Any]:
    """What a profile sets, by the settings' own names; `CHECKED_LATER` are still to be read.

    Args:
        source: the user's settings file, if there is one.
        name: of the profile; empty for the default one.
        where: says who named it, for the message.

    Raises:
        ConfigError: there is no such profile, or something in it is wrong.
    """
    profiles = source.values.get("profiles") if source is not None else None
    if source is None or profiles is None:
        profiles = {}
    elif not isinstance(profiles, dict):
        raise ConfigError(f"{source.where('profiles')} must map names to profiles.")
    name = name or DEFAULT
    if name not in profiles:
        if name == DEFAULT:
            return {}
        known = ", ".join(map(str, profiles)) or "none yet, they stand in config.yaml"
        raise ConfigError(f"{where}: there is no profile {name!r}.", f"Profiles: {known}.")
    assert source is not None
    return _read(source, name, profiles[name])


def _read(source: Source, name: str, profile: Mapping[Any, Any] | None) -> dict[str, Any]:
    if profile is not None and not isinstance(profile, dict):
        raise ConfigError(f"{source.where('profiles', name)} must map names to values.")
    values: dict[str, Any] = {}
    for key, value in (profile or {}).items():
        if key == "models":
            values["models"] = read_models(source, value, "profiles", name, key)
        elif key == "lead":
            values["lead"] = read_lead(source, value, "profiles", name, key)
        elif key == "extensions":
            values |= read_extensions(source.where("profiles", name, key), value)
        elif key in CHECKED_LATER:
            values[key] = value
        elif key not in _OLD_KEYS:
            source.unknown(_KEYS, "profiles", name, key)
    old = read_old_models(source, profile or {}, "profiles", name)
    return {**values, "models": {**old, **values.get("models", {})}}

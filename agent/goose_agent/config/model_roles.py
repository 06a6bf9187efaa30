"""Which model is there for what, as settings say it: by role, in profiles, by Goose's own names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import chain
from typing import Any, get_args

from msgspec import Struct

from goose_agent.config.amounts import count, switch
from goose_agent.config.source import Source
from goose_agent.errors import ConfigError
from goose_agent.evolve import evolve
from goose_agent.messages import ModelRole

__all__ = [
    "GOOSE_MODEL_KEYS",
    "ROLES",
    "Lead",
    "full_name",
    "goose_lead",
    "goose_models",
    "read_lead",
    "read_models",
    "read_old_models",
]

ROLES: tuple[ModelRole, ...] = get_args(ModelRole)
_OLD_ROLES: Mapping[str, ModelRole] = {
    "processor": "main",
    "accelerator": "fast",
    "moderator": "planning",
}
"""Roles of Goose's first profiles; their `moderator` was as often a way to cut conversations."""
_GOOSE_ROLES: Mapping[ModelRole, tuple[str, str]] = {
    "planning": ("GOOSE_PLANNER_MODEL", "GOOSE_PLANNER_PROVIDER"),
    "lead": ("GOOSE_LEAD_MODEL", "GOOSE_LEAD_PROVIDER"),
    "fast": ("GOOSE_FAST_MODEL", ""),
}
_GOOSE_LEAD: Mapping[str, str] = {
    "GOOSE_LEAD_TURNS": "turns",
    "GOOSE_LEAD_FAILURE_THRESHOLD": "failures",
    "GOOSE_LEAD_FALLBACK_TURNS": "fallback",
}
GOOSE_MODEL_KEYS = frozenset(
    filter(None, ("GOOSE_PROVIDER", *_GOOSE_LEAD, *chain.from_iterable(_GOOSE_ROLES.values())))
)
"""Goose's names for models besides the main one, among the variables and in its file."""


class Lead(Struct, frozen=True):
    """How long another model leads before the main one does the work, and when it comes back.

    An answer is one call of a model, as in Goose: a message of a person may take many.
    """

    turns: int = 3
    """Answers of a session that the lead gives first."""
    failures: int = 2
    """Answers of the main model in a row whose calls fail, after which the lead takes over."""
    fallback: int = 2
    """Answers that the lead then gives."""


def full_name(provider: str, model: str) -> str:
    """`provider/model`, unless the model is named so already or no provider is known."""
    named = not provider or model.startswith(f"{provider}/")
    return model if named else f"{provider}/{model}"


def read_models(source: Source, value: object, *keys: object) -> dict[ModelRole, str]:
    """Models by role.

    Args:
        source: where they are set.
        value: what is set.
        keys: lead to it.

    Raises:
        ConfigError: it maps no names to names.
    """
    if not isinstance(value, dict):
        raise ConfigError(f"{source.where(*keys)} must map {', '.join(ROLES)} to models.")
    models: dict[ModelRole, str] = {}
    for key, name in value.items():
        role = next((each for each in ROLES if each == key), None) or _OLD_ROLES.get(str(key))
        if role is None:
            source.unknown(ROLES, *keys, key)
        elif not isinstance(name, str) or not name.strip():
            raise ConfigError(f"{source.where(*keys, key)} must name a model.")
        elif key != "moderator" or "/" in name:
            models[role] = name.strip()
    return models


def read_old_models(
    source: Source, value: Mapping[Any, Any], *keys: object
) -> dict[ModelRole, str]:
    """The models of one of Goose's first profiles, which names their provider beside them.

    Args:
        source: where they are set.
        value: the profile.
        keys: lead to it.

    Raises:
        ConfigError: one of them is no name.
    """
    provider = value.get("provider", "")
    named = {key: value[key] for key in _OLD_ROLES if key in value}
    models = read_models(source, named, *keys)
    return {role: full_name(str(provider), name) for role, name in models.items()}


def read_lead(source: Source, value: object, *keys: object) -> Lead | None:
    """Whether and how another model leads.

    Args:
        source: where it is set.
        value: numbers by name, or a word for on or off.
        keys: lead to it.

    Raises:
        ConfigError: it is neither.
    """
    if not isinstance(value, dict):
        where = source.where(*keys)
        try:
            return Lead() if switch(where, value) == "on" else None
        except ConfigError:
            raise ConfigError(
                f"{where} must be on, off, or numbers: turns, failures, fallback."
            ) from None
    numbers: dict[str, int] = {}
    for key, number in value.items():
        if key in Lead.__struct_fields__:
            numbers[key] = count(source.where(*keys, key), number)
        else:
            source.unknown(Lead.__struct_fields__, *keys, key)
    return Lead(**numbers)


def goose_models(
    said: Mapping[str, object], here: Collection[str], where: Callable[[str], str]
) -> dict[ModelRole, str]:
    """Models by role, from Goose's names.

    Args:
        said: every value that is known by such a name.
        here: the names that one layer of settings sets itself: only its roles are told.
        where: says where a value is set, for messages.

    Raises:
        ConfigError: a value is no text.
    """

    def word(name: str) -> str:
        value = said.get(name, "")
        if not isinstance(value, str):
            raise ConfigError(f"{where(name)} must be text.")
        return value.strip()

    return {
        role: full_name(word(provider) or word("GOOSE_PROVIDER"), word(model))
        for role, (model, provider) in _GOOSE_ROLES.items()
        if (model in here or provider in here) and word(model)
    }


def goose_lead(
    lead: Lead | None, said: Mapping[str, object], where: Callable[[str], str]
) -> Lead | None:
    """The same with what Goose's names say of it; naming a lead's model there switches it on.

    Args:
        lead: what is set otherwise.
        said: every value that is known by such a name.
        where: says where a value is set, for messages.

    Raises:
        ConfigError: a value is no whole number from 1.
    """
    if lead is None and not said.get("GOOSE_LEAD_MODEL"):
        return None
    numbers = {
        field: count(where(name), int(str(value)) if str(value).isdecimal() else value)
        for name, field in _GOOSE_LEAD.items()
        if (value := said.get(name)) not in (None, "")
    }
    return evolve(lead or Lead(), **numbers)

"""Choices that a schema gives titles: people see these, the server gets what they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

__all__ = ["TitledChoices", "titled_choices"]


class TitledChoices(Struct, frozen=True):
    """A schema in plain words of choices, and what its titles stand for."""

    schema: Mapping[str, Any]
    """With titles in the place of values."""
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What each title stands for, by the name of the field."""

    def shown(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values as people see them."""
        return {name: self._title(name, value) for name, value in given.items()}

    def meant(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What people chose, as the server knows it."""
        return {name: self._value(name, value) for name, value in given.items()}

    def _title(self, name: str, value: object) -> object:
        known = {_key(meant): title for title, meant in self.values.get(name, {}).items()}
        if isinstance(value, list):
            return [known.get(_key(item), item) for item in value]
        return known.get(_key(value), value)

    def _value(self, name: str, chosen: object) -> object:
        known = self.values.get(name, {})
        if isinstance(chosen, list):
            return [known.get(item, item) if isinstance(item, str) else item for item in chosen]
        return known.get(chosen, chosen) if isinstance(chosen, str) else chosen


def titled_choices(schema: Mapping[str, Any] | None) -> TitledChoices:
    """A schema whose choices have titles, in the ways that the protocol has for that.

    Args:
        schema: of an object with flat values.
    """
    properties = (schema or {}).get("properties")
    if schema is None or not isinstance(properties, Mapping):
        return TitledChoices(schema or {})
    values: dict[str, Mapping[str, Any]] = {}
    plain: dict[str, Any] = {}
    for name, wanted in properties.items():
        if not isinstance(wanted, Mapping):
            plain[name] = wanted
            continue
        items = wanted.get("items")
        found = _titles(wanted)
        if found:
            kept = {k: v for k, v in wanted.items() if k not in ("oneOf", "anyOf", "enumNames")}
            plain[name] = {**kept, "type": "string", "enum": list(found)}
        elif isinstance(items, Mapping) and (found := _titles(items) or _plain(items)):
            about = f"any of {', '.join(found)}"
            words = ". ".join(filter(None, (str(wanted.get("description", "")), about)))
            plain[name] = {**wanted, "items": {"type": "string"}, "description": words}
        else:
            plain[name] = wanted
        if found:
            values[name] = found
    return TitledChoices({**schema, "properties": plain}, values)


def _titles(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What each title stands for; empty where there are none."""
    options = schema.get("oneOf", schema.get("anyOf"))
    if isinstance(options, list) and options and all(_is_titled(option) for option in options):
        return {str(option["title"]): option["const"] for option in options}
    names, enum = schema.get("enumNames"), schema.get("enum")
    if isinstance(names, list) and isinstance(enum, list) and len(names) == len(enum):
        return dict(zip(map(str, names), enum, strict=True))
    return {}


def _plain(items: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a list that has no titles."""
    enum = items.get("enum")
    return {str(value): value for value in enum} if isinstance(enum, list) else {}


def _is_titled(option: object) -> bool:
    return isinstance(option, Mapping) and "const" in option and "title" in option


def _key(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) else None

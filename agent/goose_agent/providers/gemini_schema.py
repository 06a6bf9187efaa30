"""Tool schemas as Google's Gemini API takes them: a part of JSON Schema, the rest is refused.

The words that are kept are those the API's reference lists for JSON schemas:
https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["cleaned"]

_KEPT = frozenset(
    {
        "type",
        "format",
        "title",
        "description",
        "enum",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
    }
)
_ONE = ("items", "additionalProperties")
_MANY = ("prefixItems", "anyOf", "oneOf")
_NAMED = ("properties", "$defs")
_OLD_PLACE, _PLACE = "#/definitions/", "#/$defs/"
_DEEPEST = 32
"""Levels below which a schema says nothing more."""


def cleaned(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without what the API refuses, meaning as near the same as can be.

    Args:
        schema: a JSON schema of any draft, from anyone: it may be wrong, and of any depth.
    """
    return _cleaned(schema, _DEEPEST)


def _cleaned(schema: object, depth: int) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or not depth:
        return {}
    schema = _flat(schema, depth)
    clean: dict[str, Any] = {key: value for key, value in schema.items() if key in _KEPT}
    if isinstance(reference := schema.get("$ref"), str):
        # Nothing but definitions may stand beside a reference.
        clean = {"$ref": reference.replace(_OLD_PLACE, _PLACE, 1)}
        schema = {"$defs": schema.get("$defs")}
    for key in _ONE:
        if isinstance(part := schema.get(key), (Mapping, bool)):
            clean[key] = part if isinstance(part, bool) else _cleaned(part, depth - 1)
    for key in _MANY:
        if parts := _list(schema, key):
            kept = (part for part in parts if isinstance(part, Mapping))
            clean[key] = [_cleaned(part, depth - 1) for part in kept]
    for key in _NAMED:
        if named := _object(schema, key):
            clean[key] = {name: _cleaned(part, depth - 1) for name, part in named.items()}
    if required := _list(schema, "required"):
        known = _object(clean, "properties")
        clean["required"] = [name for name in required if isinstance(name, str) and name in known]
    return clean


def _flat(schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
    """The schema with what must hold all at once drawn into one, in words that are kept."""
    parts = _list(schema, "allOf") if depth else []
    flat: dict[str, Any] = {}
    for part in (*(_flat(part, depth - 1) for part in parts if isinstance(part, Mapping)), schema):
        joint = {key: {**_object(flat, key), **_object(part, key)} for key in _NAMED}
        required = [*_list(flat, "required"), *_list(part, "required")]
        flat |= {**part, **joint, "required": required}
    if old := _object(schema, "definitions"):
        flat["$defs"] = {**old, **flat["$defs"]}
    if "const" in flat:
        flat["enum"] = [flat["const"]]
    return flat


def _object(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = schema.get(key)
    return found if isinstance(found, Mapping) else {}


def _list(schema: Mapping[str, Any], key: str) -> list[Any]:
    found = schema.get(key)
    return found if isinstance(found, list) else []

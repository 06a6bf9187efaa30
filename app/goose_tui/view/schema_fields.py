"""Arguments of a call as fields: what each takes by its JSON schema, and what is wrong with a text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from goose_agent.characters import is_hidden

__all__ = ["Field", "FieldFault", "fields_of", "json_text", "read_fields", "read_json"]

FieldKind = Literal["text", "integer", "number", "choice", "lines", "json"]

_HIDDEN = re.compile(r"[^\n\t -~]")


class FieldFault(Exception):
    """A text is no value of its field; says which field and what is wrong."""


class Field(Struct, frozen=True):
    """One argument."""

    name: str
    kind: FieldKind
    schema: Mapping[str, Any]
    required: bool
    text: str
    """Its value as text; empty where it is left out."""
    choices: tuple[str, ...] = ()
    """With `choice`: all there are; an empty one leaves it out."""
    given: bool = True
    """Whether the call names it."""

    @property
    def about(self) -> str:
        """What it is, in the words of its schema."""
        return str(self.schema.get("description", ""))


def fields_of(arguments: Mapping[str, Any], schema: Mapping[str, Any] | None) -> list[Field]:
    """The fields of a call, in the order of its schema; what that does not name comes last.

    Args:
        arguments: what the call has.
        schema: of all arguments; None where it is not known.
    """
    properties = (schema or {}).get("properties", {})
    if not isinstance(properties, Mapping):
        properties = {}
    required = (schema or {}).get("required", ())
    names = [*properties, *(name for name in arguments if name not in properties)]
    return [
        _field(
            name, properties.get(name, {}), arguments, name in required or name not in properties
        )
        for name in names
    ]


def _field(name: str, schema: object, arguments: Mapping[str, Any], required: bool) -> Field:
    schema = schema if isinstance(schema, Mapping) else {}
    value = arguments.get(name)
    given = name in arguments
    kind, choices = _kind(schema, value)
    if choices and not required:
        choices = ("", *choices)
    if not given:
        text = ""
    elif kind == "lines":
        text = "\n".join(value)  # type: ignore[arg-type] # _kind looked at it
    elif kind == "text":
        text = str(value)
    elif kind == "choice":
        text = value if isinstance(value, str) else json.dumps(value)
    else:
        text = json_text(value) if kind == "json" else json.dumps(value)
    return Field(name, kind, schema, required, text, choices, given)


def _kind(schema: Mapping[str, Any], value: object) -> tuple[FieldKind, tuple[str, ...]]:
    """How a value is written; a value that is not of its schema's type is written as JSON."""
    schema = _without_null(schema)
    options = schema.get("enum")
    if isinstance(options, Sequence) and options and not isinstance(options, str):
        if value is None or value in options:
            words = (v if isinstance(v, str) else json.dumps(v) for v in options)
            return "choice", tuple(words)
        return "json", ()
    kind = schema.get("type") or _type_of(value)
    if kind == "boolean" and (value is None or isinstance(value, bool)):
        return "choice", ("true", "false")
    if kind == "string" and (value is None or isinstance(value, str)):
        return "text", ()
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in ("integer", "number") and (value is None or number):
        return ("integer" if kind == "integer" else "number"), ()
    items = schema.get("items")
    of_texts = isinstance(items, Mapping) and items.get("type") == "string"
    if kind == "array" and of_texts:
        lines = value is None or (
            isinstance(value, list)
            and all(isinstance(item, str) and item and "\n" not in item for item in value)
        )
        if lines:
            return "lines", ()
    return "json", ()


def _type_of(value: object) -> str:
    return "string" if isinstance(value, str) else ""


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """`string or null` as `string`: an empty field leaves it out."""
    options = schema.get("anyOf")
    if isinstance(options, list):
        real = [option for option in options if isinstance(option, Mapping)]
        real = [option for option in real if option.get("type") != "null"]
        if len(real) == 1:
            return {**schema, **real[0]}
    return schema


def read_fields(fields: Sequence[Field], texts: Sequence[str]) -> dict[str, Any]:
    """The arguments that the texts of the fields say.

    Args:
        fields: what is wanted.
        texts: one a field, in their order.

    Raises:
        FieldFault: a text is not what its field takes.
    """
    found: dict[str, Any] = {}
    for field, text in zip(fields, texts, strict=True):
        if not text and not (field.given and field.text == "" and field.kind != "choice"):
            if field.kind in ("text", "lines") and field.required:
                found[field.name] = [] if field.kind == "lines" else ""
            elif field.required:
                raise FieldFault(f"{field.name}: a value is needed")
            continue
        found[field.name] = _value(field, text)
    return found


def _value(field: Field, text: str) -> object:
    match field.kind:
        case "text":
            value: object = text
        case "lines":
            value = text.split("\n") if text else []
        case "choice":
            value = _chosen(field, text)
        case "integer" | "number":
            value = _number(field, text.strip())
        case "json":
            value = _parsed(text, f"{field.name}: ")
    _check(field, value)
    return value


def _chosen(field: Field, text: str) -> object:
    options = _without_null(field.schema).get("enum", (True, False))
    for option in options:
        if text == (option if isinstance(option, str) else json.dumps(option)):
            return option
    raise FieldFault(f"{field.name}: one of {', '.join(filter(None, field.choices))} is wanted")


def _number(field: Field, text: str) -> int | float:
    try:
        whole = field.kind == "integer" or re.fullmatch(r"-?\d+", text)
        value = int(text) if whole else float(text)
        if value - value != 0:
            raise ValueError("endless")
        return value
    except ValueError:
        what = "a whole number" if field.kind == "integer" else "a number"
        raise FieldFault(f"{field.name}: {what} is wanted") from None


def _check(field: Field, value: object) -> None:
    """The bounds that schemas name most often; the tool itself checks the rest."""
    schema = _without_null(field.schema)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = schema.get("minimum"), schema.get("maximum")
        if isinstance(low, int | float) and value < low:
            raise FieldFault(f"{field.name}: at least {low} is wanted")
        if isinstance(high, int | float) and value > high:
            raise FieldFault(f"{field.name}: at most {high} is wanted")
    if isinstance(value, str):
        shortest = schema.get("minLength")
        if isinstance(shortest, int) and len(value) < shortest:
            raise FieldFault(f"{field.name}: at least {shortest} characters are wanted")


def json_text(value: object) -> str:
    """A value as JSON for people; characters that nobody sees are written as escapes."""

    def escaped(found: re.Match[str]) -> str:
        char = found[0]
        if not is_hidden(char):
            return char
        units = char.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))

    return _HIDDEN.sub(escaped, json.dumps(value, indent=2, ensure_ascii=False))


def read_json(text: str, schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The arguments that a JSON text says.

    Raises:
        FieldFault: it is no object, or not one that the schema allows.
    """
    value = _parsed(text, "")
    if not isinstance(value, dict):
        raise FieldFault("an object in braces is wanted")
    for field in fields_of(value, schema):
        if not field.given and field.required:
            raise FieldFault(f"{field.name}: a value is needed")
        if field.given and field.kind == "json":
            _check_type(field, value[field.name])
        elif field.given:
            _check(field, value[field.name])
    return value


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def _check_type(field: Field, value: object) -> None:
    """What has a field of its own is of the right type; what is written as JSON may not be."""
    schema = _without_null(field.schema)
    options, wanted = schema.get("enum"), schema.get("type")
    if isinstance(options, list) and value not in options:
        raise FieldFault(f"{field.name}: one of {json.dumps(options)} is wanted")
    kind = _TYPES.get(wanted) if isinstance(wanted, str) else None
    fits = kind is None or (isinstance(value, kind) and isinstance(value, bool) == (kind is bool))
    if not fits:
        raise FieldFault(f"{field.name}: {wanted} is wanted")


def _parsed(text: str, where: str) -> object:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise FieldFault(f"{where}a name stands there twice")
        return found

    def constant(name: str) -> object:
        raise FieldFault(f"{where}{name} is not JSON")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise FieldFault(f"{where}{error.msg.lower()} at {at}") from None
    except RecursionError:
        raise FieldFault(f"{where}nested too deeply") from None

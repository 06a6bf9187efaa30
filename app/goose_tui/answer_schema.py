"""A JSON schema that the last answer of a run has to follow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from goose_agent.errors import UsageError
from goose_agent.tools.faults import shortened
from goose_agent.tools.mending import unfenced

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from referencing import Resource
    from referencing._core import Resolver  # it has no public name

__all__ = ["AnswerSchema", "Checked"]

_LARGEST = 1_000_000
"""Bytes of a schema; it is sent with every request."""
_MOST = 5
"""Faults that are told at once."""
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class Checked(Struct, frozen=True):
    """What became of an answer."""

    value: object = None
    """The JSON it is, where it follows the schema."""
    faults: tuple[str, ...] = ()
    """What is wrong with it; empty where nothing is."""


class AnswerSchema:
    """What answers are held against.

    Args:
        name: of the file it is in.
        schema: JSON.
        validator: made of it.
    """

    def __init__(self, name: str, schema: dict[str, Any], validator: Validator) -> None:
        self.name = name
        self._schema = schema
        self._validator = validator

    @classmethod
    def load(cls, name: str) -> AnswerSchema:
        """The schema in a file; nothing that it refers to is fetched.

        Raises:
            UsageError: it cannot be read, or is no schema that stands on its own.
        """
        schema = _read(name)
        # Only a run with a schema has to wait for these.
        import jsonschema
        from referencing import Registry
        from referencing.exceptions import Unresolvable
        from referencing.jsonschema import UnknownDialect

        kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
        try:
            _look_up_references(schema)
            kind.check_schema(schema)
        except jsonschema.SchemaError as error:
            place, problem = error.json_path, shortened(error.message)
            raise UsageError(f"{name} is no JSON schema: {place}: {problem}.") from error
        except Unresolvable as error:
            raise UsageError(
                f"{name} refers to {shortened(str(error.ref))}, which is not in it.",
                "References to other files are not followed: put everything into one.",
            ) from error
        except UnknownDialect as error:
            word = shortened(str(error.uri))
            raise UsageError(
                f"{name}: its $schema {word} is not known.", "Leave it out."
            ) from error
        except RecursionError as error:
            raise UsageError(f"{name} is nested too deeply.") from error
        return cls(name, schema, kind(schema, registry=Registry()))

    @property
    def instructions(self) -> str:
        """What the model is told before it begins."""
        return (
            "Your final answer must be one JSON value that follows this JSON schema, and nothing "
            f"else: no words around it.\n{json.dumps(self._schema, ensure_ascii=False)}"
        )

    def complaint(self, faults: tuple[str, ...]) -> str:
        """What the model is told about an answer that does not do."""
        told = "\n".join(f"- {fault}" for fault in faults)
        return (
            f"Your answer does not follow the JSON schema it has to follow:\n{told}\n"
            "Answer again with the whole corrected JSON and nothing else."
        )

    def check(self, answer: str) -> Checked:
        """Hold an answer against the schema. Blocks: call it in a thread.

        Args:
            answer: the model's words; a Markdown fence around all of them is passed over.
        """
        try:
            value = json.loads(unfenced(answer), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            return Checked(faults=(f"it is not JSON: {reason}",))
        try:
            found = tuple(
                f"{error.json_path}: {_middle_out(error.message)}"
                for error in islice(self._validator.iter_errors(value), _MOST)
            )
        except RecursionError:
            found = ("it is nested too deeply to be checked",)
        return Checked(None if found else value, found)


def _read(name: str) -> dict[str, Any]:
    try:
        with Path(name).open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", "Check the path.") from error
    if len(content) > _LARGEST:
        raise UsageError(f"{name} is larger than {_LARGEST:,} bytes.")
    try:
        schema: object = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not JSON: {error}.") from error
    if not isinstance(schema, dict):
        raise UsageError(f"{name} is no JSON schema: that is an object.")
    return schema


def _look_up_references(schema: dict[str, Any]) -> None:
    """See whether all that is referred to is in the schema itself.

    Raises:
        Unresolvable: something is not.
        UnknownDialect: it is written in an unknown way.
    """
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012, specification_with

    if "$schema" in schema:
        specification_with(str(schema["$schema"]))

    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    _look_up(resource, Registry().resolver_with_root(resource))


def _look_up(resource: Resource[Any], resolver: Resolver[Any]) -> None:
    contents = resource.contents
    if isinstance(contents, Mapping):
        for word in _REFERENCES:
            if isinstance(reference := contents.get(word), str):
                resolver.lookup(reference)
    for inner in resource.subresources():
        _look_up(inner, resolver.in_subresource(inner))


def _middle_out(message: str) -> str:
    """A fault without the middle of a long value: what is wrong with it comes last."""
    return message if len(message) <= 200 else f"{message[:90]} … {message[-90:]}"


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")

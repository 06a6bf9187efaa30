"""From a documented method to what the model is shown of it, and from its answer to arguments.

Type hints give the JSON schema, the docstring gives the words: everything before `Args:` describes
the tool, each entry below it an argument. The first parameter after `self` is the `CallContext`.
"""

from __future__ import annotations

import inspect
import json
import re
import typing
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Struct

from goose_agent.decoding import converted
from goose_agent.messages import ToolSchema
from goose_agent.tools.faults import faults_of, shortened, told
from goose_agent.tools.mending import mended

__all__ = ["Arguments", "Docs", "brief", "load_json", "read_docstring"]

_SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Example|Examples):\s*$")
_ENTRY = re.compile(r"^(\w+)(?:\s*\([^)]*\))?:\s*(.*)$")


class Docs(Struct, frozen=True):
    """A docstring, taken apart."""

    text: str
    arguments: dict[str, str]
    """What each argument is."""


def read_docstring(docstring: str) -> Docs:
    """Take a docstring apart into the description and that of each argument."""
    words: list[str] = []
    arguments: dict[str, str] = {}
    section, name = "", ""
    for line in inspect.cleandoc(docstring).splitlines():
        if heading := _SECTION.match(line):
            section = heading[1]
        elif not section:
            words.append(line)
        elif section == "Args":
            # An entry that goes on is indented deeper than the name that starts it.
            entry = None if line.startswith(" " * 8) else _ENTRY.match(line.strip())
            if entry:
                name = entry[1]
                arguments[name] = entry[2]
            elif name:
                arguments[name] = f"{arguments[name]} {line.strip()}".strip()
    return Docs(_unwrap(words), arguments)


def _unwrap(lines: list[str]) -> str:
    """Paragraphs on one line each: line breaks in the source are no concern of the model."""
    paragraphs = "\n".join(lines).strip().split("\n\n")
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def brief(schema: ToolSchema) -> ToolSchema:
    """A tool in the fewest words: the first line about it, and the arguments that it needs."""
    parameters = schema.parameters
    needed, known = parameters.get("required"), parameters.get("properties")
    if not isinstance(needed, list) or not isinstance(known, dict):
        needed, known = [], {}
    properties = {name: known[name] for name in needed if name in known}
    return ToolSchema(
        schema.name,
        schema.description.partition("\n")[0],
        {**parameters, "properties": properties},
    )


class _Parameter(Struct, frozen=True):
    """One argument of a tool."""

    name: str
    hint: Any
    default: Any
    description: str

    @property
    def required(self) -> bool:
        return self.default is inspect.Parameter.empty

    def schema(self) -> dict[str, Any]:
        schema = _lean(msgspec.json.schema(self.hint))
        if self.description:
            schema["description"] = self.description
        # Empty defaults say nothing that "not required" does not say.
        if not self.required and self.default and isinstance(self.default, str | int | float):
            schema["default"] = self.default
        return schema


class Arguments:
    """The arguments of one tool: their JSON schema, and how JSON text becomes them.

    Args:
        name: the tool's name.
        method: the documented method behind it; bound or not.
    """

    def __init__(self, name: str, method: Callable[..., Any]) -> None:
        self._name = name
        self._method = method

    @cached_property
    def docs(self) -> Docs:
        """The words about the tool and its arguments."""
        return read_docstring(self._method.__doc__ or "")

    @cached_property
    def _parameters(self) -> dict[str, _Parameter]:
        hints = typing.get_type_hints(self._method, include_extras=True)
        signature = inspect.signature(self._method)
        named = [p for name, p in signature.parameters.items() if name != "self"]
        return {
            p.name: _Parameter(
                p.name, hints.get(p.name, Any), p.default, self.docs.arguments.get(p.name, "")
            )
            for p in named[1:]
        }

    @cached_property
    def schema(self) -> ToolSchema:
        """The tool as a model sees it."""
        parameters: dict[str, object] = {
            "type": "object",
            "properties": {name: p.schema() for name, p in self._parameters.items()},
        }
        required = [name for name, p in self._parameters.items() if p.required]
        if required:
            parameters["required"] = required
        return ToolSchema(self._name, self.docs.text, parameters)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """What holds for arguments that are left out."""
        return {name: p.default for name, p in self._parameters.items() if not p.required}

    def as_json(self, text: str) -> str:
        """`text`, or what it is without a fence and trailing commas where only these are wrong."""
        try:
            load_json(text)
        except (ValueError, RecursionError):
            better = mended(text)
        else:
            return text
        try:
            load_json(better)
        except (ValueError, RecursionError):
            return text
        return better

    def parse(self, text: str) -> dict[str, Any] | str:
        """The arguments in the model's JSON text as plain data, or what is wrong with it.

        Args:
            text: JSON as the model wrote it, or what `as_json` makes of it; beyond that it is never
                repaired, since a repaired command is not the command that was meant.
        """
        # Services leave the text empty where a tool is called without arguments.
        try:
            given = load_json(text) if text.strip() else {}
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            return self._refused(f"they are not valid JSON: {reason}")
        if not isinstance(given, dict):
            return self._refused("they are not a JSON object")
        values = self._convert(given)
        if isinstance(values, str):
            return values
        return {name: msgspec.to_builtins(value) for name, value in values.items()}

    def build(self, arguments: Mapping[str, Any]) -> dict[str, Any] | str:
        """Keyword arguments for the method from plain data, or what is wrong with them."""
        return self._convert(arguments)

    def _convert(self, given: Mapping[str, Any]) -> dict[str, Any] | str:
        problems = self._misnamed(given)
        values: dict[str, Any] = {}
        for name, parameter in self._parameters.items():
            if name not in given:
                continue
            try:
                # Models like to write numbers and truth values as text.
                values[name] = converted(given[name], parameter.hint, strict=False)
            except msgspec.ValidationError:
                problems += faults_of(given[name], parameter.hint, name)
        return self._refused(told(problems)) if problems else values

    def _misnamed(self, given: Mapping[str, Any]) -> list[str]:
        unknown = [name for name in given if name not in self._parameters]
        missing = [n for n, p in self._parameters.items() if p.required and n not in given]
        problems = [f"`{name}` is missing" for name in missing]
        if unknown:
            known = ", ".join(self._parameters) or "none"
            names = ", ".join(f"`{shortened(name)}`" for name in unknown)
            problems.append(f"unknown argument {names} (known: {known})")
        return problems

    def _refused(self, reason: str) -> str:
        return f"The arguments of {self._name} were refused: {reason}. Nothing was done."


def load_json(text: str) -> object:
    """JSON as a model wrote it.

    Raises:
        ValueError: it is none, or says one thing twice, or holds half of a character.
        RecursionError: it is nested too deeply.
    """
    found: object = json.loads(
        text, object_pairs_hook=_without_repeats, parse_constant=_no_constant
    )
    if "\\ud" in text.lower():
        # Half of a surrogate pair is valid JSON, and no file, command or record can hold it.
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("a string holds half of a character (\\ud800 to \\udfff)") from None
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Which of the two was meant, nobody can know.
        raise ValueError("a key appears twice")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _lean(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without titles and references, which cost tokens and say nothing."""
    definitions = schema.pop("$defs", {})
    return typing.cast("dict[str, Any]", _trim(schema, definitions, frozenset()))


def _trim(node: object, definitions: dict[str, Any], above: frozenset[str]) -> object:
    if isinstance(node, list):
        return [_trim(item, definitions, above) for item in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name in definitions:
        # A type that contains itself has no finite schema: its inside is left open.
        inner = {} if name in above else definitions[name]
        return _trim(inner, definitions, above | {name})
    choices = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        return _trim(choices[0], definitions, above)
    trimmed = {
        key: _trim(value, definitions, above)
        for key, value in node.items()
        if key not in ("title", "properties")
    }
    if all(isinstance(choice, str) for choice in node.get("enum", (0,))):
        trimmed["type"] = "string"  # some services want it said
    if "properties" in node:
        # Below this key stand names, and one of them may well be `title`.
        trimmed["properties"] = {
            key: _trim(value, definitions, above) for key, value in node["properties"].items()
        }
    return trimmed

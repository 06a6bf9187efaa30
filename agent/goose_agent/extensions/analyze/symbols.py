"""What a source file defines and calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = ["Call", "Definition", "Source", "is_installed", "language_of", "read_source"]

_LANGUAGES: Mapping[str, tuple[str, str]] = {
    ".py": ("tree_sitter_python", "language"),
    ".pyi": ("tree_sitter_python", "language"),
    ".js": ("tree_sitter_javascript", "language"),
    ".mjs": ("tree_sitter_javascript", "language"),
    ".cjs": ("tree_sitter_javascript", "language"),
    ".jsx": ("tree_sitter_javascript", "language"),
    ".ts": ("tree_sitter_typescript", "language_typescript"),
    ".mts": ("tree_sitter_typescript", "language_typescript"),
    ".tsx": ("tree_sitter_typescript", "language_tsx"),
    ".go": ("tree_sitter_go", "language"),
    ".rs": ("tree_sitter_rust", "language"),
}
"""For the end of a file's name the module of its grammar, and the function that gives it."""
_KINDS: Mapping[str, str] = {
    "class_definition": "class",
    "function_definition": "def",
    "class_declaration": "class",
    "abstract_class_declaration": "class",
    "function_declaration": "function",
    "generator_function_declaration": "function",
    "method_definition": "method",
    "interface_declaration": "interface",
    "type_alias_declaration": "type",
    "enum_declaration": "enum",
    "method_declaration": "func",
    "type_spec": "type",
    "function_item": "fn",
    "struct_item": "struct",
    "enum_item": "enum",
    "trait_item": "trait",
    "impl_item": "impl",
    "mod_item": "mod",
}
"""Kinds of nodes that define something, in all grammars, and what that is called."""
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "function"})
_CALLS = frozenset({"call", "call_expression", "new_expression"})
_SHOWN = 160
"""Characters of a line that defines something."""


class Definition(Struct, frozen=True):
    """Something that has a name."""

    name: str
    kind: str
    line: int
    """From 1."""
    end: int
    depth: int
    """How many definitions are around it."""
    text: str
    """Its first line."""


class Call(Struct, frozen=True):
    """A name that is called."""

    name: str
    line: int
    within: str
    """The definition around it; empty for none."""


class Source(Struct, frozen=True):
    """What a file defines and calls, in its order."""

    definitions: tuple[Definition, ...]
    calls: tuple[Call, ...]
    broken: bool
    """Whether some of it could not be read."""


def is_installed() -> bool:
    """Whether any grammar is there."""
    return any(find_spec(module) is not None for module, _ in _LANGUAGES.values())


def language_of(name: str) -> str:
    """The end of a file's name, where there is a grammar for such; else nothing."""
    _, dot, end = name.rpartition(".")
    end = f"{dot}{end}".lower()
    return end if end in _LANGUAGES and find_spec(_LANGUAGES[end][0]) is not None else ""


@cache
def _parser(end: str) -> Parser:
    from tree_sitter import Language, Parser

    module, function = _LANGUAGES[end]
    return Parser(Language(getattr(import_module(module), function)()))


def read_source(data: bytes, end: str, pulse: Callable[[], None] = lambda: None) -> Source:
    """Read a file. Blocks.

    Args:
        data: its content.
        end: of its name, as `language_of` tells it.
        pulse: called now and then; what it raises ends the reading.
    """
    tree = _parser(end).parse(data)
    lines = data.split(b"\n")
    definitions: list[Definition] = []
    calls: list[Call] = []
    for at, (node, around) in enumerate(_walk(tree.root_node)):
        if at % 4096 == 0:
            pulse()
        if (defined := _defined(node)) is not None:
            kind, name = defined
            first = node.start_point[0]
            text = lines[first].decode("utf-8", "replace").strip()[:_SHOWN]
            definitions.append(
                Definition(name, kind, first + 1, node.end_point[0] + 1, len(around), text)
            )
        elif node.type in _CALLS and (name := _called(node)):
            within = ".".join(around[-2:])
            calls.append(Call(name, node.start_point[0] + 1, within))
    return Source(tuple(definitions), tuple(calls), tree.root_node.has_error)


def _walk(root: Node) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Every node with the names of the definitions around it, without recursion."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while waiting:
        node, around = waiting.pop()
        yield node, around
        defined = _defined(node)
        inner = (*around, defined[1]) if defined is not None else around
        waiting += [(child, inner) for child in reversed(node.named_children)]


def _defined(node: Node) -> tuple[str, str] | None:
    """What a node defines: the kind and the name; None where it defines nothing."""
    if node.type == "variable_declarator":
        value = node.child_by_field_name("value")
        if value is None or value.type not in _FUNCTIONS:
            return None
        return "function", _text(node.child_by_field_name("name"))
    kind = _KINDS.get(node.type)
    if kind is None:
        return None
    name = node.child_by_field_name("name") or node.child_by_field_name("type")
    return kind, _text(name)


def _called(node: Node) -> str:
    """The last name of what a node calls: of `a.b.c()` that is `c`."""
    target = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    while target is not None:
        inner = (
            target.child_by_field_name("attribute")
            or target.child_by_field_name("property")
            or target.child_by_field_name("field")
            or target.child_by_field_name("name")
        )
        if inner is None:
            break
        target = inner
    is_name = target is not None and not target.named_children
    return _text(target) if is_name else ""


def _text(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""

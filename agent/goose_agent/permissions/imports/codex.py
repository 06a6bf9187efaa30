"""Codex's rules files: calls of `prefix_rule`, read as data and never run."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from goose_agent.events import Decision
from goose_agent.permissions.imports.imported import Imported, Taken, left_out, taken
from goose_agent.permissions.rules.argv import ArgvPattern, Slot

__all__ = ["import_codex"]

_DECISIONS: dict[str, Decision] = {"allow": "allow", "prompt": "ask", "forbidden": "deny"}
_KEYS = ("pattern", "decision", "justification", "match", "not_match")
_LARGEST = 256 * 1024
"""Characters."""


def import_codex(text: str, path: Path) -> Imported:
    """What its rules say.

    Args:
        text: Starlark, of which only calls with plain values are read.
        path: where it is from.

    Raises:
        ValueError: it is not such a file.
    """
    if len(text) > _LARGEST:
        raise ValueError(f"it has more than {_LARGEST} characters")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from None
    except (RecursionError, MemoryError):
        raise ValueError("it is nested too deeply") from None
    return Imported(path, "Codex", tuple(_statement(node, text) for node in tree.body))


def _statement(node: ast.stmt, text: str) -> Taken:
    shown = " ".join((ast.get_source_segment(text, node) or "").split())[:120]
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return left_out(node.lineno, shown, "only calls of prefix_rule are understood")
    if call.func.id != "prefix_rule":
        return left_out(node.lineno, shown, f"{call.func.id} has no counterpart here")
    try:
        return _prefix(node.lineno, shown, _arguments(call))
    except ValueError as error:
        return left_out(node.lineno, shown, str(error))


def _arguments(call: ast.Call) -> dict[str, Any]:
    """Its keywords as plain values.

    Raises:
        ValueError: there is anything else.
    """
    if call.args:
        raise ValueError("prefix_rule takes names and values")
    values: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg not in _KEYS or keyword.arg in values:
            raise ValueError(f"`{keyword.arg}` is not known")
        values[keyword.arg] = _plain(keyword.value)
    return values


def _plain(node: ast.expr) -> Any:  # noqa: ANN401 # texts, and lists of them
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.List):
        return [_plain(item) for item in node.elts]
    raise ValueError(f"line {node.lineno}: only texts and lists of texts are understood")


def _prefix(line: int, shown: str, values: dict[str, Any]) -> Taken:
    pattern = values.get("pattern")
    decision = values.get("decision", "allow")
    if decision not in _DECISIONS:
        raise ValueError(f"there is no decision {decision!r}")
    if not isinstance(pattern, list) or not pattern:
        raise ValueError("`pattern` must be a list of words")
    effect = _DECISIONS[decision]
    slots = _slots(pattern)
    note = ""
    if len(slots) < len(pattern):
        if effect == "allow" or not slots:
            raise ValueError("a word of it has a quote or a line break in it")
        effect, note = "ask", "a word of it cannot be said here: asks about every such command"
    named: dict[str, object] = {
        "effect": effect,
        "tool": "shell",
        "argv": ArgvPattern(tuple(slots), rest=True),
    }
    if values.get("justification"):
        named["why"] = values["justification"]
    for key in ("match", "not_match"):
        if values.get(key) and not note:
            named[key] = [_example(item) for item in values[key]]
    return taken(line, shown, named, note)


def _slots(pattern: Sequence[Any]) -> list[Slot]:
    """The words of a pattern, up to the first that cannot be said here.

    Raises:
        ValueError: it is not a pattern.
    """
    slots = []
    for item in pattern:
        words = tuple(item) if isinstance(item, list) else (item,)
        if not words or not all(isinstance(word, str) for word in words):
            raise ValueError("`pattern` must be a list of words and of lists of words")
        if any(not word or set(word) & set("'\0\n") for word in words):
            break
        slots.append(Slot(words))
    return slots


def _example(item: str | Sequence[str]) -> str:
    return item if isinstance(item, str) else shlex.join(item)

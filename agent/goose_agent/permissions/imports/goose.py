"""Goose's own `permission.yaml`: lists of tool names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from goose_agent.events import Decision
from goose_agent.permissions.imports.imported import Imported, Taken, left_out, taken
from goose_agent.permissions.rules.file import Entry, RulesFile, is_kind
from goose_agent.private_file import read_small

if TYPE_CHECKING:
    import yaml

__all__ = ["import_goose", "read_goose_permissions"]

_LARGEST = 128 * 1024
_LISTS: dict[str, Decision] = {
    "always_allow": "allow",
    "ask_before": "ask",
    "never_allow": "deny",
}
_TOOLS = {"text_editor": ("read", "write", "edit"), "tree": ("tree",), "shell": ("shell",)}
"""Goose's names where ours are others, or more; what has no prefix belongs to its developer tools."""


def read_goose_permissions(path: Path) -> RulesFile:
    """The person's lists as rules; none where there is no file. Never raises: problems are told.

    Args:
        path: Goose's file.
    """
    try:
        text = read_small(path, _LARGEST).decode()
        found = import_goose(text, path)
    except FileNotFoundError:
        return RulesFile(path)
    except (OSError, ValueError) as error:
        return RulesFile(path, problems=(f"{path}:1: cannot be read: {error}.",))
    rules = [item for item in found.items if item.rule is not None]
    return RulesFile(
        path, tuple(Entry(item.rule, item.line, item.line) for item in rules if item.rule)
    )


def import_goose(text: str, path: Path) -> Imported:
    """What the lists of a person say; the cache of the model's verdicts beside them is none.

    Raises:
        ValueError: it is not such a file.
    """
    import yaml  # only where there is a file to read

    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"{where}{getattr(error, 'problem', None) or 'it is not YAML'}") from None
    if root is None:
        return Imported(path, "Goose", ())
    items: list[Taken] = []
    for key, lists in _pairs(root, "the file"):
        if key != "user":
            line = lists.start_mark.line + 1
            items.append(left_out(line, key, "a cache of verdicts, not what a person said"))
            continue
        for name, names in _pairs(lists, key):
            items += _list(name, names)
    return Imported(path, "Goose", tuple(items))


def _pairs(node: yaml.Node, what: str) -> list[tuple[str, yaml.Node]]:
    if not is_kind(node, "mapping"):
        raise ValueError(f"line {node.start_mark.line + 1}: {what} is not keys and values")
    return [(str(key.value), value) for key, value in node.value]


def _list(name: str, node: yaml.Node) -> list[Taken]:
    effect = _LISTS.get(name)
    if effect is None or not is_kind(node, "sequence"):
        if not node.value or str(node.tag).endswith(":null"):
            return []  # an empty list says nothing, by whatever name
        raise ValueError(f"line {node.start_mark.line + 1}: `{name}` is not one of Goose's lists")
    return [_tool(effect, str(item.value), item.start_mark.line + 1) for item in node.value]


def _tool(effect: Decision, name: str, line: int) -> Taken:
    extension, _, tool = name.rpartition("__")
    if extension in ("", "developer"):
        names = _TOOLS.get(tool, (tool,))
        return taken(line, f"{name}: {effect}", {"effect": effect, "tool": list(names)})
    return taken(line, f"{name}: {effect}", {"effect": effect, "mcp": f"{extension}/{tool}"})

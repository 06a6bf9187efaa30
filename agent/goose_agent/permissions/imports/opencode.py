"""opencode's `permission` of an `opencode.json`, where the last rule that matches counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast, get_args

from goose_agent.events import Decision
from goose_agent.permissions.imports.imported import (
    Imported,
    Taken,
    command_rule,
    left_out,
    line_of,
    section_of,
    taken,
)

__all__ = ["import_opencode"]

_TOOLS = {
    "edit": ("write", "edit"),
    "read": ("read",),
    "grep": ("grep",),
    "glob": ("glob",),
    "list": ("tree",),
}
_STRICTER = ("allow", "ask", "deny")


def import_opencode(text: str, path: Path) -> Imported:
    """What it says; where a later rule loosens an earlier one, the earlier one counts here.

    Args:
        text: JSON.
        path: where it is from.

    Raises:
        ValueError: it is not such a file.
    """
    permission, at = section_of(text, "permission")
    items: list[Taken] = []
    for tool, value in permission.items():
        at_tool = max(text.find(json.dumps(tool), at), at)
        rules = value if isinstance(value, dict) else {"*": value}
        strictest = 0
        for pattern, word in rules.items():
            place = max(text.find(json.dumps(pattern, ensure_ascii=False), at_tool), at_tool)
            line = line_of(text, place)
            shown = f"{tool}: {pattern}: {word}"
            if word not in get_args(Decision):
                items.append(left_out(line, shown, "it says neither allow, ask nor deny"))
                continue
            found = _rule(line, shown, tool, pattern, cast("Decision", word))
            rank = _STRICTER.index(word)
            items.append(_overruled(found) if rank < strictest else found)
            strictest = max(strictest, rank)
    return Imported(path, "opencode", tuple(items))


def _overruled(item: Taken) -> Taken:
    """It comes after a stricter one, which counts first here."""
    if item.rule is None:
        return item
    note = "a stricter rule before it counts first here, where both speak of a call"
    return Taken(item.line, item.text, item.rule, "; ".join(filter(None, (item.note, note))))


def _rule(line: int, shown: str, tool: str, pattern: str, effect: Decision) -> Taken:
    if tool == "bash":
        return command_rule(line, shown, effect, "*" if pattern == "*" else pattern)
    if tool == "webfetch":
        if effect == "allow":
            return left_out(line, shown, "no tool here does only that")
        return taken(line, shown, {"effect": effect, "host": "*"})
    if tool not in _TOOLS:
        return left_out(line, shown, f"there is no tool like {tool} here")
    tools = list(_TOOLS[tool])
    if pattern == "*":
        return taken(line, shown, {"effect": effect, "tool": tools})
    return _path_rule(line, shown, tools, pattern, effect)


def _path_rule(line: int, shown: str, tools: list[str], pattern: str, effect: Decision) -> Taken:
    """`*` of opencode goes through folders; ours does only as `**`."""
    segments = pattern.removeprefix("./").split("/")
    inner = any("*" in part.lstrip("*") for part in segments)
    wide: list[str] = []
    for part in segments:
        name = part.lstrip("*")
        wide += ["**"] * (name != part) + ([f"*{name}" if name != part else name] if name else [])
    values: dict[str, object] = {"effect": effect, "tool": tools}
    if inner and effect != "allow":
        note = "it cannot be said by folders: asks about every file instead"
        return taken(line, shown, {"effect": "ask", "tool": tools}, note)
    if inner:
        values["path"] = f"./{'/'.join(segments)}"
        return taken(line, shown, values, "narrower: * stays within a folder")
    absolute = pattern.startswith(("/", "~/"))
    values["path"] = "/".join(wide) if absolute else f"./{'/'.join(wide)}"
    return taken(line, shown, values)

"""Claude Code's `permissions` of a `settings.json`."""

from __future__ import annotations

import json
import re
from pathlib import Path

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

__all__ = ["import_claude"]

_LISTS: tuple[Decision, ...] = ("allow", "ask", "deny")
_RULE = re.compile(r"(?P<tool>[A-Za-z]\w*)(?:\((?P<limit>.*)\))?", re.DOTALL)
_MCP = re.compile(r"mcp__(?P<server>.+?)(?:__(?P<tool>.+))?")
_READS = ("read", "grep", "glob", "tree")
_WRITES = ("write", "edit")
_TOOLS = {
    "Read": _READS,
    "Grep": ("grep",),
    "Glob": ("glob",),
    "LS": ("tree",),
    "Edit": _WRITES,
    "Write": _WRITES,
    "MultiEdit": _WRITES,
    "NotebookEdit": _WRITES,
}


def import_claude(text: str, path: Path) -> Imported:
    """What its lists say.

    Args:
        text: JSON.
        path: where it is from.

    Raises:
        ValueError: it is not such a file.
    """
    permissions, at = section_of(text, "permissions")
    items: list[Taken] = []
    for key, value in permissions.items():
        at_key = text.find(json.dumps(key), at)
        if key not in _LISTS:
            note = "settings other than rules are not taken over"
            items.append(left_out(line_of(text, at_key), f"{key}: {json.dumps(value)[:60]}", note))
            continue
        if not isinstance(value, list):
            raise ValueError(f"line {line_of(text, at_key)}: `{key}` is not a list")
        place = at_key
        for entry in value:
            place = max(place, _find(text, str(entry), place))
            items.append(_rule(line_of(text, place), key, str(entry)))
    return Imported(path, "Claude Code", tuple(items))


def _find(text: str, entry: str, start: int) -> int:
    for written in (json.dumps(entry), json.dumps(entry, ensure_ascii=False)):
        if (at := text.find(written, start)) >= 0:
            return at
    return start


def _rule(line: int, effect: Decision, entry: str) -> Taken:
    shown = f"{effect}: {entry}"
    if (mcp := _MCP.fullmatch(entry)) is not None:
        name = f"{mcp['server']}/{mcp['tool'] or '*'}"
        return taken(line, shown, {"effect": effect, "mcp": name})
    found = _RULE.fullmatch(entry.strip())
    if found is None:
        return left_out(line, shown, "it is not a rule of Claude Code")
    tool, limit = found["tool"], found["limit"]
    if tool == "Bash":
        return _bash(line, shown, effect, limit)
    if tool == "WebFetch":
        return _fetch(line, shown, effect, limit)
    if tool not in _TOOLS:
        return left_out(line, shown, f"there is no tool like {tool} here")
    return _files(line, shown, effect, tool, limit)


def _bash(line: int, shown: str, effect: Decision, limit: str | None) -> Taken:
    if limit is None or limit in ("*", ":*"):
        return taken(line, shown, {"effect": effect, "tool": "shell"})
    if limit.endswith(":*"):
        limit = f"{limit[:-2].rstrip()} *"
    return command_rule(line, shown, effect, limit)


def _fetch(line: int, shown: str, effect: Decision, limit: str | None) -> Taken:
    if effect == "allow":
        return left_out(line, shown, "no tool here does only that")
    domain = (limit or "").removeprefix("domain:").strip() or "*"
    return taken(line, shown, {"effect": effect, "host": domain})


def _files(line: int, shown: str, effect: Decision, tool: str, limit: str | None) -> Taken:
    tools = _TOOLS[tool]
    if limit is None or limit in ("*", "**"):
        return taken(line, shown, {"effect": effect, "tool": list(tools)})
    if limit.startswith("//"):
        pattern = limit[1:]
    elif limit.startswith("/"):  # from the project on
        pattern = f".{limit}"
    else:
        pattern = limit
    if effect == "allow":
        return taken(line, shown, {"effect": effect, "tool": list(tools), "path": pattern})
    op = "write" if tools is _WRITES else "read"
    return taken(line, shown, {"effect": effect, "path": pattern, "op": op})

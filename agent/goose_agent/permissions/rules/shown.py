"""A rule as one line of text: what `line.parse_line` reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goose_agent.permissions.rules.rule import Rule

__all__ = ["ANY_TOOL", "COMMAND_TOOLS", "rule_line"]

ANY_TOOL = "*"
COMMAND_TOOLS = frozenset({"shell"})
"""Tools of which a rule limits the words of commands; of all others it limits paths."""
_PLAIN_VALUE = re.compile(r"[^\s,\"()\\][^,\"()\\]*(?<!\s)")


def rule_line(rule: Rule) -> str:
    """A rule in one line, without its reason and its examples."""
    head, limit = _head(rule)
    return f"{rule.effect}{_shown_options(rule, head)} {head}" + (f": {limit}" if limit else "")


def _head(rule: Rule) -> tuple[str, str]:
    """What stands before the colon, and what behind it."""
    if rule.exact:
        return f"{'|'.join(rule.tools) or ANY_TOOL} exactly", json.dumps(
            rule.exact, ensure_ascii=False
        )
    if rule.argv is not None:
        return "|".join(rule.tools) or "shell", str(rule.argv)
    if rule.tools:
        fits = rule.path and COMMAND_TOOLS.isdisjoint(rule.tools) and _bare(rule.path)
        return "|".join(rule.tools), rule.path if fits else ""
    for name in ("path", "host", "mcp"):
        if (value := getattr(rule, name)) and _bare(value):
            return name, value
    return ANY_TOOL, ""


def _bare(value: str) -> bool:
    return value == value.strip()


def _shown_options(rule: Rule, head: str) -> str:
    values: Mapping[str, str] = {
        "cwd": rule.cwd,
        "path": "" if _says_path(rule, head) else rule.path,
        "op": rule.op or "",
        "host": "" if head == "host" else rule.host,
        "mcp": "" if head == "mcp" else rule.mcp,
        "mode": "|".join(rule.modes),
        "expires": rule.expires.astimezone(UTC).isoformat() if rule.expires else "",
        "uses": "" if rule.uses is None else str(rule.uses),
    }
    shown = [f"{key}={_quoted(value)}" for key, value in values.items() if value]
    return f"({', '.join(shown)})" if shown else ""


def _says_path(rule: Rule, head: str) -> bool:
    """Whether the path stands behind the colon."""
    if rule.exact or rule.argv is not None or not _bare(rule.path):
        return False
    return head == "path" or (bool(rule.tools) and COMMAND_TOOLS.isdisjoint(rule.tools))


def _quoted(value: str) -> str:
    return value if _PLAIN_VALUE.fullmatch(value) else json.dumps(value, ensure_ascii=False)

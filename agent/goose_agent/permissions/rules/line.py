"""Reads a rule in one line, as the command line takes it and the screen shows it.

allow shell: git [fetch|pull] --prune? *
allow shell exactly: "make test"
deny read|grep: ./secrets/**
deny path: ~/.ssh/**
ask host: *.example.com
allow mcp: github/get_*
allow(cwd=./web/**, uses=3) shell: npm ci
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, cast

from goose_agent.errors import UsageError
from goose_agent.events import Decision
from goose_agent.permissions.rules.argv import parse_argv_line
from goose_agent.permissions.rules.rule import Rule
from goose_agent.permissions.rules.shown import ANY_TOOL, COMMAND_TOOLS
from goose_agent.permissions.rules.values import rule_from

__all__ = ["FORMS", "parse_allowed", "parse_line"]

FORMS = (
    "A rule is `allow shell: git fetch *`, `deny read: ./secrets/**`, `deny path: ~/.ssh/**`, "
    "`ask host: *.example.com`, `allow mcp: server/tool` or `allow TOOL`."
)
_LINE = re.compile(
    r"(?:(?P<effect>allow|ask|deny)(?P<options>\((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*\))?\s+)?"
    r"(?P<tools>\*|[A-Za-z][\w-]*(?:\s*\|\s*[A-Za-z][\w-]*)*)"
    r"(?P<exactly>\s+exactly)?"
    r"\s*(?::\s*(?P<limit>.*))?",
    re.DOTALL,
)
_OPTION = re.compile(r"\s*(?P<key>\w+)\s*=\s*(?P<value>\"(?:[^\"\\]|\\.)*\"|[^,\"()]+?)\s*(?:,|$)")
_OPTIONS = ("cwd", "path", "op", "host", "mode", "expires", "uses", "mcp")


def parse_line(text: str, effect: Decision = "allow") -> Rule:
    """The rule that a line says.

    Args:
        text: the line.
        effect: what it says where it does not begin with allow, ask or deny.

    Raises:
        UsageError: it is not a rule; says why.
    """
    found = _LINE.fullmatch(text.strip())
    if found is None:
        raise _wrong(text, "it does not begin with a tool, `path`, `host` or `mcp`")
    try:
        values = _options(found["options"])
        values["effect"] = found["effect"] or effect
        _limit(values, found["tools"], found["limit"], exactly=bool(found["exactly"]))
        return rule_from(values)
    except ValueError as error:
        raise _wrong(text, str(error)) from None


def parse_allowed(text: str, tools: Collection[str] | None = None) -> Rule:
    """The rule of `--allow`: as any line, but it can only allow.

    Args:
        text: such as `edit`, `write: src/**` or `shell: git status *`.
        tools: the tools there are; None where they are not known yet.

    Raises:
        UsageError: it is no such rule; says why.
    """
    rule = parse_line(text)
    if rule.effect != "allow":
        raise _wrong(text, f"--allow lets run; see goose-tui policy {rule.effect}")
    # Servers bring theirs later: `server__tool`.
    known = {*(tools or ()), *(name for name in rule.tools if "__" in name)}
    unknown = [name for name in rule.tools if tools is not None and name not in known]
    if unknown:
        raise _wrong(text, f"there is no tool {unknown[0]} (there are {', '.join(tools or ())})")
    return rule


def _limit(values: dict[str, Any], tools: str, limit: str | None, *, exactly: bool) -> None:
    names = [name.strip() for name in tools.split("|")]
    if names in (["path"], ["host"], ["mcp"]) and not exactly:
        if not limit:
            raise ValueError(f"`{tools}:` must be followed by what is meant")
        if tools in values:
            raise ValueError(f"{tools} is given twice")
        values[tools] = limit.strip()
        return
    if names != [ANY_TOOL]:
        values["tool"] = names
    if limit is None:
        if exactly:
            raise ValueError("`exactly:` must be followed by the text")
        return
    limit = limit.strip()
    if exactly:
        values["exact"] = _unquoted(limit)
    elif COMMAND_TOOLS.issuperset(names):
        values["argv"] = parse_argv_line(limit)
    elif "path" in values:
        raise ValueError("path is given twice")
    else:
        values["path"] = limit


def _options(text: str | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    at, text = 0, (text or "()")[1:-1].strip()
    while at < len(text):
        option = _OPTION.match(text, at)
        if option is None or option["key"] not in _OPTIONS:
            raise ValueError(f"in brackets stand {', '.join(_OPTIONS)} with `=`")
        if option["key"] in values:
            raise ValueError(f"{option['key']} is given twice")
        at = option.end()
        value = _unquoted(option["value"])
        values[option["key"]] = value.split("|") if option["key"] == "mode" else value
    return values


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        raise ValueError("its quotes do not end") from None
    return cast("str", value)


def _wrong(text: str, reason: str) -> UsageError:
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    return UsageError(f"The rule {shown!r} cannot be read: {reason}.", FORMS)

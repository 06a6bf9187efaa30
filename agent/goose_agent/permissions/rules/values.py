"""The values of a rule, checked: what is not understood is an error and never a guess."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, cast, get_args

from goose_agent.errors import UsageError
from goose_agent.events import Decision, Mode
from goose_agent.evolve import evolve
from goose_agent.permissions.rules.action import Op
from goose_agent.permissions.rules.argv import ArgvPattern, parse_argv
from goose_agent.permissions.rules.path_pattern import check_path_pattern
from goose_agent.permissions.rules.rule import Rule
from goose_agent.permissions.rules.shown import ANY_TOOL, COMMAND_TOOLS

__all__ = ["KEYS", "nearest", "rule_from"]

_TOOL = re.compile(r"[A-Za-z][\w-]*")
_HOST = re.compile(r"\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*|[0-9a-fA-F:]*:[0-9a-fA-F:.]*", re.ASCII)
_MCP = re.compile(r"[\w.*?-]+(?:/[\w.*?-]+)?", re.ASCII)
_MODE_ALIASES = {"smart_approve": "smart"}
_LONGEST = 10_000
"""Characters of one value."""


def rule_from(values: Mapping[str, Any]) -> Rule:
    """The rule of these keys.

    Args:
        values: by the keys that a rules file has; `argv` may be a pattern already.

    Raises:
        ValueError: a key or a value is wrong; says which and why.
    """
    for key in values:
        if key not in KEYS:
            raise ValueError(f"`{key}` is no key of a rule{nearest(key, KEYS)}")
    if "rule" in values:
        return _explained(values)
    if "effect" not in values:
        raise ValueError("`effect` is missing: allow, ask or deny")
    fields: dict[str, Any] = {}
    for key, value in values.items():
        name, check = KEYS[key]
        fields[name] = check(value, key)
    rule = Rule(**fields)
    _check_whole(rule)
    return rule


def _explained(values: Mapping[str, Any]) -> Rule:
    """A rule in one line with what explains it."""
    from goose_agent.permissions.rules.line import parse_line  # which reads values in its turn

    others = [key for key in values if key not in ("rule", "why", "match", "not_match")]
    if others:
        raise ValueError(f"`{others[0]}` and `rule` do not go together")
    try:
        rule = parse_line(_text(values["rule"], "rule"))
    except UsageError as error:
        raise ValueError(error.message.removesuffix(".")) from None
    fields = {key: KEYS[key][1](value, key) for key, value in values.items() if key != "rule"}
    return evolve(rule, **fields)


def nearest(word: str, known: Mapping[str, Any] | Sequence[str]) -> str:
    """A question for the name that may have been meant; empty where none is near."""
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _check_whole(rule: Rule) -> None:
    """Refuse what would mean something else than it seems to."""
    if rule.argv is not None and rule.tools and not COMMAND_TOOLS.issuperset(rule.tools):
        raise ValueError("`argv` is only for the tool shell")
    if rule.argv is not None and rule.argv.vague and rule.effect == "allow":
        raise ValueError("a word that only begins so (`word*`) is not for rules that allow")
    if rule.argv is not None and rule.exact:
        raise ValueError("`argv` and `exact` do not go together")
    if rule.op is not None and not rule.path:
        raise ValueError("`op` needs a `path`")
    nothing = rule.wide and not rule.tools and not rule.mcp
    if rule.effect == "allow" and nothing:
        raise ValueError("it would allow everything: name a tool, a path, a host or a server")
    if rule.uses is not None and rule.effect != "allow":
        raise ValueError("`uses` is only for rules that allow")
    loose = rule.effect == "allow" and (rule.path or rule.host) and rule.argv is None
    if loose and not rule.exact and (not rule.tools or not COMMAND_TOOLS.isdisjoint(rule.tools)):
        # A command that touches only such paths may still do anything else.
        raise ValueError("to allow a path or a host, name tools other than shell, or `argv`")
    if rule.cwd and rule.tools and COMMAND_TOOLS.isdisjoint(rule.tools):
        raise ValueError("`cwd` is only for the tool shell")


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"`{key}` must be text")
    if len(value) > _LONGEST or "\0" in value:
        raise ValueError(f"`{key}` is too long, or has a NUL character in it")
    return value


def _texts(value: object, key: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not items:
        raise ValueError(f"`{key}` must be text or a list of texts")
    return tuple(_text(item, key) for item in items)


def _one_of(names: Sequence[str], value: object, key: str) -> str:
    word = str(value)
    if word not in names:
        raise ValueError(f"`{key}` must be {', '.join(names)}, not {word!r}{nearest(word, names)}")
    return word


def _effect(value: object, key: str) -> Decision:
    return cast("Decision", _one_of(get_args(Decision), value, key))


def _op(value: object, key: str) -> Op:
    return cast("Op", _one_of(get_args(Op), value, key))


def _modes(value: object, key: str) -> tuple[Mode, ...]:
    words = (_MODE_ALIASES.get(word, word) for word in _texts(value, key))
    return tuple(cast("Mode", _one_of(get_args(Mode), word, key)) for word in words)


def _tools(value: object, key: str) -> tuple[str, ...]:
    names = _texts(value, key)
    if names == (ANY_TOOL,):
        return ()
    for name in names:
        if not _TOOL.fullmatch(name):
            raise ValueError(f"`{key}`: {name!r} is not the name of a tool")
        if name in ("path", "host", "mcp", *get_args(Decision)):
            raise ValueError(f"`{key}`: {name} is a word of its own, not a tool")
    return tuple(dict.fromkeys(names))


def _argv(value: object, key: str) -> ArgvPattern:
    if isinstance(value, ArgvPattern):
        return value
    if not isinstance(value, list) or not value:
        raise ValueError("`argv` must be a list of words")
    return parse_argv([_argv_item(item) for item in value])


def _argv_item(item: object) -> str | tuple[str, ...]:
    if isinstance(item, list) and item and all(isinstance(word, str) for word in item):
        return tuple(item)
    if isinstance(item, str):
        return item
    raise ValueError(f"`argv`: {item!r} is not text: put it in quotes")


def _path(value: object, key: str) -> str:
    pattern = _text(value, key)
    try:
        check_path_pattern(pattern)
    except ValueError as error:
        raise ValueError(f"`{key}`: {error}") from None
    return pattern


def _host(value: object, key: str) -> str:
    host = _text(value, key)
    if not _HOST.fullmatch(host):
        raise ValueError(f"`{key}`: {host!r} is not a host name, nor `*.` and one")
    return host


def _mcp(value: object, key: str) -> str:
    name = _text(value, key)
    if not _MCP.fullmatch(name):
        raise ValueError(f"`{key}` is `server` or `server/tool`, with * for any letters")
    return name


def _expires(value: object, key: str) -> datetime:
    moment: datetime | None = None
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time.max)
    elif isinstance(value, str):
        try:
            day = re.fullmatch(r"\d{4}-\d\d-\d\d", value)
            moment = datetime.fromisoformat(value)
            moment = datetime.combine(moment, time.max) if day else moment
        except ValueError:
            pass
    if moment is None:
        raise ValueError(f"`{key}` must be a day or a time, such as 2027-01-31")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _uses(value: object, key: str) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError(f"`{key}` must be a whole number from 1")
    return number


KEYS: dict[str, tuple[str, Callable[[object, str], Any]]] = {
    "rule": ("", _text),
    "effect": ("effect", _effect),
    "tool": ("tools", _tools),
    "argv": ("argv", _argv),
    "exact": ("exact", _text),
    "path": ("path", _path),
    "op": ("op", _op),
    "host": ("host", _host),
    "mcp": ("mcp", _mcp),
    "cwd": ("cwd", _path),
    "mode": ("modes", _modes),
    "expires": ("expires", _expires),
    "uses": ("uses", _uses),
    "why": ("why", _text),
    "match": ("match", _texts),
    "not_match": ("not_match", _texts),
}
"""The keys of a rule in a file, the field each fills, and how its value is checked."""

"""A file of rules: YAML, read strictly, every complaint with its line.

rules:
  - effect: allow
    tool: shell
    argv: [git, [fetch, pull], "--prune?", "*"]
    why: all day long
    match: ["git fetch --prune"]
    not_match: ["git push"]
  - "deny read: ./secrets/**"
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from goose_agent.errors import UsageError
from goose_agent.evolve import evolve
from goose_agent.permissions.rules.examples import failing_example
from goose_agent.permissions.rules.line import parse_line
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.rule import Rule
from goose_agent.permissions.rules.values import KEYS, nearest, rule_from
from goose_agent.private_file import read_small

if TYPE_CHECKING:
    import yaml

__all__ = ["Entry", "RulesFile", "is_kind", "read_rules", "rules_in"]

_LARGEST = 128 * 1024
"""Bytes of a rules file."""


class Entry(Struct, frozen=True):
    """One rule of a file and where it stands."""

    rule: Rule
    line: int
    """Of its dash, from 1."""
    last_line: int


class RulesFile(Struct, frozen=True):
    """What a file says; with a problem, no rule of it can be relied on."""

    path: Path
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences that begin with file and line."""
    sha: str = ""
    """sha256 of its content."""


def read_rules(path: Path, ground: Ground) -> RulesFile:
    """The rules of a file; none where there is no file.

    Args:
        path: of the file.
        ground: what the paths in examples are relative to.
    """
    try:
        content = read_small(path, _LARGEST)
        found = rules_in(content.decode(), path, ground)
    except FileNotFoundError:
        return RulesFile(path)
    except (OSError, UnicodeDecodeError) as error:
        return RulesFile(path, problems=(f"{path}:1: cannot be read: {error}.",))
    return evolve(found, sha=hashlib.sha256(content).hexdigest())


def rules_in(text: str, path: Path, ground: Ground) -> RulesFile:
    """The rules of a text.

    Args:
        text: YAML.
        path: where it is from, for complaints.
        ground: what the paths in examples are relative to.
    """
    import yaml  # only where there are rules to read

    try:
        loader = yaml.SafeLoader(text)
        try:
            return _Reader(loader, path, ground).read()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it is not YAML"
        return RulesFile(path, problems=(f"{path}:{mark.line + 1 if mark else 1}: {problem}.",))
    except (ValueError, RecursionError) as error:
        return RulesFile(path, problems=(f"{path}:1: {error}.",))


class _Reader:
    def __init__(self, loader: yaml.SafeLoader, path: Path, ground: Ground) -> None:
        self._loader = loader
        self._path = path
        self._ground = ground
        self._problems: list[str] = []

    def read(self) -> RulesFile:
        root = self._loader.get_single_node()
        entries = tuple(self._entries(root)) if root is not None else ()
        return RulesFile(self._path, entries, tuple(self._problems))

    def _complain(self, node: yaml.Node, words: str) -> None:
        self._problems.append(f"{self._path}:{node.start_mark.line + 1}: {words}.")

    def _entries(self, root: yaml.Node) -> Iterator[Entry]:
        if not is_kind(root, "mapping"):
            self._complain(root, "rules stand in a list below `rules:`")
            return
        for key, value in root.value:
            if key.value != "rules":
                self._complain(
                    key, f"`{key.value}` is not known here{nearest(key.value, ['rules'])}"
                )
            elif is_kind(value, "sequence"):
                for item in value.value:
                    if (rule := self._rule(item)) is not None:
                        yield Entry(rule, item.start_mark.line + 1, _last_line(item))
            elif not (is_kind(value, "scalar") and value.tag.endswith(":null")):
                self._complain(value, "`rules:` must be a list")

    def _rule(self, node: yaml.Node) -> Rule | None:
        try:
            rule = self._mapped(node) if is_kind(node, "mapping") else self._line(node)
        except ValueError as error:
            self._complain(node, str(error))
            return None
        except UsageError as error:
            self._complain(node, error.message.removesuffix("."))
            return None
        if rule is not None and (failing := failing_example(rule, self._ground)):
            self._complain(node, failing)
        return rule

    def _line(self, node: yaml.Node) -> Rule:
        if not is_kind(node, "scalar") or not node.tag.endswith(":str"):
            raise ValueError(
                'a rule is keys and values, or a line in quotes: "allow shell: make *"'
            )
        return parse_line(node.value)

    def _mapped(self, node: yaml.Node) -> Rule | None:
        values: dict[str, Any] = {}
        sound = True
        for key, value in node.value:
            problem = ""
            name = str(key.value)
            if name in values:
                problem = f"`{name}` is given twice"
            else:
                values[name] = self._loader.construct_object(value, deep=True)
                problem = _key_problem(name, values[name])
            if problem:
                self._complain(key, problem)
                sound = False
        return rule_from(values) if sound else None


def _key_problem(name: str, value: object) -> str:
    """What is wrong with one key alone; empty where nothing is."""
    if name not in KEYS:
        return f"`{name}` is no key of a rule{nearest(name, KEYS)}"
    try:
        KEYS[name][1](value, name)
    except ValueError as error:
        return str(error)
    return ""


def is_kind(node: yaml.Node, kind: str) -> bool:
    """Whether a node of YAML is a `mapping`, a `sequence` or a `scalar`."""
    return bool(getattr(node, "id", "") == kind)  # which the stubs do not know of


def _last_line(node: yaml.Node) -> int:
    """The last line of what is written there, without blank lines and comments behind it."""
    if is_kind(node, "scalar") or getattr(node, "flow_style", False):
        mark = node.end_mark
        # A text block ends where the next thing begins.
        return int(
            mark.line if mark.column == 0 and mark.line > node.start_mark.line else mark.line + 1
        )
    children = node.value if is_kind(node, "sequence") else [pair[1] for pair in node.value]
    last = max((_last_line(child) for child in children), default=0)
    return max(last, int(node.start_mark.line) + 1)

"""Adds and removes rules in a person's file; every other line stays as it was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from goose_agent.errors import ConfigError
from goose_agent.permissions.rules.file import Entry, RulesFile, rules_in
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.rule import Rule
from goose_agent.private_file import locked, read_small, write_whole

__all__ = ["add_rule", "remove_rule"]

_LARGEST = 128 * 1024
_NOWHERE = Ground(())
"""Examples were checked when the file was written; here they only must not get in the way."""


def add_rule(path: Path, rule: Rule) -> bool:
    """Write a rule at the end of a file; tells whether it was not there already. Blocks.

    Args:
        path: of the file; made where it is missing.
        rule: what to add.

    Raises:
        ConfigError: the file is damaged or cannot be written.
    """

    def change(text: str, found: RulesFile) -> str:
        if any(str(entry.rule) == str(rule) for entry in found.entries):
            return text
        return _with_line(text, found, rule)

    return _change(path, change, added=str(rule))


def remove_rule(path: Path, rule_id: str) -> bool:
    """Take a rule out of a file; tells whether it was there. Blocks.

    Args:
        path: of the file.
        rule_id: names the rule.

    Raises:
        ConfigError: the file is damaged, cannot be written, or is written in a way that has to be
            changed by hand.
    """

    def change(text: str, found: RulesFile) -> str:
        lines = text.splitlines(keepends=True)
        for entry in reversed(found.entries):
            if entry.rule.rule_id == rule_id:
                if not lines[entry.line - 1].lstrip().startswith("-"):
                    raise _by_hand(path, entry)
                del lines[entry.line - 1 : entry.last_line]
        return "".join(lines)

    return _change(path, change, removed=rule_id)


def _change(
    path: Path, change: Callable[[str, RulesFile], str], *, added: str = "", removed: str = ""
) -> bool:
    """Change a file under a lock, and only if what it says changes as it should."""
    try:
        with locked(path):
            try:
                text = read_small(path, _LARGEST).decode()
            except FileNotFoundError:
                text = ""
            before = _sound(rules_in(text, path, _NOWHERE))
            changed = change(text, before)
            if changed == text:
                return False
            after = rules_in(changed, path, _NOWHERE)
            wanted = [str(e.rule) for e in before.entries if e.rule.rule_id != removed]
            wanted += [added] if added else []
            if [str(entry.rule) for entry in after.entries] != wanted:
                raise ConfigError(f"{path} is written in a way that has to be changed by hand.")
            write_whole(path, changed.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be changed: {error}.") from error
    return True


def _sound(found: RulesFile) -> RulesFile:
    problems = [problem for problem in found.problems if " example " not in problem]
    if problems:
        raise ConfigError(problems[0], "Mend the file first: nothing was changed.")
    return found


def _with_line(text: str, found: RulesFile, rule: Rule) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    indent = "  "
    if found.entries:
        last = found.entries[-1]
        first_line = lines[last.line - 1]
        if not first_line.lstrip().startswith("-"):
            raise _by_hand(found.path, last)
        indent = first_line[: len(first_line) - len(first_line.lstrip())]
        at = last.last_line
    else:
        heads = [number for number, line in enumerate(lines) if line.startswith("rules:")]
        if heads:
            lines[heads[0]] = "rules:\n"
        else:
            lines.append("rules:\n")
        at = (heads[0] if heads else len(lines) - 1) + 1
    return "".join([*lines[:at], *_written(rule, indent), *lines[at:]])


def _written(rule: Rule, indent: str) -> list[str]:
    """The lines of a rule; JSON's quotes are YAML's."""
    line = json.dumps(str(rule), ensure_ascii=False)
    explained = {"why": rule.why, "match": rule.match, "not_match": rule.not_match}
    more = [
        f"{indent}  {key}: {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in explained.items()
        if value
    ]
    return [f"{indent}- rule: {line}\n", *more] if more else [f"{indent}- {line}\n"]


def _by_hand(path: Path, entry: Entry) -> ConfigError:
    return ConfigError(
        f"{path}:{entry.line}: the rule does not stand on lines of its own.",
        "Change it by hand.",
    )

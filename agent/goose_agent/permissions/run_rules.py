"""Rules a person writes down: which calls may run without asking.

Read strictly: a rule that is not understood is an error, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from msgspec import Struct

from goose_agent.errors import UsageError
from goose_agent.permissions.plain_command import plain_words

__all__ = ["FORMS", "Limit", "Rule", "parse_rule"]

FORMS = "TOOL, TOOL:PATH with * and **, shell:COMMAND, or shell:COMMAND * for more words behind it"
"""The forms a rule may have."""
Limit = Literal["command", "path", ""]
"""What the calls of a tool can be limited by; empty for nothing."""

_RULE = re.compile(r"(?P<tool>[A-Za-z]\w*)(?::(?P<limit>.*))?", re.DOTALL)
_PATH = re.compile(r"[^\\\[\]{}~!?\x00-\x1f\x7f]+")


class Rule(Struct, frozen=True):
    """One rule. Without words and path it holds for every call of its tool."""

    text: str
    """As it was written."""
    tool: str
    words: tuple[str, ...] = ()
    """What a plain command has to begin with."""
    more: bool = False
    """Whether further words may follow."""
    path: tuple[str, ...] = ()
    """Segments of a pattern, for paths from one of the working folders on."""

    def covers(
        self, tool: str, argument: str, paths: Sequence[Path], roots: Sequence[Path]
    ) -> bool:
        """Whether a call is one of those that may run.

        Args:
            tool: its name.
            argument: its command, where it has one.
            paths: what it names, absolute; links are followed.
            roots: the folders the agent works in, absolute.
        """
        if tool != self.tool:
            return False
        if self.words:
            found = plain_words(argument)
            count = len(self.words)
            return found is not None and (
                found[:count] == self.words if self.more else found == self.words
            )
        if self.path:
            return bool(paths) and all(self._covers_path(path, roots) for path in paths)
        return True

    def _covers_path(self, path: Path, roots: Sequence[Path]) -> bool:
        try:
            real = path.resolve()
            bases = [root.resolve() for root in roots]
        except (OSError, RuntimeError):  # a ring of symbolic links leads nowhere
            return False
        return any(
            _matches(real.relative_to(base).parts, self.path)
            for base in bases
            if real.is_relative_to(base)
        )


def parse_rule(text: str, tools: Mapping[str, Limit] | None = None) -> Rule:
    """The rule that `text` is.

    Args:
        text: such as `edit`, `write:src/**` or `shell:git status *`.
        tools: the tools there are; None where they are not known yet.

    Raises:
        UsageError: it has none of the forms, or does not fit its tool.
    """
    found = _RULE.fullmatch(text.strip())
    if found is None:
        raise _wrong(text, "it does not begin with the name of a tool")
    tool, limit = found["tool"], found["limit"]
    kind: Limit = "command" if tool == "shell" else "path"
    if tools is not None:
        if tool not in tools:
            raise _wrong(text, f"there is no tool {tool} (there are {', '.join(tools)})")
        kind = tools[tool]
    if limit is None:
        return Rule(text, tool)
    if not kind:
        raise _wrong(text, f"{tool} has neither command nor path")
    parse = _command_rule if kind == "command" else _path_rule
    return parse(text, tool, limit.strip())


def _command_rule(text: str, tool: str, limit: str) -> Rule:
    command = re.sub(r"\s+\*$", "", limit)
    words = plain_words(command)
    if words is None:
        raise _wrong(text, "it is not one plain command, without operators and expansions")
    return Rule(text, tool, words, more=command != limit)


def _path_rule(text: str, tool: str, limit: str) -> Rule:
    segments = tuple(segment for segment in limit.split("/") if segment != ".")
    if not _PATH.fullmatch(limit) or limit.startswith("/"):
        raise _wrong(text, "its path does not start in the working folder")
    if not all(segments) or ".." in segments or any("**" in s and s != "**" for s in segments):
        raise _wrong(text, "its path is not made of names, * and ** between slashes")
    return Rule(text, tool, path=segments)


def _wrong(text: str, reason: str) -> UsageError:
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    return UsageError(f"--allow {shown}: {reason}.", f"A rule is {FORMS}.")


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path is what a pattern says; `**` stands for any number of folders."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        if len(pattern) == 1:
            return bool(parts)
        return any(_matches(parts[at:], pattern[1:]) for at in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])

"""The files of a folder that could loosen or run something, and what each would do, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from goose_agent.characters import is_hidden
from goose_agent.permissions.rules.file import rules_in
from goose_agent.permissions.rules.path_pattern import Ground

__all__ = [
    "AGENTS",
    "COMMANDS",
    "HOOKS",
    "RULES",
    "SERVERS",
    "SKILLS",
    "find_files",
    "is_plugin_part",
    "plugin_files",
    "words_of_file",
]

RULES = ".goose-tui/rules.yaml"
"""The rules of a folder, from the folder on."""
SERVERS = ".mcp.json"
"""Servers that a folder brings, to be started in its sessions."""
COMMANDS = (".goose/commands", ".claude/commands")
"""Where a folder keeps commands: Markdown files, at most one folder deeper."""
AGENTS = (".goose/agents", ".agents/agents", ".claude/agents")
"""Where it describes subagents: a Markdown file each; a home folder may have them, too."""
SKILLS = (".agents/skills", ".goose/skills", ".claude/skills")
"""Where it keeps skills: a folder with a `SKILL.md` each."""
HOOKS = ".agents/plugins/*/hooks/hooks.json"
"""Where its plugins keep hooks."""
_PLUGINS = ".agents/plugins"

_MOST = 400
"""Files that are looked at."""
_SAID = 200
"""Characters of a line about a file."""
_RUNS = re.compile(r"!`([^`\n]+)`")
_DESCRIPTION = re.compile(r"^description:\s*(.+)$", re.MULTILINE)


def find_files(folder: Path) -> Iterator[str]:
    """Their names, from the folder on, in a stable order."""
    patterns = (
        RULES,
        SERVERS,
        *(f"{place}/{deeper}*.md" for place in COMMANDS for deeper in ("", "*/")),
        *(f"{place}/*/SKILL.md" for place in SKILLS),
        *(f"{place}/[!.]*.md" for place in AGENTS),
        HOOKS,
    )
    found = (path for pattern in patterns for path in sorted(folder.glob(pattern)))
    found = (path for path in found if not is_hidden(path.name))
    for path in islice(found, _MOST):
        yield path.relative_to(folder).as_posix()
    for path in sorted(folder.glob(HOOKS)):
        yield from sorted(plugin_files(folder, path) - {path.relative_to(folder).as_posix()})


def plugin_files(folder: Path, hooks: Path) -> frozenset[str]:
    """All files of the plugin that a hooks file belongs to: its commands may run any of them.

    Where there are too many to look at, the plugin cannot be trusted: one that is not there is
    among them.

    Args:
        folder: that the plugin is in.
        hooks: its hooks file.
    """
    root = hooks.parent.parent
    found = (path for path in root.rglob("*") if not path.is_dir())
    paths = list(islice(found, _MOST + 1))
    if len(paths) > _MOST:
        paths = [hooks, root / f"more than {_MOST} files"]
    return frozenset(path.relative_to(folder).as_posix() for path in paths)


def is_plugin_part(name: str) -> bool:
    """Whether a file belongs to a plugin and says itself nothing of what is run.

    Args:
        name: from the folder on.
    """
    return name.startswith(f"{_PLUGINS}/") and not PurePosixPath(name).match(HOOKS)


def words_of_file(name: str, text: str) -> tuple[str, ...]:
    """What a file would do once it is trusted, a line each; none where that is nothing.

    Args:
        name: from the folder on.
        text: its content.
    """
    path = PurePosixPath(name)
    if name == RULES:
        reader: Callable[[str, str], Iterator[str]] = _rules
    elif name == SERVERS:
        reader = _servers
    elif path.name == "SKILL.md":
        reader = _skill
    elif path.parent.as_posix() in AGENTS:
        reader = _agent
    elif path.match(HOOKS):
        reader = _hooks
    elif is_plugin_part(name):
        return ("is part of a plugin: its hooks may run it",)
    else:
        reader = _command
    return tuple(line[:_SAID] for line in reader(name, text))


def _rules(name: str, text: str) -> Iterator[str]:
    """What a rules file would let run; what it asks about or denies counts without trust.

    A file that cannot be read whole lets nothing run, trusted or not.
    """
    found = rules_in(text, Path(name), Ground(()))
    if any(" example " not in problem for problem in found.problems):
        return
    yield from (str(entry.rule) for entry in found.entries if entry.rule.effect == "allow")


def _servers(name: str, text: str) -> Iterator[str]:
    """The programs that a list of servers would start, and the addresses it would speak to."""
    try:
        entries = json.loads(text)["mcpServers"].items()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    for server, entry in entries:
        yield f"server {server}: {json.dumps(entry, ensure_ascii=False)}"


def _command(name: str, text: str) -> Iterator[str]:
    yield f"offers a command: {_described(text)}"
    yield from (f"where that is called, runs: {found}" for found in _RUNS.findall(text))


def _skill(name: str, text: str) -> Iterator[str]:
    yield f"offers the model a skill: {_described(text)}"


def _agent(name: str, text: str) -> Iterator[str]:
    name = PurePosixPath(name).stem
    yield f"describes a subagent: {name} ({len(text):,} characters of instructions)"


def _hooks(name: str, text: str) -> Iterator[str]:
    try:
        events = json.loads(text).get("hooks", {})
        for event, matchers in events.items():
            for matcher in matchers:
                for hook in matcher["hooks"]:
                    yield f"on {event} runs: {hook['command']}"
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        yield "runs hooks that cannot be read"


def _described(text: str) -> str:
    """What a file says of itself, else its first line."""
    head, _, body = text.removeprefix("---").partition("\n---")
    if text.startswith("---") and (found := _DESCRIPTION.search(head)):
        return found[1].strip().strip("\"'")
    lines = (body if text.startswith("---") else text).splitlines()
    return next((line.strip("# ").strip() for line in lines if line.strip("- ")), "no words")

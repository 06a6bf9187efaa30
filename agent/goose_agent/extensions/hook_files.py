"""Hooks as plugins write them down: which command runs at which event."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from goose_agent.decoding import decoder_of
from goose_agent.events import HookEvent
from goose_agent.extensions.host import ExtensionHost
from goose_agent.permissions.folder_files import HOOKS, plugin_files
from goose_agent.private_file import read_small

__all__ = ["HookRule", "find_hooks"]

_EVENTS: Mapping[str, HookEvent] = {name: name for name in get_args(HookEvent)}
_LARGEST = 256 * 1024
"""Bytes of a file."""
_SECONDS = 30.0
"""How long a hook may take that says nothing of it."""
_LONGEST = 600.0


class HookRule(Struct, frozen=True):
    """One command at one event."""

    event: HookEvent
    command: str
    plugin: str
    root: Path
    """The plugin's folder."""
    matcher: re.Pattern[str] | None = None
    """What the event has to be about: a tool, a path, a command; None for anything."""
    seconds: float = _SECONDS
    """How long it may take."""
    must_decide: bool = False
    """Whether a hook that cannot say that all is well blocks."""


class _Action(Struct, frozen=True):
    type: str = ""
    command: str = ""
    timeout: float = _SECONDS
    on_failure: Any = None


class _Rule(Struct, frozen=True):
    matcher: str | None = None
    hooks: list[_Action] = []  # msgspec makes a new one for each


class _File(Struct, frozen=True):
    hooks: dict[str, list[_Rule]] = {}


def find_hooks(host: ExtensionHost) -> tuple[Sequence[HookRule], Sequence[str]]:
    """All hooks that count, and what is wrong with others, a sentence each. Blocks.

    Those of the working folder count where their file is trusted as it is.

    Args:
        host: knows the folders.
    """
    rules: list[HookRule] = []
    problems: list[str] = []
    for path, text in _texts(host):
        own = path.name == "hooks.json" and path.parent == host.places.config
        plugin = "your settings" if own else path.parent.parent.name
        root = path.parent if own else path.parent.parent
        try:
            rules += _rules(text, plugin, root)
        except (msgspec.ValidationError, msgspec.DecodeError, re.error, ValueError) as error:
            problems.append(f"The hooks of {path} do not count: {error}.")
    return rules, problems


def _texts(host: ExtensionHost) -> Iterator[tuple[Path, str]]:
    own = [host.places.config / "hooks.json"]
    if host.home is not None:
        own += sorted(host.home.glob(HOOKS))
    for path in own:
        try:
            yield path, read_small(path, _LARGEST).decode("utf-8", "replace")
        except OSError:
            continue
    if host.folder == host.home:
        return
    for path in sorted(host.folder.glob(HOOKS)):
        files = {
            name: host.trust.trusted_text(host.folder, name)
            for name in plugin_files(host.folder, path)
        }
        text = files.get(path.relative_to(host.folder).as_posix())
        # What a hook runs may be any of these: one that has changed is nobody's word any more.
        if text is not None and None not in files.values():
            yield path, text


def _rules(text: str, plugin: str, root: Path) -> Iterator[HookRule]:
    file = decoder_of(_File).decode(text)
    for name, rules in file.hooks.items():
        event = _EVENTS.get(name)
        if event is None:
            continue  # one that others know
        for rule in rules:
            matcher = re.compile(rule.matcher) if rule.matcher and rule.matcher != "*" else None
            for action in rule.hooks:
                if action.type not in ("", "command") or not action.command.strip():
                    continue
                yield HookRule(
                    event,
                    action.command,
                    plugin,
                    root,
                    matcher,
                    min(max(0.1, action.timeout), _LONGEST),
                    _must_decide(action, event),
                )


def _must_decide(action: _Action, event: HookEvent) -> bool:
    if action.on_failure in (None, "allow"):
        return False
    if action.on_failure != "block" or event != "PreToolUse":
        raise ValueError(f"on_failure: {action.on_failure!r} is not known for {event}")
    return True

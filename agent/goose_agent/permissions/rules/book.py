"""All rules that a session is judged by, from every file, always as the files are now."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.permissions.rules.file import Entry, RulesFile, read_rules
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.rule import HeldRule, Layer, Rule
from goose_agent.permissions.rules.uses import Uses
from goose_agent.state.session_state import RuleUse

__all__ = ["FILE_LAYERS", "MANAGED", "RuleBook", "RuleFiles"]

MANAGED = Path("/etc/goose-tui/rules.yaml")
"""Set by whoever owns the machine."""
FILE_LAYERS: tuple[Layer, ...] = ("managed", "user", "goose", "project")


class RuleFiles(Struct, frozen=True):
    """Where rules are; each file may be missing."""

    user: Path
    project: Path | None = None
    managed: Path = MANAGED
    goose: Path | None = None
    """Goose's `permission.yaml`."""

    def path(self, layer: Layer) -> Path | None:
        """The file of a layer."""
        match layer:
            case "managed":
                return self.managed
            case "user":
                return self.user
            case "goose":
                return self.goose
            case "project":
                return self.project
            case "command line" | "session":
                return None


class _Loaded(Struct, frozen=True):
    stamp: tuple[int, ...]
    """Tells whether a file is still the one that was read; empty where there is none."""
    file: RulesFile


class RuleBook:
    """Rules of the files and of the command line.

    Args:
        files: where they are.
        ground: what paths in them are relative to.
        allowed: rules of the command line of this run.
        trusts: whether the person trusts the folder's rules; takes the sha256 of their file.
        uses: how often rules were used; None to count nowhere.
    """

    def __init__(
        self,
        files: RuleFiles,
        ground: Ground,
        allowed: Sequence[Rule] = (),
        trusts: Callable[[str], bool] = lambda _: False,
        uses: Uses | None = None,
    ) -> None:
        self.files = files
        self.ground = ground
        self.uses = uses
        self._allowed = tuple(HeldRule(rule, "command line", "--allow") for rule in allowed)
        self._trusts = trusts
        self._loaded: dict[Layer, _Loaded] = {}
        self._held: tuple[HeldRule, ...] = self._allowed
        self._used: Mapping[str, RuleUse] = {}
        self.problems: tuple[str, ...] = ()
        """Sentences about files that cannot be relied on."""

    @property
    def held(self) -> tuple[HeldRule, ...]:
        """All rules, as of the last `refresh`."""
        return self._held

    @property
    def used(self) -> Mapping[str, RuleUse]:
        """How often each was used, as of the last `refresh`."""
        return self._used

    def refresh(self) -> tuple[str, ...]:
        """Read again what has changed; tells the problems that are new. Blocks."""
        for layer in FILE_LAYERS:
            path = self.files.path(layer)
            stamp = _stamp(path) if path is not None else ()
            before = self._loaded.get(layer)
            if path is not None and (before is None or before.stamp != stamp):
                self._loaded[layer] = _Loaded(stamp, self._read(layer, path))
        known, found = set(self.problems), list(self._problems())
        self.problems = tuple(found)
        self._held = (*self._allowed, *self._all_held())
        self._used = self.uses.all() if self.uses is not None else {}
        return tuple(problem for problem in found if problem not in known)

    def _read(self, layer: Layer, path: Path) -> RulesFile:
        if layer == "goose":
            from goose_agent.permissions.imports.goose import read_goose_permissions

            return read_goose_permissions(path)
        if layer == "managed" and (odd := _not_managed(path)):
            return RulesFile(path, problems=(f"{path}:1: {odd}.",))
        return read_rules(path, self.ground)

    def _problems(self) -> Iterator[str]:
        for loaded in self._loaded.values():
            yield from loaded.file.problems

    def _all_held(self) -> Iterator[HeldRule]:
        for layer, loaded in self._loaded.items():
            file = loaded.file
            for problem in file.problems[:1]:
                # What such a file forbids is not known: nothing runs unasked until it is mended.
                why = f"the rules file cannot be relied on: {problem}"
                yield HeldRule(Rule("ask", why=why), layer, f"{file.path}")
            active = not file.problems and (layer != "project" or self._trusts(file.sha))
            for entry in file.entries:
                yield _held(entry, layer, file.path, active=active)


def _held(entry: Entry, layer: Layer, path: Path, *, active: bool) -> HeldRule:
    return HeldRule(entry.rule, layer, f"{path}:{entry.line}", active)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _not_managed(path: Path) -> str:
    """Why a file is not the word of the machine's owner; empty where it is, or is missing."""
    try:
        for place in (path, path.parent):
            found = os.stat(place)  # noqa: PTH116 # nothing of a Path is needed
            if found.st_uid != 0 or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return f"{place} must belong to root and be writable by root alone"
    except OSError:
        return ""
    return ""

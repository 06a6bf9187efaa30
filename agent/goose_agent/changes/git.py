"""What git knows of a folder, asked so that nothing of the repository's own runs.

A repository's configuration can name programs: a file system monitor, filters of contents, hooks,
transports that fetch what is missing.
Someone else's folder must not start them by being looked at.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

__all__ = ["Git", "Standing"]

_PATIENCE = 10
"""Seconds for one question."""
_HARMLESS = {
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "protocol.allow": "never",
}
_FILTER = {"clean": "", "smudge": "", "process": "", "required": "false"}
"""What makes a filter of contents do nothing."""


class Standing(Struct, frozen=True):
    """How a working tree differs from its commit."""

    present: tuple[str, ...]
    """Paths of files that differ or are new, relative to the folder asked about."""
    deleted: tuple[str, ...]
    """Paths of files of the commit that are not there."""


class Git:
    """A folder's repository. All methods block: call them in a thread.

    Args:
        folder: the folder, absolute.
        environ: for git.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = {
            **{name: value for name, value in environ.items() if not name.startswith("GIT_")},
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "LC_ALL": "C",
        }
        self._harmless: dict[str, str] = {}

    def commit(self) -> str:
        """The commit that is checked out; empty where there is none, or no repository."""
        return (self._ask("rev-parse", "--verify", "--quiet", "HEAD") or b"").decode().strip()

    def standing(self) -> Standing | None:
        """How the files below the folder differ from the commit; None where git cannot tell."""
        told = self._ask(
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--no-renames",
            "--ignore-submodules=all",
            "--",
            ".",
        )
        top = self._ask("rev-parse", "--show-prefix")
        if told is None or top is None:
            return None
        prefix = os.fsdecode(top).rstrip("\n")
        present: list[str] = []
        deleted: list[str] = []
        for entry in os.fsdecode(told).split("\0"):
            if len(entry) < 4 or not entry[3:].startswith(prefix):
                continue
            (deleted if "D" in entry[:2] else present).append(entry[3 + len(prefix) :])
        return Standing(tuple(present), tuple(deleted))

    def between(self, commit: str, other: str) -> tuple[str, ...]:
        """Paths of the files in which two commits differ, relative to the folder."""
        told = self._ask("diff-tree", "-r", "-z", "--name-only", "--relative", commit, other, "--")
        return tuple(name for name in os.fsdecode(told or b"").split("\0") if name)

    def content(self, commit: str, path: str, limit: int) -> bytes | None:
        """A file of a commit; None where it has none, or a larger one.

        Args:
            commit: which one.
            path: relative to the folder.
            limit: bytes.
        """
        name = f"{commit}:./{path}"
        size = self._ask("cat-file", "-s", name)
        if size is None or int(size) > limit:
            return None
        return self._ask("cat-file", "blob", name)

    def has(self, commit: str, path: str) -> bool:
        """Whether a commit has this file, of whatever size."""
        return self._ask("cat-file", "-e", f"{commit}:./{path}") is not None

    def _ask(self, *words: str) -> bytes | None:
        """What git says; None where it fails, or is not there."""
        if not self._harmless:
            self._harmless = _settings(_HARMLESS)
            self._harmless = _settings(_HARMLESS | self._without_filters())
        try:
            done = subprocess.run(
                ["git", "--no-pager", *words],
                cwd=self._folder,
                env={**self._environ, **self._harmless},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None

    def _without_filters(self) -> dict[str, str]:
        """Settings that let no filter of contents run."""
        told = self._ask("config", "-z", "--name-only", "--get-regexp", r"^filter\.")
        names = {
            name.removeprefix("filter.").rpartition(".")[0]
            for name in os.fsdecode(told or b"").split("\0")
            if name.startswith("filter.")
        }
        return {f"filter.{name}.{key}": value for name in names for key, value in _FILTER.items()}


def _settings(values: Mapping[str, str]) -> dict[str, str]:
    """Settings as variables: unlike `-c`, they take every name."""
    told = {"GIT_CONFIG_COUNT": str(len(values))}
    for number, (key, value) in enumerate(values.items()):
        told[f"GIT_CONFIG_KEY_{number}"] = key
        told[f"GIT_CONFIG_VALUE_{number}"] = value
    return told

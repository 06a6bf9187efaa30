"""Which folders a person trusts: nothing in a folder loosens anything before that.

What is trusted is the content: another content of the same file is not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from goose_agent.characters import is_hidden
from goose_agent.errors import ConfigError
from goose_agent.events import FolderFile, FolderTrust
from goose_agent.permissions.rules.file import rules_in
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.private_file import locked, read_small, write_whole

__all__ = ["AGENT_FOLDERS", "RULES", "TrustAnswer", "TrustStore"]

TrustAnswer = Literal["trusted", "never"]
RULES = ".goose-tui/rules.yaml"
"""The rules of a folder, from the folder on."""
AGENT_FOLDERS = (".goose/agents", ".agents/agents", ".claude/agents")
"""Folders whose Markdown files describe subagents, in a project and in a home folder."""

_LARGEST = 512 * 1024
_STORE = 4 * 2**20
_MOST_FILES = 200
"""Files of one folder that are looked at."""


class _Answered(Struct, frozen=True):
    answer: TrustAnswer
    at: datetime
    files: Mapping[str, str] = field(default_factory=dict)


class TrustStore:
    """What a person said of folders. Blocks: call it in a thread.

    Args:
        path: of the file it is kept in; need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = msgspec.json.Decoder(dict[str, _Answered])

    def look(self, folder: Path) -> FolderTrust:
        """How things stand with a folder as it is now."""
        real = os.path.realpath(folder)
        answered = self._answers().get(real)
        known = answered.files if answered is not None and answered.answer == "trusted" else {}
        found = [_file(real, name, known) for name in _names(real)]
        files = tuple(file for file in found if file.lines)
        if not files:
            return FolderTrust(real, "nothing")
        if answered is not None and answered.answer == "never":
            return FolderTrust(real, "never", files)
        return FolderTrust(
            real, "trusted" if all(file.known for file in files) else "untrusted", files
        )

    def trusts(self, folder: Path, name: str, sha: str) -> bool:
        """Whether this content of a file of a folder is trusted.

        Args:
            folder: it is in.
            name: from the folder on.
            sha: sha256 of the content.
        """
        answered = self._answers().get(os.path.realpath(folder))
        if answered is None or answered.answer != "trusted":
            return False
        return answered.files.get(name) == sha

    def answer(self, shown: FolderTrust, answer: TrustAnswer, at: datetime) -> None:
        """Keep what a person said after they were shown a folder.

        Args:
            shown: what they saw; what has changed since is not trusted.
            answer: what they said.
            at: the wall clock, UTC.

        Raises:
            ConfigError: it cannot be kept.
        """
        files = {file.name: file.sha for file in shown.files if file.sha}
        self._change(shown.folder, _Answered(answer, at, files))

    def revoke(self, folder: Path) -> bool:
        """Forget what was said of a folder; tells whether anything was.

        Raises:
            ConfigError: it cannot be kept.
        """
        real = os.path.realpath(folder)
        known = real in self._answers()
        if known:
            self._change(real, None)
        return known

    def all(self) -> tuple[tuple[str, TrustAnswer, datetime], ...]:
        """Every folder something was said of: its path, what, and when."""
        return tuple((name, said.answer, said.at) for name, said in sorted(self._answers().items()))

    def _answers(self) -> dict[str, _Answered]:
        with suppress(OSError, ValueError):
            return self._decoder.decode(read_small(self._path, _STORE))
        return {}  # a damaged file trusts nothing

    def _change(self, folder: str, said: _Answered | None) -> None:
        try:
            with locked(self._path):
                answers = self._answers()
                answers.pop(folder, None)
                if said is not None:
                    answers[folder] = said
                write_whole(self._path, msgspec.json.encode(answers))
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be written: {error}.") from error


def _names(folder: str) -> Iterator[str]:
    """The files that are there, from the folder on."""
    yield from (name for name in _READERS if Path(folder, name).exists())
    for place in AGENT_FOLDERS:
        with suppress(OSError):
            found = sorted(os.listdir(Path(folder, place)))  # noqa: PTH208 # the names are enough
            yield from (f"{place}/{name}" for name in found[:_MOST_FILES] if _is_agent(name))


def _is_agent(name: str) -> bool:
    return name.endswith(".md") and not name.startswith(".") and not is_hidden(name)


def _file(folder: str, name: str, known: Mapping[str, str]) -> FolderFile:
    try:
        content = read_small(Path(folder, name), _LARGEST)
    except OSError as error:
        return FolderFile(name, "", (f"cannot be read: {error.strerror or error}",))
    sha = hashlib.sha256(content).hexdigest()
    reader = _READERS.get(name, _agent)
    lines = tuple(reader(name, content.decode("utf-8", "replace")))
    return FolderFile(name, sha, lines, known.get(name) == sha)


def _rules(name: str, text: str) -> Iterator[str]:
    """What a rules file would let run; what it asks about or denies counts without trust.

    A file that cannot be read whole lets nothing run, trusted or not.
    """
    found = rules_in(text, Path(name), Ground(()))
    if any(" example " not in problem for problem in found.problems):
        return
    yield from (str(entry.rule) for entry in found.entries if entry.rule.effect == "allow")


def _agent(name: str, text: str) -> Iterator[str]:
    """What a file about a subagent would bring."""
    yield f"describes a subagent: {Path(name).stem} ({len(text):,} characters of instructions)"


_READERS: Mapping[str, Callable[[str, str], Iterator[str]]] = {RULES: _rules}
"""The files of a folder that could loosen or run something, and how to tell what they would do.

The folder's `config.yaml` is none: of its settings only a stricter mode counts."""

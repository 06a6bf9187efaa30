"""Which folders a person trusts: nothing in a folder loosens anything before that.

What is trusted is the content: another content of the same file is not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from goose_agent.decoding import decoder_of
from goose_agent.errors import ConfigError
from goose_agent.events import FolderFile, FolderTrust
from goose_agent.permissions.folder_files import (
    RULES,
    SERVERS,
    find_files,
    is_plugin_part,
    words_of_file,
)
from goose_agent.private_file import locked, read_small, write_whole

__all__ = ["RULES", "SERVERS", "TrustAnswer", "TrustStore"]

TrustAnswer = Literal["trusted", "never"]

_LARGEST = 512 * 1024
_LARGEST_PART = 8 * 2**20
_STORE = 4 * 2**20


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
        self._decoder = decoder_of(dict[str, _Answered])

    def look(self, folder: Path) -> FolderTrust:
        """How things stand with a folder as it is now."""
        real = os.path.realpath(folder)
        answered = self._answers().get(real)
        known = answered.files if answered is not None and answered.answer == "trusted" else {}
        found = [_file(real, name, known) for name in find_files(Path(real))]
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

    def trusted_text(self, folder: Path, name: str) -> str | None:
        """What a file of a folder says, where that very content is trusted; else None."""
        try:
            content = read_small(folder / name, _most(name))
        except OSError:
            return None
        if not self.trusts(folder, name, hashlib.sha256(content).hexdigest()):
            return None
        return content.decode("utf-8", "replace")

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


def _most(name: str) -> int:
    """Bytes that a file may have: what a plugin runs may be a program."""
    return _LARGEST_PART if is_plugin_part(name) else _LARGEST


def _file(folder: str, name: str, known: Mapping[str, str]) -> FolderFile:
    try:
        content = read_small(Path(folder, name), _most(name))
    except OSError as error:
        return FolderFile(name, "", (f"cannot be read: {error.strerror or error}",))
    sha = hashlib.sha256(content).hexdigest()
    lines = words_of_file(name, content.decode("utf-8", "replace"))
    return FolderFile(name, sha, lines, known.get(name) == sha)

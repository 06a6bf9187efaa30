"""What `.gooseignore` keeps from the agent: the person's own file, and one in each folder it works in.

A folder's file can hide more; it cannot show what the person's file hides.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator, Sequence
from glob import has_magic, iglob
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from goose_agent.gitignore import compile_gitignore
from goose_agent.permissions.paths import real_path
from goose_agent.private_file import read_small

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["NAME", "Ignore"]

NAME = ".gooseignore"
_LARGEST = 256 * 1024
_WORD = re.compile(r"[^\s\"'`;|&<>(){}$=,]+")
"""What may be a path within a text that nobody understands."""
_WORDS = 2000
_FILES = 500
"""Words of a text, and names for one pattern in it, that are looked at."""


class _File(Struct, frozen=True):
    path: Path
    stamp: tuple[int, int] | None
    base: str
    """What its patterns are relative to; empty for any folder of the workspace."""
    spec: GitIgnoreSpec | None = None
    unreadable: bool = False


class Ignore:
    """The ignore files of a session.

    Args:
        own: the person's file; need not exist.
        roots: the folders the agent works in, absolute.
    """

    def __init__(self, own: Path, roots: Sequence[Path]) -> None:
        self._roots = tuple(os.path.realpath(root) for root in roots)
        self._files = [_File(own, None, "")]
        self._files += [_File(Path(root, NAME), None, root) for root in self._roots]
        self.refresh()

    def refresh(self) -> None:
        """Read again what has changed. Blocks."""
        for at, file in enumerate(self._files):
            stamp = _stamp(file.path)
            if stamp != file.stamp:
                self._files[at] = _read(file, stamp)

    @property
    def empty(self) -> bool:
        """Whether nothing is hidden."""
        return not any(file.spec is not None or file.unreadable for file in self._files)

    def reason(self, path: str) -> str:
        """Why a path is kept from the agent; empty where it is not.

        Args:
            path: absolute.
        """
        for file in self._files:
            if file.unreadable:
                return f"{file.path} cannot be read, so that nobody knows what it hides"
            if file.spec is None:
                continue
            for base in [file.base] if file.base else [*self._roots, "/"]:
                if (line := _line(file.spec, path, base)) is not None:
                    return f"{file.path}:{line} keeps {path} from the agent"
        return ""

    def hides(self, path: str) -> bool:
        """Whether a path is kept from the agent."""
        return bool(self.reason(path))

    def reason_in(self, text: str, folder: str) -> str:
        """Why a command is not to run: the first path in it that is hidden; empty where none is.

        Args:
            text: the command, understood by nobody.
            folder: where it would run, absolute.
        """
        if self.empty:
            return ""
        for word in islice(_WORD.findall(text), _WORDS):
            for path in _paths(word, folder):
                if reason := self.reason(path) or self.reason(real_path(path)):
                    return reason
        return ""


def _paths(word: str, folder: str) -> Iterator[str]:
    """Absolute paths that a word may stand for."""
    for name in dict.fromkeys((word, word.rpartition(":")[2], word.partition("@")[2])):
        if not name:
            continue
        path = os.path.normpath(os.path.join(folder, os.path.expanduser(name)))  # noqa: PTH111, PTH118 # text
        yield path
        if has_magic(name):
            yield from islice(iglob(path), _FILES)  # noqa: PTH207 # text, and absolute


def _line(spec: GitIgnoreSpec, path: str, base: str) -> int | None:
    """The line that hides a path or a folder above it; None where none does."""
    prefix = base.rstrip("/") + "/"
    if not path.startswith(prefix):
        return None
    parts = path[len(prefix) :].casefold().split("/")
    for count in range(1, len(parts) + 1):
        name = "/".join(parts[:count])
        for form in (name, f"{name}/") if count == len(parts) else (f"{name}/",):
            found = spec.check_file(form)
            if found.include and found.index is not None:
                return found.index + 1
    return None


def _read(file: _File, stamp: tuple[int, int] | None) -> _File:
    if stamp is None:
        return _File(file.path, None, file.base)
    try:
        # Where letter case does not count, another spelling is the same file: it never counts here.
        lines = read_small(file.path, _LARGEST).decode("utf-8", "replace").casefold().splitlines()
    except OSError:
        return _File(file.path, stamp, file.base, unreadable=True)
    if not any(line.strip() and not line.startswith("#") for line in lines):
        return _File(file.path, stamp, file.base)
    # So that patterns are counted as lines are: blank ones would be left out.
    return _File(file.path, stamp, file.base, compile_gitignore([line or "#" for line in lines]))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size

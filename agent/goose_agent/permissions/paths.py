"""Where a path leads, after every symbolic link on the way is followed, and what lies there."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal

from msgspec import Struct

from goose_agent.characters import is_hidden
from goose_agent.permissions.names import is_protected, is_secret, name_key, runs_later

__all__ = ["Location", "Operation", "PathClass", "Place", "Roots", "classify", "place", "real_path"]

Place = Literal["inside", "outside", "protected"]
Operation = Literal["read", "write"]

_PROTECTED = frozenset({".git", ".goose-tui", ".goose", ".claude", ".agents", ".codex"})
"""Folders whose files decide what runs later: a change there is never a plain edit."""
_MOST_LINKS = 40
"""Symbolic links that are followed, as the kernel does."""
_MAGIC = ("/proc", "/sys", "/dev/fd")
"""Folders whose links lead where the process that asks has something open."""
_SPECIAL = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class PathClass(StrEnum):
    """What a path is, for one operation."""

    INSIDE = "inside"
    """An ordinary place of the workspace."""
    OUTSIDE = "outside"
    """Not in the workspace."""
    PROTECTED = "protected"
    """Decides what runs or what is allowed, or is known by another name too: never a plain edit."""
    SECRET = "secret"
    """Most likely holds a key or a password."""
    RUNS_LATER = "runs_later"
    """A plain edit of what something runs by itself, such as a build or CI."""
    REFUSED = "refused"
    """No file that can be read or written safely: a device, a pipe, or no valid name."""


class Location(Struct, frozen=True):
    """Where a path leads."""

    kind: PathClass
    real: Path | None
    """Where it leads, without any link; None where it leads nowhere."""
    why: str = ""
    """Why it is not simply inside, in a few words."""
    is_secret: bool = False
    """Whether its name says that it holds a secret, wherever it lies."""
    is_protected: bool = False
    """Whether its name says that it decides what runs, wherever it lies."""


class _Dead(Exception):
    """A path leads nowhere."""


class Roots:
    """The folders of a workspace, resolved once.

    Args:
        folders: absolute.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(Path(os.path.realpath(folder)) for folder in folders)

    def locate(self, path: str, operation: Operation, base: Path | None = None) -> Location:
        """Where a path leads and what it means to do this there.

        Args:
            path: as it was written; `~` stands for the home folder.
            operation: what would be done.
            base: the folder a relative path starts from; by default the first folder.
        """
        if not path or is_hidden(path) or "\n" in path or "\t" in path:
            return Location(PathClass.REFUSED, None, "not a plain file name")
        expanded = os.path.expanduser(path)  # noqa: PTH111 # a Path would drop what `..` follows
        start = os.path.join(base or self.folders[0], expanded)  # noqa: PTH118 # same
        try:
            real, entry = _follow(start)
        except _Dead as dead:
            return Location(PathClass.REFUSED, None, str(dead))
        if real is None:
            return Location(PathClass.OUTSIDE, None, f"leads through {_magic_of(start)}")
        return self._classify(Path(real), entry, operation)

    def relative(self, real: Path) -> Path | None:
        """The way to a resolved path from the folder of the workspace it lies in; None outside."""
        for folder in self.folders:
            if real == folder or folder in real.parents:
                return real.relative_to(folder)
        for folder in self.folders:
            if _folded(str(real) + "/").startswith(_folded(str(folder) + "/")):
                depth = len(folder.parts)
                if _same(Path(*real.parts[:depth]), folder):
                    return Path(*real.parts[depth:])
        return None

    def _classify(self, real: Path, entry: os.stat_result | None, operation: Operation) -> Location:
        within = self.relative(real)
        parts = [name_key(part) for part in (real.parts[1:] if within is None else within.parts)]
        is_folder = entry is not None and stat.S_ISDIR(entry.st_mode)
        secret, protected = is_secret(parts, is_folder=is_folder), is_protected(parts)
        kind, why = PathClass.INSIDE, ""
        if special := _special(entry):
            kind, why = PathClass.REFUSED, f"is {special}"
        elif within is None:
            kind, why = PathClass.OUTSIDE, "is outside the workspace"
        elif operation == "write" and protected:
            kind, why = PathClass.PROTECTED, "decides what runs or what is allowed"
        elif operation == "write" and entry and entry.st_nlink > 1 and stat.S_ISREG(entry.st_mode):
            kind, why = PathClass.PROTECTED, "is the same file as another name elsewhere"
        elif secret:
            kind, why = PathClass.SECRET, "looks like a secret"
        elif operation == "write" and runs_later(parts):
            kind, why = PathClass.RUNS_LATER, "is run later by itself"
        return Location(kind, real, why, secret, protected)


def classify(root: Path, path: str, op: Operation, *, others: Sequence[Path] = ()) -> PathClass:
    """What a path is.

    Args:
        root: the folder of the workspace that a relative path starts from, absolute.
        path: as it was written; `~` stands for the home folder.
        op: what would be done.
        others: further folders of the workspace, absolute.
    """
    return Roots((root, *others)).locate(path, op).kind


def real_path(path: str) -> str:
    """A path without any link; where that may not be looked up (a folder of `/proc`), as it stands.

    Args:
        path: absolute; need not exist.
    """
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return os.path.normpath(path)


def place(path: Path, roots: Sequence[Path]) -> Place:
    """Where `path` lies.

    Args:
        path: absolute; need not exist.
        roots: the folders the agent works in, absolute.
    """
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError):  # a ring of symbolic links leads nowhere
        return "outside"
    for root in roots:
        real_root = root.resolve()
        if real == real_root or real_root in real.parents:
            parts = {part.casefold() for part in real.relative_to(real_root).parts}
            return "protected" if parts & _PROTECTED else "inside"
    return "outside"


def _follow(path: str) -> tuple[str | None, os.stat_result | None]:
    """Walk an absolute path as the kernel does.

    What does not exist stands for itself, and so do the names behind it. The result is the real path
    (None where the way leads through a magic folder) and what is there (None where nothing is).

    Raises:
        _Dead: it leads nowhere.
    """
    rest = path.split("/")[::-1]
    real, entry, links = "", None, 0
    missing = False
    while rest:
        name = rest.pop()
        if name in ("", "."):
            continue
        if name == "..":
            real, entry = real.rpartition("/")[0], None
            missing = missing and not os.path.isdir(real or "/")  # noqa: PTH112 # text, not Path
            continue
        here = f"{real}/{name}"
        if here.startswith(_MAGIC) and any(here == f or here.startswith(f + "/") for f in _MAGIC):
            return None, None
        entry = None if missing else _entry(here)
        missing = missing or entry is None
        if entry is None or not stat.S_ISLNK(entry.st_mode):
            real = here
            continue
        links += 1
        if links > _MOST_LINKS:
            raise _Dead("is a ring of symbolic links")
        target = _target(here)
        rest += target.split("/")[::-1]
        if target.startswith("/"):
            real = ""
        entry = None
    return real or "/", entry


def _entry(path: str) -> os.stat_result | None:
    """What is there, a symbolic link itself; None where nothing is.

    Raises:
        _Dead: nothing can be there.
    """
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except (OSError, ValueError) as error:
        raise _Dead(getattr(error, "strerror", None) or "no valid name") from None


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 # a Path would drop what `..` follows
    except OSError as error:  # it was there a moment ago
        raise _Dead(error.strerror or "cannot be read") from None


def _special(entry: os.stat_result | None) -> str:
    return "" if entry is None else _SPECIAL.get(stat.S_IFMT(entry.st_mode), "")


def _magic_of(path: str) -> str:
    return next((folder for folder in _MAGIC if folder in path), "a link to an open file")


def _folded(text: str) -> str:
    return text.casefold()


def _same(one: Path, other: Path) -> bool:
    """Whether two names are one folder, as they may be where letter case does not count."""
    try:
        return one.samefile(other)
    except OSError:
        return False

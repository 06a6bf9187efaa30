"""Where the effects of a command reach: what of them lies outside, is a secret, or decides what runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from goose_agent.permissions.names import is_protected, is_secret, name_key
from goose_agent.permissions.paths import Location, Operation, PathClass, Roots
from goose_agent.permissions.shell.effects import Delete, Effect, Read, Unproven, Write
from goose_agent.permissions.shell.judgement import Concern

__all__ = ["Reached", "protected_named_in", "reached", "secrets_named_in"]

Reached = tuple[Concern, str]
"""What is wrong, and a short sentence about it."""

_NAME = re.compile(r"[\w./~+-]+")
_ALWAYS = ("/dev/null", "/dev/stdout", "/dev/stderr")
_SCRATCH = tuple(
    map(Path, ("/tmp", "/var/tmp", "/private/tmp", "/private/var/folders", "/dev/shm"))
)
"""Where programs put what nobody keeps."""
_MOST_PATHS = 500
"""Paths of one command that are followed."""
_MOST_ENTRIES = 2000
"""Files and folders below a folder that are looked at for links that lead out of the workspace."""

_CONCERNS: dict[PathClass, Concern] = {
    PathClass.OUTSIDE: "outside",
    PathClass.SECRET: "secret",
    PathClass.PROTECTED: "protected",
    PathClass.REFUSED: "special",
}


def reached(effects: Iterable[Effect], folders: Iterable[Path], roots: Roots) -> Iterator[Reached]:
    """What effects reach beyond plain places of the workspace.

    Args:
        effects: of one command.
        folders: where it may run.
        roots: the folders of the workspace.

    Raises:
        Unproven: there are too many to follow each.
    """
    folders = tuple(folders)
    paths = [
        effect
        for effect in dict.fromkeys(effects)
        if isinstance(effect, Read | Write | Delete) and effect.path not in _ALWAYS
    ]
    if len(paths) > _MOST_PATHS:
        raise Unproven(f"it names {len(paths)} files: too many to follow each")
    for effect in paths:
        operation: Operation = "read" if isinstance(effect, Read) else "write"
        verb = {Read: "reads", Write: "writes", Delete: "deletes"}[type(effect)]
        for folder in folders:
            location = roots.locate(effect.path, operation, folder)
            yield from _told(location, effect.path, verb, roots)
            if isinstance(effect, Read) and effect.follows_links and location.real:
                yield from _below(location.real, roots)


def secrets_named_in(text: str, folders: Iterable[Path], roots: Roots) -> Iterator[str]:
    """The files that a text names and that look like secrets, wherever in it they are named.

    Args:
        text: any text, such as a command and the script within it.
        folders: where relative names may start.
        roots: the folders of the workspace.
    """
    folders = tuple(folders)
    for name in dict.fromkeys(_NAME.findall(text)):
        if not is_secret([name_key(part) for part in name.split("/") if part]):
            continue
        locations = [roots.locate(name, "read", folder) for folder in folders]
        if any(location.is_secret and _is_meant(name, location) for location in locations):
            yield name


def protected_named_in(
    texts: Iterable[str], folders: Sequence[Path], roots: Roots
) -> Iterator[str]:
    """The files that texts name and that decide what runs; what becomes of them is not known.

    Args:
        texts: words of a command, or code for an interpreter.
        folders: where relative names may start.
        roots: the folders of the workspace.
    """
    for name in dict.fromkeys(name for text in texts for name in _NAME.findall(text)):
        parts = [part for part in name.split("/") if part]
        # `.git` alone is what walks leave out.
        if (len(parts) < 2 and not name.startswith(".")) or parts == [".git"]:
            continue
        located = (roots.locate(name, "write", folder) for folder in folders)
        if is_protected([*map(name_key, parts)]) or any(each.is_protected for each in located):
            yield name


def _is_meant(name: str, location: Location) -> bool:
    """Whether a word is the name of a file: a plain word such as `secrets` only where it is there."""
    return (
        name.startswith((".", "~"))
        or "/" in name
        or (location.real is not None and location.real.is_file())
    )


def _told(location: Location, path: str, verb: str, roots: Roots) -> Iterator[Reached]:
    if location.is_secret and location.kind is not PathClass.REFUSED:
        yield "secret", f"{verb} {path}, which looks like a secret"
    elif location.is_protected and location.kind is PathClass.OUTSIDE and verb != "reads":
        yield "protected", f"{verb} {path}, which decides what runs"
    elif verb == "deletes" and location.kind is PathClass.PROTECTED and not location.is_protected:
        return  # one of several names of a file goes away, and the file stays
    elif (concern := _CONCERNS.get(location.kind)) is not None:
        if concern == "outside" and verb != "reads" and not _is_scratch(path, location.real, roots):
            concern = "beyond"
        yield concern, f"{verb} {path}: {location.why}"


def _is_scratch(path: str, real: Path | None, roots: Roots) -> bool:
    """Whether a path names something of its own among what nobody keeps, not beside a workspace there."""
    if real is None or re.search(r"[*?\[]", path):
        return False
    for folder in _SCRATCH:
        if folder in real.parents:
            top = Path(*real.parts[: len(folder.parts) + 1])
            return not any(top in (root, *root.parents) for root in roots.folders)
    return False


def _below(folder: Path, roots: Roots) -> Iterator[Reached]:
    """Links below a folder that lead out of the workspace; those that stay in it are followed."""
    left = _MOST_ENTRIES
    stack, seen = [folder], {folder}
    while stack:
        for entry in _entries(stack.pop()):
            left -= 1
            if left < 0:
                raise Unproven(f"{folder} is too large to follow all links in it")
            inner: Path | None = Path(entry.path)
            if entry.is_symlink():
                location = roots.locate(entry.path, "read")
                yield from _told(location, entry.path, "reads", roots)
                inner = location.real if location.kind is PathClass.INSIDE else None
            if inner is not None and inner not in seen and entry.is_dir():
                seen.add(inner)
                stack.append(inner)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing where there is no folder.

    Raises:
        Unproven: it cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            return [entry for entry, _ in zip(entries, range(_MOST_ENTRIES + 1), strict=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Unproven(f"{folder} cannot be read: {error.strerror}") from None

"""Patterns for paths, compared folder by folder and never as text.

`./x/**` and `src/*.py` lie in the workspace, `/etc/**` and `~/.ssh/**` where they say, and a name
without a slash is a file or folder of that name anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from functools import lru_cache

from msgspec import Struct

__all__ = ["Ground", "check_path_pattern", "path_matches"]

_ANY = "**"
_WILD = frozenset("*?[")
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")


class Ground(Struct, frozen=True):
    """What patterns are relative to; links are followed already."""

    roots: tuple[str, ...]
    """The folders the agent works in, absolute."""
    home: str = ""


def check_path_pattern(pattern: str) -> None:
    """Refuse what is not a pattern.

    Raises:
        ValueError: says why.
    """
    if not pattern or _ODD.search(pattern):
        raise ValueError("a path pattern is names, *, ? and ** between slashes")
    if pattern.startswith("~") and not pattern.startswith("~/"):
        raise ValueError("only ~/ is known, not the home of somebody else")
    segments = [part for part in _relative(pattern).split("/") if part not in ("", ".")]
    if ".." in segments:
        raise ValueError("a path pattern must not contain ..")
    if not segments and pattern not in ("/", "./", "."):
        raise ValueError("a path pattern names something")
    if any("**" in part and part != "**" for part in segments):
        raise ValueError("** stands alone between slashes")


def path_matches(pattern: str, path: str, ground: Ground, *, strictly: bool) -> bool:
    """Whether a path is one of those that a pattern means.

    Args:
        pattern: as it is written.
        path: absolute, without links.
        ground: what patterns are relative to.
        strictly: for what is to be allowed: case counts, a folder is not what lies in it, and what
            is not anchored lies in the workspace. Otherwise each of these counts as meant.
    """
    meant = _compiled(pattern, strictly)
    for base in _bases(meant.base, ground):
        parts = _below(path, base)
        if parts is not None and _covers(meant.segments, parts, strictly):
            return True
    return False


class _Compiled(Struct, frozen=True):
    """A pattern, read once."""

    base: str
    """`/`, `~`, or `.` for the folders the agent works in."""
    segments: tuple[Callable[[str], object] | None, ...]
    """Each takes a name; None for `**`."""


@lru_cache(maxsize=4096)
def _compiled(pattern: str, strictly: bool) -> _Compiled:
    segments = [part for part in _relative(pattern).split("/") if part not in ("", ".")]
    if _relative(pattern).endswith("/"):
        segments.append(_ANY)  # a folder, and so all that lies in it
    return _Compiled(
        _base(pattern, strictly),
        tuple(None if each == _ANY else _segment(each, strictly) for each in segments),
    )


def _segment(segment: str, strictly: bool) -> Callable[[str], object]:
    """Says whether a name is meant; without case where that counts as meant."""
    segment = segment if strictly else segment.casefold()
    if _WILD.isdisjoint(segment):
        return segment.__eq__
    return re.compile(translate(segment)).match


def _base(pattern: str, strictly: bool) -> str:
    if pattern.startswith("/"):
        return "/"
    if pattern.startswith("~/"):
        return "~"
    anchored = pattern.startswith("./") or "/" in pattern.rstrip("/") or pattern == "."
    return "." if anchored or strictly else "/"


def _bases(base: str, ground: Ground) -> Sequence[str]:
    match base:
        case "/":
            return ("/",)
        case "~":
            return (ground.home,) if ground.home else ()
        case _:
            return ground.roots


def _relative(pattern: str) -> str:
    """The pattern from its base on; a name that may be anywhere says so."""
    if pattern.startswith(("/", "~/", "./")):
        return pattern.partition("/")[2]
    return pattern if "/" in pattern.rstrip("/") or pattern == "." else f"**/{pattern}"


@lru_cache(maxsize=1024)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


@lru_cache(maxsize=1024)
def _below(path: str, base: str) -> tuple[str, ...] | None:
    """The parts of a path from a folder on; None where it lies elsewhere."""
    parts, above = _parts(path), _parts(base)
    return parts[len(above) :] if parts[: len(above)] == above else None


def _covers(
    segments: Sequence[Callable[[str], object] | None], parts: Sequence[str], strictly: bool
) -> bool:
    end = len(segments)
    # Which segments may come next after the parts so far.
    states = _skip({0}, segments)
    for part in parts:
        if not strictly and end in states:
            return True  # a folder above it is meant
        name = part if strictly else part.casefold()
        after: set[int] = set()
        for at in states:
            if at < end:
                meant = segments[at]
                if meant is None:
                    after.add(at)
                elif meant(name):
                    after.add(at + 1)
        if not after:
            return False
        states = _skip(after, segments)
    return end in states


def _skip(states: set[int], segments: Sequence[object]) -> set[int]:
    """The states, and those behind a `**` that stands for nothing."""
    found = set(states)
    for at in states:
        while at < len(segments) and segments[at] is None:
            at += 1
            found.add(at)
    return found

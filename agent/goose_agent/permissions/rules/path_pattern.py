"""Patterns for paths, compared folder by folder and never as text.

`./x/**` and `src/*.py` lie in the workspace, `/etc/**` and `~/.ssh/**` where they say, and a name
without a slash is a file or folder of that name anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache

from msgspec import Struct

__all__ = ["Ground", "check_path_pattern", "path_matches"]

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
    for base in _bases(pattern, ground, strictly):
        parts = _below(path, base)
        if parts is not None and _covers(_relative(pattern), parts, strictly):
            return True
    return False


def _bases(pattern: str, ground: Ground, strictly: bool) -> Sequence[str]:
    if pattern.startswith("/"):
        return ("/",)
    if pattern.startswith("~/"):
        return (ground.home,) if ground.home else ()
    anchored = pattern.startswith("./") or "/" in pattern.rstrip("/") or pattern == "."
    return ground.roots if anchored or strictly else ("/",)


def _relative(pattern: str) -> str:
    """The pattern from its base on; a name that may be anywhere says so."""
    if pattern.startswith(("/", "~/", "./")):
        return pattern.partition("/")[2]
    return pattern if "/" in pattern.rstrip("/") or pattern == "." else f"**/{pattern}"


def _below(path: str, base: str) -> tuple[str, ...] | None:
    """The parts of a path from a folder on; None where it lies elsewhere."""
    parts = tuple(part for part in path.split("/") if part)
    above = tuple(part for part in base.split("/") if part)
    return parts[len(above) :] if parts[: len(above)] == above else None


def _covers(pattern: str, parts: Sequence[str], strictly: bool) -> bool:
    segments = tuple(part for part in pattern.split("/") if part not in ("", "."))
    if pattern.endswith("/"):
        segments = (*segments, "**")  # a folder, and so all that lies in it
    if not strictly:
        parts = [part.casefold() for part in parts]
        segments = tuple(segment.casefold() for segment in segments)
    # Which segments may come next after the parts so far.
    states = _skip({0}, segments)
    for part in parts:
        if not strictly and len(segments) in states:
            return True  # a folder above it is meant
        after: set[int] = set()
        for at in states:
            if at < len(segments):
                if segments[at] == "**":
                    after.add(at)
                elif _segment(segments[at]).match(part):
                    after.add(at + 1)
        states = _skip(after, segments)
    return len(segments) in states


def _skip(states: set[int], segments: Sequence[str]) -> set[int]:
    """The states, and those behind a `**` that stands for nothing."""
    found = set(states)
    for at in sorted(states):
        while at < len(segments) and segments[at] == "**":
            at += 1
            found.add(at)
    return found


@lru_cache(maxsize=512)
def _segment(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))

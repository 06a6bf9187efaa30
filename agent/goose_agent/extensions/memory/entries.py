"""Memories as Goose keeps them: a text file a category, paragraphs, the tags in a line before each.

# tag another
what is to be known
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

__all__ = ["CATEGORY", "Entry", "read_entries", "without", "written"]

CATEGORY = re.compile(r"[A-Za-z0-9][\w-]{0,63}")
"""What a category may be called: it is the name of a file."""


class Entry(Struct, frozen=True):
    """One memory."""

    text: str
    tags: tuple[str, ...] = ()


def read_entries(text: str) -> tuple[Entry, ...]:
    """All memories of a file."""
    return tuple(_entry(block) for block in text.split("\n\n") if block.strip())


def _entry(block: str) -> Entry:
    lines = block.strip("\n").split("\n")
    if lines[0].startswith("#") and len(lines) > 1:
        return Entry("\n".join(lines[1:]), tuple(lines[0][1:].split()))
    return Entry("\n".join(lines))


def written(entry: Entry) -> str:
    """A memory as it stands in its file; a blank line within it would make two of it."""
    body = re.sub(r"\n\s*\n", "\n", entry.text.strip())
    head = f"# {' '.join(entry.tags)}\n" if entry.tags else ""
    return f"{head}{body}\n\n"


def without(text: str, wanted: str) -> tuple[str, int]:
    """A file without the memories that contain a text, and how many these are."""
    entries = read_entries(text)
    kept: Iterable[Entry] = [entry for entry in entries if wanted not in entry.text]
    gone = len(entries) - len(list(kept))
    return "".join(map(written, kept)), gone

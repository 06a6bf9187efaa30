"""`@path` in a message: where mentions stand, and how a path is written as one.

A mention begins a word: `@src/main.py`, `@~/shot.png`, `@"a name with blanks.png"`, or with a
backslash before what would end it. Whether it names anything is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

__all__ = ["Mention", "begun_mention", "find_mentions", "names_a_picture", "written_mention"]

_BEGIN = r"(?:^|(?<=[\s(]))@"
_QUOTED = r'"(?P<quoted>(?:[^"\\\n]|\\.)+)"'
_BARE = r"(?P<bare>(?:[^\s\\\"'`@]|\\.)(?:[^\s\\\"'`]|\\.)*)"
_MENTION = re.compile(f"{_BEGIN}(?:{_QUOTED}|{_BARE})", re.MULTILINE)
_BEGUN = re.compile(rf'{_BEGIN}(?:"(?P<quoted>(?:[^"\\]|\\.)*)|(?P<bare>(?:[^\s\\"\'`@]|\\.)*))$')
_ESCAPED = re.compile(r"\\(.)")
_PLAIN = re.compile(r"[^\s\\\"'`@()\[\]{}<>,;!?]+")
_CLOSING = ".,;:!?)]}>"
"""What ends a sentence or a bracket, and may be meant as such."""
_LINES = re.compile(r"(?::\d+(?:-\d+)?|#L\d+(?:-L?\d+)?)\Z")
"""A place in a file, as people and tools write it behind a path."""

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_LONGEST = 4096
"""Characters of a mention under way: a line may be a whole pasted file."""


class Mention(Struct, frozen=True):
    """A mention in a text."""

    paths: tuple[str, ...]
    """What may be meant, the most likely first: with and without what stands behind it."""
    quoted: bool
    """Whether it can only be meant as a path."""


def find_mentions(text: str) -> Iterator[Mention]:
    """The mentions in a text, in order."""
    for found in _MENTION.finditer(text):
        if (quoted := found["quoted"]) is not None:
            yield Mention((_plain(quoted),), True)
        else:
            yield Mention(tuple(dict.fromkeys(_readings(found["bare"]))), False)


def begun_mention(line: str) -> tuple[int, str] | None:
    """The mention that is being written at the end of a line.

    Returns:
        Where its `@` stands, and the path so far; None where none is being written.
    """
    found = _BEGUN.search(line, max(0, len(line) - _LONGEST))
    if found is None:
        return None
    quoted = found["quoted"]
    return found.start(), _plain(quoted if quoted is not None else found["bare"])


def written_mention(path: str) -> str:
    """A path as a mention, in quotes where it needs them."""
    if _PLAIN.fullmatch(path) and path[-1] not in _CLOSING:
        return f"@{path}"
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'@"{escaped}"'


def names_a_picture(path: str) -> bool:
    """Whether a path ends as those of pictures do; what the file is, only its bytes tell."""
    return path.lower().endswith(_PICTURES)


def _readings(written: str) -> Iterator[str]:
    yield _plain(written)
    while written and written[-1] in _CLOSING:
        written = written[:-1]
        if written:
            yield _plain(written)
    if (bare := _LINES.sub("", written)) and bare != written:
        yield _plain(bare)


def _plain(written: str) -> str:
    return _ESCAPED.sub(r"\1", written)

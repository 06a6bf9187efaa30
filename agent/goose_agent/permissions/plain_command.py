"""A command that is one program and its words, and nothing that a shell would add to it."""

from __future__ import annotations

import re

__all__ = ["plain_words"]

_PIECE = re.compile(
    r"(?P<blank>[ \t]+)"
    r"|(?P<bare>[A-Za-z0-9_./:=@%+,^-]+)"
    r"|'(?P<single>[^'\x00-\x1f\x7f]*)'"
    r'|"(?P<double>[^"$`\\!\x00-\x1f\x7f]*)"'
)
"""What has no meaning to any shell but itself; every other character is refused."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")


def plain_words(command: str) -> tuple[str, ...] | None:
    """The words of a plain command; None where the text is, or might be, anything else.

    No operator, expansion, glob, assignment, comment, escape or second line is let through, quoted
    words aside: what is not known to be plain is not.

    Args:
        command: the text that a shell would be given.
    """
    text, at = command.strip(" \t\n"), 0
    words: list[str] = []
    joins = False
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            return None
        at = piece.end()
        if piece.lastgroup == "blank":
            joins = False
            continue
        part = piece[str(piece.lastgroup)]
        if joins:
            words[-1] += part
        else:
            words.append(part)
        joins = True
    if not words or not words[0] or _ASSIGNMENT.match(words[0]):
        return None
    return tuple(words)

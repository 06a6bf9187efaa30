"""Which characters a reader cannot see or trust: controls, bidi marks, invisible and tag characters.

Shared by everything that shows, judges or records foreign text. Newline and tab are ordinary text
here; every other control character is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Kind",
    "Span",
    "find_hidden",
    "find_lookalikes",
    "hidden_text",
    "is_hidden",
    "kind_of",
    "reveal_tags",
]


class Kind(StrEnum):
    """Why a character deserves a mark."""

    CONTROL = "control"
    """C0 and C1 controls and DEL, without newline and tab: a terminal obeys them."""
    BIDI = "bidi"
    """Marks that reorder the text around them on the screen."""
    TAG = "tag"
    """Invisible copies of ASCII: a model reads them, a person does not."""
    SURROGATE = "surrogate"
    """Half of a pair: no text at all, and it cannot be encoded."""
    INVISIBLE = "invisible"
    """Characters without a shape: joiners, fillers, selectors, non-characters."""
    LOOKALIKE = "lookalike"
    """Full-width copies of ASCII."""
    BLANK = "blank"
    """Spaces that are not the space."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters of one kind."""

    start: int
    """Index of its first character."""
    stop: int
    """Index after its last character."""
    kind: Kind


_CLASSES = {
    Kind.CONTROL: r"\x00-\x08\x0b-\x1f\x7f-\x9f",
    Kind.BIDI: r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    Kind.TAG: r"\U000e0000-\U000e007f",
    Kind.SURROGATE: r"\ud800-\udfff",
    Kind.INVISIBLE: (
        r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029\u2060-\u2065"
        r"\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
        r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e0fff"
    ),
}
_PUZZLES = {
    Kind.LOOKALIKE: r"\uff01-\uff5e\uffe0-\uffe6",
    Kind.BLANK: r"\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000",
}


def _runs(classes: dict[Kind, str]) -> re.Pattern[str]:
    """Matches one run of one kind; the name of the group is the kind."""
    return re.compile("|".join(f"(?P<{kind.value}>[{body}]+)" for kind, body in classes.items()))


_ANY_HIDDEN = re.compile(f"[{''.join(_CLASSES.values())}]")
_HIDDEN = _runs(_CLASSES)
_LOOKALIKES = _runs(_PUZZLES)


def is_hidden(text: str) -> bool:
    """Whether the text has any character that a reader cannot see or that a terminal obeys."""
    return _ANY_HIDDEN.search(text) is not None


def kind_of(char: str) -> Kind | None:
    """The kind of one character, or None for ordinary text.

    Args:
        char: a single character.
    """
    match = _HIDDEN.match(char) or _LOOKALIKES.match(char)
    return Kind(str(match.lastgroup)) if match else None


def find_hidden(text: str) -> Iterator[Span]:
    """The runs of hidden characters, in order, each of one kind."""
    return _spans(_HIDDEN, text)


def find_lookalikes(text: str) -> Iterator[Span]:
    """The runs of full-width ASCII and of unusual blanks, in order.

    They are common in East Asian prose and have no business in a command or a path.
    """
    return _spans(_LOOKALIKES, text)


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(match.start(), match.end(), Kind(str(match.lastgroup)))


def reveal_tags(text: str) -> str:
    """The ASCII that tag characters stand for; what stands for nothing printable is left out."""
    return "".join(chr(ord(char) - 0xE0000) for char in text if 0xE0020 <= ord(char) <= 0xE007E)


def hidden_text(text: str) -> str:
    """What the tag characters within a text say to a model; empty if there are none."""
    return "".join(
        reveal_tags(text[span.start : span.stop])
        for span in find_hidden(text)
        if span.kind is Kind.TAG
    )

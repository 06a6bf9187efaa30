"""What somebody looks for in all sessions: words, and where they stand in a text that has them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["Query"]

_BEFORE = 40
"""Characters of an excerpt before the first hit, about."""
_LONG = 200
"""Characters of an excerpt, at most."""


class Query:
    """Words that all must stand in a text, in any order; each may go on.

    What joins words, as in `parse_list`, joins them here: such words stand one after another.

    Args:
        text: as it was typed.
    """

    def __init__(self, text: str) -> None:
        words = [re.findall(r"[^\W_]+", word) for word in text.split()]
        phrases = [" ".join(word) for word in words if word]
        self.match = " ".join(f'"{phrase}"*' for phrase in phrases)
        """The same for FTS5; empty where nothing is looked for."""
        folded = (_folded(phrase).replace(" ", r"[\W_]+") for phrase in phrases)
        self._pattern = re.compile("|".join(rf"(?<![^\W_]){phrase}" for phrase in folded))

    def excerpt(self, text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
        """The text around the first hit, on one line, and where in it the hits are."""
        text = " ".join(text.split())
        folded = _folded(text)
        first = self._pattern.search(folded)
        start = max(0, first.start() - _BEFORE) if first else 0
        if start:
            start = text.find(" ", start, first.start() if first else None) + 1 or start
        stop = start + _LONG
        before = "…" if start else ""
        cut = before + text[start:stop] + ("…" if stop < len(text) else "")
        shift = len(before) - start
        marks = (
            (hit.start() + shift, hit.end() + shift)
            for hit in self._pattern.finditer(folded, start, stop)
        )
        return cut, tuple(marks)


def _folded(text: str) -> str:
    """The text without capitals and accents, as many characters as before."""
    return text.lower() if text.isascii() else "".join(map(_fold, text))


@lru_cache(4096)
def _fold(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0].lower()[0]

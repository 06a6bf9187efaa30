"""Where a text can be split by terminal cells: plain Python, for faces without a screen too."""

from __future__ import annotations

import re

from rich.cells import split_graphemes

__all__ = ["NARROW", "split_at"]

NARROW = re.compile(
    r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0400-\u0482\u2010-\u2027"
    r"\u2030-\u205e\u2190-\u2199\u2200-\u22ff\u2500-\u25fc]*"
)
"""Every character in here is one cell wide, so that offsets are columns."""


def split_at(text: str, column: int) -> tuple[str, str]:
    """The text before and from a column; a wide character across it goes to the right side."""
    if NARROW.fullmatch(text):
        return text[:column], text[column:]
    spans, _ = split_graphemes(text)
    used = 0
    for start, _, size in spans:
        if used + size > column:
            return text[:start], text[start:]
        used += size
    return text, ""

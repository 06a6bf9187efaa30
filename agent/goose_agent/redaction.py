"""Secrets that are known by value, masked wherever text leaves the engine.

What merely looks like a secret is another matter; this knows the values of our own keys and so
never misses one and never masks anything else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote

__all__ = ["Redactor"]

_SHORTEST = 8
"""Characters; a shorter value is a placeholder, and masking it would tear ordinary words apart."""
_STRIDE = 128 * 2**10
"""Bytes that are searched at a time."""
_SHORTEST_PIECE = 6
"""Characters of a secret that are masked where a text was cut in the middle of it."""


class Redactor:
    """Masks known values as `[secret:NAME]`.

    Args:
        values: names of secrets and their values; short and empty values are left out.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._names: dict[str, str] = {}
        self.learn(values)

    def learn(self, values: Mapping[str, str]) -> None:
        """Mask these values too.

        Args:
            values: names of secrets and their values; short and empty values are left out.
        """
        known = dict(self._names)
        for name, value in values.items():
            for spelling in _spellings(value.strip()):
                known.setdefault(spelling, name)
        # Others may be masking in their threads meanwhile: names come before patterns.
        self._names = known
        # The longest first, so that no value hides behind another that it contains.
        ordered = sorted(self._names, key=len, reverse=True)
        pattern = "|".join(map(re.escape, ordered))
        self._text = re.compile(pattern) if ordered else None
        self._bytes = re.compile(pattern.encode()) if ordered else None
        self._longest = max((len(spelling.encode()) for spelling in ordered), default=0)
        self._ordered = ordered

    def text(self, text: str) -> str:
        """`text` with every known value masked."""
        if self._text is None:
            return text
        return self._text.sub(lambda found: self._mask(found[0]), text)

    def data(self, data: bytes) -> bytes:
        """`data` with every known value masked, as UTF-8."""
        if self._bytes is None:
            return data
        # One search through all of it would hold up every other thread until it is done.
        pieces: list[bytes] = []
        taken = at = 0
        while at < len(data):
            edge = at + _STRIDE
            found = self._bytes.search(data, at, edge + self._longest)
            if found is None or found.start() >= edge:
                at = edge
                continue
            pieces += data[taken : found.start()], self._mask(found[0].decode()).encode()
            taken = at = found.end()
        return b"".join([*pieces, data[taken:]]) if pieces else data

    def tail(self, text: str) -> str:
        """A stretch cut out of a stream, masked; a value that is cut off at either end is too."""
        text = self.text(text)
        for value in self._ordered:
            text = self._mask_end(self._mask_start(text, value), value)
        return text

    def _mask(self, value: str) -> str:
        return f"[secret:{self._names[value]}]"

    def _mask_start(self, text: str, value: str) -> str:
        for length in range(len(value) - 1, _SHORTEST_PIECE - 1, -1):
            if text.startswith(value[-length:]):
                return self._mask(value) + text[length:]
        return text

    def _mask_end(self, text: str, value: str) -> str:
        for length in range(len(value) - 1, _SHORTEST_PIECE - 1, -1):
            if text.endswith(value[:length]):
                return text[:-length] + self._mask(value)
        return text


def _spellings(value: str) -> set[str]:
    """A value as it stands, as a JSON string has it, and as a URL has it."""
    if len(value) < _SHORTEST:
        return set()
    return {value, json.dumps(value)[1:-1], quote(value, safe="")}

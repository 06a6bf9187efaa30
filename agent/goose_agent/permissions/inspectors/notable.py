"""The pieces of a text that are worth remembering: addresses, paths, and strings that look random."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

__all__ = ["Notable", "notable"]

_LONGEST = 2**20
"""Characters of a text that are looked at."""
_MOST = 5000
"""Pieces of one text."""
_URL = re.compile(
    r"\b(?:https?|ftp|ssh|git|s3|gs)://[^\s\"'<>`|;()\[\]{}\\]{3,2000}", re.IGNORECASE
)
_HOST = re.compile(
    r"(?<![\w@./-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w.(-])"
    r"|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
)
_PATH = re.compile(r"(?<![\w./:~-])(?:~|/)[\w.@+-]*(?:/[\w.@+-]+)+")
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{20,4000}")
_FILES = frozenset(
    """
    c cc cfg conf cpp css ex exs go h hpp html ini java js json jsx kt lock log lua md nix php
    png py rb rs scala sh sql svg swift tf toml ts tsx txt vue xml yaml yml zig
    """.split()
)
"""Ends that make `a.b` a file's name rather than a host's."""
_ENTROPY = 3.5
"""Bits a character: prose and names have less, keys and encoded data more."""

Kind = Literal["address", "host", "path", "string"]


class Notable(Struct, frozen=True):
    """One such piece."""

    kind: Kind
    text: str


def notable(text: str) -> Iterator[Notable]:
    """All such pieces of a text, each once."""
    seen: set[str] = set()
    for found in _all(text[:_LONGEST]):
        if found.text not in seen:
            seen.add(found.text)
            yield found
            if len(seen) >= _MOST:
                return


def _all(text: str) -> Iterator[Notable]:
    for match in _URL.finditer(text):
        url = match[0].rstrip(".,:!?")
        yield Notable("address", url)
        host = url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
        if host:
            yield Notable("host", host.lower())
    for match in _HOST.finditer(text):
        if match[0].rpartition(".")[2].lower() not in _FILES:
            yield Notable("host", match[0].lower())
    for match in _PATH.finditer(text):
        yield Notable("path", match[0])
    for match in _TOKEN.finditer(text):
        if _looks_random(match[0]):
            yield Notable("string", match[0])


def _looks_random(text: str) -> bool:
    if re.fullmatch(r"[0-9a-fA-F-]{1,64}", text):
        return False  # names of commits and the like: they are passed on all the time
    if not (re.search(r"\d", text) and re.search(r"[A-Za-z]", text)) or text.count("/") > 2:
        return False
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts) >= _ENTROPY

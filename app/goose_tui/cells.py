"""Cells of the screen as single characters, so that rows are strings, quick to cut and to compare.

Every pair of a character and a style that is shown has a code. Only characters count of which every
terminal thinks that they take one column, or that they take two: a row with anything else is not
taken apart, since nobody knows where its cells are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["OPAQUE", "PLAIN", "RIGHT", "UNKNOWN", "CellTable", "Style", "restyle"]

UNKNOWN = "\0"
"""The code of a cell of which nobody knows what the terminal shows there."""
RIGHT = "\1"
"""The code of the right half of a wide character."""
OPAQUE = "\2"
"""In place of the codes of a text whose cells are not known."""
_FIRST = 3

Style = tuple[str, str]
"""Parameters of the SGR sequence, and what the sequence of a hyperlink says."""
PLAIN: Style = ("", "")

_MOST_CODES = 50_000
_MOST_TEXTS = 2_000

_NARROW = (
    " -~\xa0-\xa8\xaa-\xac\xaf-\u02ff\u0391-\u03a1\u03a3-\u03ce\u0400-\u0482\u048a-\u052f\u1e00-\u1eff"
    "\u2010-\u2015\u2018-\u2022\u2024-\u2026\u2030\u2032-\u2034\u2039-\u203b\u20ac"
    "\u2190-\u2193\u219a-\u21a8\u21ab-\u22ff\u2400-\u2426\u2500-\u25a9\u25ac-\u25b5\u25b7-\u25bf\u25c1-\u25fa"
    "\u2713\u2717\u27e6-\u27eb\u2800-\u28ff"
)
_WIDE = (
    "\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u3131-\u318e\u31f0-\u31ff\u3400-\u4db5\u4e00-\u9fea"
    "\uac00-\ud7a3\uf900-\ufa6d\uff01-\uff60\uffe0-\uffe6"
)
_IS_WIDE = re.compile(f"[{_WIDE}]")
_IS_OPAQUE = re.compile(f"[^{_NARROW}{_WIDE}]")
_TOKEN = re.compile(
    r"\x1b\[([0-9;]*)m"
    r"|\x1b\]8;([^\x00-\x1f\x7f-\x9f]*)\x1b\\"
    r"|([^\x00-\x1f\x7f-\x9f]+)"
)
_PART = re.compile(
    r"(?:([1-57-9])"
    r"|(3[0-79]|9[0-7]|38;5;\d+|38;2;\d+;\d+;\d+)"
    r"|(4[0-79]|10[0-7]|48;5;\d+|48;2;\d+;\d+;\d+))(?:;|$)"
)
_OFF = {"1": "22", "2": "22"} | {str(each): f"2{each}" for each in (3, 4, 5, 7, 8, 9)}
"""What switches an attribute off; two share it."""
_NO_LINK = ";"


class CellTable:
    """The codes that are in use."""

    def __init__(self) -> None:
        self.characters: dict[str, str] = {}
        """By code; only codes of whole characters are in it, as in the next."""
        self.styles: dict[str, Style] = {}
        self._codes: dict[Style, _Codes] = {}
        self._read: dict[str, str | None] = {}
        self.blank = self._codes_in(PLAIN)[" "]
        """What a row has that comes in while others scroll away."""

    @property
    def full(self) -> bool:
        """Whether another table should be begun, so that memory does not grow for ever."""
        return len(self.characters) > _MOST_CODES

    def read(self, text: str) -> str | None:
        """The cells of a text without movements, which begins and ends in the plain style.

        Args:
            text: printable characters, SGR sequences and hyperlinks.

        Returns:
            A code for each column, `OPAQUE` where the columns are not known, or None where it may
            do more than fill cells of a row.
        """
        try:
            return self._read[text]
        except KeyError:
            if len(self._read) >= _MOST_TEXTS:
                self._read.clear()  # what is shown again and again is soon back
            cells = self._read[text] = self._parse(text)
            return cells

    def _parse(self, text: str) -> str | None:
        cells: list[str] = []
        end, sgr, link, opaque = 0, "", "", False
        for token in _TOKEN.finditer(text):
            if token.start() != end:
                return None
            end = token.end()
            if token[3] is not None:
                if not cells and not opaque and _IS_OPAQUE.match(token[3]):
                    return None  # it may join what is before it, be that in another row
                opaque = opaque or _IS_OPAQUE.search(token[3]) is not None
                if not opaque:
                    cells.extend(map(self._codes_in((sgr, link)).__getitem__, token[3]))
            elif token[2] is not None:
                link = token[2] if token[2] != _NO_LINK else ""
            elif token[1] in ("", "0"):
                sgr = ""
            elif sgr:
                return None  # a style upon another
            else:
                sgr = token[1]
        if end != len(text) or sgr or link:
            return None
        return OPAQUE if opaque else "".join(cells)

    def _codes_in(self, style: Style) -> _Codes:
        if style not in self._codes:
            self._codes[style] = _Codes(self, style)
        return self._codes[style]


class _Codes(dict[str, str]):
    """The codes of characters in a style."""

    def __init__(self, table: CellTable, style: Style) -> None:
        self._table = table
        self._style = style

    def __missing__(self, character: str) -> str:
        code = chr(_FIRST + len(self._table.characters))
        self._table.characters[code] = character
        self._table.styles[code] = self._style
        self[character] = code + RIGHT if _IS_WIDE.match(character) else code
        return self[character]


def restyle(before: Style, after: Style) -> tuple[str, Style]:
    """The sequences that make one style of the other, and the style that the terminal has then.

    That is the one asked for, or looks the same: the cursor is often a cell with swapped colours.

    Args:
        before: what the terminal has.
        after: what it shall have.
    """
    sequence, sgr = _resgr(before[0], after[0])
    if before[1] != after[1]:
        sequence += f"\x1b]8;{after[1] or _NO_LINK}\x1b\\"
    return sequence, (sgr, after[1])


@lru_cache(maxsize=4096)
def _resgr(before: str, after: str) -> tuple[str, str]:
    ways = [("" if before == after else _change(before, after), after)]
    if swapped := _swapped(after):
        ways.append(("" if before == swapped else _change(before, swapped), swapped))
    return min(ways, key=lambda way: len(way[0]))


def _change(before: str, after: str) -> str:
    if not after:
        return "\x1b[m"
    whole = f"\x1b[0;{after}m"
    old, new = _Parts.of(before), _Parts.of(after)
    if old is None or new is None:
        return whole
    off = {_OFF[attribute] for attribute in old.attributes if attribute not in new.attributes}
    on = [each for each in new.attributes if each not in old.attributes or _OFF[each] in off]
    ground = [new.fore or "39"] if old.fore != new.fore else []
    ground += [new.back or "49"] if old.back != new.back else []
    return min(whole, f"\x1b[{';'.join([*sorted(off), *on, *ground])}m", key=len)


def _swapped(sgr: str) -> str:
    """The same look by swapping the colours; empty where that may look otherwise."""
    parts = _Parts.of(sgr)
    if parts is None or parts.attributes or "8;" not in parts.fore or "8;" not in parts.back:
        return ""
    return f"7;3{parts.back[1:]};4{parts.fore[1:]}"


class _Parts(NamedTuple):
    """A style taken apart."""

    attributes: list[str]
    fore: str
    back: str

    @classmethod
    def of(cls, sgr: str) -> _Parts | None:
        """The parts of an SGR sequence's parameters; None where there is more to it."""
        attributes: list[str] = []
        fore = back = ""
        place = 0
        while place < len(sgr):
            part = _PART.match(sgr, place)
            if part is None:
                return None
            place = part.end()
            if part[1]:
                attributes.append(part[1])
            elif part[2]:
                fore = part[2]
            else:
                back = part[3]
        return cls(attributes, fore, back)

"""Marks in the place of what a terminal would obey, reorder or hide, and widths that stay put.

Apart from `untrusted`, whose fast path most text takes: these patterns take longer to compile than
the first frame takes to draw.
"""

from __future__ import annotations

import re
import unicodedata

from goose_agent.characters import (
    Kind,
    Span,
    find_hidden,
    find_lookalikes,
    is_hidden,
    reveal_tags,
)

__all__ = ["show_hidden", "steady"]

_MAX_MARKS = 4
"""Combining marks that one letter may carry."""
_MAX_NAMED = 4
"""Hidden characters of one run that are named one by one."""

_EMOJI = (
    r"\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf"
    r"\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
)
_TONES = r"\U0001f3fb-\U0001f3ff"
_JOINING = r"\u0620-\u08ff\u0900-\u0dff\u1780-\u17d3"
# Neither letters nor any of the large blocks of symbols: what is left is mostly combining marks.
_MAYBE_MARK = (
    r"[^\w\x00-\u02ff\u2000-\u20cf\u2100-\u2fff\u3000-\u3029\u3030-\u303f\ud800-\uf8ff"
    r"\U0001f000-\U0001faff\U000e0000-\U000effff]"
)

_SELECTOR = re.compile(rf"(?<=[{_EMOJI}0-9#*])[\ufe0e\ufe0f]")
_TONE = re.compile(rf"(?<=[{_EMOJI}])[{_TONES}]")
_JOINER = re.compile(rf"(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])|(?<=[{_JOINING}])\u200d")
_NON_JOINER = re.compile(rf"(?<=[{_JOINING}])\u200c(?=[{_JOINING}])")
_LOOSE_TONE = re.compile(f"[{_TONES}]")
_PILE = re.compile(rf"{_MAYBE_MARK}{{{_MAX_MARKS + 1},}}")
_ORPHAN = re.compile(rf"(?:\A|(?<=[\n\t])){_MAYBE_MARK}")
# Latin, symbols, emoji, Chinese, Japanese and Korean: nothing in there changes a width later.
_ODD = re.compile(
    r"[^\x00-\u02ff\u2000-\u20cf\u2100-\u2fff\u3000-\u3029\u3030-\u3098\u309b-\ua48c\uac00-\ud7a3"
    r"\ue000-\uf8ff\uff00-\uffef\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
)


def show_hidden(text: str, *, strict: bool) -> str:
    """The text with a visible mark wherever something is hidden; again, it changes nothing.

    Args:
        text: what somebody else wrote.
        strict: also mark full-width ASCII and unusual blanks.
    """
    if is_hidden(text):
        text = _mark_hidden(text.replace("\r\n", "\n"))
    if not text.isascii():
        if _ODD.search(text):
            text = steady(text)
        if strict:
            text = _replace(text, list(find_lookalikes(text)))
    return text


def _mark_hidden(text: str) -> str:
    """Give every hidden character a visible mark, but for those that belong to the writing."""
    if not text.isascii():
        text = _SELECTOR.sub("", text)
        text = _TONE.sub("", text)
        text = _JOINER.sub("", text)
    kept = {match.start() for match in _NON_JOINER.finditer(text)} if "\u200c" in text else set()
    return _replace(text, [span for span in find_hidden(text) if span.start not in kept])


def _replace(text: str, spans: list[Span]) -> str:
    pieces = []
    end = 0
    for span in spans:
        pieces += [text[end : span.start], _mark(text[span.start : span.stop], span.kind)]
        end = span.stop
    return "".join([*pieces, text[end:]])


def _mark(run: str, kind: Kind) -> str:
    """The visible mark of a run of hidden characters of one kind."""
    if kind is Kind.CONTROL:
        return "".join(map(_picture, run))
    if kind is Kind.TAG and (words := reveal_tags(run)):
        return f'⟨hidden "{words}"⟩'
    if len(run) <= _MAX_NAMED:
        return "".join(map(_name, run))
    if run == run[0] * len(run):
        return f"⟨{_code(run[0])} ×{len(run)}⟩"
    return f"⟨{_code(run[0])}…{_code(run[-1])} ×{len(run)}⟩"


def _picture(char: str) -> str:
    """A control character as its picture."""
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else _name(char)


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def _name(char: str) -> str:
    return f"⟨{_code(char)}⟩"


def steady(text: str) -> str:
    """Cut what makes the width of a line differ between terminals."""
    text = _TONE.sub("", text)
    text = _LOOSE_TONE.sub(lambda match: _name(match.group()), text)
    text = _ORPHAN.sub(_seat, text)
    return _PILE.sub(_thin, text)


def _seat(match: re.Match[str]) -> str:
    """Give a combining mark without a letter something to sit on."""
    char = match.group()
    return f"◌{char}" if _combines(char) else char


def _thin(match: re.Match[str]) -> str:
    """Cut piles of combining marks and say how many were cut."""
    kept: list[str] = []
    pile = cut = 0
    for char in [*match.group(), ""]:
        pile = pile + 1 if char and _combines(char) else 0
        if pile > _MAX_MARKS:
            cut += 1
            continue
        if cut:
            kept.append(f"⟨+{cut} marks⟩")
            cut = 0
        kept.append(char)
    return "".join(kept)


def _combines(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me")

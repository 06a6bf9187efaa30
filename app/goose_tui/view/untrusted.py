"""The one boundary through which foreign text reaches the screen.

What a model, a tool, a file name or a server wrote may hold sequences that a terminal obeys, marks
that reorder a line, and characters nobody sees. After `clean` nothing but newline, tab and visible
characters is left, and wherever something was taken out the reader sees a mark.

Widths stay predictable: selectors, joiners and skin tones of emoji, about which terminals disagree,
are dropped (their parts are still shown), piles of combining marks are cut, and a combining mark
without a letter before it gets one. Right-to-left and Indic text keeps its non-joiners.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["clean", "clean_line", "clean_output"]

_PLAIN = re.compile(r"[\n\t -~]*")
"""Text in which nothing can be hidden: nearly all there is."""
_WIDE = (
    r"[\n\t -~\u00a1-\u00ac\u00ae-\u02ff\u03b1-\u03ce\u0410-\u044f\u2010-\u2027\u2030-\u205e"
    r"\u2190-\u23ff\u2500-\u27bf\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*"
)
"""The same beyond English; compiled when it is first wanted, and far sooner ready than `marks`."""
_COLOURS = re.compile(r"\x1b\[(?:[0-9;:]*m|[0-2]?K)")
_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\r\n])")


def clean(text: str, *, strict: bool = False) -> str:
    """Text of several lines that is safe to draw; cleaning it again changes nothing.

    Args:
        text: what somebody else wrote.
        strict: also mark full-width ASCII and unusual blanks; for commands and paths.
    """
    if _is_plain(text):
        return text
    from goose_tui.view.marks import show_hidden  # not needed before the first paint

    return show_hidden(text, strict=strict)


def clean_line(text: str, *, strict: bool = False) -> str:
    """Text of one line that is safe to draw: line ends become `␊`, tabs become a space.

    Args:
        text: what somebody else wrote.
        strict: also mark full-width ASCII and unusual blanks; for commands and paths.
    """
    text = clean(text, strict=strict)
    if "\n" in text or "\t" in text:
        text = text.replace("\n", "␊").replace("\t", " ")
        if not _is_plain(text):
            from goose_tui.view.marks import steady

            text = steady(text)
    return text


def clean_output(text: str) -> str:
    """The output of a command, safe to draw, without colours and overwritten progress lines.

    Only sequences that choose colours or erase a line are dropped without a mark: text that they
    concealed is shown.
    """
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    if "\r" in text:
        text = _OVERWRITTEN.sub("", text.replace("\r\n", "\n"))
        text = "\n".join(line.rstrip("\r") for line in text.split("\n"))
    return clean(text)


def _is_plain(text: str) -> bool:
    if text.isascii():
        return _PLAIN.fullmatch(text) is not None
    return _wide().fullmatch(text) is not None


@cache
def _wide() -> re.Pattern[str]:
    return re.compile(_WIDE)

"""The inside of a paragraph: emphasis, code, links and line breaks as styled segments.

Line breaks are kept as they were written, html is shown as text, nothing is fetched, and a link
whose text is not its address shows the address too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from goose_tui.view.lines import expand_tabs
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["Inline", "Logical", "web_link"]

Logical = list[Segment]
"""The segments of one line as it was written, before wrapping."""

_SPECIAL = re.compile(r"[\\`*_~\[\]<>&!\n]|https?://")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|⟨⟩]*[^\s<>\"'`|⟨⟩.,;:!?)\]}*_~…]")
_WEB = re.compile(r"https?://[!-~]+")


def web_link(address: str, style: Style) -> Style:
    """The style with a link to the address, if that is a plain web address.

    Only those become links of the terminal: any other scheme could start a program.
    """
    return style + Style(link=address) if _WEB.fullmatch(address) else style


class Inline:
    """Sets text with inline Markdown in the styles of a palette."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._added = {
            "em_open": palette.emphasis,
            "strong_open": palette.strong,
            "s_open": Style(strike=True),
            "link_open": palette.link,
        }

    def lines(self, text: str, base: Style) -> list[Logical]:
        """The logical lines of a text, at least one; blanks at their ends are dropped.

        Args:
            text: clean text.
            base: laid under everything.
        """
        if _SPECIAL.search(text) is None:
            text = expand_tabs(text.strip(" \t"))
            return [[Segment(text, base)] if text else []]
        run = _Run(self.palette, base)
        for token in _parse(text):
            self._set(run, token)
        return [_stripped(line) for line in run.lines]

    def _set(self, run: _Run, token: Token) -> None:
        """Add one token to the lines."""
        kind = token.type
        if kind == "text":
            run.text(token.content)
        elif kind in ("softbreak", "hardbreak"):
            run.lines.append([])
        elif kind == "code_inline":
            run.add(token.content, run.style + self.palette.code)
        elif kind == "image":
            run.image(token)
        elif kind in self._added:
            run.open(token, self._added[kind])
        elif kind.endswith("_close"):
            run.close(kind)
        else:
            run.text(token.content)


class _Run:
    """The lines made so far and the styles that are open."""

    def __init__(self, palette: Palette, base: Style) -> None:
        self.lines: list[Logical] = [[]]
        self._palette = palette
        self._styles = [base]
        self._links: list[tuple[str, int, int]] = []

    @property
    def style(self) -> Style:
        return self._styles[-1]

    def add(self, text: str, style: Style) -> None:
        # Entities become characters only while parsing, so what comes out is cleaned as well.
        text = clean_line(expand_tabs(text))
        if text:
            self.lines[-1].append(Segment(text, style))

    def text(self, text: str) -> None:
        """Add text in the open style, with bare addresses as links."""
        if self._links or "://" not in text:
            self.add(text, self.style)
            return
        end = 0
        for match in _ADDRESS.finditer(text):
            self.add(text[end : match.start()], self.style)
            self.add(match.group(), web_link(match.group(), self.style + self._palette.link))
            end = match.end()
        self.add(text[end:], self.style)

    def open(self, token: Token, added: Style) -> None:
        style = self.style + added
        if token.type == "link_open":
            address = _address(token, "href")
            style = web_link(address, style)
            self._links.append((address, len(self.lines) - 1, len(self.lines[-1])))
        self._styles.append(style)

    def close(self, kind: str) -> None:
        self._styles.pop()
        if kind == "link_close":
            address, line, start = self._links.pop()
            shown = "".join(segment.text for segment in self.lines[line][start:])
            self._tell(address, shown)

    def image(self, token: Token) -> None:
        """Name an image and where it is; it is never fetched."""
        address = _address(token, "src")
        label = clean_line(token.content) or "image"
        self.add(label, web_link(address, self.style + self._palette.link))
        self._tell(address, label)

    def _tell(self, address: str, shown: str) -> None:
        """Show an address, unless the text before it is the address."""
        if address and address.removeprefix("mailto:") != shown:
            self.add(f" ({address})", self.style + self._palette.dim)


def _address(token: Token, name: str) -> str:
    return clean_line(str(token.attrs.get(name, "")))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # markdown-it takes 40 ms to import: it waits for the first answer.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


@lru_cache(maxsize=512)
def _parse(text: str) -> Sequence[Token]:
    [inline] = _parser().parseInline(text)
    return tuple(inline.children or ())


def _stripped(line: Logical) -> Logical:
    """The line without blanks at its ends."""
    while line and not line[0].text.strip(" "):
        line = line[1:]
    while line and not line[-1].text.strip(" "):
        line = line[:-1]
    if line and line[0].text[0] == " ":
        line = [Segment(line[0].text.lstrip(" "), line[0].style), *line[1:]]
    if line and line[-1].text[-1] == " ":
        line = [*line[:-1], Segment(line[-1].text.rstrip(" "), line[-1].style)]
    return line

"""A page of the web as Markdown: what is to be read, and where its links lead."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

__all__ = ["page_text"]

_SILENT_WORDS = "script style noscript template svg iframe object canvas button select nav"
_BLOCK_WORDS = """
p div section article main header footer aside figure figcaption table tr ul ol dl dt dd blockquote
pre h1 h2 h3 h4 h5 h6 hr address details summary body
"""
_SILENT = frozenset(_SILENT_WORDS.split())
_BLOCKS = frozenset(_BLOCK_WORDS.split())
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_INDENTED = 10
"""Lists within one another that are set in, each further than the one around it."""
_DEEPEST = 200
"""Elements within one another: what is deeper is read as if it were not."""


def page_text(html: str, address: str) -> str:
    """What a page says. Blocks for large ones.

    Args:
        html: the page.
        address: where it is from: its links are relative to that.
    """
    reader = _Reader(address)
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Walks through a page and writes what is to be read."""

    def __init__(self, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self._address = address
        self._title = ""
        self._in_title = False
        self._out: list[str] = []
        self._silent: list[str] = []
        self._lists: list[int] = []
        """For each list around, the number of its next item; 0 where it has no numbers."""
        self._quotes = 0
        self._pre = 0
        self._links: list[tuple[str, int]] = []
        self._cells = 0

    def text(self) -> str:
        """All of it."""
        body = "".join(self._out)
        body = "\n".join(line.rstrip() for line in body.split("\n"))
        body = re.sub(r"\n{3,}", "\n\n", body).strip()
        title = " ".join(self._title.split())
        if title and not body.startswith(f"# {title}"):
            return f"# {title}\n\n{body}"
        return body

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and not self._title:
            self._in_title = True
        if self._silent or tag in _SILENT:
            if tag in _SILENT and len(self._silent) < _DEEPEST:
                self._silent.append(tag)
            return
        if tag in _BLOCKS:
            self._begin_block(tag)
        elif tag in ("a", "img"):
            self._begin_named(tag, dict(attrs))
        elif tag in ("td", "th"):
            self._out.append(" | " if self._cells else "| ")
            self._cells += 1
        elif tag == "li":
            self._begin_item()
        else:
            self._mark(tag)

    def _begin_named(self, tag: str, values: dict[str, str | None]) -> None:
        """A link, or a picture: of that only its words."""
        if tag == "a":
            self._links.append((values.get("href") or "", len(self._out)))
        elif alt := (values.get("alt") or "").strip():
            self._out.append(f"[picture: {alt}]")

    def _mark(self, tag: str) -> None:
        """What begins as it ends; in code as it stands nothing is marked."""
        if tag == "br":
            self._out.append("\n")
        elif tag in _MARKS and not self._pre:
            self._out.append(_MARKS[tag])

    def _begin_block(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._out.append("" if self._lists else "\n\n")
            self._lists.append(1 if tag == "ol" else 0)
            return
        if tag == "tr":
            self._cells = 0
            self._out.append("\n")
            return
        self._out.append("\n\n" if not self._lists else "\n")
        if tag in _HEADINGS:
            self._out.append(f"{_HEADINGS[tag]} ")
        elif tag == "hr":
            self._out.append("---\n\n")
        elif tag == "pre":
            self._pre += 1
            self._out.append("```\n")
        elif tag == "blockquote":
            self._quotes += 1

    def _begin_item(self) -> None:
        indent = "  " * min(max(0, len(self._lists) - 1), _INDENTED)
        mark = "-"
        if self._lists and self._lists[-1]:
            mark = f"{self._lists[-1]}."
            self._lists[-1] += 1
        begun = bool(self._out) and not self._out[-1].endswith("\n")
        self._out.append(("\n" if begun else "") + f"{indent}{mark} ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if self._silent:
            if tag in self._silent:
                while self._silent.pop() != tag:
                    pass
        elif tag == "a":
            self._end_link()
        elif tag in ("ul", "ol", "pre", "blockquote", "tr"):
            self._end_block(tag)
        elif tag in _BLOCKS:
            self._out.append("" if self._lists else "\n\n")
        elif tag != "br":
            self._mark(tag)

    def _end_block(self, tag: str) -> None:
        """One that is more than a paragraph; an end without its beginning says nothing."""
        if tag == "tr":
            self._out.append(" |" if self._cells else "")
        elif tag == "pre" and self._pre:
            self._pre -= 1
            self._out.append("\n```\n\n")
        elif tag == "blockquote" and self._quotes:
            self._quotes -= 1
            self._out.append("\n\n")
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._out.append("\n" if self._lists else "\n\n")

    def _end_link(self) -> None:
        if not self._links:
            return
        href, start = self._links.pop()
        words = " ".join("".join(self._out[start:]).split())
        del self._out[start:]
        target = _target(self._address, href)
        if not words:
            return
        self._out.append(f"[{words}]({target})" if target else words)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title += data
        if self._in_title or self._silent:
            return
        if self._pre:
            self._out.append(data)
            return
        words = _BLANKS.sub(" ", data)
        if not self._out or self._out[-1].endswith(("\n", " ")):
            words = words.lstrip()
        if words and self._quotes and (not self._out or self._out[-1].endswith("\n")):
            words = "> " * self._quotes + words
        if words:
            self._out.append(words)


def _target(address: str, href: str) -> str:
    """Where a link leads, for one that leads anywhere else on the web."""
    if not href or href.startswith("#"):
        return ""
    try:
        target = urljoin(address, href.strip())
    except ValueError:
        return ""
    return target if target.startswith(("http://", "https://")) else ""

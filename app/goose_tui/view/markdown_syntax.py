"""How lines of Markdown begin blocks: the patterns, and nothing about drawing."""

from __future__ import annotations

import re

from msgspec import Struct

__all__ = [
    "CODE_INDENT",
    "Fence",
    "Marker",
    "closes_fence",
    "cut_at",
    "heading",
    "indent_of",
    "interrupts",
    "is_rule",
    "list_marker",
    "open_fence",
    "quoted",
    "table_aligns",
    "table_cells",
]

CODE_INDENT = 4
"""Blanks that make a line code."""

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})(.*)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}")
_QUOTE = re.compile(r" {0,3}> ?(.*)")
_MARKER = re.compile(r"( *)([-*+]|(\d{1,9})[.)])(?:( {1,4})(?! )| +|$)")
_TASK = re.compile(r"\[([ xX])\](?: +|$)")
_ALIGNS = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_CELL_END = re.compile(r"(?<!\\)\|")


class Fence(Struct, frozen=True):
    """The line that opens a block of code."""

    indent: int
    """Blanks before it, taken from every line of code."""
    mark: str
    """The characters; as many of them close the block."""
    language: str


class Marker(Struct, frozen=True):
    """The beginning of a list item."""

    indent: int
    """Blanks before it."""
    kind: str
    """The bullet, or what stands after the number; a list has one kind."""
    number: int | None
    """Of an ordered item."""
    offset: int
    """Column at which the item's content begins."""
    task: bool | None
    """Whether a task is done; None if the item is no task."""
    content: str
    """The rest of the line."""


def indent_of(line: str) -> int:
    """The blanks at the beginning of a line."""
    return len(line) - len(line.lstrip(" "))


def open_fence(line: str) -> Fence | None:
    """The fence that a line opens."""
    match = _FENCE.fullmatch(line)
    if match is None or (match[2][0] == "`" and "`" in match[3]):
        return None
    words = match[3].replace("{", " ").replace("}", " ").split()
    return Fence(len(match[1]), match[2], words[0].lstrip(".") if words else "")


def closes_fence(line: str, fence: Fence) -> bool:
    """Whether a line closes a fence."""
    mark = line.strip()
    return (
        indent_of(line) < CODE_INDENT
        and len(mark) >= len(fence.mark)
        and (mark == fence.mark[0] * len(mark))
    )


def heading(line: str) -> tuple[int, str] | None:
    """The level and text of a heading."""
    match = _HEADING.fullmatch(line)
    return (len(match[1]), match[2] or "") if match else None


def is_rule(line: str) -> bool:
    """Whether the line is a dividing rule."""
    return _RULE.fullmatch(line) is not None


def quoted(line: str) -> str | None:
    """What a line of a quote says."""
    match = _QUOTE.fullmatch(line)
    return match[1] if match else None


def list_marker(line: str) -> Marker | None:
    """The list item that a line begins."""
    match = _MARKER.match(line)
    if match is None or is_rule(line):
        return None
    number = int(match[3]) if match[3] else None
    after = len(match[4]) if match[4] else 1
    offset = len(match[1]) + len(match[2]) + after
    content = line[offset:]
    task = _TASK.match(content)
    if task:
        content = content[task.end() :]
    done = None if task is None else task[1] != " "
    return Marker(len(match[1]), match[2][-1], number, offset, done, content)


def interrupts(line: str) -> bool:
    """Whether a line ends the paragraph before it by beginning another block."""
    if indent_of(line) >= CODE_INDENT:
        return False
    marker = list_marker(line)
    if marker is not None:
        # A number at the beginning of a line is mostly just a number.
        return bool(marker.content) and marker.number in (None, 1)
    return bool(heading(line) or is_rule(line) or open_fence(line) or quoted(line) is not None)


def table_aligns(line: str) -> list[str] | None:
    """The alignment of each column (`left`, `right`, `center`), if the line divides a table's head."""
    if "-" not in line or "|" not in line or _ALIGNS.fullmatch(line) is None:
        return None
    aligns = []
    for cell in table_cells(line):
        right, left = cell.endswith(":"), cell.startswith(":")
        aligns.append("center" if left and right else "right" if right else "left")
    return aligns


def table_cells(line: str) -> list[str]:
    """The texts of the cells of a table's row."""
    row = line.strip()
    row = row[1:] if row.startswith("|") else row
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(row)]


def cut_at(text: str, size: int) -> int:
    """Where a long text can be cut: after half the size, at a blank, outside code and links.

    Only the first `size` characters are looked at, so that it does not matter how much more of the
    text is known.
    """
    last = 0
    for position in range(size - 1, size // 2, -1):
        if text[position] not in " \n":
            continue
        last = last or position
        head = text[:position]
        if (
            not head.count("`") % 2
            and not head.count("**") % 2
            and (head.count("[") == head.count("]"))
        ):
            return position
    return last or size

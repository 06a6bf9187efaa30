"""A folder drawn as a tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from goose_agent.tools.output import human_size
from goose_agent.tools.text_file import is_binary, read_bytes
from goose_agent.tools.walk import Item, Walk

__all__ = ["Outline"]

_ROWS = 1000
_COUNTED = 2**20
"""Bytes of the largest file whose lines are counted."""


@dataclass
class Outline:
    """Draws the items of a walk, a row each, and counts what lies too deep to be shown.

    Args:
        title: the first row.
        depth: levels that are shown; 0 for all.
    """

    title: str
    depth: int
    _rows: list[tuple[int, str]] = field(default_factory=list)
    _below: dict[str, int] = field(default_factory=dict)
    """Files below each folder of the last level that is shown."""
    _deepest: dict[str, int] = field(default_factory=dict)
    """Where the row of such a folder is."""
    _files: int = 0
    _folders: int = 0

    def draw(self, walk: Walk) -> str:
        """The tree as text."""
        for item in walk:
            self._files += not item.is_folder
            self._folders += item.is_folder
            if not self.depth or item.depth <= self.depth:
                self._show(item)
            elif not item.is_folder:
                above = "/".join(item.path.split("/")[: self.depth])
                self._below[above] = self._below.get(above, 0) + 1
        rows = [self.title, *self._finished()]
        if walk.cut or len(self._rows) == _ROWS:
            rows.append("[not all is shown: give a path or a smaller depth]")
        files = f"{self._files} file{'s' if self._files != 1 else ''}"
        folders = f"{self._folders} folder{'s' if self._folders != 1 else ''}"
        rows.append(f"[{folders}, {files}; in brackets: lines of a file, files in a folder]")
        return "\n".join(rows)

    def _show(self, item: Item) -> None:
        if len(self._rows) == _ROWS:
            return
        name = item.entry.name
        if item.is_folder:
            if item.depth == self.depth:
                self._deepest[item.path] = len(self._rows)
            self._rows.append((item.depth, f"{name}/"))
        else:
            self._rows.append((item.depth, f"{name}{_measure(item)}"))

    def _finished(self) -> list[str]:
        rows = [f"{'  ' * depth}{text}" for depth, text in self._rows]
        for path, row in self._deepest.items():
            rows[row] += f" ({self._below.get(path, 0)})"
        return rows


def _measure(item: Item) -> str:
    """How much is in a file: lines of text, else bytes."""
    try:
        size = item.entry.stat().st_size
        if item.entry.is_symlink():
            return f" -> {Path(item.entry.path).readlink()}"
        data = read_bytes(Path(item.entry.path), _COUNTED) if size <= _COUNTED else b"\0"
    except OSError:
        return ""
    if is_binary(data):
        return f" ({human_size(size)})"
    return f" ({data.count(10) + (not data.endswith(bytes([10])) and bool(data))})"

"""The extension that tells what source code defines, and who calls what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import anyio
from anyio import to_thread

from goose_agent.extensions.analyze.symbols import Source, language_of, read_source
from goose_agent.tools.places import meant, missing
from goose_agent.tools.text_file import read_bytes
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, Workspace, tool
from goose_agent.tools.walk import Walk

__all__ = ["Analyze"]

_LARGEST = 1_000_000
"""Bytes of a file that is read."""
_FILES = 3000
_ROWS = 400
"""Lines of an answer, at most."""


class Analyze(Extension):
    """Outlines, definitions and callers."""

    name = "analyze"

    @tool(effect="read", paths=("path",), summary="path,symbol")
    async def analyze(self, call: CallContext, path: str = ".", symbol: str = "") -> str:
        """Outline source code (Python, JavaScript, TypeScript, Go, Rust) without reading all of it.

        Args:
            call: The running call.
            path: A file for all it defines, a folder for what its files define at their top.
            symbol: A name: where it is defined, and who calls it, below path.
        """
        return await to_thread.run_sync(_analyzed, call.workspace, path, symbol.strip())


def _analyzed(workspace: Workspace, path: str, symbol: str) -> str:
    root = meant(workspace, path)
    if not root.exists():
        raise ToolFailure(missing(workspace, root))
    rows: list[str] = []
    broken: list[str] = []
    total = 0
    for shown, source in _sources(workspace, root):
        total += 1
        found = _of_symbol(source, symbol) if symbol else _outline(source, whole=root.is_file())
        if found:
            rows += [shown, *found]
        if source.broken:
            broken.append(shown)
    if not total:
        raise ToolFailure(f"There is no source code in {workspace.shown(root)} that can be read.")
    if not rows:
        return (
            f"{symbol} is neither defined nor called in {total} files." if symbol else "(nothing)"
        )
    if len(rows) > _ROWS:
        rows = [*rows[:_ROWS], f"[{len(rows) - _ROWS} more lines: name a smaller path]"]
    if broken:
        rows.append(f"[not all could be read of: {', '.join(broken[:5])}]")
    return "\n".join(rows)


def _sources(workspace: Workspace, root: Path) -> Iterator[tuple[str, Source]]:
    """The files that can be read, each with what it says."""
    pulse = anyio.from_thread.check_cancelled
    if root.is_file():
        paths: Iterator[Path] = iter((root,))
    else:
        walk = Walk(root, hides=workspace.hides, pulse=pulse)
        paths = (Path(item.entry.path) for item in walk if not item.is_folder)
    count = 0
    for path in paths:
        end = language_of(path.name)
        if not end or (path.is_symlink() and path != root):
            continue
        count += 1
        if count > _FILES:
            return
        try:
            data = read_bytes(path, _LARGEST + 1)
        except OSError:
            continue
        if len(data) <= _LARGEST:
            shown = workspace.shown(Path(os.path.normpath(path)))
            yield shown, read_source(data, end, pulse)


def _outline(source: Source, *, whole: bool) -> list[str]:
    return [
        f"{'  ' * (each.depth + 1)}{each.line}-{each.end}  {each.text}"
        for each in source.definitions
        if whole or each.depth == 0
    ]


def _of_symbol(source: Source, symbol: str) -> list[str]:
    rows = [
        f"  defines  {each.line}-{each.end}  {each.text}"
        for each in source.definitions
        if each.name == symbol
    ]
    rows.extend(
        f"  calls    {each.line}  in {each.within or 'the file itself'}"
        for each in source.calls
        if each.name == symbol
    )
    return rows

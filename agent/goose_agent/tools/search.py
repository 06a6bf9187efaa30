"""The tools that find files and text in them."""

from __future__ import annotations

import heapq
import os
import shutil
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path

import anyio

from goose_agent.tools.globs import compile_glob
from goose_agent.tools.grep import Hit, Hits, Query, search_here, search_with_ripgrep
from goose_agent.tools.outline import Outline
from goose_agent.tools.places import meant, missing
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, Workspace, tool
from goose_agent.tools.walk import Walk

__all__ = ["SearchTools"]

_MOST_PATHS = 200
_MOST_LINES = 300
_CONTEXT = 20


class SearchTools(Extension):
    """Finds files and text in them; what git ignores is left out."""

    @tool(effect="read", paths=("path",), summary="pattern,path")
    async def glob(
        self, call: CallContext, pattern: str, path: str = ".", ignored: bool = False
    ) -> str:
        """Find files by name, the latest changed first. Leaves out what .gitignore names.

        Args:
            call: The running call.
            pattern: Such as `*.py` (in any folder) or `src/**/*.{ts,tsx}`.
            path: The folder to search.
            ignored: Also find ignored files.
        """
        if ".." in pattern.split("/"):
            raise ToolFailure("The pattern must not contain `..`: give the folder as path.")
        return await anyio.to_thread.run_sync(_glob, call.workspace, pattern, path, ignored)

    @tool(effect="read", paths=("path",), summary="pattern,path")
    async def grep(
        self,
        call: CallContext,
        pattern: str,
        path: str = ".",
        glob: str = "",
        ignore_case: bool = False,
        context: int = 0,
    ) -> str:
        """Search file contents with a regular expression. Leaves out what .gitignore names.

        Args:
            call: The running call.
            pattern: The regular expression, matched line by line.
            path: A folder or a file.
            glob: Only files of this name, such as `*.py`.
            ignore_case: Whether upper and lower case are the same.
            context: Lines to show around each match, at most 20.
        """
        root = await anyio.to_thread.run_sync(_existing, call.workspace, path)
        lines = max(0, min(context, _CONTEXT))
        real = call.workspace.real(root)
        query = Query(pattern, real, glob, ignore_case, lines, _MOST_LINES)
        program = shutil.which("rg", path=call.environ.get("PATH", ""))
        found: Hits | None = None
        if program and query.is_folder:
            with suppress(OSError):  # it cannot be started: there is another way
                found = await search_with_ripgrep(program, query, call.environ)
        if found is None:
            pulse = anyio.from_thread.check_cancelled
            found = await anyio.to_thread.run_sync(partial(search_here, query, pulse))
        return _format(found, root if query.is_folder else root.parent, call.workspace)

    @tool(effect="read", paths=("path",), summary="path")
    async def tree(self, call: CallContext, path: str = ".", depth: int = 2) -> str:
        """Show a folder as a tree with line counts. Leaves out what .gitignore names.

        Args:
            call: The running call.
            path: The folder.
            depth: How many levels, 0 for all.
        """
        root = await anyio.to_thread.run_sync(_folder, call.workspace, path)
        hides = call.workspace.hides
        walk = Walk(call.workspace.real(root), hides=hides, pulse=anyio.from_thread.check_cancelled)
        outline = Outline(f"{call.workspace.shown(root)}/", depth)
        return await anyio.to_thread.run_sync(outline.draw, walk)


def _existing(workspace: Workspace, path: str) -> Path:
    target = meant(workspace, path)
    try:
        found = target.exists()
    except OSError as error:
        raise ToolFailure(f"{path} cannot be read: {error.strerror}.") from error
    if not found:
        raise ToolFailure(missing(workspace, target))
    return target


def _folder(workspace: Workspace, path: str) -> Path:
    target = _existing(workspace, path)
    if not target.is_dir():
        raise ToolFailure(f"{workspace.shown(target)} is a file, not a folder.")
    return target


def _glob(workspace: Workspace, pattern: str, path: str, ignored: bool) -> str:
    root = _folder(workspace, path)
    # A pattern may start with the folder itself, as it is or absolute.
    wanted = compile_glob(pattern.removeprefix(f"{root}/"))
    pulse, hides = anyio.from_thread.check_cancelled, workspace.hides
    walk = Walk(workspace.real(root), everything=ignored, hides=hides, pulse=pulse)
    found = [
        (_changed(item.entry), item.path)
        for item in walk
        if not item.is_folder and wanted.fullmatch(item.path)
    ]
    latest = heapq.nsmallest(_MOST_PATHS, found, key=lambda each: (-each[0], each[1]))
    rows = [workspace.shown(root / name) for _, name in latest]
    if not rows:
        rows.append(f"No file matches {pattern}.")
    if len(found) > _MOST_PATHS:
        rows.append(f"[the latest {_MOST_PATHS} of {len(found)}: narrow the pattern]")
    if walk.cut:
        rows.append("[the folder is too large to be searched whole: give a path]")
    return "\n".join(rows)


def _changed(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns
    except OSError:
        return 0


def _format(found: Hits, folder: Path, workspace: Workspace) -> str:
    blocks = [
        f"{workspace.shown(folder / path)}\n{_rows(list(hits))}"
        for path, hits in groupby(found.lines, key=lambda hit: hit.path)
        if not workspace.hides(str(folder / path))
    ]
    if not blocks:
        return "No line matches."
    if found.more:
        blocks.append(f"[the first {len(found.lines)} lines; there are more: narrow the search]")
    return "\n\n".join(blocks)


def _rows(hits: list[Hit]) -> str:
    """Lines of one file after their numbers, with a mark where some are left out between."""
    with_context = any(not hit.matches for hit in hits)
    rows: list[str] = []
    last = hits[0].line - 1
    for hit in hits:
        if with_context and hit.line != last + 1:
            rows.append("--")
        rows.append(f"{hit.line}{':' if hit.matches else '-'}{hit.text}")
        last = hit.line
    return "\n".join(rows)

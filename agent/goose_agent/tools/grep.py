"""Searching in files: with ripgrep where it is installed, else here."""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import anyio
from msgspec import Struct

from goose_agent.tools import process
from goose_agent.tools.globs import compile_glob
from goose_agent.tools.output import Capture
from goose_agent.tools.real_file import in_folder
from goose_agent.tools.text_file import BinaryFile, decode, read_bytes
from goose_agent.tools.tool import ToolFailure
from goose_agent.tools.walk import Walk

__all__ = ["Hit", "Hits", "Query", "search_here", "search_with_ripgrep"]

_SECONDS = 120
_LINE_SECONDS = 1
"""Seconds one line may take; a pattern that takes longer would take for ever."""
_LARGEST = 10 * 2**20
"""Bytes of the largest file that is searched."""
_LONGEST = 300
"""Characters of a line that are shown."""
_ROW = re.compile(r"(?P<path>[^\0]*)\0(?P<line>\d+)(?P<mark>[:-])(?P<text>.*)", re.DOTALL)


class Query(Struct, frozen=True):
    """What to look for, and where."""

    pattern: str
    root: Path
    """A folder or a file, absolute, without links."""
    glob: str = ""
    """Which files; empty for all."""
    ignore_case: bool = False
    context: int = 0
    """Lines shown before and after."""
    limit: int = 500
    """Lines of answer, at most."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder that is searched; the paths of hits start there."""
        return self.root.is_dir()


class Hit(Struct, frozen=True):
    """A line that matches, or one beside it."""

    path: str
    line: int
    text: str
    matches: bool


class Hits(Struct, frozen=True):
    """What was found."""

    lines: tuple[Hit, ...]
    more: bool
    """Whether there is more than that."""


async def search_with_ripgrep(
    program: str, query: Query, environ: Mapping[str, str]
) -> Hits | None:
    """Search with ripgrep; None where it cannot read the pattern; others may.

    Args:
        program: where it is.
        query: what to look for, in a folder.
        environ: its environment.

    Raises:
        OSError: it cannot be started.
        ToolFailure: it failed.
    """
    capture = Capture(keep=(query.limit + 1) * (_LONGEST + 1000))
    ended = None
    # When there are enough lines, it is stopped like anything else that is cancelled.
    with in_folder(query.root) as folder, anyio.CancelScope() as enough:

        def watch(_: str, __: int) -> None:
            if capture.lines > 2 * query.limit:
                enough.cancel()

        ended = await process.run(
            (program, *_options(query)),
            folder=folder,
            environ=environ,
            seconds=_SECONDS,
            capture=capture,
            progress=watch,
        )
    text = capture.content().decode("utf-8", "replace")
    hits = _read_rows(text, query.limit)
    if hits.lines or ended is None or ended.exit_code in (0, 1):
        return hits
    if ended.exit_code is None:
        raise ToolFailure(f"Nothing was found in {_SECONDS} seconds. Search a smaller folder.")
    if "regex parse error" in text:
        return None
    if text.strip():
        raise ToolFailure(f"The search failed: {text.strip()[:500]}")
    return hits  # some file could not be read, which is no reason to fail


def _options(query: Query) -> Iterator[str]:
    yield from ("--no-config", "--no-messages", "--color=never", "--no-heading", "--line-number")
    yield from ("--with-filename", "--null", "--sort=path", "--crlf")
    yield from ("--hidden", "--no-require-git", "--glob=!.git")
    yield from (f"--max-columns={_LONGEST}", "--max-columns-preview", f"--max-filesize={_LARGEST}")
    if query.context:
        yield f"--context={query.context}"
    if query.ignore_case:
        yield "--ignore-case"
    if query.glob and "/" in query.glob:
        yield f"--glob={query.glob}"
    elif query.glob:
        # Unlike a glob, a type does not bring back what ignore files leave out.
        yield from (f"--type-add=wanted:{query.glob}", "--type=wanted")
    yield from ("-e", query.pattern, "--")
    yield "./"


def _read_rows(text: str, limit: int) -> Hits:
    found: list[Hit] = []
    for row in text.split("\n"):
        parts = _ROW.match(row)
        if not parts:
            continue
        if len(found) == limit:
            return Hits(tuple(found), more=True)
        path = parts["path"].removeprefix("./")
        line = parts["text"].rstrip("\r")
        found.append(Hit(path, int(parts["line"]), line, parts["mark"] == ":"))
    return Hits(tuple(found), more=False)


def search_here(query: Query, pulse: Callable[[], None]) -> Hits:
    """Search in this process, in a worker thread.

    Args:
        query: what to look for.
        pulse: called for every file; what it raises ends the search.

    Raises:
        ToolFailure: the pattern is wrong or takes too long.
    """
    # Not `re`: a pattern that backtracks for ever would hold up the whole program, since `re` lets
    # no other thread run and cannot be stopped. Imported late, since ripgrep mostly spares it.
    import regex  # type: ignore[import-untyped] # it has no stubs of its own

    try:
        pattern = regex.compile(query.pattern, regex.IGNORECASE if query.ignore_case else 0)
    except regex.error as error:
        raise ToolFailure(f"The pattern is no valid regular expression: {error}.") from error
    hits = (
        hit
        for path, file in _files(query, pulse)
        for hit in _in_file(pattern, path, file, query.context)
    )
    try:
        found = tuple(itertools.islice(hits, query.limit + 1))
    except TimeoutError:
        raise ToolFailure("The pattern takes too long on some line. Make it simpler.") from None
    return Hits(found[: query.limit], len(found) > query.limit)


def _files(query: Query, pulse: Callable[[], None]) -> Iterator[tuple[str, Path]]:
    if not query.is_folder:
        yield query.root.name, query.root
        return
    wanted = compile_glob(query.glob) if query.glob else None
    for item in Walk(query.root, pulse=pulse):
        if not item.is_folder and (wanted is None or wanted.fullmatch(item.path)):
            # ripgrep follows no links either.
            if not item.entry.is_symlink():
                yield item.path, Path(item.entry.path)
            pulse()


class _Pattern(Protocol):
    """A compiled pattern whose search can be given up."""

    def search(self, text: str, *, timeout: float, concurrent: bool) -> object: ...


def _in_file(pattern: _Pattern, path: str, file: Path, context: int) -> Iterator[Hit]:
    try:
        data = read_bytes(file, _LARGEST + 1)
        if len(data) > _LARGEST:
            return
        lines = decode(data).text.removesuffix("\n").split("\n")
    except (OSError, BinaryFile):
        return
    before: deque[Hit] = deque(maxlen=context)
    after = 0
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r")
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} […]"
        if pattern.search(text, timeout=_LINE_SECONDS, concurrent=True):
            yield from before
            before.clear()
            yield Hit(path, number, shown, matches=True)
            after = context
        elif after:
            after -= 1
            yield Hit(path, number, shown, matches=False)
        else:
            before.append(Hit(path, number, shown, matches=False))

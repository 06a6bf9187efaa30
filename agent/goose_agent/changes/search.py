"""Finding the files that a command changed, by what git knows and the file system's own times."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from goose_agent.changes.contents import LARGEST, MOST, read_content
from goose_agent.changes.git import Git
from goose_agent.sessions.store import StoredBlob
from goose_agent.state.changes import Baseline, FileHistory
from goose_agent.tools.walk import Walk

__all__ = ["Found", "Search", "search"]

_SLACK = 20_000_000
"""Nanoseconds by which a file's time may lag behind the clock."""
_WALKED = 2_000
"""Files of a folder without git that are looked at; of a larger one only those on record: it is
no project, and much in it changes by itself."""
_MADE_AGAIN = frozenset(
    {"__pycache__", "node_modules", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
"""Folders that hold what programs make for themselves, where no ignore file says so."""
_BYTES = 16 * 2**20
"""Contents that are kept of one search."""


class Found(Struct, frozen=True):
    """A file that is not as it was."""

    path: str
    """Absolute."""
    before: StoredBlob | str | None
    """What was there: content that is not on record yet, the sha256 of one that is, or no file."""
    after: StoredBlob | None
    """What is there now; None for no file."""
    known: bool = True
    """Whether both are known."""


class Search(Struct):
    """What came of looking."""

    found: list[Found]
    more: int = 0
    """Changed files beyond those."""


def search(git: Git, root: Path, own: Path, history: FileHistory, since: int) -> Search:
    """The files below a folder that changed. Blocks: call it in a thread.

    Args:
        git: asked about the folder.
        root: the folder, absolute.
        own: the folder of our own record, which changes all the time.
        history: what is on record about its files.
        since: wall clock in nanoseconds from which on a change counts.
    """
    baseline = history.baselines.get(str(root))
    result = Search([])
    kept = 0
    ours = f"{own}{os.sep}"
    for path in sorted(_candidates(git, root, history, baseline)):
        if path.startswith(ours):
            continue
        found = _looked_at(git, root, path, history, baseline, since)
        if found is None:
            continue
        if len(result.found) == MOST:
            result.more += 1
            continue
        kept += len(found.after.data) if found.after else 0
        if kept > _BYTES:
            found = Found(path, None, None, known=False)
        result.found.append(found)
    return result


def _candidates(
    git: Git, root: Path, history: FileHistory, baseline: Baseline | None
) -> Iterable[str]:
    """Absolute paths of all files that may have changed."""
    prefix = f"{root}{os.sep}"
    known = [path for path in history.edits if path.startswith(prefix)]
    if baseline is None:
        walk = Walk(root, limit=_WALKED)
        here = [item.entry.path for item in walk if not item.is_folder and _authored(item.path)]
        return known if walk.cut else {*known, *here}
    standing = git.standing()
    names = (*standing.present, *standing.deleted) if standing else ()
    now = git.commit()
    if baseline.commit and now and now != baseline.commit:
        names += git.between(baseline.commit, now)
    here = [f"{prefix}{name}" for name in names if _authored(name)]
    return {*known, *baseline.files, *here}


def _authored(name: str) -> bool:
    return _MADE_AGAIN.isdisjoint(name.split("/"))


def _looked_at(
    git: Git,
    root: Path,
    path: str,
    history: FileHistory,
    baseline: Baseline | None,
    since: int,
) -> Found | None:
    """A file as a change, if it is one."""
    after = None
    readable = True
    try:
        if os.lstat(path).st_ctime_ns < since - _SLACK:
            return None
        data = read_content(Path(path))
        after = StoredBlob.of(data) if data is not None else None
        readable = data is not None
    except FileNotFoundError:
        pass
    except OSError:
        return None
    before, known = _before(git, root, path, history, baseline)
    if known and _sha(before) == _sha(after) and readable:
        return None
    if not known and after is None and readable:
        return None  # gone before it was ever seen
    return Found(path, before, after, known and readable)


def _before(
    git: Git, root: Path, path: str, history: FileHistory, baseline: Baseline | None
) -> tuple[StoredBlob | str | None, bool]:
    """What was in a file as far as that is known, and whether it is."""
    if edits := history.edits.get(path):
        last = edits[-1]
        return last.after or None, last.known or bool(last.after)
    if baseline is None or path in baseline.unknown:
        return None, False
    if path in baseline.files:
        return baseline.files[path], True
    name = os.path.relpath(path, root)
    if path in baseline.deleted or not baseline.commit or not git.has(baseline.commit, name):
        return None, True
    data = git.content(baseline.commit, name, LARGEST)
    return (StoredBlob.of(data), True) if data is not None else (None, False)


def _sha(content: StoredBlob | str | None) -> str:
    return content.sha if isinstance(content, StoredBlob) else content or ""

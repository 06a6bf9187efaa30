"""What a session changed, told as a face shows it."""

from __future__ import annotations

from pathlib import Path

from anyio import to_thread
from msgspec import Struct

from goose_agent.changes.contents import read_content
from goose_agent.events import ChangedFile, ChangesListed, ChangeStatus, ListedHunk
from goose_agent.sessions.log import SessionLog
from goose_agent.sessions.store import StoredBlob
from goose_agent.state.changes import NetChange, net_changes
from goose_agent.tools.diff import Diff, compare
from goose_agent.tools.hunks import split
from goose_agent.tools.tool import Workspace

__all__ = ["Contents", "contents_of", "list_changes"]

_LONGEST = 256 * 2**10
"""Characters of the changes of one file that are told."""
_MOVED_ON = "It was changed since by something else: nothing of it can be taken back."
_NOT_KNOWN = "A command changed it; what was there before is not known."
_NOT_KEPT = "It is too large, or no regular file: its content is not kept."
_NO_TEXT = "It is not text."
_TOO_MUCH = "Too much of it changed to be shown."


class Contents(Struct, frozen=True):
    """What a file was and is."""

    before: bytes | None
    after: bytes | None
    """As the session left it."""
    moved_on: bool
    """Whether it is not like that any more."""


async def list_changes(log: SessionLog, workspace: Workspace, since: int) -> ChangesListed:
    """The files a session changed.

    Args:
        log: the session's record.
        workspace: gives paths as people read them.
        since: the first turn that counts; 0 for all.
    """
    files = []
    for net in net_changes(log.state.files, since):
        contents = await contents_of(log, net)
        shown = workspace.shown(Path(net.path))
        files.append(await to_thread.run_sync(_told, net, contents, shown))
    return ChangesListed(since, tuple(sorted(files, key=lambda file: file.shown)))


async def contents_of(log: SessionLog, net: NetChange) -> Contents:
    """What a file was before its changes, after them, and whether it is still so."""
    await log.settle()
    before = await log.journal.blob(net.before) if net.before else None
    after = await log.journal.blob(net.after) if net.after else None
    current = await to_thread.run_sync(_current, net.path)
    return Contents(before, after, moved_on=net.known and current != net.after)


def _current(path: str) -> str:
    """sha256 of the content of a file; empty for none, no hash for what cannot be read."""
    try:
        data = read_content(Path(path))
    except FileNotFoundError:
        return ""
    return StoredBlob.of(data).sha if data is not None else "unreadable"


def _told(net: NetChange, contents: Contents, shown: str) -> ChangedFile:
    before, after = contents.before, contents.after
    status: ChangeStatus = "changed"
    if net.known and before is None:
        status = "added"
    elif net.known and after is None:
        status = "deleted"
    diff = compare(before, after, shown) if net.known else Diff("", 0, 0)
    parts = split(before, after) if net.known else ()
    hunks = tuple(ListedHunk(hunk.text, hunk.added, hunk.removed) for hunk in parts)
    divisible = bool(hunks)
    if not hunks and diff.text:
        text = diff.text.split("\n", 2)[2]
        hunks = (ListedHunk(text, diff.added, diff.removed),)
    note = _MOVED_ON if contents.moved_on else ""
    if not net.known:
        note = _NOT_KNOWN if net.after else _NOT_KEPT
    elif diff.binary:
        note = note or _NO_TEXT
    elif diff.too_large or sum(len(hunk.text) for hunk in hunks) > _LONGEST:
        note, hunks, divisible = note or _TOO_MUCH, (), False
    return ChangedFile(
        path=net.path,
        shown=shown,
        status=status,
        added=diff.added,
        removed=diff.removed,
        origins=net.origins,
        hunks=hunks,
        divisible=divisible,
        revertible=net.known and not contents.moved_on,
        note=note,
    )

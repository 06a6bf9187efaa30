"""Taking changes of a file back, as long as nothing else touched it."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
from anyio import to_thread

from goose_agent.changes.report import contents_of
from goose_agent.errors import GooseError
from goose_agent.events import FileChanged
from goose_agent.sessions.log import SessionLog
from goose_agent.state.changes import net_changes
from goose_agent.tools.diff import unified_diff
from goose_agent.tools.hunks import compose, split
from goose_agent.tools.text_file import remove, replace
from goose_agent.tools.tool import Workspace

__all__ = ["RevertError", "revert"]


class RevertError(GooseError):
    """Nothing was taken back."""


async def revert(
    log: SessionLog, workspace: Workspace, path: str, since: int, hunks: tuple[int, ...]
) -> None:
    """Put a file, or some hunks of it, back to what was there before.

    Args:
        log: the session's record.
        workspace: gives paths as people read them.
        path: absolute.
        since: the first turn that counts; 0 for all.
        hunks: numbers of the hunks, as they were listed; none for the whole file.

    Raises:
        RevertError: it cannot be done; the file is as it was.
    """
    shown = workspace.shown(Path(path))
    net = next((net for net in net_changes(log.state.files, since) if net.path == path), None)
    if net is None:
        raise RevertError(f"{shown} has no changes to take back.")
    if not net.known:
        raise RevertError(
            f"What was in {shown} before is not known: nothing was taken back.",
            "Use git to get it back.",
        )
    real = await to_thread.run_sync(_within, Path(path), workspace)
    if real is None:
        raise RevertError(
            f"{shown} leads out of the workspace by now: nothing was taken back.",
            "A folder on the way has become a link; look at it first.",
        )
    contents = await contents_of(log, net)
    if contents.moved_on:
        raise RevertError(
            f"{shown} was changed since by something else: nothing was taken back.",
            "Look at the file and edit it by hand.",
        )
    if any(call.state == "running" for call in log.state.open_calls()):
        raise RevertError(
            "A call is running: nothing was taken back.", "Wait, or stop it with esc."
        )
    before, after = contents.before, contents.after
    try:
        wanted = await to_thread.run_sync(_without, before, after, hunks) if hunks else before
    except ValueError:
        raise RevertError(f"{shown} has no such change any more.") from None
    # What is done is recorded, also when the session ends meanwhile.
    with anyio.CancelScope(shield=True):
        try:
            await to_thread.run_sync(_put, real, wanted)
        except OSError as error:
            raise RevertError(f"{shown} cannot be written: {error.strerror or error}.") from error
        change = await unified_diff(after, wanted, shown)
        kept = {"before": after, "after": wanted}
        log.record(
            FileChanged("", path, change.added, change.removed, change.text, origin="person"),
            "user",
            blobs={name: data for name, data in kept.items() if data is not None},
        )
        await log.settle()


def _without(before: bytes | None, after: bytes | None, hunks: tuple[int, ...]) -> bytes:
    """The content after a change, without some of its hunks.

    Raises:
        ValueError: there are no such hunks.
    """
    if before is None or after is None:
        raise ValueError("only whole")
    every = {hunk.number for hunk in split(before, after)}
    if not set(hunks) <= every:
        raise ValueError("no such hunk")
    return compose(before, after, every - set(hunks))


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        remove(path)
    else:
        replace(path, content)


def _within(path: Path, workspace: Workspace) -> Path | None:
    """Where a file lies by now; None where a folder on the way has come to lead out of the workspace."""
    folder = Path(os.path.realpath(path.parent))
    roots = {*workspace.roots, *(Path(os.path.realpath(root)) for root in workspace.roots)}
    named, real = ({each, *each.parents} & roots for each in (path.parent, folder))
    return folder / path.name if real or not named else None

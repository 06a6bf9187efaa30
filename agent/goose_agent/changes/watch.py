"""Noticing what commands do to the files: only they change some without naming them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from goose_agent.changes.baseline import TakenBaseline, take_baseline
from goose_agent.changes.git import Git
from goose_agent.changes.search import Found, search
from goose_agent.events import FileChanged, Notice
from goose_agent.sessions.log import SessionLog
from goose_agent.sessions.store import StoredBlob
from goose_agent.tools.diff import unified_diff
from goose_agent.tools.tool import Workspace

__all__ = ["ChangeWatch"]


class ChangeWatch:
    """Puts the changes that commands make on record, beside the work of the turn.

    One look at a time: a command waits for the look after the one before it, so that no change is
    taken for that of another.

    Args:
        log: the session's record.
        workspace: the folders that are watched.
        own: the folder of the record, which is not.
        environ: for git.
    """

    def __init__(
        self, log: SessionLog, workspace: Workspace, own: Path, environ: Mapping[str, str]
    ) -> None:
        self._log = log
        self._workspace = workspace
        self._own = own
        self._roots = {root: Git(root, environ) for root in workspace.roots}
        self._taken: list[TakenBaseline] = []
        self._tasks: TaskGroup | None = None
        self._last: anyio.Event | None = None
        """Set when all that was queued is done."""
        self._looked: anyio.Event | None = None
        """Set when the last look is done."""

    def begin(self, tasks: TaskGroup) -> None:
        """See how the files stand, and look in this group from now on.

        It comes on record with the first command: before that nobody needs it.
        """
        self._tasks = tasks
        self._queue(self._take_baselines)

    @staticmethod
    def now() -> int:
        """The clock that files are stamped by, whatever clock the session goes by: nanoseconds."""
        return time.time_ns()

    async def idle(self) -> None:
        """Wait until all that commands changed so far is on record."""
        if self._looked is not None:
            await self._looked.wait()

    async def ready(self) -> None:
        """Wait until a command may run, with what it finds on record."""
        if self._last is not None and not self._last.is_set():
            await self._last.wait()
        taken, self._taken = self._taken, []
        for baseline in taken:
            self._log.record(baseline.event, "system", blobs=baseline.blobs)

    def look(self, call_id: str, since: int, cause: int) -> None:
        """Record what a command changed, as soon as that was found out.

        Args:
            call_id: the call that ran it.
            since: when it began, wall clock in nanoseconds.
            cause: number of the event it follows from.
        """
        self._queue(partial(self._look, call_id, since, cause))
        self._looked = self._last

    def _queue(self, work: Callable[[], Awaitable[None]]) -> None:
        if self._tasks is not None:
            before, self._last = self._last, anyio.Event()
            self._tasks.start_soon(self._after, before, work, self._last)

    async def _after(
        self, before: anyio.Event | None, work: Callable[[], Awaitable[None]], done: anyio.Event
    ) -> None:
        try:
            if before is not None:
                await before.wait()
            await work()
        finally:
            done.set()

    async def _take_baselines(self) -> None:
        for root, git in self._roots.items():
            taken = await to_thread.run_sync(take_baseline, git, root)
            if taken is not None:
                self._taken.append(taken)

    async def _look(self, call_id: str, since: int, cause: int) -> None:
        more = 0
        for root, git in self._roots.items():
            files = self._log.state.files
            result = await to_thread.run_sync(search, git, root, self._own, files, since)
            more += result.more
            for found in result.found:
                await self._record(found, call_id, cause)
        if more:
            text = f"The command changed {more:,} more files than are kept on record."
            self._log.record(Notice("info", text), "agent", cause=cause)

    async def _record(self, found: Found, call_id: str, cause: int) -> None:
        contents = {"before": found.before, "after": found.after}
        blobs = {
            name: await self._content(content)
            for name, content in contents.items()
            if content is not None
        }
        before, after = (blobs[name].data if name in blobs else None for name in contents)
        shown = self._workspace.shown(Path(found.path))
        change = await unified_diff(before, after, shown)
        self._log.record(
            FileChanged(
                call_id,
                found.path,
                change.added,
                change.removed,
                change.text,
                origin="command",
                known=found.known,
            ),
            "tool",
            cause=cause,
            blobs=blobs,
            agent=self._log.state.agent_of_call(call_id),
        )

    async def _content(self, content: StoredBlob | str) -> StoredBlob:
        if isinstance(content, StoredBlob):
            return content
        await self._log.settle()
        return StoredBlob(content, await self._log.journal.blob(content) or b"")

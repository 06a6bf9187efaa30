"""Looking for files while a person types: at once in what is known, then in what is there now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import anyio
from anyio import from_thread, to_thread

from goose_agent.clock import Clock
from goose_agent.events import FilesFound
from goose_agent.tools.file_index import FileIndex
from goose_agent.tools.tool import Workspace

__all__ = ["FileSearch"]

_FRESH = 3.0
"""Seconds for which an index is taken to be true."""


class FileSearch:
    """Answers queries about the files of one session.

    Args:
        workspace: its folders.
        clock: tells how old an index is.
        tell: takes the answers; of queries that come faster than answers only the last has one.
    """

    def __init__(
        self, workspace: Workspace, clock: Clock, tell: Callable[[FilesFound], object]
    ) -> None:
        self._workspace = workspace
        self._clock = clock
        self._tell = tell
        self._index: FileIndex | None = None
        self._made = float("-inf")
        self._asked = 0
        self._walking = anyio.Lock()
        self._limiter = anyio.CapacityLimiter(1)

    async def find(self, query: str, limit: int) -> None:
        """Tell of the files that fit; again, where they may have changed since they were listed.

        Args:
            query: letters of their paths.
            limit: paths to tell of, at most.
        """
        self._asked += 1
        mine = self._asked
        if self._index is not None:
            await self._answer(mine, query, limit)
            if self._is_fresh():
                return
        async with self._walking:
            if not self._is_fresh():
                walk = partial(FileIndex.of, self._workspace, from_thread.check_cancelled)
                self._index = await to_thread.run_sync(walk)
                self._made = self._clock.mono()
        await self._answer(mine, query, limit)

    def _is_fresh(self) -> bool:
        return self._clock.mono() - self._made < _FRESH

    async def _answer(self, number: int, query: str, limit: int) -> None:
        index = self._index
        if index is None or number != self._asked:
            return
        search = partial(index.find, query, limit)
        paths, total = await to_thread.run_sync(search, limiter=self._limiter)
        if number == self._asked:
            self._tell(FilesFound(query, paths, total))

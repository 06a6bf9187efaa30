"""Keeps the index in step with a session while that is written: beside it, never before it."""

from __future__ import annotations

import anyio
from anyio import to_thread

from goose_agent.events import Event
from goose_agent.sessions.library import Library

__all__ = ["Indexer"]

_PAUSE = 0.5
"""Seconds from the first news to the look at all of them: whoever opens or works goes first."""
_AT_ONCE = 1000
"""Events that are read at one look, at most."""
_GROWING = frozenset({"model.delta", "context.built"})
"""Kinds of events that come in masses and bring nothing to the index yet."""


class Indexer:
    """Lets the index have what is new in one session, soon after it is on record.

    Args:
        library: whose index it is.
        session_id: the session.
    """

    def __init__(self, library: Library, session_id: str) -> None:
        self._library = library
        self._session_id = session_id
        self._wake = anyio.Event()
        self._stopped = anyio.Event()
        self._limiter = anyio.CapacityLimiter(1)

    def committed(self, event: Event) -> None:
        """An event is on record."""
        if event.type not in _GROWING:
            self._wake.set()

    async def run(self) -> None:
        """Look whenever something came, until stopped."""
        while True:
            await self._wake.wait()
            with anyio.move_on_after(_PAUSE):
                await self._stopped.wait()
                return
            self._wake = anyio.Event()
            await self._look()

    def stop(self) -> None:
        """Look no more; see `finish`."""
        self._stopped.set()
        self._wake.set()

    async def finish(self) -> None:
        """Look once more: the session's file is closed."""
        await self._look()

    async def _look(self) -> None:
        """Read some of what is new; a long past comes bit by bit, so that nobody has to wait for it."""
        more = await to_thread.run_sync(
            self._library.take_in, self._session_id, _AT_ONCE, limiter=self._limiter
        )
        if more:
            self._wake.set()

"""The one way events get on record, and from there to the faces.

Events are numbered and queued at once, in order; a writer commits whatever has queued as soon as it
is idle and somebody waits for it or nobody has more to say, then hands it to the faces. So nothing is
painted that is not on record, and a burst of events costs one commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from anyio.lowlevel import checkpoint
from msgspec import Struct

from goose_agent.errors import NoRoom
from goose_agent.events import Event
from goose_agent.sessions.store import SessionStore, StoredBlob, StoredEvent
from goose_agent.state.image import IMAGE_VERSION, state_to
from goose_agent.state.session_state import SessionState

__all__ = ["Journal", "Publish"]

Publish = Callable[[list[bytes]], Awaitable[None]]
"""Hands lines (events as JSON) to whoever watches; awaited, so that a slow face slows the session."""


_PASSES = 4
"""Of the event loop, in which more may be said before what was said is written."""
_TRY_AGAIN = 0.5
"""Seconds until a record for which there was no room is written again."""
_LAST_TRIES = 2
"""How often that is tried once the session is about to end."""


class _Waiting(Struct):
    line: bytes
    event: Event
    blobs: tuple[StoredBlob, ...]


class Journal:
    """Numbers, commits and publishes the events of one session.

    Args:
        store: where they go.
        publish: who sees them once they are committed.
        summary: makes what the list of sessions shows; called once a commit.
        image_due: given the number of the last event of a commit, the state after just that event,
            if an image of it is due; None otherwise.
        committed: told of each event that is on record.
        stuck: the line that tells faces why nothing can be written; for an empty reason that it can
            be written again.
    """

    def __init__(
        self,
        store: SessionStore,
        publish: Publish,
        summary: Callable[[], Mapping[str, Any]],
        image_due: Callable[[int], SessionState | None],
        committed: Callable[[Event], None],
        stuck: Callable[[str], bytes],
    ) -> None:
        self._store = store
        self._publish = publish
        self._summary = summary
        self._image_due = image_due
        self._committed = committed
        self._stuck = stuck
        self._patient = True
        """Whether to wait for room on the disk."""
        self._queue: list[_Waiting] = []
        self._wake = anyio.Event()
        self._written = anyio.Event()
        """Set when the next batch is written."""
        self._waited_for = False
        """Whether somebody waits for what is queued."""
        self._queued = 0
        self._done = 0
        self._failure: BaseException | None = None
        self._closing = False
        self._limiter = anyio.CapacityLimiter(1)
        self._summarised: dict[str, Any] = {}

    def put(self, event: Event, line: bytes, blobs: tuple[StoredBlob, ...] = ()) -> None:
        """Queue an event, written as `line`, with the blobs it names."""
        self._queue.append(_Waiting(line, event, blobs))
        self._queued += 1
        self._wake.set()

    async def settle(self) -> None:
        """Wait until all that was put is as safe as its kind asks, and handed to the faces.

        Raises:
            StoreError: it could not be written.
        """
        target = self._queued
        self._waited_for = bool(self._queue)
        while self._done < target and self._failure is None:
            await self._written.wait()
        if self._failure is not None:
            raise self._failure

    async def run(self) -> None:
        """Write until closed; leaves nothing queued behind."""
        while True:
            if not self._queue:
                if self._closing:
                    return
                await self._wake.wait()
            await self._hear_out()
            self._wake, self._waited_for = anyio.Event(), False
            batch, self._queue = self._queue, []
            if not batch:
                continue
            try:
                await self._commit(batch)
                await self._publish([waiting.line for waiting in batch])
            except BaseException as error:
                self._failure = error
                raise
            finally:
                self._count(len(batch))

    async def _hear_out(self) -> None:
        """Let who is at it say more, as long as nobody waits: one commit for all of it."""
        for _ in range(_PASSES):
            if self._waited_for or self._closing:
                return
            await checkpoint()

    def _count(self, number: int) -> None:
        self._done += number
        written, self._written = self._written, anyio.Event()
        written.set()

    async def _commit(self, batch: list[_Waiting]) -> None:
        durable = [waiting for waiting in batch if not waiting.event.transient]
        if not durable:
            return
        rows = [StoredEvent(w.event.seq, w.event.type, w.event.turn, w.line) for w in durable]
        blobs = [blob for waiting in durable for blob in waiting.blobs]
        synced = any(waiting.event.data.durability == "act" for waiting in durable)
        summary = dict(self._summary())
        changed = {} if summary == self._summarised else summary
        image = self._image_due(rows[-1].seq)

        def write() -> None:
            self._store.append(rows, blobs, changed, synced=synced)
            if image is not None:
                self._store.keep_image(IMAGE_VERSION, image.seq, state_to(image))

        await self._write(write, batch)
        self._summarised = summary
        for waiting in durable:
            self._committed(waiting.event)

    async def _write(self, write: Callable[[], None], batch: list[_Waiting]) -> None:
        """Write, and wait for room where there is none: until then nothing happens that must be safe."""
        told, tries = False, 0
        try:
            while True:
                try:
                    with anyio.CancelScope(shield=True):
                        await to_thread.run_sync(write, limiter=self._limiter)
                    break
                except NoRoom as error:
                    tries = 0 if self._patient else tries + 1
                    if tries > _LAST_TRIES:
                        raise
                    if not told:
                        await self._publish([self._stuck(str(error))])
                    told = True
                    await anyio.sleep(_TRY_AGAIN)
        except anyio.get_cancelled_exc_class():
            self._queue[:0] = batch
            raise
        if told:
            await self._publish([self._stuck("")])

    async def drain(self) -> None:
        """Write what was put after `run` had ended; nobody watches any more."""
        if self._failure is not None and not isinstance(
            self._failure, anyio.get_cancelled_exc_class()
        ):
            return
        self._patient = False
        batch, self._queue = self._queue, []
        if batch:
            await self._commit(batch)

    def hurry(self) -> None:
        """Wait for room on the disk only a little longer: the session is about to end."""
        self._patient = False

    def close(self) -> None:
        """Let `run` end once everything queued is written."""
        self._closing = True
        self._wake.set()

    @property
    def path(self) -> Path:
        """The file of the record."""
        return self._store.path

    async def blob(self, sha: str) -> bytes | None:
        """The content of a blob; None where there is none of this name."""
        return await to_thread.run_sync(self._store.blob, sha, limiter=self._limiter)

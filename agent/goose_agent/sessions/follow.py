"""Reading a session along that cannot be written here: another process does, or nobody may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path

import anyio
from anyio import to_thread
from anyio.abc import ObjectReceiveStream

from goose_agent.clock import World
from goose_agent.codec import event_from, event_to
from goose_agent.commands import Close, Command, FetchBlob, Submit, TakeOver
from goose_agent.errors import GooseError, NewerRecord, SessionBusy, StoreError
from goose_agent.events import AnyData, BlobRead, Event, MessageRefused
from goose_agent.sessions.excerpt import excerpt
from goose_agent.sessions.library import stamp_of
from goose_agent.sessions.lock import is_being_written, is_left, writer_of
from goose_agent.sessions.store import SessionStore
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState

__all__ = ["Follower"]

_GLANCE = 0.1
"""Seconds between two looks at the file."""
_LARGEST_EXCERPT = 4 * 2**20
"""Bytes of a blob that a face gets at once, whatever it asks for."""
_FREE = "The process that wrote this session has ended."

Told = Callable[[str, bool], Awaitable[None]]
"""Told why the session is only read, and whether it can be taken over."""


class Follower:
    """Reads a session as somebody else writes it.

    Args:
        path: the session's file.
        why: the error with which it could not be opened for writing.
        world: clock and ids.
        publish: who sees the events.
        told: who is told how things stand.
        state: after the events that were published before; None for none.
    """

    def __init__(
        self,
        path: Path,
        why: GooseError,
        world: World,
        publish: Callable[[list[bytes]], Awaitable[None]],
        told: Told,
        state: SessionState | None = None,
    ) -> None:
        self.state = state or SessionState(session_id=path.stem)
        self._path = path
        self._why = why
        self._world = world
        self._publish = publish
        self._told = told
        self._free = False
        self._left = False
        """Whether the process that writes it ends soon, and nobody is before it."""
        self._taken = False
        self._scope = anyio.CancelScope()

    def load(self) -> list[bytes]:
        """The events that are new; what cannot be read of them is passed over. Blocks.

        Raises:
            StoreError: nothing of the file can be read.
        """
        lines = []
        with closing(SessionStore(self._path, write=False)) as store:
            for row, _ in store.rows(self.state.seq):
                with suppress(StoreError):
                    event = event_from(row.body)
                    self.state = reduce(self.state, event)
                    lines.append(row.body)
        return lines

    async def run(self, commands: ObjectReceiveStream[Command]) -> bool:
        """Follow until closed; the result is whether the session is to be taken over."""
        async with anyio.create_task_group() as tasks:
            self._scope = tasks.cancel_scope
            tasks.start_soon(self._watch)
            async for command in commands:
                if isinstance(command, Close):
                    break
                if isinstance(command, TakeOver) and self._free:
                    self._taken = True
                    break
                await self._handle(command)
            tasks.cancel_scope.cancel()
        return self._taken

    async def tell(self) -> None:
        """Say how things stand."""
        if not isinstance(self._why, SessionBusy):
            await self._told(_reason(self._why), False)
        elif self._free:
            await self._told(_FREE, True)
        else:
            who = writer_of(self._path) or "Another process"
            ends = "'s terminal has gone: this goes on here once what runs there has ended."
            await self._told(f"{who}{ends if self._left else ' writes this session.'}", False)

    async def _watch(self) -> None:
        seen = ""
        while True:
            busy = await to_thread.run_sync(is_being_written, self._path)
            left = busy and await to_thread.run_sync(is_left, self._path)
            if self._left and not busy:
                self._taken = True
                self._scope.cancel()
                return
            if busy == self._free or left != self._left:
                self._free, self._left = not busy, left
                await self.tell()
            changed = await to_thread.run_sync(stamp_of, self._path)
            if changed != seen:
                seen = changed
                with suppress(StoreError):  # just now somebody opens or closes it
                    if lines := await to_thread.run_sync(self.load):
                        await self._publish(lines)
            await anyio.sleep(_GLANCE)

    async def _handle(self, command: Command) -> None:
        match command:
            case FetchBlob(sha, limit):
                content = await to_thread.run_sync(self._blob, sha)
                whole = content or b""
                text = await to_thread.run_sync(excerpt, whole, min(limit, _LARGEST_EXCERPT))
                await self._say(BlobRead(sha, text, content is not None, len(whole)))
            case Submit(text):
                await self._say(MessageRefused(text, "This session is only read along."))
            case _:
                pass

    def _blob(self, sha: str) -> bytes | None:
        with suppress(StoreError), closing(SessionStore(self._path, write=False)) as store:
            return store.blob(sha)
        return None

    async def _say(self, data: AnyData) -> None:
        """Tell the face something that is on no record."""
        event = Event(
            seq=self.state.seq,
            id=self._world.ids.new("e"),
            at=self._world.clock.now(),
            mono=round(self._world.clock.mono(), 6),
            session_id=self.state.session_id,
            actor="system",
            data=data,
        )
        await self._publish([event_to(event)])


def _reason(why: GooseError) -> str:
    if isinstance(why, NewerRecord):
        return "A newer version wrote this session: update goose-tui to go on with it."
    return f"It can only be read: {why.message}"

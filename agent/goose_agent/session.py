"""One session: takes commands, works, and lets everything that happens be an event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import anyio
from anyio import to_thread
from anyio.abc import ObjectReceiveStream

from goose_agent.changes.watch import ChangeWatch
from goose_agent.clock import World
from goose_agent.commands import (
    Close,
    Command,
)
from goose_agent.events import (
    EndReason,
    SessionEnded,
)
from goose_agent.loop.bench import Bench
from goose_agent.loop.overflow import Compactor
from goose_agent.loop.seats import Connect, Seats
from goose_agent.loop.service import Service
from goose_agent.loop.session_plan import SessionPlan
from goose_agent.providers.connect import ConnectedModel
from goose_agent.sessions.journal import Journal, Publish
from goose_agent.sessions.log import SessionLog
from goose_agent.sessions.store import SessionStore
from goose_agent.sessions.verify import find_garbage
from goose_agent.state.session_state import SessionState

__all__ = ["Session"]

_DISCONNECT = 1.0
"""Seconds that connections have to close."""


class Session:
    """A conversation with an agent and its record.

    Args:
        session_id: names it.
        store: its record, open for writing; closed when the session ends.
        plan: what it is opened with.
        connect: makes a model by its name; it may have to wait for the key.
        fast_of: the model that the provider of a model has for small things; empty for none.
        bench: what calls run with.
        world: clock, ids, environment.
        publish: who sees its events.
        model: who answers; None to connect it when it is first needed.
        compact: makes the conversation smaller when it has outgrown the model; None for the usual.
    """

    def __init__(
        self,
        session_id: str,
        store: SessionStore,
        plan: SessionPlan,
        connect: Connect,
        fast_of: Callable[[str], Awaitable[str]],
        bench: Bench,
        world: World,
        publish: Publish,
        model: ConnectedModel | None = None,
        compact: Compactor | None = None,
    ) -> None:
        self.log = SessionLog(session_id, store, world, publish)
        self._store = store
        self._plan = plan
        self._bench = bench
        self._compact = compact
        self._seats = Seats(self.log, connect, plan.lead, fast_of)
        if model is not None:
            self._seats.use(model)
        self._damage: tuple[str, ...] = ()
        self._garbage: list[int] = []
        """Numbers of records that are no events."""

    def load(self, image: SessionState | None, lines: Iterable[bytes]) -> set[bytes]:
        """Take up what is on record; the result are lines of it that are no events. Blocks.

        Args:
            image: the state after the first events; None to begin with none.
            lines: the events after those.

        Raises:
            StoreError: the record cannot be read.
        """
        garbage = self.log.load(image, lines)
        if garbage:
            self._garbage = find_garbage(self._store)
            self.log.skip_to(self._garbage[-1])
        if self.log.state.seq and not self.log.state.ended:
            # Only after a crash is the whole record read once more.
            self._damage = self._store.damage()
        return garbage

    async def run(self, commands: ObjectReceiveStream[Command]) -> None:
        """Work until closed, or until `commands` ends.

        Raises:
            StoreError: the record cannot be written any more.
        """
        journal = self.log.journal
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._write, journal)
                reason = await self._serve(commands)
                self.log.record(SessionEnded(reason), "system")
                journal.close()
        finally:
            with anyio.CancelScope(shield=True):
                try:
                    await journal.drain()
                finally:
                    await to_thread.run_sync(self._store.close)
                    await to_thread.run_sync(self._bench.registry.close)
                    await self.log.indexer.finish()
                with anyio.move_on_after(_DISCONNECT):
                    await self._seats.aclose()

    async def _write(self, journal: Journal) -> None:
        """Write the record, and beside it the index."""
        async with anyio.create_task_group() as beside:
            beside.start_soon(self.log.indexer.run)
            await journal.run()
            self.log.indexer.stop()

    async def _serve(self, commands: ObjectReceiveStream[Command]) -> EndReason:
        bench = self._bench
        watch = ChangeWatch(self.log, bench.workspace, self._store.path.parent, bench.environ)
        async with anyio.create_task_group() as work:
            service = Service(self.log, self._plan, self._seats, bench, watch, self._compact, work)
            try:
                await service.open(self._damage, self._garbage)
                await self.log.settle()
                watch.begin(work)
                await service.reseat()
                service.begin()
                work.start_soon(self._seats.warm)
                async for command in commands:
                    if isinstance(command, Close):
                        reason = await self._see_out(command, commands, service)
                        await service.end(reason)
                        return reason
                    await service.handle(command)
            finally:
                self.log.journal.hurry()
                service.leave()
        return "hangup"

    async def _see_out(
        self, close: Close, commands: ObjectReceiveStream[Command], service: Service
    ) -> EndReason:
        """After a hang-up let what runs come to its end, for as long as that is wanted."""
        if close.reason != "hangup" or not self._plan.detach or not service.runs_calls:
            return close.reason
        await to_thread.run_sync(self._store.mark_left)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(service.finish, self._plan.detach, tasks.cancel_scope)
            async for command in commands:
                if isinstance(command, Close) and command.reason != "hangup":
                    close = command
                    break
            tasks.cancel_scope.cancel()
        return close.reason

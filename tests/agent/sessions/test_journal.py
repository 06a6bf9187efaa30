"""The journal: in order, whole batches, and nothing shown that is not on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from anyio.lowlevel import checkpoint

from goose_agent.clock import World
from goose_agent.codec import event_from
from goose_agent.errors import NoRoom, StoreError
from goose_agent.events import Notice, SessionTitled, Status, TurnStarted, UserMessage
from goose_agent.sessions.log import SessionLog
from goose_agent.sessions.store import PackedBlob, SessionStore, StoredBlob, StoredEvent


class Recording(SessionStore):
    """A store that notes its commits, and can be told to fail."""

    commits: list[tuple[list[int], bool]]
    fails: bool = False
    full: bool = False

    def append(
        self,
        events: Iterable[StoredEvent],
        blobs: Iterable[StoredBlob | PackedBlob] = (),
        summary: Mapping[str, object] | None = None,
        *,
        synced: bool,
    ) -> None:
        rows = list(events)
        if self.fails:
            raise StoreError("The record cannot be written: disk full.")
        if self.full:
            raise NoRoom("The record cannot be written: disk full.", "Make room.")
        super().append(rows, blobs, summary, synced=synced)
        self.commits.append(([event.seq for event in rows], synced))


@dataclass
class Desk:
    log: SessionLog
    store: Recording
    shown: list[str] = field(default_factory=list)
    gate: anyio.Event | None = None


@asynccontextmanager
async def journal(tmp_path: Path) -> AsyncIterator[Desk]:
    store = Recording(tmp_path / "s.db", write=True)
    store.commits = []

    async def publish(lines: list[bytes]) -> None:
        if desk.gate is not None:
            await desk.gate.wait()
        desk.shown += [event_from(line).type for line in lines]

    desk = Desk(SessionLog("s-1", store, World(environ={}), publish), store)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(desk.log.journal.run)
        try:
            yield desk
        finally:
            desk.log.journal.close()
    store.close()


async def test_a_burst_is_one_commit_and_is_shown_after_it(tmp_path: Path) -> None:
    async with journal(tmp_path) as desk:
        for number in range(1, 50):
            assert desk.log.record(Notice("info", "x"), "system") == number
        assert (desk.shown, desk.store.commits) == ([], [])
        await desk.log.settle()
        assert desk.store.commits == [(list(range(1, 50)), False)]
        assert len(desk.shown) == 49


async def test_what_is_said_a_step_later_is_in_the_same_commit_unless_somebody_waits(
    tmp_path: Path,
) -> None:
    async with journal(tmp_path) as desk:
        desk.log.record(Notice("info", "one"), "system")
        await checkpoint()
        desk.log.record(Notice("info", "two"), "system")
        await desk.log.settle()
        desk.log.record(Notice("info", "three"), "system")
        await desk.log.settle()
        assert [seqs for seqs, _ in desk.store.commits] == [[1, 2], [3]]


async def test_what_must_be_safe_is_synced(tmp_path: Path) -> None:
    async with journal(tmp_path) as desk:
        desk.log.record(Notice("info", "x"), "system")
        desk.log.record(UserMessage("m", "hi"), "user")
        await desk.log.settle()
        desk.log.record(SessionTitled("t"), "user")
        await desk.log.settle()
        assert desk.store.commits == [([1, 2], True), ([3], False)]


async def test_what_is_transient_is_shown_in_its_place_and_not_kept(tmp_path: Path) -> None:
    async with journal(tmp_path) as desk:
        desk.log.record(Status("busy"), "system")
        await desk.log.settle()
        assert desk.store.commits == []
        desk.log.record(Notice("info", "x"), "system")
        assert desk.log.record(Status("busier"), "system") == 1
        desk.log.record(TurnStarted(1), "agent")
        await desk.log.settle()
        assert desk.shown == ["status", "notice", "status", "turn.started"]
        assert desk.store.commits == [([1, 2], False)]
        assert desk.store.damage() == ()


async def test_a_slow_face_slows_only_what_waits_for_it(tmp_path: Path) -> None:
    async with journal(tmp_path) as desk:
        desk.gate = anyio.Event()
        desk.log.record(Notice("info", "one"), "system")
        with anyio.move_on_after(0.05) as waited:
            await desk.log.settle()
        assert waited.cancelled_caught
        desk.log.record(Notice("info", "two"), "system")
        desk.gate.set()
        await desk.log.settle()
        assert [seqs for seqs, _ in desk.store.commits] == [[1], [2]]


async def test_a_record_that_cannot_be_written_stops_everything_and_shows_nothing(
    tmp_path: Path,
) -> None:
    waited: list[StoreError] = []

    async def wait(desk: Desk) -> None:
        try:
            await desk.log.settle()
        except StoreError as error:
            waited.append(error)

    with pytest.raises(ExceptionGroup) as raised:
        async with journal(tmp_path) as desk, anyio.create_task_group() as waiters:
            desk.store.fails = True
            desk.log.record(UserMessage("m", "hi"), "user")
            waiters.start_soon(wait, desk)
    assert raised.group_contains(StoreError)
    assert desk.shown == []


async def test_what_is_left_at_the_end_is_written(tmp_path: Path) -> None:
    async with journal(tmp_path) as desk:
        desk.log.record(Notice("info", "x"), "system")
    assert desk.store.commits == [([1], False)]


async def test_what_comes_after_the_end_is_drained(tmp_path: Path) -> None:
    store = Recording(tmp_path / "s.db", write=True)
    store.commits = []

    async def publish(lines: list[bytes]) -> None:
        raise AssertionError("nobody watches any more")

    log = SessionLog("s-1", store, World(environ={}), publish)
    log.record(Notice("info", "last words"), "system", blobs={"output": b"a blob"})
    await log.journal.drain()
    assert store.commits == [([1], False)]
    assert await log.journal.blob(StoredBlob.of(b"a blob").sha) == b"a blob"
    store.close()


async def test_where_there_is_no_room_it_is_said_once_and_written_later(tmp_path: Path) -> None:
    async with journal(tmp_path) as desk:
        desk.store.full = True
        desk.log.record(UserMessage("m", "hi"), "user")
        with anyio.fail_after(5):
            while "status" not in desk.shown:
                await anyio.lowlevel.checkpoint()
        assert (desk.shown, desk.store.commits) == (["status"], [])
        desk.log.record(Notice("info", "x"), "system")
        desk.store.full = False
        await desk.log.settle()
        assert desk.shown == ["status", "status", "user.message", "notice"]
        assert [seqs for seqs, _ in desk.store.commits] == [[1], [2]]


async def test_a_session_that_ends_without_room_says_so_and_does_not_hang(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        async with journal(tmp_path) as desk:
            desk.store.full = True
            desk.log.record(UserMessage("m", "hi"), "user")
            desk.log.journal.hurry()
    assert raised.group_contains(NoRoom)


async def test_what_waited_for_room_when_all_was_cancelled_is_drained_with_its_summary(
    tmp_path: Path,
) -> None:
    store = Recording(tmp_path / "s.db", write=True)
    store.commits, store.full = [], True
    told = anyio.Event()

    async def publish(lines: list[bytes]) -> None:
        told.set()

    log = SessionLog("s-1", store, World(environ={}), publish)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(log.journal.run)
        log.record(SessionTitled("Commas"), "user")
        with anyio.fail_after(5):
            await told.wait()
        tasks.cancel_scope.cancel()
    store.full = False
    await log.journal.drain()
    assert store.commits == [([1], False)]
    assert store.summary()["title"] == "Commas"
    store.close()

"""One file a session: private, whole, and honest about damage."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import goose_agent
from goose_agent.errors import NewerRecord, SessionBusy, StoreError
from goose_agent.sessions.store import SessionStore, StoredBlob, StoredEvent, is_being_written


def row(seq: int, body: bytes = b"{}") -> StoredEvent:
    return StoredEvent(seq, "notice", 0, body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions" / "s-1.db"


@pytest.fixture
def store(path: Path) -> Iterator[SessionStore]:
    with closing(SessionStore(path, write=True)) as opened:
        yield opened


def test_what_was_written_is_read_back_in_order(store: SessionStore, path: Path) -> None:
    store.append([row(1, b"one"), row(2, b"two")], synced=True)
    store.append([row(3, b"three")], synced=False)
    with closing(SessionStore(path, write=False)) as reader:
        assert list(reader.events()) == [b"one", b"two", b"three"]
        assert list(reader.events(after=1)) == [b"two", b"three"]
        assert reader.damage() == ()


def test_it_goes_on_where_it_was_left(path: Path) -> None:
    for number in (1, 2, 3):
        with closing(SessionStore(path, write=True)) as store:
            store.append([row(number)], synced=False)
            assert store.damage() == ()


def test_only_its_owner_can_read_it(store: SessionStore, path: Path) -> None:
    store.append([row(1)], synced=True)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("content", [b"", b"short", b"long " * 1000, bytes(range(256)) * 40])
def test_a_blob_comes_back_as_it_went(store: SessionStore, content: bytes) -> None:
    blob = StoredBlob.of(content)
    store.append([row(1)], [blob, blob], synced=False)
    store.append([row(2)], [blob], synced=False)
    assert store.blob(blob.sha) == content
    assert store.blob("0" * 64) is None


def test_what_compresses_takes_less_room(store: SessionStore, path: Path) -> None:
    store.append([row(1)], [StoredBlob.of(b"again " * 100_000)], synced=True)
    store.close()
    assert path.stat().st_size < 100_000


def test_a_summary_keeps_its_latest_values(store: SessionStore) -> None:
    store.append([row(1)], summary={"title": "a", "cost": None}, synced=False)
    store.append([row(2)], summary={"title": "b"}, synced=False)
    assert store.summary() == {"title": "b", "cost": None}


def test_a_second_writer_is_refused_and_a_reader_is_not(store: SessionStore, path: Path) -> None:
    assert is_being_written(path)
    with pytest.raises(SessionBusy, match=r"pid \d+"):
        SessionStore(path, write=True)
    SessionStore(path, write=False).close()
    store.close()
    assert not is_being_written(path)
    SessionStore(path, write=True).close()


def test_the_lock_of_a_process_that_died_is_no_lock(path: Path) -> None:
    code = (
        "import os, pathlib, sys\nfrom goose_agent.sessions.store import *\n"
        "s = SessionStore(pathlib.Path(sys.argv[1]), write=True)\n"
        "s.append([StoredEvent(1, 'notice', 0, b'last words')], synced=False)\n"
        "os.kill(os.getpid(), 9)"
    )
    root = Path(str(goose_agent.__file__)).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={"PYTHONPATH": str(root)},
        timeout=20,
        check=False,
    )
    assert done.returncode == -9
    with closing(SessionStore(path, write=True)) as store:
        assert list(store.events()) == [b"last words"]
        assert store.damage() == ()


def test_a_number_that_is_taken_is_an_error_and_nothing_of_it_is_stored(
    store: SessionStore,
) -> None:
    store.append([row(1)], synced=True)
    with pytest.raises(StoreError, match="cannot be written"):
        store.append([row(2), row(1)], [StoredBlob.of(b"x")], synced=True)
    assert len(list(store.events())) == 1
    assert store.blob(StoredBlob.of(b"x").sha) is None
    store.append([row(2)], synced=True)
    assert store.damage() == ()


def tamper(path: Path, statement: str) -> tuple[str, ...]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(statement)
    with closing(SessionStore(path, write=False)) as reader:
        return reader.damage()


def test_a_changed_record_is_found(store: SessionStore, path: Path) -> None:
    store.append([row(number, b"%d" % number) for number in range(1, 6)], synced=True)
    found = tamper(path, "UPDATE events SET body = x'00' WHERE seq = 3")
    assert found == ("Record 3 is not as it was written.",)


def test_missing_records_are_found(store: SessionStore, path: Path) -> None:
    store.append([row(number, b"%d" % number) for number in range(1, 6)], synced=True)
    assert tamper(path, "DELETE FROM events WHERE seq IN (2, 3)") == (
        "Records 2 to 3 are missing.",
    )


@pytest.mark.parametrize("write", [True, False])
def test_a_file_that_is_no_record_is_an_error_and_stays_as_it_is(path: Path, write: bool) -> None:
    path.parent.mkdir()
    path.write_bytes(b"my diary\n" * 500)
    with pytest.raises(StoreError, match=r"s-1\.db"):
        SessionStore(path, write=write)
    assert path.read_bytes() == b"my diary\n" * 500
    assert not is_being_written(path)


def test_a_record_whose_pages_are_damaged_says_so(store: SessionStore, path: Path) -> None:
    store.append([row(number, b"x" * 3000) for number in range(1, 40)], synced=True)
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with closing(SessionStore(path, write=False)) as reader, pytest.raises(StoreError):
        list(reader.events())


def test_a_record_of_a_newer_version_is_left_alone(store: SessionStore, path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerRecord, match="newer version"):
        SessionStore(path, write=True)


def test_a_folder_that_cannot_be_made_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError):
        SessionStore(tmp_path / "file" / "s.db", write=True)


def test_reading_leaves_nothing_behind(store: SessionStore, path: Path) -> None:
    store.append([row(1)], synced=True)
    store.close()
    before = sorted(file.name for file in path.parent.iterdir())
    with closing(SessionStore(path, write=False)) as reader:
        assert len(list(reader.events())) == 1
    assert sorted(file.name for file in path.parent.iterdir()) == before


def test_a_record_that_is_not_there_cannot_be_read(path: Path) -> None:
    with pytest.raises(StoreError):
        SessionStore(path, write=False)

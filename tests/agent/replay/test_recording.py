"""A record shows the session as it was after any event, and nothing is written for it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from goose_agent.codec import event_to
from goose_agent.errors import StoreError, UsageError
from goose_agent.events import (
    AnyData,
    Event,
    ModelDelta,
    ModelRequested,
    ModelResponded,
    SessionStarted,
    ToolFinished,
    ToolProposed,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessage,
)
from goose_agent.evolve import evolve
from goose_agent.messages import Usage
from goose_agent.replay.recording import Recording
from goose_agent.sessions.bundle import export_session
from goose_agent.sessions.store import SessionStore, StoredEvent
from goose_agent.state.image import state_to
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from support.recordings import made_of, recorded

ROOT = Path(__file__).parents[3]
READ = """
import os, sys
from pathlib import Path
from goose_agent.replay.recording import Recording
if os.getuid() == 0:
    os.setuid(65534)  # who may write nowhere
recording = Recording.open(Path(sys.argv[1]))
print(recording.events[-1].seq)
recording.close()
"""


def story(turns: int) -> Iterator[AnyData]:
    yield SessionStarted("/w", ("/w",), "fake/one", 100_000, "smart", "0", "test")
    for turn in range(1, turns + 1):
        call, request = f"c-{turn}", f"r-{turn}"
        yield UserMessage(f"m-{turn}", f"Look into part {turn}.")
        yield TurnStarted(turn)
        yield ModelRequested(request, "fake/one", "0" * 64, 6000)
        for word in ("I", " look", " at", f" part {turn}."):
            yield ModelDelta(request, 0, "text", word)
        yield ModelDelta(request, 1, "call", "{}", call, "shell")
        yield ModelResponded(request, (), "tool_calls", Usage(1400, 40), 0.002, 1.5, 0.4)
        yield ToolProposed(call, request, "shell", "{}", {}, summary=f"make {turn}")
        yield ToolStarted(call)
        yield ToolFinished(call, "ok", "done", 0.4, 0, 4)
        yield TurnEnded(turn, "done", 1, 3.0)


async def test_every_state_is_the_one_that_its_events_make(tmp_path: Path) -> None:
    with closing(Recording.open(await recorded(tmp_path))) as recording:
        state = SessionState(session_id=recording.session_id)
        assert recording.state_at(-1) == state
        states = []
        for event in recording.events:
            state = reduce(state, event)
            states.append(state)
        places = [*range(len(recording)), *reversed(range(len(recording)))]
        assert all(recording.state_at(place) == states[place] for place in places)
        assert recording.state_at(10**6) == states[-1]
        assert recording.damage == ()


def test_a_jump_in_ten_thousand_events_looks_at_few_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = made_of(tmp_path / "s-long.db", story(800))
    assert len(events) > 10_000
    with closing(Recording.open(tmp_path / "s-long.db")) as recording:
        looked_at = 0

        def counted(state: SessionState, event: Event) -> SessionState:
            nonlocal looked_at
            looked_at += 1
            return reduce(state, event)

        monkeypatch.setattr("goose_agent.replay.recording.reduce", counted)
        for number in range(60):
            place = number * 7919 % len(events)
            looked_at = 0
            assert recording.state_at(place).seq == events[place].seq
            assert looked_at <= 128


async def test_a_bundle_is_read_as_the_session_it_was_made_of(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    export_session(path, tmp_path / "bundle")
    with (
        closing(Recording.open(path)) as one,
        closing(Recording.open(tmp_path / "bundle")) as other,
    ):
        assert one.events == other.events
        last = one.state_at(len(one) - 1)
        (edit,) = last.files.edits[f"{last.folder}/parser.py"]
        assert one.blob(edit.after) == other.blob(edit.after) is not None


def test_a_session_that_is_being_written_is_read_up_to_now(tmp_path: Path) -> None:
    path = tmp_path / "s-live.db"
    events = made_of(path, story(3))
    writer = SessionStore(path, write=True)
    try:
        with closing(Recording.open(path)) as recording:
            assert recording.events == events
    finally:
        writer.close()


async def test_nothing_is_written_beside_a_record(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with closing(Recording.open(path)) as recording:
        recording.state_at(40)
        assert recording.blob("0" * 64) is None
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_copy_in_a_folder_that_takes_no_files_is_read_with_its_log(tmp_path: Path) -> None:
    path = tmp_path / "s-1.db"
    last = made_of(path, story(2))[-1]
    again = evolve(last, seq=last.seq + 1)
    with tempfile.TemporaryDirectory() as name, closing(SessionStore(path, write=True)) as writer:
        writer.append([StoredEvent(again.seq, again.type, 0, event_to(again))], synced=False)
        folder = Path(name)
        for file in (path, path.with_name("s-1.db-wal")):
            shutil.copyfile(file, folder / file.name)
            (folder / file.name).chmod(0o444)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", READ, str(folder / "s-1.db")],
            env={"PYTHONPATH": str(ROOT / "agent"), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout.strip(), done.stderr) == (str(again.seq), "")
        assert sorted(file.name for file in folder.iterdir()) == ["s-1.db", "s-1.db-wal"]
        folder.chmod(0o755)


def test_what_is_damaged_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    path = tmp_path / "s-1.db"
    events = made_of(path, story(2))
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE events SET body = ? WHERE seq = 7", (b"\x00 no event",))
        db.execute("DELETE FROM events WHERE seq = 9")
        db.commit()
    with closing(Recording.open(path)) as recording:
        assert [each.seq for each in recording.events] == [
            each.seq for each in events if each.seq not in (7, 9)
        ]
        words = " ".join(recording.damage)
        assert "Record 7 is not as it was written." in words
        assert "Record 9 is missing." in words
        assert "1 record is unreadable and left out." in words
        assert recording.state_at(len(recording) - 1).seq == events[-1].seq
        assert recording.event(7) is None


@pytest.mark.parametrize("whole", [True, False])
def test_around_damaged_pages_all_that_can_be_read_is_there(tmp_path: Path, whole: bool) -> None:
    path = tmp_path / "s-1.db"
    events = made_of(path, story(60))
    content = bytearray(path.read_bytes())
    end = 42 * 4096 if whole else len(content)
    content[40 * 4096 : end] = b"\xff" * (end - 40 * 4096)
    path.write_bytes(content)
    with closing(Recording.open(path)) as recording:
        lost = {each.seq for each in events} - {each.seq for each in recording.events}
        assert 0 < len(lost) < len(events) - 300
        assert (events[-1].seq in lost) is not whole
        assert any("missing" in words or "cannot be read" in words for words in recording.damage)


def test_the_state_of_a_session_reads_the_same_twice(tmp_path: Path) -> None:
    path = tmp_path / "s-1.db"
    made_of(path, story(30))
    with closing(Recording.open(path)) as one, closing(Recording.open(path)) as other:
        forwards = [state_to(one.state_at(place)) for place in range(len(one))]
        backwards = [state_to(other.state_at(place)) for place in reversed(range(len(other)))]
        assert forwards == backwards[::-1]


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + bytes(200)])
def test_a_file_that_is_no_record_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(StoreError):
        Recording.open(path)
    with pytest.raises(UsageError, match="There is no file"):
        Recording.open(tmp_path / "y")

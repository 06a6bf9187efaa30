"""Sessions in one file: handed on, and taken in with suspicion."""

from __future__ import annotations

import json
import sqlite3
import stat
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.cli.conftest import Shell
from goose_agent.sessions.store import SessionStore, StoredBlob
from support.pictures import png

SCRIPT = (
    "- {text: Let me see., calls: [{tool: shell, arguments: {command: seq 3000}}]}\n- text: Done."
)


@pytest.fixture
def bundle(shell: Shell, tmp_path: Path) -> Path:
    """A session that was handed on, and is gone here."""
    shell("run", "--model", shell.script(SCRIPT), "--mode", "auto", "count a little")
    target = tmp_path / "handed-on.goose"
    made = shell("sessions", "export", _only(shell), "-o", str(target))
    assert made.code == 0, made.err
    return target


def _only(shell: Shell) -> str:
    (entry,) = json.loads(shell("sessions", "list", "--output", "json").out)
    return str(entry["id"])


def _forget(home: Path) -> None:
    for file in home.rglob("s-*.*"):
        file.unlink()


def test_a_session_comes_back_whole(shell: Shell, bundle: Path, home: Path) -> None:
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    session_id = _only(shell)
    before = json.loads(shell("sessions", "show", session_id, "--output", "json").out)["events"]
    _forget(home)

    taken = shell("sessions", "import", str(bundle))
    assert (taken.code, taken.out.strip()) == (0, session_id)
    after = json.loads(shell("sessions", "show", session_id, "--output", "json").out)["events"]
    assert after[:-1] == before
    assert after[-1]["type"] == "session.imported"
    shown = shell("sessions", "show", session_id).out
    assert "count a little" in shown
    assert "imported from handed-on.goose" in shown

    again = shell(
        "run", "--resume", session_id, "--model", shell.script(f"{SCRIPT}\n- text: good"), "go on"
    )
    assert (again.code, again.out.strip()) == (0, "good"), again.err


def test_what_is_here_already_is_left_alone(shell: Shell, bundle: Path) -> None:
    taken = shell("sessions", "import", str(bundle))
    assert taken.code == 0
    assert "It was here already." in taken.err
    shown = json.loads(shell("sessions", "show", taken.out.strip(), "--output", "json").out)
    assert shown["events"][-1]["type"] == "session.ended"


def test_a_file_that_is_there_is_never_written_over(shell: Shell, bundle: Path) -> None:
    made = shell("sessions", "export", _only(shell), "-o", str(bundle))
    assert made.code == 2
    assert "is there already" in made.err


def _changed(db: sqlite3.Connection) -> None:
    db.execute("UPDATE events SET body = replace(body, 'little', 'LITTLE') WHERE seq = 2")


def _without_a_record(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM events WHERE seq = 3")


def _another_blob(db: sqlite3.Connection) -> None:
    db.execute("UPDATE blobs SET packed = 0, data = x'00'")


def _a_bomb(db: sqlite3.Connection) -> None:
    db.execute("UPDATE blobs SET packed = 1, data = ?", (zlib.compress(bytes(300 << 20)),))


def _a_name_that_leads_out(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT seq, body FROM events").fetchall()
    for seq, body in rows:
        found = json.loads(body)
        found["session_id"] = "../../evil"
        text = json.dumps(found, separators=(",", ":")).encode()
        db.execute("UPDATE events SET body = ? WHERE seq = ?", (text, seq))


def _a_view(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE events RENAME TO other")
    db.execute("CREATE VIEW events AS SELECT * FROM other")


def _nothing(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM events")


def _from_the_future(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    "change",
    [
        _changed,
        _without_a_record,
        _another_blob,
        _a_bomb,
        _a_name_that_leads_out,
        _a_view,
        _nothing,
        _from_the_future,
    ],
)
def test_what_was_tampered_with_is_refused_and_leaves_nothing(
    shell: Shell, bundle: Path, home: Path, change: Callable[[sqlite3.Connection], None]
) -> None:
    _forget(home)
    with closing(sqlite3.connect(bundle)) as db:
        change(db)
        db.commit()
    taken = shell("sessions", "import", str(bundle))
    assert taken.code == 1
    assert str(bundle) in taken.err
    assert "Traceback" not in taken.err
    assert not list(home.rglob("s-*"))
    assert not list(home.parent.rglob("evil*"))


def test_another_session_of_the_same_id_is_not_written_over(shell: Shell, bundle: Path) -> None:
    with closing(sqlite3.connect(bundle)) as db:
        db.execute("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)")
        db.execute("UPDATE events SET chain = x'00' WHERE seq = (SELECT max(seq) FROM events)")
        db.commit()
    taken = shell("sessions", "import", str(bundle))
    assert taken.code == 1
    assert "Another session" in taken.err


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" * 99])
def test_any_other_file_is_refused_in_one_line(
    shell: Shell, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    taken = shell("sessions", "import", str(file))
    assert taken.code == 1
    assert len(taken.err.strip().splitlines()) == 1
    assert shell("sessions", "import", str(tmp_path / "nowhere")).code == 2


def test_pictures_travel_with_a_session(shell: Shell, tmp_path: Path, home: Path) -> None:
    shot = shell.folder / "shot.png"
    shot.write_bytes(png(1200, 800))
    first = shell("run", "--model", shell.script("- text: I see."), "-t", "look at @shot.png")
    assert first.code == 0, first.err
    assert f"picture shot.png, 1200×800, {len(png(1200, 800))} B" in first.err
    session_id = _only(shell)
    target = tmp_path / "seen.goose"
    assert shell("sessions", "export", session_id, "-o", str(target)).code == 0
    _forget(home)
    shot.unlink()
    assert shell("sessions", "import", str(target)).code == 0
    assert "picture shot.png, 1200×800" in shell("sessions", "show", session_id).out
    again = shell("run", "--resume", session_id, "--model", shell.script("[]", "other"), "well?")
    assert again.code == 0, again.err
    with closing(SessionStore(next(home.rglob(f"{session_id}.db")), write=False)) as store:
        assert store.blob(StoredBlob.of(png(1200, 800)).sha) == png(1200, 800)
        sent = [json.loads(line) for line in store.events() if b'"model.requested"' in line]
    assert sent[-1]["data"]["picture_size"] == 4 * -(-len(png(1200, 800)) // 3)


def test_a_message_with_a_missing_picture_is_not_sent(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script("- text: I see."), "-t", "look at @shot.png")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("goose-tui: shot.png does not exist.")

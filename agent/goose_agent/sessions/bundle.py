"""A whole session in one file, to hand on: written as it is, and taken in with suspicion.

The file is a SQLite database like the session's own. What comes from elsewhere is read row by row
and checked (numbers, chain, contents of blobs), then written anew: nothing of the foreign file
itself is kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from goose_agent.clock import World
from goose_agent.codec import event_from, event_to
from goose_agent.errors import StoreError, UsageError
from goose_agent.events import Event, SessionImported
from goose_agent.sessions.library import Library
from goose_agent.sessions.log import summary_of
from goose_agent.sessions.store import LARGEST, SCHEMA, SessionStore, StoredBlob, StoredEvent
from goose_agent.state.image import IMAGE_VERSION, state_to
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState

__all__ = ["export_session", "import_session"]

_ID = re.compile(r"s-[0-9a-z]{6,40}")
_TABLES = {"events", "blobs"}


def export_session(path: Path, target: Path) -> int:
    """Write a session into one file of its own; the result is its size in bytes. Blocks.

    Args:
        path: the session's file; it may be open elsewhere.
        target: the file to write; must not be there yet.

    Raises:
        UsageError: the file is there already, or cannot be written.
        StoreError: the session cannot be read.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise UsageError(f"{target} is there already.", "Name another file.") from None
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.") from error
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            db.execute("VACUUM INTO ?", (str(target),))
        return target.stat().st_size
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            target.unlink()
        raise StoreError(f"The session cannot be exported: {error}.") from error


def import_session(library: Library, source: Path, world: World) -> tuple[str, bool]:
    """Take a session in; the result is its id, and whether it is new here. Blocks.

    Its rules do not hold here: whoever made the file may have allowed anything.

    Args:
        library: where it goes.
        source: a file that `export_session` made, or anything at all.
        world: tells when.

    Raises:
        UsageError: there is no such file.
        StoreError: it holds no session, it was changed, or another session has its id.
    """
    if not source.is_file():
        raise UsageError(f"There is no file {source}.", "Check the path.")
    try:
        with closing(_opened(source)) as db:
            session_id, last = _owner(db, source)
            path = library.path(session_id)
            if path.exists():
                return _known(path, last, source), False
            _write(db, path, source, world)
    except (sqlite3.Error, zlib.error) as error:
        raise _refused(source, str(error)) from error
    return session_id, True


def _opened(source: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        found = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        if version > SCHEMA:
            raise StoreError(f"{source} was written by a newer version.", "Update goose-tui.")
        if not {name for (name,) in found} >= _TABLES:
            raise _refused(source, "it holds no events")
    except BaseException:
        db.close()
        raise
    return db


def _owner(db: sqlite3.Connection, source: Path) -> tuple[str, bytes]:
    """Whose events they are, and the end of their chain."""
    first = db.execute("SELECT body FROM events ORDER BY seq LIMIT 1").fetchone()
    last = db.execute("SELECT chain FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    if first is None or not isinstance(first[0], bytes) or not isinstance(last[0], bytes):
        raise _refused(source, "it holds no events")
    session_id = event_from(first[0]).session_id
    if not _ID.fullmatch(session_id):
        raise _refused(source, "its id is not one of ours")  # it becomes the name of a file
    return session_id, last[0]


def _known(path: Path, last: bytes, source: Path) -> str:
    """The id of the session that is here already, if it is the same or its continuation."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        same = db.execute("SELECT count(*) FROM events WHERE chain = ?", (last,)).fetchone()[0]
    if not same:
        raise StoreError(
            f"Another session {path.stem} is here already, and {source} is not its past.",
            f"Look at it: goose-tui sessions show {path.stem}",
        )
    return path.stem


def _write(db: sqlite3.Connection, path: Path, source: Path, world: World) -> None:
    state = SessionState(session_id=path.stem)
    rows: list[StoredEvent] = []
    for event, body in _events(db, path.stem, source):
        state = reduce(state, event)
        rows.append(StoredEvent(event.seq, event.type, event.turn, body))
    marked = _mark(state, source, world)
    state = reduce(state, marked)
    rows.append(StoredEvent(marked.seq, marked.type, marked.turn, event_to(marked)))
    store = SessionStore(path, write=True)
    try:
        store.append(rows, _blobs(db, source), summary_of(state), synced=True)
        store.keep_image(IMAGE_VERSION, state.seq, state_to(state))
    except BaseException:
        store.close()
        for file in path.parent.glob(f"{path.stem}.*"):
            file.unlink(missing_ok=True)
        raise
    store.close()


def _events(db: sqlite3.Connection, session_id: str, source: Path) -> Iterator[tuple[Event, bytes]]:
    chain = b""
    rows = db.execute("SELECT seq, body, chain FROM events ORDER BY seq")
    for number, (seq, body, stored) in enumerate(rows, 1):
        if seq != number or not isinstance(body, bytes) or len(body) > LARGEST:
            raise _refused(source, f"record {number} is missing or no record")
        chain = hashlib.sha256(chain + body).digest()
        event = event_from(body)
        if chain != stored or event.seq != seq or event.session_id != session_id:
            raise _refused(source, f"record {number} is not as it was written")
        yield event, body


def _blobs(db: sqlite3.Connection, source: Path) -> Iterator[StoredBlob]:
    for sha, packed, data in db.execute("SELECT sha, packed, data FROM blobs"):
        if not isinstance(data, bytes):
            raise _refused(source, "a blob is no bytes")
        content = zlib.decompressobj().decompress(data, LARGEST + 1) if packed else data
        blob = StoredBlob.of(content)
        if len(content) > LARGEST or blob.sha != sha:
            raise _refused(source, f"blob {str(sha)[:12]} is not as it was written")
        yield blob


def _mark(state: SessionState, source: Path, world: World) -> Event:
    return Event(
        seq=state.seq + 1,
        id=world.ids.new("e"),
        at=world.clock.now(),
        mono=round(world.clock.mono(), 6),
        session_id=state.session_id,
        turn=len(state.turns),
        actor="importer",
        data=SessionImported(source.name),
    )


def _refused(source: Path, reason: str) -> StoreError:
    return StoreError(f"{source} cannot be imported: {reason}.", "Ask for the file again.")

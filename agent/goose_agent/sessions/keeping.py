"""What a person does with sessions that are put away: another title, a mark in the list, the bin."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal

from goose_agent.clock import World
from goose_agent.codec import event_from, event_to
from goose_agent.errors import StoreError, UsageError
from goose_agent.events import Event, SessionTitled
from goose_agent.sessions.library import Library
from goose_agent.sessions.lock import is_being_written, take_lock
from goose_agent.sessions.store import SessionStore, StoredEvent

__all__ = ["NOTES", "Mark", "delete_session", "mark_session", "rename_session"]

NOTES = ".notes.json"
"""Behind the name of a session's file: what a person noted at its events."""

Mark = Literal["pinned", "archived"]


def rename_session(library: Library, session_id: str, title: str, world: World) -> None:
    """Give a session another title. Blocks.

    Raises:
        UsageError: the title is empty.
        SessionBusy: the session is open; it is renamed there.
        StoreError: it cannot be read or written.
    """
    title = " ".join(title.split())
    if not title:
        raise UsageError("A title has at least one letter.")
    with closing(SessionStore(library.path(session_id), write=True)) as store:
        line = store.last()
        if line is None:
            raise StoreError(f"Nothing happened in {session_id} yet.")
        last = event_from(line)
        event = Event(
            seq=last.seq + 1,
            id=world.ids.new("e"),
            at=world.clock.now(),
            mono=round(world.clock.mono(), 6),
            session_id=session_id,
            branch=last.branch,
            turn=last.turn,
            actor="user",
            data=SessionTitled(title),
        )
        row = StoredEvent(event.seq, event.type, event.turn, event_to(event))
        store.append([row], (), {"title": title}, synced=True)
    library.take_in(session_id)


def mark_session(library: Library, session_id: str, mark: Mark, on: bool) -> None:
    """Mark a session in the list, or take the mark off; it may be open meanwhile. Blocks.

    The mark is no event: it says nothing of what happened in the session.

    Raises:
        StoreError: the session cannot be read or written.
    """
    path = library.path(session_id)
    try:
        used = path.stat()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=5)) as db, db:
            db.execute("INSERT OR REPLACE INTO summary VALUES (?, ?)", (mark, json.dumps(on)))
        if not is_being_written(path):
            # The time of the file tells when the session was used.
            os.utime(path, ns=(used.st_atime_ns, used.st_mtime_ns))
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{session_id} cannot be marked: {error}.") from error
    library.take_in(session_id)


def delete_session(library: Library, session_id: str) -> None:
    """Delete a session with all that belongs to it: nothing of it can be had back. Blocks.

    Raises:
        SessionBusy: it is open.
        StoreError: it cannot be deleted.
    """
    path = library.path(session_id)
    try:
        lock = take_lock(path)
        try:
            for end in ("", "-wal", "-shm", "-journal", NOTES):
                path.with_name(path.name + end).unlink(missing_ok=True)
            _unlink_lock(path)
        finally:
            os.close(lock)
    except OSError as error:
        raise StoreError(f"{session_id} cannot be deleted: {error.strerror}.") from error
    library.forget(session_id)


def _unlink_lock(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.with_suffix(".lock").unlink()

"""The index beside the session files: what the list shows of each, and their text to search.

All of it can be made again from the session files, at any time. So nothing here is synced, a damaged
file is thrown away, and one that is busy or missing is no error: whoever reads asks the sessions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from goose_agent.errors import StoreError
from goose_agent.sessions.network import is_on_network
from goose_agent.sessions.passages import Passage
from goose_agent.sessions.query import Query

__all__ = ["Hit", "IndexRow", "SessionIndex"]

_SCHEMA = 1
_TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS sessions (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stamp TEXT NOT NULL DEFAULT '',
    entry BLOB NOT NULL DEFAULT 'null', read TEXT NOT NULL DEFAULT '',
    settled INTEGER NOT NULL DEFAULT 0
);
CREATE VIRTUAL TABLE IF NOT EXISTS passages USING fts5(
    kind UNINDEXED, text, prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);
PRAGMA user_version = 1;
COMMIT;
"""
_BUSY = 200
"""Milliseconds for which another writer of the index is waited for."""
_SEQ_BITS = 32
"""Of the number of a passage, those that tell the event; those above tell the session."""
_MOST_SCANNED = 20_000
"""Passages that fit a query and are looked at, the newest first."""


class IndexRow(Struct, frozen=True):
    """What the index knows of a session."""

    stamp: str
    """How its files stood when the list was told of it."""
    entry: bytes
    """Its line of the list, as JSON; `null` for one in which nothing happened."""
    read: str = ""
    """How its files stood when its text was read."""


class Hit(Struct, frozen=True):
    """A passage that fits a query."""

    session_id: str
    seq: int
    """The event at which it stands."""
    kind: str
    """What it is: see `PassageKind`."""
    excerpt: str
    """The words around the first place that fits."""
    marks: tuple[tuple[int, int], ...]
    """What fits within the excerpt: where it begins and ends."""


class SessionIndex:
    """The file of the index. All methods block, and open and close it.

    Args:
        path: the file; made where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> Mapping[str, IndexRow]:
        """All that is known, by the sessions' ids; nothing where the index cannot be read."""
        with self._best_effort(), self._opened() as db:
            found = db.execute("SELECT id, stamp, entry, read FROM sessions").fetchall()
            return {name: IndexRow(stamp, entry, read) for name, stamp, entry, read in found}
        return {}

    def keep(self, rows: Mapping[str, IndexRow], gone: Iterable[str] = ()) -> None:
        """Note what the list shows of some sessions, as far as the index can be written.

        Args:
            rows: by id; what was read of their text stays as it was.
            gone: ids of sessions that are not there any more.
        """
        with self._best_effort(), self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            db.executemany(
                "INSERT INTO sessions (id, stamp, entry) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp, entry = excluded.entry",
                [(session_id, row.stamp, row.entry) for session_id, row in rows.items()],
            )
            for session_id in gone:
                _forget(db, session_id)
            db.execute("COMMIT")

    def settled(self, session_id: str) -> int:
        """The last event of a session up to which its text is in the index."""
        with self._best_effort(), self._opened() as db:
            row = db.execute("SELECT settled FROM sessions WHERE id = ?", (session_id,)).fetchone()
            return row[0] if row else 0
        return 0

    def put(
        self, session_id: str, after: int, passages: Sequence[Passage], settled: int, read: str
    ) -> None:
        """Take in text of a session, as far as the index can be written.

        Args:
            session_id: whose.
            after: the event after which the passages were read.
            passages: all since then.
            settled: the last event that need not be read again.
            read: how the session's files stood before.
        """
        with self._best_effort(), self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT OR IGNORE INTO sessions (id) VALUES (?)", (session_id,))
            number, known = db.execute(
                "SELECT n, settled FROM sessions WHERE id = ?", (session_id,)
            ).fetchone()
            if known == after:  # else another process was faster, or the index is a new one
                first = number << _SEQ_BITS
                stop = (number + 1) << _SEQ_BITS
                db.execute(
                    "DELETE FROM passages WHERE rowid > ? AND rowid < ?", (first + after, stop)
                )
                db.executemany(
                    "INSERT OR REPLACE INTO passages (rowid, kind, text) VALUES (?, ?, ?)",
                    [
                        (first + each.seq, each.kind, each.text)
                        for each in passages
                        if 0 < each.seq < 1 << _SEQ_BITS
                    ],
                )
                db.execute(
                    "UPDATE sessions SET settled = ?, read = ? WHERE n = ?", (settled, read, number)
                )
            db.execute("COMMIT")

    def search(self, query: str, limit: int, per_session: int) -> list[Hit]:
        """The passages in which every word of a query stands, or begins: the newest first.

        Args:
            query: words; each is taken literally.
            limit: hits, at most.
            per_session: hits of one session, at most.

        Raises:
            StoreError: the index cannot be read.
        """
        wanted = Query(query)
        if not wanted.match:
            return []
        try:
            with self._opened() as db:
                return list(_hits(db, wanted, limit, per_session))
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"The index of sessions cannot be read: {error}.") from error

    @contextmanager
    def _best_effort(self) -> Iterator[None]:
        """Let what cannot be read or written be read from the sessions, and written another time."""
        with suppress(OSError, sqlite3.Error):
            yield

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The index; what is damaged, or of another version, is thrown away."""
        try:
            with closing(self._connect()) as db:
                yield db
        except sqlite3.OperationalError:
            raise  # busy, or no room: there is nothing wrong with the file
        except sqlite3.DatabaseError:
            self._throw_away()
            raise

    def _connect(self) -> sqlite3.Connection:
        db = self._try_connect()
        if db is None:
            self._throw_away()
            db = self._try_connect()
        if db is None:
            raise sqlite3.OperationalError("the index cannot be made")
        return db

    def _try_connect(self) -> sqlite3.Connection | None:
        """The index; None where what is there is none of ours."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
        db = sqlite3.connect(self.path, isolation_level=None, timeout=_BUSY / 1000)
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _SCHEMA):
                db.close()
                return None
            journal = "DELETE" if is_on_network(self.path) else "WAL"
            db.execute(f"PRAGMA journal_mode = {journal}")
            db.execute("PRAGMA synchronous = OFF")
            if version == 0:
                db.executescript(_TABLES)
        except sqlite3.OperationalError:
            db.close()
            raise
        except sqlite3.DatabaseError:
            db.close()
            return None
        except BaseException:
            db.close()
            raise
        return db

    def _throw_away(self) -> None:
        for end in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)


def _forget(db: sqlite3.Connection, session_id: str) -> None:
    row = db.execute("DELETE FROM sessions WHERE id = ? RETURNING n", (session_id,)).fetchone()
    if row is not None:
        first = row[0] << _SEQ_BITS
        stop = (row[0] + 1) << _SEQ_BITS
        db.execute("DELETE FROM passages WHERE rowid >= ? AND rowid < ?", (first, stop))


def _hits(db: sqlite3.Connection, query: Query, limit: int, per_session: int) -> Iterator[Hit]:
    chosen: list[int] = []
    counts: dict[int, int] = {}
    found = db.execute(
        "SELECT rowid FROM passages WHERE text MATCH ? ORDER BY rowid DESC LIMIT ?",
        (query.match, _MOST_SCANNED),
    )
    for (rowid,) in found:
        number = rowid >> _SEQ_BITS
        counts[number] = counts.get(number, 0) + 1
        if counts[number] <= per_session:
            chosen.append(rowid)
            if len(chosen) == limit:
                break
    for rowid in chosen:
        # FTS5's own excerpts would look for all that fits once more for each.
        row = db.execute(
            "SELECT id, kind, text FROM passages JOIN sessions ON n = passages.rowid >> ?"
            " WHERE passages.rowid = ?",
            (_SEQ_BITS, rowid),
        ).fetchone()
        if row is not None:
            session_id, kind, text = row
            seq = rowid & ((1 << _SEQ_BITS) - 1)
            yield Hit(session_id, seq, kind, *query.excerpt(text))

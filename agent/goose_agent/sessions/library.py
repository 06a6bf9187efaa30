"""All sessions of a user: list them, search them, find one, make a new one."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from goose_agent.codec import event_from
from goose_agent.decoding import decoder_of
from goose_agent.errors import StoreError, UnknownSession
from goose_agent.evolve import evolve
from goose_agent.sessions.index import Hit, IndexRow, SessionIndex
from goose_agent.sessions.lock import is_being_written
from goose_agent.sessions.passages import Passage, Passages
from goose_agent.sessions.store import SessionStore

__all__ = ["Library", "SessionEntry", "SessionWord", "stamp_of"]

SessionWord = Literal["done", "waiting", "interrupted", "running", "damaged"]

_HITS = 200
_HITS_OF_ONE = 5
"""Hits of a search, and those of one session, at most."""


class SessionEntry(Struct, frozen=True):
    """One line of the list of sessions."""

    session_id: str
    title: str
    folder: str
    model: str
    cost: float | None
    """US dollars; None where no price is known."""
    state: SessionWord
    updated: str
    """Wall clock, ISO 8601, UTC."""
    messages: int
    opened_in: str = ""
    """The folder the person was in, where that is another."""
    turns: int = 0
    calls: int = 0
    pinned: bool = False
    """Whether it stands before the others."""
    archived: bool = False
    """Whether it is left out of the list."""
    parent: str = ""
    """The session that it was forked from; empty where it was not."""
    forked_at: int = 0
    """The last event of the parent that it has."""
    branch: str = ""
    """What tells it from its parent, in a few words."""


class _Seen(Struct, frozen=True):
    """A session's files, as the folder shows them."""

    session_id: str
    path: Path
    stamp: str
    """Another one wherever something was written."""
    used: float
    """When it was last written, in seconds; its file changes later than its log."""


class Library:
    """The folder of session files. Its methods block.

    Args:
        folder: where they lie; made on the first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = SessionIndex(folder / "index.db")

    def path(self, session_id: str) -> Path:
        """The file of a session, whether it exists or not."""
        return self.folder / f"{session_id}.db"

    def ids(self) -> list[str]:
        """The ids of all sessions, the oldest first."""
        return sorted(path.stem for path in self._files())

    def _files(self) -> Iterator[Path]:
        return self.folder.glob("s-*.db")

    def entries(self, limit: int | None = None) -> list[SessionEntry]:
        """The sessions in which something happened, the one used last first.

        A damaged one is listed as such. Only files that changed since the index was told of them are
        opened.

        Args:
            limit: how many files to look at, those used last; None for all.
        """
        seen = self._seen()
        known = self._index.rows() if seen else {}
        entries, learned = [], {}
        for session in seen[:limit]:
            row = known.get(session.session_id)
            if row is None or row.stamp != session.stamp:
                row = IndexRow(session.stamp, msgspec.json.encode(_read_entry(session.path)))
                learned[session.session_id] = row
            entry = decoder_of(SessionEntry | None).decode(row.entry)
            if entry is not None:
                entries.append(_as_it_stands(entry, session))
        gone = known.keys() - {session.session_id for session in seen}
        if learned or gone:
            self._index.keep(learned, [*gone, *_forks_of(gone, known)])
        return entries

    def _seen(self) -> list[_Seen]:
        """All sessions, the one used last first."""
        seen = [found for path in self._files() if (found := _look_at(path)) is not None]
        return sorted(seen, key=lambda each: (each.used, each.session_id), reverse=True)

    def forget(self, session_id: str) -> None:
        """Let the index know nothing of a session any more.

        What its forks have of its text is theirs alone from now on: they are read anew.
        """
        forks = _forks_of({session_id}, self._index.rows())
        self._index.keep({}, [session_id, *forks])

    # Text

    def search(self, query: str) -> list[Hit]:
        """The passages that fit a query, those of the session used last first; see `take_in_all`.

        Args:
            query: words; all must stand in a passage, each may go on.

        Raises:
            StoreError: the index cannot be read.
        """
        hits = self._index.search(query, _HITS, _HITS_OF_ONE)
        order = {each.session_id: at for at, each in enumerate(self._seen())} if hits else {}
        hits = [hit for hit in hits if hit.session_id in order]
        return sorted(hits, key=lambda hit: (order[hit.session_id], -hit.seq))

    def unread(self) -> list[str]:
        """The sessions of which the index has not all text, the one used last at the end."""
        known = self._index.rows()
        return [each.session_id for each in reversed(self._seen()) if _is_unread(each, known)]

    def take_in_all(self, told: Callable[[int], None] | None = None) -> None:
        """Let the index have the text of every session that it has not all of.

        Args:
            told: called first with how many there are.
        """
        unread = self.unread()
        if told is not None:
            told(len(unread))
        for session_id in unread:
            self.take_in(session_id)

    def take_in(self, session_id: str, limit: int | None = None) -> bool:
        """Let the index have what is new in a session, as far as the index can be written.

        Args:
            session_id: which one.
            limit: events to read, at most; None for all.

        Returns:
            Whether there is more to be read.
        """
        session = _look_at(self.path(session_id))
        if session is None:
            return False
        entry = _read_entry(session.path)
        row = IndexRow(session.stamp, msgspec.json.encode(entry))
        self._index.keep({session_id: row})
        known = self._index.settled(session_id)
        after = max(known, self._shared(entry))
        passages, settled, more = _read_text(session.path, after, limit)
        self._index.put(session_id, known, passages, settled, "" if more else session.stamp)
        return more and settled > after

    def _shared(self, entry: SessionEntry | None) -> int:
        """The last event of a session whose text stands in the index as that of its parent."""
        if entry is None or entry.parent not in self.ids():
            return 0
        return entry.forked_at

    # Finding one

    def last(self, folder: Path | None = None) -> str:
        """The id of the session used last, of those in which something was said.

        Args:
            folder: only sessions of this folder, or begun from it; None for any.

        Raises:
            UnknownSession: there is none.
        """
        for entry in self.entries():
            here = folder is None or str(folder) in (entry.folder, entry.opened_in)
            if here and entry.state != "damaged" and entry.messages:
                return entry.session_id
        where = f" in {folder}" if folder else ""
        raise UnknownSession(f"There is no session to continue{where}.", "Start one: goose-tui")

    def find(self, wanted: str) -> str:
        """The id of the session that is meant: the id, a unique start of it, or its exact title.

        Raises:
            UnknownSession: none or several are meant; names the nearest.
        """
        ids = self.ids()
        if wanted in ids:
            return wanted
        starts = [session_id for session_id in ids if session_id.startswith(wanted)]
        if len(starts) == 1 and wanted:
            return starts[0]
        titled = [entry.session_id for entry in self.entries() if entry.title == wanted]
        if len(titled) == 1:
            return titled[0]
        near = starts or titled or difflib.get_close_matches(wanted, ids, 3, 0.3)
        hint = f"Nearest: {', '.join(near[:3])}." if near else "See: goose-tui sessions list"
        raise UnknownSession(f"There is no session {wanted!r}.", hint)


def stamp_of(path: Path) -> str:
    """How a session's files stand: another text wherever something was written; empty without."""
    session = _look_at(path)
    return session.stamp if session is not None else ""


def _look_at(path: Path) -> _Seen | None:
    try:
        file = path.stat()
    except FileNotFoundError:
        return None
    used, stamp = file.st_mtime, f"{file.st_mtime_ns}.{file.st_size}"
    with suppress(FileNotFoundError):
        log = path.with_name(f"{path.name}-wal").stat()
        stamp += f".{log.st_mtime_ns}.{log.st_size}"
        used = max(used, log.st_mtime if log.st_size else 0.0)
    return _Seen(path.stem, path, stamp, used)


def _forks_of(gone: Set[str], known: Mapping[str, IndexRow]) -> list[str]:
    """The sessions of the index that were forked from these."""
    if not gone:
        return []
    entries = (decoder_of(SessionEntry | None).decode(row.entry) for row in known.values())
    return [
        entry.session_id
        for entry in entries
        if entry is not None and entry.parent in gone and entry.session_id not in gone
    ]


def _is_unread(session: _Seen, known: Mapping[str, IndexRow]) -> bool:
    row = known.get(session.session_id)
    return row is None or row.read != session.stamp


def _read_entry(path: Path) -> SessionEntry | None:
    """What a session's file tells the list; None for one in which nothing ever happened."""
    try:
        with closing(SessionStore(path, write=False)) as store:
            known = store.summary()
    except (StoreError, ValueError):
        return SessionEntry(path.stem, "", "", "", None, "damaged", "", 0)
    if not known:
        return None
    cost = known.get("cost")
    return SessionEntry(
        path.stem,
        str(known.get("title", "")),
        str(known.get("folder", "")),
        str(known.get("model", "")),
        float(cost) if isinstance(cost, int | float) else None,
        _word(known.get("state")),
        str(known.get("updated", "")),
        _count(known.get("messages")),
        str(known.get("opened_in", "")),
        _count(known.get("turns")),
        _count(known.get("calls")),
        known.get("pinned") is True,
        known.get("archived") is True,
        str(known.get("parent", "")),
        _count(known.get("forked_at")),
        str(known.get("branch", "")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _word(value: object) -> SessionWord:
    match value:
        case "open":
            return "running"
        case "done" | "waiting" | "interrupted":
            return value
        case _:
            return "interrupted"


def _as_it_stands(entry: SessionEntry, session: _Seen) -> SessionEntry:
    """What a file says that was running is not, where nobody writes it any more."""
    if entry.state != "running" or is_being_written(session.path):
        return entry
    return evolve(entry, state="interrupted")


def _read_text(path: Path, after: int, limit: int | None) -> tuple[list[Passage], int, bool]:
    """The passages of a session after an event; what need not be read again; whether there is more.

    What cannot be read is passed over.
    """
    making, passages, count = Passages(), list[Passage](), 0
    with suppress(StoreError), closing(SessionStore(path, write=False)) as store:
        for row, _ in store.rows(after):
            if count == limit:
                break
            count += 1
            with suppress(StoreError):
                passages += making.take(event_from(row.body))
    return [*passages, *making.rest()], max(after, making.settled), count == limit

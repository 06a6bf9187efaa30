"""All sessions of a user: list them, find one, make a new one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal

from msgspec import Struct

from goose_agent.errors import StoreError, UnknownSession
from goose_agent.sessions.store import SessionStore, is_being_written

__all__ = ["Library", "SessionEntry", "SessionWord"]

SessionWord = Literal["done", "waiting", "interrupted", "open", "damaged"]


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


class Library:
    """The folder of session files.

    Args:
        folder: where they lie; made on the first write.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, session_id: str) -> Path:
        """The file of a session, whether it exists or not."""
        return self.folder / f"{session_id}.db"

    def ids(self) -> list[str]:
        """The ids of all sessions, the oldest first."""
        return sorted(path.stem for path in self.folder.glob("*.db"))

    def entries(self) -> Iterator[SessionEntry]:
        """All sessions, the one used last first; a damaged one is listed as such."""
        files = ((_written_at(path), path.stem, path) for path in self.folder.glob("*.db"))
        for _, _, path in sorted(files, reverse=True):
            entry = self._entry(path)
            if entry is not None:
                yield entry

    def _entry(self, path: Path) -> SessionEntry | None:
        """What is known of a session; None for one in which nothing ever happened."""
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
            _word(known.get("state"), path),
            str(known.get("updated", "")),
            int(str(known.get("messages", 0))),
            str(known.get("opened_in", "")),
        )

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


def _written_at(path: Path) -> float:
    """When a session was last written, in seconds; its file changes later than its log."""
    times = [0.0]
    for file in (path, path.with_name(f"{path.name}-wal")):
        with suppress(FileNotFoundError):
            times.append(file.stat().st_mtime if file.stat().st_size else 0.0)
    return max(times)


def _word(value: object, path: Path) -> SessionWord:
    match value:
        case "open" if not is_being_written(path):
            return "interrupted"
        case "done" | "waiting" | "interrupted" | "open":
            return value
        case _:
            return "interrupted"

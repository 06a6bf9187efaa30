"""Which sessions a list shows for what was typed, in which order, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goose_agent.evolve import evolve
from goose_agent.sessions.index import Hit
from goose_agent.sessions.library import SessionEntry
from goose_tui.slash.completing import rank
from goose_tui.transcript.sessions import FoundRow, SessionRow, found_rows
from goose_tui.view.branches import Placed, tree_of

__all__ = ["SessionList"]


class SessionList:
    """What is known of all sessions, and what of it is shown.

    Args:
        current: the session on the screen.
    """

    def __init__(self, current: str) -> None:
        self.current = current
        self.archived = False
        """Whether archived sessions are shown."""
        self.in_text = False
        """Whether what was said is looked through, and not the titles."""
        self.unread = 0
        """Sessions whose text is not in the index yet."""
        self.hits: Sequence[Hit] = ()
        self._entries: dict[str, SessionEntry] | None = None
        self._rows: dict[str, SessionRow | FoundRow] = {}

    def know(self, entries: Iterable[SessionEntry]) -> None:
        """These are all sessions, the one used last first."""
        self._entries = {
            entry.session_id: entry
            for entry in entries
            if entry.messages or entry.state == "damaged"
        }

    def rename(self, session_id: str, title: str) -> None:
        """A session has another title, whatever its file says yet."""
        if self._entries is not None and session_id in self._entries:
            self._entries[session_id] = evolve(self._entries[session_id], title=title)

    def choose(self, wanted: str) -> Sequence[SessionRow | FoundRow]:
        """The rows for what was typed."""
        entries = self._entries or {}
        if self.in_text:
            rows: Sequence[SessionRow | FoundRow] = found_rows(self.hits, entries, self.current)
        else:
            rows = self._listed(entries.values(), wanted)
        self._rows = {row.key: row for row in rows}
        return rows

    def row(self, key: str | None) -> SessionRow | FoundRow | None:
        """The row of this key; None where there is none."""
        return self._rows.get(key or "")

    def _listed(self, entries: Iterable[SessionEntry], wanted: str) -> list[SessionRow]:
        found = [
            (not entry.pinned and not wanted, fits, at, entry)
            for at, entry in enumerate(entries)
            if (self.archived or not entry.archived) and (fits := _fits(wanted, entry)) is not None
        ]
        found.sort(key=lambda each: each[:3])
        listed = [entry for *_, entry in found]
        placed = tree_of(listed) if not wanted else [Placed(entry, 0) for entry in listed]
        return [
            SessionRow(each.entry, each.entry.session_id == self.current, each.depth, each.parent)
            for each in placed
        ]

    # What is said of it

    @property
    def title(self) -> str:
        """How much of it is shown."""
        if self.in_text:
            hits = sum(isinstance(row, FoundRow) for row in self._rows.values())
            where = len(self._rows) - hits
            words = f"Search · {hits} in {where} session{'' if where == 1 else 's'}"
        else:
            words = f"Sessions · {len(self._rows)} of {len(self._entries or {})}"
        return f"{words} · {self.unread} still to be read" if self.unread else words

    def why_empty(self, wanted: str) -> str:
        """Why nothing is shown."""
        if self._entries is None:
            return "reading …"
        if self.in_text:
            return "No session has that." if wanted else "Nothing is looked for yet."
        if not self._entries:
            return "No sessions yet: what you say becomes the first."
        if not wanted:
            return "All are archived: ^o shows them."
        return "No title fits. Tab looks into what was said."


def _fits(wanted: str, entry: SessionEntry) -> tuple[int, int] | None:
    """How well a session fits what was typed, less is better; None where it does not."""
    whole = rank(wanted, entry.title)
    if whole is not None and whole[0] < 2:
        return whole
    for text in (entry.branch, entry.folder, entry.model, entry.session_id):
        part = rank(wanted, text)
        if part is not None and part[0] < 2:
            return (2, part[1])
    return None if whole is None else (3, whole[1])

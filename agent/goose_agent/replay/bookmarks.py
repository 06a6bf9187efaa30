"""Bookmarks and notes of a person about a record: kept in a file beside it, never in it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from goose_agent.decoding import decoder_of
from goose_agent.errors import StoreError
from goose_agent.private_file import read_small, write_whole
from goose_agent.sessions.keeping import NOTES

__all__ = ["Bookmark", "Bookmarks"]

_MOST = 4 * 2**20
"""Bytes that are read of such a file."""


class Bookmark(Struct, frozen=True):
    """A place to come back to."""

    seq: int
    note: str = ""


class _File(Struct):
    session_id: str
    bookmarks: list[Bookmark] = []


class Bookmarks:
    """The bookmarks of one record. Blocks where it is made and where something is kept.

    Args:
        record: the file they are about.
        session_id: whose record it is.
    """

    def __init__(self, record: Path, session_id: str) -> None:
        self.path = record.absolute().with_name(record.name + NOTES)
        self._session_id = session_id
        self._known: dict[int, Bookmark] = {}
        try:
            file = decoder_of(_File).decode(read_small(self.path, _MOST))
        except (OSError, ValueError, RecursionError):
            return  # none yet, or none of ours
        if file.session_id == session_id:
            self._known = {item.seq: item for item in file.bookmarks}

    @property
    def items(self) -> tuple[Bookmark, ...]:
        """All of them, in the order of the record."""
        return tuple(self._known[seq] for seq in sorted(self._known))

    def note(self, seq: int) -> str | None:
        """What was noted at an event; None where there is no bookmark."""
        item = self._known.get(seq)
        return item.note if item is not None else None

    def keep(self, seq: int, note: str = "") -> None:
        """Let there be a bookmark at an event, in the place of one that is there.

        Raises:
            StoreError: it cannot be written; nothing has changed then.
        """
        self._write({**self._known, seq: Bookmark(seq, note)})

    def drop(self, seq: int) -> None:
        """Let there be none at an event.

        Raises:
            StoreError: it cannot be written; nothing has changed then.
        """
        self._write({at: item for at, item in self._known.items() if at != seq})

    def _write(self, items: dict[int, Bookmark]) -> None:
        file = _File(self._session_id, [items[seq] for seq in sorted(items)])
        try:
            write_whole(self.path, msgspec.json.format(msgspec.json.encode(file)))
        except OSError as error:
            raise StoreError(
                f"Bookmarks cannot be kept beside {self.path.name.removesuffix(NOTES)}: "
                f"{error.strerror or error}.",
                "Copy the record to a folder of yours.",
            ) from error
        self._known = items

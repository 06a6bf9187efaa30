"""A session as it was after any of its events, from a file that is only ever read."""

from __future__ import annotations

import os
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from goose_agent.codec import event_from
from goose_agent.errors import StoreError, UsageError
from goose_agent.events import Event, RequestRead
from goose_agent.loop.request_reading import request_in
from goose_agent.sessions.store import Chain, SessionStore
from goose_agent.state.image import IMAGE_VERSION
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState

__all__ = ["Recording"]

_EVERY = 128
"""Events between two states that are kept: so many are reduced for a jump, at most."""
_TOLD = 20
"""Damaged records that are told of one by one."""


class Recording:
    """The events of a session up to when it was opened, and the states they make.

    States share what has not changed, so that keeping many of them costs little. Places are
    counted from 0, the first event; numbers (`seq`) are the record's own. All of it blocks: open it
    in a thread. What it gives afterwards takes milliseconds, but for `blob`, which reads the file.

    Args:
        path: the file it was read from.
        store: reads the file.
        closing: lets go of it.
    """

    def __init__(self, path: Path, store: SessionStore, closing: ExitStack) -> None:
        self.path = path
        self._store = store
        self._closing = closing
        self._damage: list[str] = []
        self.events: list[Event] = []
        self._numbers: list[int] = []
        self._kept: list[SessionState] = []
        self._last: tuple[int, SessionState] = (-1, SessionState())
        """The state that was asked for last, and its place."""
        self._read()

    @classmethod
    def open(cls, path: Path) -> Recording:
        """Read a session's file, or a bundle; another process may be writing it.

        Args:
            path: the file; nothing is written into it.

        Raises:
            UsageError: there is no such file.
            StoreError: it holds no session.
        """
        if not path.is_file():
            raise UsageError(f"There is no file {path}.", "Check the path.")
        with ExitStack() as closing:
            store = _opened(path.absolute(), closing)
            closing.callback(store.close)
            recording = cls(path, store, closing)
            if not recording.events:
                why = " ".join(recording.damage) or f"{path.name} holds no events."
                raise StoreError(why, "Ask for the file again.")
            recording._closing = closing.pop_all()
        return recording

    def close(self) -> None:
        """Let go of the file."""
        self._closing.close()

    def _read(self) -> None:
        unreadable = 0
        for line in self._lines():
            try:
                event = event_from(line)
            except StoreError:
                unreadable += 1
                continue
            in_order = not self._numbers or event.seq > self._numbers[-1]
            if not in_order or event.at.tzinfo is None:
                unreadable += 1
                continue
            _, state = self._last
            if not self.events:
                state = SessionState(session_id=event.session_id)
            self._last = len(self.events), reduce(state, event)
            self.events.append(event)
            self._numbers.append(event.seq)
            if len(self.events) % _EVERY == 0:
                self._kept.append(self._last[1])
        if unreadable:
            are = "record is" if unreadable == 1 else "records are"
            self._damage.append(f"{unreadable} {are} unreadable and left out.")

    def _lines(self) -> Iterator[bytes]:
        """What the file gives, around damaged pages too; what is wrong with it is noted."""
        chain = Chain()
        for row, link in self._store.rows():
            if flaw := chain.follow(row, link):
                self._damage.append(flaw)
            yield row.body
        try:
            self._store.last()  # a damaged end is no gap
        except StoreError as error:
            self._damage.append(error.message)

    @property
    def session_id(self) -> str:
        """Whose record it is."""
        return self.events[0].session_id

    @property
    def damage(self) -> tuple[str, ...]:
        """What of the record cannot be read, one sentence each; empty where all is well."""
        if len(self._damage) > _TOLD:
            rest = len(self._damage) - _TOLD
            return (*self._damage[:_TOLD], f"And {rest} more places are damaged.")
        return tuple(self._damage)

    def __len__(self) -> int:
        return len(self.events)

    def place_of(self, seq: int) -> int:
        """The place of an event by its number: the last one up to it where there is none."""
        return max(0, bisect_right(self._numbers, seq) - 1)

    def event(self, seq: int) -> Event | None:
        """The event of this number; None where the record has none."""
        place = self.place_of(seq)
        return self.events[place] if self._numbers[place] == seq else None

    def state_at(self, place: int) -> SessionState:
        """The state after the event at a place; before the first one where it is negative.

        Args:
            place: one beyond the last counts as the last.
        """
        place = min(place, len(self.events) - 1)
        if place < 0:
            return SessionState(session_id=self.session_id)
        number = (place + 1) // _EVERY
        start, state = -1, SessionState(session_id=self.session_id)
        if number:
            start, state = number * _EVERY - 1, self._kept[number - 1]
        if start < self._last[0] <= place:
            start, state = self._last
        for event in self.events[start + 1 : place + 1]:
            state = reduce(state, event)
        self._last = place, state
        return state

    def blob(self, sha: str) -> bytes | None:
        """The content of a blob; None where the record has none of this name. Reads the file.

        Raises:
            StoreError: it cannot be read.
        """
        return self._store.blob(sha)

    def request(self, upto: int) -> RequestRead:
        """The last request that had been built by an event, as it was sent. Blocks."""
        return request_in(self._store, upto)

    def told(self) -> dict[str, object]:
        """What the list of sessions says of this one. Reads the file.

        Raises:
            StoreError: it cannot be read.
        """
        return self._store.summary()

    def image(self) -> tuple[int, bytes] | None:
        """The image of a state that is on record, and the number of its last event. Reads the file.

        None where there is none of this version.
        """
        return self._store.image(IMAGE_VERSION)


def _opened(path: Path, closing: ExitStack) -> SessionStore:
    """The file for reading; where its log cannot be read in place, a private copy of both.

    SQLite reads a log only through an index beside it, which a folder that takes no files cannot
    have; without the log the last events would be missing.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size and not os.access(path.parent, os.W_OK):
        folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="goose-replay-"))
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(log, copy.with_name(log.name))
        path = copy
    return SessionStore(path, write=False)

"""The record of a session that is forked from another: a copy of its first events, and what follows.

The copy is whole in itself: each event keeps its number, so that all that refers to it still does, and
every blob that is named comes along. Only whose events they are is another, and with it the chain.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from msgspec import Struct

from goose_agent.clock import World
from goose_agent.codec import event_from, event_to, write_event
from goose_agent.errors import StoreError, UsageError
from goose_agent.events import Actor, AnyData, Event, SessionImported
from goose_agent.evolve import evolve
from goose_agent.sessions.log import summary_of
from goose_agent.sessions.store import Chain, SessionStore, StoredEvent
from goose_agent.state.image import IMAGE_VERSION, state_from, state_to
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState

__all__ = ["ForkedRecord", "Past", "read_past"]

_WHOSE = re.compile(rb'"session_id":"[^"]*"')
_DRAFT = "new-"
"""How the name of a file begins that is not whole yet: it is no session."""
_LEFT_BEHIND = 3600
"""Seconds after which nobody is at work on such a file any more."""
_SHA = re.compile(rb"[0-9a-f]{64}")


class Past(Struct):
    """The first events of a session, as those of another one."""

    state: SessionState
    rows: list[StoredEvent]
    shas: set[str]
    """Names of blobs that they may speak of."""
    damage: list[str]
    """What is wrong with them, one sentence each; the chain of a copy would not tell."""
    imported: str = ""
    """Where the session was imported from after these events; empty where it was not."""


def read_past(source: SessionStore, upto: int, session_id: str) -> Past:
    """Read the first events of a session. Blocks.

    Args:
        source: its record; another process may be writing it.
        upto: number of the last event; 0 for all there are.
        session_id: whose events they are to be.

    Raises:
        UsageError: the session has no such event.
        StoreError: the record cannot be read, or has no beginning.
    """
    state, imaged = _image(source, upto)
    past = Past(evolve(state, session_id=session_id), [], set(), [])
    chain = Chain()
    for row, link in source.rows():
        if upto and row.seq > upto:
            past.imported = past.imported or _import_in(row)
            continue
        if flaw := chain.follow(row, link):
            past.damage.append(flaw)
        body, event = _moved(row.body, session_id)
        past.rows.append(evolve(row, body=body))
        past.shas.update(sha.decode() for sha in _SHA.findall(body))
        if event is None:
            past.damage.append(f"Record {row.seq} is no event.")
        elif row.seq > imaged:
            past.state = reduce(past.state, event)
    last = past.rows[-1].seq if past.rows else 0
    if not past.state.folder:
        raise StoreError(f"The record of {source.path.stem} has no beginning.")
    if last < upto:
        raise UsageError(
            f"The session has no event {upto}: it has those from 1 to {last}.",
            f"goose-tui replay {source.path.stem} shows them.",
        )
    past.state = evolve(past.state, seq=last)
    return past


def _image(source: SessionStore, upto: int) -> tuple[SessionState, int]:
    """A state on the way to an event, so that not all before it has to be reduced."""
    seq, image = source.image(IMAGE_VERSION) or (0, b"")
    if image and (not upto or seq <= upto):
        try:
            return state_from(image), seq
        except StoreError:
            pass  # the events say all that it said
    return SessionState(), 0


def _moved(body: bytes, session_id: str) -> tuple[bytes, Event | None]:
    """An event as one of another session; nothing but that is another in its bytes.

    None beside a record that is no event: it stays as it is.
    """
    # Ids hold no quotes, and strings before this field none that are not escaped.
    moved = _WHOSE.sub(b'"session_id":"%b"' % session_id.encode(), body, count=1)
    try:
        event = event_from(moved)
        if event.session_id != session_id:  # its fields stand in another order
            event = evolve(event_from(body), session_id=session_id)
            moved = event_to(event)
    except StoreError:
        return body, None
    return moved, event


def _import_in(row: StoredEvent) -> str:
    if row.type != SessionImported.type:
        return ""
    try:
        data = event_from(row.body).data
    except StoreError:
        return "elsewhere"
    return data.source if isinstance(data, SessionImported) and data.source else "elsewhere"


class ForkedRecord:
    """A record to be written: what was copied, and what happens then.

    Args:
        past: what was copied.
        world: clock and ids.
    """

    def __init__(self, past: Past, world: World) -> None:
        self.state = past.state
        self._past = past
        self._world = world
        self._rows: list[StoredEvent] = []

    def record(self, data: AnyData, actor: Actor) -> None:
        """Let something have happened."""
        event, line = write_event(
            Event(
                seq=self.state.seq + 1,
                id=self._world.ids.new("e"),
                at=self._world.clock.now(),
                mono=round(self._world.clock.mono(), 6),
                session_id=self.state.session_id,
                turn=len(self.state.turns),
                actor=actor,
                data=data,
            )
        )
        self.state = reduce(self.state, event)
        self._rows.append(StoredEvent(event.seq, event.type, event.turn, line))

    def write(self, path: Path, source: SessionStore) -> None:
        """Write it, all at once: a process that dies meanwhile leaves no half of it. Blocks.

        Args:
            path: the file; must not be there yet.
            source: has the blobs.

        Raises:
            StoreError: it cannot be written, or the source cannot be read.
        """
        _sweep(path.parent)
        draft = path.with_name(f"{_DRAFT}{path.name}")
        try:
            with closing(SessionStore(draft, write=True)) as store:
                store.append(
                    self._all_rows(),
                    source.packed_blobs(sorted(self._past.shas)),
                    summary_of(self.state),
                    synced=True,
                )
                store.keep_image(IMAGE_VERSION, self.state.seq, state_to(self.state))
            draft.rename(path)
            _sync(path.parent)
        except OSError as error:
            raise StoreError(f"The fork cannot be written: {error.strerror}.") from error
        finally:
            _remove(draft)

    def _all_rows(self) -> Iterator[StoredEvent]:
        yield from self._past.rows
        yield from self._rows


def _sync(folder: Path) -> None:
    """Let the disk know of the names in a folder."""
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _sweep(folder: Path) -> None:
    """Take away what processes left that died while they wrote a fork. Blocks."""
    for draft in folder.glob(f"{_DRAFT}*.db"):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime > _LEFT_BEHIND:
                _remove(draft)


def _remove(draft: Path) -> None:
    for file in draft.parent.glob(f"{draft.stem}.*"):
        file.unlink(missing_ok=True)

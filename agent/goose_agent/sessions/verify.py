"""What is wrong with a session's record, and what of the session is lost by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from goose_agent.codec import event_from
from goose_agent.errors import StoreError
from goose_agent.sessions.store import SessionStore, StoredEvent

__all__ = ["Flaw", "find_flaws", "find_garbage"]

_LOST = {
    "user.message": "what you said",
    "model.delta": "a piece of an answer",
    "model.responded": "the end of an answer",
    "tool.proposed": "a tool call",
    "tool.finished": "the result of a tool call",
    "file.changed": "a change of a file",
    "request.answered": "an answer of yours",
    "compaction.applied": "a summary",
}
"""What a person loses with an event of a kind."""
_LOST_BLOBS = {
    "output": "the full output of a call; its start and end are there",
    "before": "how a file was: the change cannot be taken back",
    "after": "how a file was left",
}


_ON_PAGES = "what stood on those pages"


class Flaw(Struct, frozen=True):
    """Something that is wrong."""

    seq: int
    """The event it is about; 0 for the file as a whole."""
    what: str
    """What is wrong, in a sentence."""
    lost: str = ""
    """What is lost by it, in a few words; empty for nothing that is known."""


def find_flaws(path: Path) -> list[Flaw]:
    """Read all of a session's file. Blocks.

    Args:
        path: it may be open elsewhere.
    """
    try:
        store = SessionStore(path, write=False)
    except StoreError as error:
        return [Flaw(0, error.message, "the whole session")]
    with closing(store):
        pages = [Flaw(0, sentence, _ON_PAGES) for sentence in store.page_damage()]
        return [*pages, *_of_events(store)]


def find_garbage(store: SessionStore) -> list[int]:
    """The numbers of records that are no events. Blocks."""
    found = []
    for row, _ in store.rows():
        try:
            event_from(row.body)
        except StoreError:
            found.append(row.seq)
    return found


def _of_events(store: SessionStore) -> Iterator[Flaw]:
    """The chain, what is no event, and blobs that are not there or not as they were."""
    for row, _ in store.rows():
        try:
            event = event_from(row.body)
        except StoreError:
            yield Flaw(row.seq, f"Record {row.seq} ({row.type}) is no event.", _lost(row.type))
            continue
        for name, sha in event.blobs.items():
            yield from _of_blob(store, row, name, sha)
    for sentence in store.damage():
        yield Flaw(0, sentence)


def _of_blob(store: SessionStore, row: StoredEvent, name: str, sha: str) -> Iterator[Flaw]:
    seq, which = row.seq, f"Blob {sha[:12]} of record {row.seq} ({row.type})"
    lost = _LOST_BLOBS.get(name, f"the content of {name.rpartition('/')[2]}")
    try:
        content = store.blob(sha)
    except StoreError:
        yield Flaw(seq, f"{which} cannot be read.", lost)
        return
    if content is None:
        yield Flaw(seq, f"{which} is missing.", lost)
    elif hashlib.sha256(content).hexdigest() != sha:
        yield Flaw(seq, f"{which} is not as it was written.", lost)


def _lost(kind: str) -> str:
    return _LOST.get(kind, "")

"""One request of a session read from its record, as it was sent."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path

from goose_agent.codec import event_from
from goose_agent.errors import GooseError
from goose_agent.events import RequestRead
from goose_agent.loop.rebuilding import Rebuilder, Sending, last_sending
from goose_agent.sessions.excerpt import excerpt
from goose_agent.sessions.store import SessionStore
from goose_agent.state.image import IMAGE_VERSION, state_from
from goose_agent.state.session_state import SessionState

__all__ = ["read_request", "request_in"]

_LARGEST = 2 * 2**20
"""Bytes of a body that are shown, at most."""


def read_request(path: Path, upto: int | None = None) -> RequestRead:
    """A request as a person reads it. Blocks: call it in a thread.

    Args:
        path: the file of the record.
        upto: number of an event; None for the last one.
    """
    try:
        with closing(SessionStore(path, write=False)) as store:
            return request_in(store, upto)
    except GooseError as error:
        return RequestRead(problem=str(error))


def request_in(store: SessionStore, upto: int | None = None) -> RequestRead:
    """The same of a record that is open. Blocks.

    Args:
        store: the record.
        upto: number of an event; None for the last one.
    """
    try:
        sending = _sending(store, upto)
        if sending is None:
            return RequestRead(problem="Nothing was sent by then.")
        sent = Rebuilder(store.blob).rebuild(sending)
    except GooseError as error:
        return RequestRead(problem=str(error))
    laid_out = json.dumps(json.loads(sent.body), ensure_ascii=False, indent=2)
    text = excerpt(laid_out.encode("utf-8", "replace"), _LARGEST)
    sha = hashlib.sha256(sent.body).hexdigest()
    return RequestRead(sent.seq, sent.model, text, len(sent.body), sha, sent.exact)


def _sending(store: SessionStore, upto: int | None = None) -> Sending | None:
    """The last request that had been built by then and was sent; None where there is none. Blocks.

    Args:
        store: the record.
        upto: number of an event; None for the last one.

    Raises:
        StoreError: the record cannot be read.
    """
    image = store.image(IMAGE_VERSION)
    if image is not None and (upto is None or image[0] < upto):
        later = map(event_from, store.events(image[0]))
        found = last_sending(later, state_from(image[1]), upto)
        if found is not None:
            return found
    return last_sending(map(event_from, store.events()), SessionState(), upto)

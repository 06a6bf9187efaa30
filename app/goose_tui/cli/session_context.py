"""`goose-tui sessions show ID --context`: what the model saw, and the very bytes that were sent."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from typing import Any

from goose_agent.codec import event_from
from goose_agent.errors import StoreError, UsageError
from goose_agent.events import Event
from goose_agent.loop.rebuilding import (
    Rebuilder,
    Sending,
    SentRequest,
    counted_at,
    last_sending,
)
from goose_agent.sessions.store import SessionStore
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from goose_tui.cli.output import note, say, say_json, table
from goose_tui.view.formatting import cut_end
from goose_tui.view.numbers import byte_count, tokens
from goose_tui.view.request_rows import KINDS, RequestRow, request_rows
from goose_tui.view.untrusted import clean_line

__all__ = ["show_context"]

_BEGINS = 60
"""Characters of a piece that are shown."""


def show_context(store: SessionStore, upto: int | None, *, as_json: bool, raw: bool) -> int:
    """Show the request that was the last one at some moment; the result is the exit status.

    Args:
        store: the record.
        upto: number of an event; None for the last one.
        as_json: whether as JSON.
        raw: whether the exact body alone is wanted, as bytes.

    Raises:
        UsageError: nothing was sent by then.
        StoreError: the record cannot be read.
    """
    events = [event_from(line) for line in store.events()]
    sending = last_sending(events, SessionState(), upto)
    if sending is None:
        raise UsageError("Nothing was sent to a model by then.", "Give a higher number.")
    if raw:
        return _write(Rebuilder(store.blob).rebuild(sending))
    state = _state_after(events, sending)
    problem, sent = "", None
    try:
        sent = Rebuilder(store.blob).rebuild(sending)
    except StoreError as error:
        problem = str(error)
    if as_json:
        say_json(_plain(state, sending, sent, problem))
    else:
        _tell(state, sending, sent, problem)
    return 0 if sent is not None and sent.exact else 1


def _state_after(events: Sequence[Event], sending: Sending) -> SessionState:
    """Its agent's state once all was told of the request, and before anything else changed the numbers."""
    state, last = SessionState(), counted_at(events, sending.built)
    agent = sending.requested.agent
    for event in events:
        if event.seq > last:
            break
        state = reduce(state, event)
    return state.of_agent(agent)


def _write(sent: SentRequest) -> int:
    if not sent.exact:
        note("These are not the bytes that were sent: their hash is another.")
        return 1
    sys.stdout.flush()
    sys.stdout.buffer.write(sent.body)
    sys.stdout.buffer.flush()
    return 0


def _proof(sent: SentRequest | None, problem: str) -> str:
    if sent is None:
        return problem
    if sent.exact:
        return "made anew from the record, its hash is that of what was sent"
    return "made anew from the record, but its hash is not that of what was sent"


def _plain(
    state: SessionState, sending: Sending, sent: SentRequest | None, problem: str
) -> dict[str, Any]:
    from goose_agent.context.spread import spread

    use, found = state.context, spread(state.context, sending.sent.model)
    return {
        "seq": sending.seq,
        "built": sending.built,
        "model": sending.sent.model,
        "tokens": use.tokens,
        "source": use.source,
        "framing": found.framing,
        "answer": found.answer,
        "segments": [_piece(row) for row in request_rows(state)],
        "body": {
            "sha256": sending.sent.body_sha,
            "size": sending.sent.body_size,
            "rebuilt_sha256": hashlib.sha256(sent.body).hexdigest() if sent is not None else None,
            "exact": sent is not None and sent.exact,
            "problem": problem,
        },
    }


def _piece(row: RequestRow) -> dict[str, Any]:
    segment = row.segment
    return {
        "key": segment.key,
        "kind": segment.kind,
        "origin": segment.origin,
        "ref": segment.ref,
        "turn": row.turn,
        "size": segment.size,
        "tokens": row.tokens,
        "source": segment.source,
        "altered": segment.altered,
        "sent": row.sent,
        "cached": row.cached,
    }


def _tell(state: SessionState, sending: Sending, sent: SentRequest | None, problem: str) -> None:
    use = state.context
    about = "about " if use.source == "estimate" else ""
    size = byte_count(sending.sent.body_size)
    say(f"request #{sending.seq} to {clean_line(sending.sent.model)}")
    say(f"{about}{use.tokens:,} tokens with the answer, {size}: {_proof(sent, problem)}")
    say("")
    rows = request_rows(state)
    heads = ("KIND", "FROM", "TURN", "TOKENS", "SHARE", "SENT", "BEGINS")
    say(table([heads, *map(_row, rows)], right=frozenset({3, 4, 5})))


def _row(row: RequestRow) -> tuple[str, ...]:
    segment = row.segment
    words = clean_line((row.text or "")[: 4 * _BEGINS].strip())
    marks = f"({', '.join((*row.marks, *(('cached',) if row.cached else ())))}) "
    return (
        KINDS[segment.kind],
        f"#{segment.origin}" if segment.origin else "",
        str(row.turn) if row.turn else "",
        tokens(row.tokens),
        f"{100 * row.share:.0f}%",
        str(row.sent),
        f"{'' if marks == '() ' else marks}{cut_end(words, _BEGINS)}",
    )

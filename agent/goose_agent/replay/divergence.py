"""Where a program of today would have done something else than a record says."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from goose_agent.difference import first_difference

__all__ = ["Check", "Divergence", "DivergenceKind", "compared"]

DivergenceKind = Literal[
    "record", "state", "prompt", "tools", "context", "counts", "arguments", "verdict"
]
"""`record`: the record itself is damaged. `state`: the reducer makes other facts of the events.
`prompt`, `tools`: other words open a request. `context`: a request is made of other segments. `counts`: of the same, with other estimates of tokens.
`arguments`: a call is understood in another way. `verdict`: the gate decides otherwise."""


class Divergence(Struct, frozen=True):
    """One difference."""

    seq: int
    """The event that says otherwise; 0 for the session as a whole."""
    kind: DivergenceKind
    what: str
    """What differs, in a few words."""
    offset: int = 0
    """Bytes that are the same before the first that differs."""
    recorded: str = ""
    """What the record has there."""
    now: str = ""
    """What would be there now."""


class Check(Struct, frozen=True):
    """What became of checking one record."""

    session_id: str
    events: int
    requests: int
    """How many were built anew."""
    calls: int
    """How many were read anew."""
    verdicts: int
    """How many were reached anew."""
    skipped: int
    """Verdicts that rest on files of rules, which no record holds."""
    divergences: tuple[Divergence, ...]


def compared(
    seq: int, kind: DivergenceKind, what: str, recorded: bytes, now: bytes
) -> Divergence | None:
    """The divergence between two contents; None where they are the same.

    Args:
        seq: the event that holds the recorded one.
        kind: of what they are.
        what: the same in words.
        recorded: what is on record.
        now: what this version makes.
    """
    if recorded == now:
        return None
    first = first_difference(recorded, now)
    return Divergence(seq, kind, what, first.offset, first.one, first.other)

"""Why a request is not on file, in words."""

from __future__ import annotations

from collections.abc import Sequence

from goose_agent.difference import first_difference
from goose_agent.providers.cassette.canonical import Piece
from goose_agent.providers.cassette.exchange import Exchange
from goose_agent.providers.cassette.tape import Tape

__all__ = ["explained"]


def explained(tape: Tape, request: Sequence[Piece], known: int) -> str:
    """What the nearest request on file has otherwise, or that there is none.

    Args:
        tape: what is on file.
        request: what is asked.
        known: how often just this is on file.
    """
    path = tape.path
    if known:
        times = "once" if known == 1 else f"{known} times"
        return f"{path} answers this request {times}, and it was made once more."
    if not tape.exchanges:
        return f"{path} holds no answers."
    number, nearest = max(
        enumerate(tape.exchanges, 1), key=lambda each: (_alike(each[1], request), -each[0])
    )
    return f"{path} has no answer to this request. {_otherwise(nearest, number, request)}"


def _alike(exchange: Exchange, request: Sequence[Piece]) -> int:
    """Characters of the pieces that a request on file has in common with this one, and a bit for each."""
    had = set(exchange.request)
    return sum(1 + len(piece.text) for piece in request if piece in had)


def _otherwise(exchange: Exchange, number: int, request: Sequence[Piece]) -> str:
    lead = f"The nearest on file is number {number}; there"
    recorded, now = list(exchange.request), list(request)
    names, wanted = {piece.name for piece in recorded}, {piece.name for piece in now}
    for had, has in zip(recorded, now, strict=False):
        if had == has:
            continue
        if had.name == has.name:
            first = first_difference(*(each.text.encode("utf-8", "replace") for each in (had, has)))
            return (
                f"{lead} {had.name} is another from byte {first.offset} on: "
                f"recorded “{first.one}”, now “{first.other}”."
            )
        if has.name not in names:
            return f"{lead} {has.name} is missing."
        if had.name not in wanted:
            return f"{lead} is {had.name}, which is missing now."
        return f"{lead} the order is another, from {had.name} on."
    if len(recorded) > len(now):
        return f"{lead} more follows: {recorded[len(now)].name}."
    return f"{lead} less is said: {now[len(recorded)].name} is missing."

"""What was understood of an answer, in words common to our models and the services' own clients."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from agent.providers.loopback import answered
from goose_agent.messages import Usage
from goose_agent.providers.model import (
    CallDelta,
    CallStart,
    ConnectedModel,
    ModelRequest,
    Piece,
    TextDelta,
    ThinkingDelta,
    ThinkingSeal,
    UsageReport,
)

__all__ = ["Heard", "heard"]


@dataclass(frozen=True)
class Heard:
    """What was understood."""

    text: str
    thinking: str
    calls: list[tuple[str, str, object]]
    usage: Usage
    signatures: list[str] = field(default_factory=list)


def _ours(pieces: list[Piece]) -> Heard:
    arguments: dict[int, str] = {}
    calls: dict[int, CallStart] = {}
    usage = Usage()
    for piece in pieces:
        if isinstance(piece, CallStart):
            calls[piece.index] = piece
        elif isinstance(piece, CallDelta):
            arguments[piece.index] = arguments.get(piece.index, "") + piece.text
        elif isinstance(piece, UsageReport):
            usage = piece.usage
    return Heard(
        "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)),
        "".join(piece.text for piece in pieces if isinstance(piece, ThinkingDelta)),
        [(call.id, call.name, json.loads(arguments[place])) for place, call in calls.items()],
        usage,
        [piece.signature for piece in pieces if isinstance(piece, ThinkingSeal)],
    )


async def heard(model: ConnectedModel, request: ModelRequest | None = None) -> Heard:
    """What a model says; it is closed afterwards."""
    try:
        return _ours(await answered(model, request))
    finally:
        await model.aclose()

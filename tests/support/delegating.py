"""A model that speaks for a session's agent and for its subagents: each says its own lines."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from goose_agent.messages import Text
from goose_agent.providers.model import ModelInfo, ModelRequest, Piece
from support.models import Answer, said

__all__ = ["DelegatingModel", "order"]


def order(instructions: str, **more: object) -> tuple[str, str]:
    """A call of `delegate`, for `calls`."""
    return "delegate", json.dumps({"instructions": instructions, **more})


@dataclass
class DelegatingModel:
    """Answers each conversation with lines of its own: those under the words that it begins with.

    The answer is the one whose number is that of the answers in the request, so that conversations
    may go side by side.
    """

    lines: Mapping[str, list[Answer]]
    info: ModelInfo = field(
        default_factory=lambda: ModelInfo(
            "fake/one", window=50_000, input_price=1.0, output_price=10.0
        )
    )
    requests: list[ModelRequest] = field(default_factory=list)

    def encode(self, request: ModelRequest) -> bytes:
        """A body as large as the request."""
        return repr(request).encode()

    async def warm(self) -> None:
        """Nothing to load."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """The next line of whoever asks."""
        self.requests.append(request)
        mine = next((own for first, own in self.lines.items() if first in opening(request)), [])
        place = sum(message.role == "assistant" for message in request.messages)
        answer = mine[place] if place < len(mine) else said("done.")
        for piece in answer.pieces:
            yield (piece,)
        if answer.gate is not None:
            await answer.gate.wait()
        for piece in answer.then:
            yield (piece,)
        if answer.error is not None:
            raise answer.error

    def requests_of(self, first: str) -> list[ModelRequest]:
        """The requests of the conversation that begins with these words."""
        return [request for request in self.requests if first in opening(request)]


def opening(request: ModelRequest) -> str:
    """The first words of a conversation."""
    parts = request.messages[0].parts
    return next((part.text for part in parts if isinstance(part, Text)), "")

"""Models for tests: what each request is answered with is written down beside the test."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

import anyio

from goose_agent.errors import ProviderError
from goose_agent.messages import Usage
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    TextDelta,
    UsageReport,
)

__all__ = ["Answer", "FakeModel", "call", "calls", "said"]


@dataclass
class Answer:
    """One answer: pieces, then perhaps a wait, then perhaps an error."""

    pieces: Sequence[Piece] = ()
    gate: anyio.Event | None = None
    """Waited for after the pieces."""
    then: Sequence[Piece] = ()
    error: ProviderError | None = None


def said(text: str) -> Answer:
    """An answer in words."""
    return Answer((TextDelta(text), UsageReport(Usage(100, 10)), AnswerEnd("stop")))


def call(index: int, tool: str, arguments: str = "{}", call_id: str = "") -> tuple[Piece, ...]:
    """The pieces of one call."""
    return (CallStart(index, call_id, tool), CallDelta(index, arguments))


def calls(*wanted: tuple[str, str]) -> Answer:
    """An answer with calls: (tool, JSON arguments) each."""
    pieces: list[Piece] = []
    for index, (tool, arguments) in enumerate(wanted):
        pieces += call(index, tool, arguments)
    return Answer((*pieces, UsageReport(Usage(100, 10)), AnswerEnd("tool_calls")))


@dataclass
class FakeModel:
    """Gives its answers one after another, then says "done."; keeps the requests it got."""

    answers: list[Answer | Callable[[ModelRequest], Answer]] = field(default_factory=list)
    info: ModelInfo = field(default_factory=lambda: ModelInfo("fake/one", window=10_000))
    requests: list[ModelRequest] = field(default_factory=list)
    closed: int = 0
    left_early: int = 0
    """How many streams were closed before their end."""

    def encode(self, request: ModelRequest) -> bytes:
        """A body as large as the request."""
        return repr(request).encode()

    async def warm(self) -> None:
        """Nothing to load."""

    async def aclose(self) -> None:
        """Count it."""
        self.closed += 1

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """The next answer."""
        place = len(self.requests)
        self.requests.append(request)
        answer = self.answers[place] if place < len(self.answers) else said("done.")
        if not isinstance(answer, Answer):
            answer = answer(request)
        finished = False
        try:
            for piece in answer.pieces:
                yield (piece,)
            if answer.gate is not None:
                await answer.gate.wait()
            for piece in answer.then:
                yield (piece,)
            if answer.error is not None:
                raise answer.error
            finished = True
        finally:
            self.left_early += not finished

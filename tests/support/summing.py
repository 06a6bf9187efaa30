"""A model that sums conversations up, and counts what it reads as a service would."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from goose_agent.messages import Usage
from goose_agent.providers.model import (
    AnswerEnd,
    ModelInfo,
    ModelRequest,
    Piece,
    TextDelta,
    UsageReport,
)
from support.models import Answer, FakeModel

__all__ = ["SUMMARY", "SummingModel", "is_summing_up", "summary"]

SUMMARY = "## Intent\nThe person wants the parser mended.\n## Next step\nRun the tests again."
WINDOW = 8_000


def summary(text: str) -> Answer:
    return Answer((TextDelta(text), UsageReport(Usage(1_000_000, 0)), AnswerEnd("stop")))


def is_summing_up(request: ModelRequest) -> bool:
    """Whether a request is one for a summary."""
    return request.system.startswith("You sum up")


class SummingModel(FakeModel):
    """Sums up whenever it is asked to; all else it answers as a fake model does."""

    summaries: list[Answer]
    asked: list[ModelRequest]
    """The requests for summaries."""

    def __init__(self, window: int | None = WINDOW) -> None:
        super().__init__(info=ModelInfo("fake/one", window=window, input_price=1, output_price=1))
        self.summaries, self.asked = [], []

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """The next answer, or the next summary."""
        if is_summing_up(request):
            place, given = len(self.asked), Answer()
            self.asked.append(request)
            given = self.summaries[place] if place < len(self.summaries) else summary(SUMMARY)
            if given.gate is not None:
                await given.gate.wait()
            for piece in given.pieces:
                yield (piece,)
            if given.error is not None:
                raise given.error
            return
        counted = UsageReport(Usage(len(self.encode(request)) // 4, 10))
        async with aclosing(super().stream(request)) as stream:
            async for pieces in stream:
                yield tuple(counted if isinstance(p, UsageReport) else p for p in pieces)

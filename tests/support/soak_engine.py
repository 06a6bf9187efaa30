"""An engine in a process of its own, with a model that works through a plan: what a soak run kills.

`python -m support.soak_engine` speaks as `goose_agent.stdio` does. The model knows from the
conversation alone how far it is, so that it goes on after any cut: a message of the person names a
part, and each answer with calls is a step of it.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import AsyncGenerator, Iterator

import anyio

from goose_agent.clock import World
from goose_agent.config.places import Places
from goose_agent.engine import Options
from goose_agent.messages import Text, ToolCall, Usage
from goose_agent.providers.connect import ConnectedModel
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    TextDelta,
    ThinkingDelta,
    UsageReport,
)
from goose_agent.stdio import serve
from support.summing import SUMMARY, is_summing_up

__all__ = ["LEDGER", "PARTS", "main"]

LEDGER = "ledger.txt"
"""Where each command notes in the workspace that it ran."""
PARTS = 3
"""Messages of the person."""

_STEPS = 3
"""Answers with calls to each of them."""
_PACE = 0.004
"""Seconds between two words."""
_SAID = "Let me look at this with care, step by step, and then say what there is to say about it."
_PART = re.compile(r"part (\d+)")


class PlannedModel:
    """Works through the parts: each step streams words and calls, then comes an answer in words."""

    info = ModelInfo("soak/model", window=200_000)

    def encode(self, request: ModelRequest) -> bytes:
        """A body that stands for the request."""
        return repr(request).encode()

    async def warm(self) -> None:
        """Nothing to load."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """The next step, word by word."""
        for piece in _pieces(request):
            yield (piece,)
            await anyio.sleep(_PACE)


def _pieces(request: ModelRequest) -> Iterator[Piece]:
    if is_summing_up(request):
        yield from (TextDelta(f"{word} ") for word in re.split(r"(?<=\s)", SUMMARY))
        yield from (UsageReport(Usage(1000, 100)), AnswerEnd("stop"))
        return
    part, step = _place(request)
    yield from (ThinkingDelta(f"{word} ") for word in _SAID.split())
    yield from (TextDelta(f"{word} ") for word in _SAID.split())
    calls = _calls(part, step) if step <= _STEPS else []
    for index, (tool, arguments) in enumerate(calls):
        yield CallStart(index, f"call_{part}_{step}_{index}", tool)
        text = json.dumps(arguments)
        yield from (CallDelta(index, text[at : at + 16]) for at in range(0, len(text), 16))
    yield UsageReport(Usage(1000, 100))
    yield AnswerEnd("tool_calls" if calls else "stop")


def _place(request: ModelRequest) -> tuple[int, int]:
    """Which part is worked on, and which step of it comes next, from 1."""
    part, steps = 1, 0
    for message in request.messages:
        texts = [each.text for each in message.parts if isinstance(each, Text)]
        named = _PART.search(" ".join(texts)) if message.role == "user" else None
        if named is not None:
            part, steps = int(named[1]), 0
        steps += message.role == "assistant" and any(
            isinstance(each, ToolCall) for each in message.parts
        )
    return part, steps + 1


def _calls(part: int, step: int) -> list[tuple[str, dict[str, str]]]:
    """Commands that need an approval and note that they ran, and an edit."""
    name = f"p{part}s{step}-{secrets.token_hex(4)}"  # asked for anew it is another call
    command = f"echo {name} >> {LEDGER}; sleep 0.1; seq 400"
    if step < _STEPS:
        return [("shell", {"command": command})]
    other = f"echo {name}b >> {LEDGER}; sleep 0.15"
    return [
        ("shell", {"command": command}),
        ("write", {"path": f"{name}.txt", "content": f"{name}\n" * 20}),
        ("shell", {"command": other}),
    ]


def main() -> None:
    """Serve whoever started this process."""
    world = World()

    def connect(name: str, world: World) -> ConnectedModel:
        return PlannedModel()

    options = Options("soak", Places.of(world.environ), connect)
    anyio.run(serve, options, world, sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()

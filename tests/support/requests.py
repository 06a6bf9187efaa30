"""What is true of every request that a model gets."""

from __future__ import annotations

from goose_agent.messages import ToolCall, ToolResult
from goose_agent.providers.model import ModelRequest

__all__ = ["assert_valid", "results"]


def results(request: ModelRequest) -> list[ToolResult]:
    """All tool results in a request, in order."""
    parts = [part for message in request.messages for part in message.parts]
    return [part for part in parts if isinstance(part, ToolResult)]


def assert_valid(request: ModelRequest) -> None:
    """Each call has its result in the message right after it, in the same order, once."""
    seen: set[str] = set()
    for at, message in enumerate(request.messages):
        assert message.parts
        wanted = [part.id for part in message.parts if isinstance(part, ToolCall)]
        assert not seen & set(wanted)
        seen |= set(wanted)
        if wanted:
            following = request.messages[at + 1]
            assert following.role == "tool"
            got = [part.call_id for part in following.parts if isinstance(part, ToolResult)]
            assert got == wanted
        elif message.role == "tool":
            assert request.messages[at - 1].role == "assistant"

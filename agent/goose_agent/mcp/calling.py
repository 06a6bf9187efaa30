"""A call of a server's tool: progress shown while it runs, what it answers made a tool's output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goose_agent.mcp.connection import Connection
from goose_agent.mcp.results import cleaned, output_of
from goose_agent.tools.tool import CallContext, ToolOutput

__all__ = ["call_tool", "progress_line"]

_BAR = 20
"""Characters of a bar."""
_WORDS = 200
_PAUSE = 1 / 15
"""Seconds between two reports of progress, at least."""


def progress_line(progress: float, total: float | None, message: str | None) -> str:
    """How far something is, as a bar where the end is known, and the server's words."""
    words = " ".join(cleaned(message or "").split())[:_WORDS]
    if not total or total <= 0:
        return f"{progress:g}  {words}".rstrip()
    share = min(1.0, max(0.0, progress / total))
    done = round(share * _BAR)
    return f"[{'#' * done}{'-' * (_BAR - done)}] {share:4.0%}  {words}".rstrip()


async def call_tool(
    connection: Connection, call: CallContext, tool: str, arguments: Mapping[str, Any]
) -> ToolOutput:
    """Call a tool of a server.

    Args:
        connection: to it.
        call: the running call.
        tool: its name at the server.
        arguments: of the call.

    Raises:
        ToolFailure: it cannot be called, or did not answer.
    """
    last = float("-inf")

    async def shown(progress: float, total: float | None, message: str | None) -> None:
        nonlocal last
        connection.touch()
        now = call.clock.mono()
        if now - last < _PAUSE and not (total and progress >= total):
            return
        last = now
        share = min(1.0, max(0.0, progress / total)) if total and total > 0 else None
        call.progress(progress_line(progress, total, message), 0, share)

    result = await connection.call(tool, arguments, shown)
    return output_of(result, call.unseen)

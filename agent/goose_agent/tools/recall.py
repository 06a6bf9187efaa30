"""The extension with which the model reads again what left its conversation to save room."""

from __future__ import annotations

from goose_agent.tools.tool import CallContext, Extension, ToolFailure, tool

__all__ = ["RECALL", "Recall"]

RECALL = "recall"
"""The name of the tool: it is on offer once there is something to recall."""
_MOST = 20_000
"""Characters that are read at once, at most."""


class Recall(Extension):
    """Gives results back that were cut, and messages that did not fit."""

    name = RECALL

    @tool(effect="session", summary="id", occasional=True)
    async def recall(self, call: CallContext, id: str, offset: int = 0, limit: int = 8000) -> str:
        """Read again a tool result, or a message, that was left out of this conversation.

        Args:
            call: The running call.
            id: Which one, as the note in its place says.
            offset: Where to begin, in characters.
            limit: How many characters to read.
        """
        text = await call.recalled(id.strip())
        if text is None:
            raise ToolFailure(f"There is nothing to recall by the id {id!r}. Notes name the ids.")
        start = max(0, offset)
        piece = text[start : start + max(1, min(limit, _MOST))]
        if not piece and text:
            raise ToolFailure(f"It has only {len(text):,} characters.")
        end = start + len(piece)
        rest = f" recall(id={id!r}, offset={end}) reads on." if end < len(text) else ""
        return f"{piece}\n[characters {start:,} to {end:,} of {len(text):,}.{rest}]"

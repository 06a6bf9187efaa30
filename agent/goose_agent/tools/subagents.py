"""The extension with which a model lets others do parts of its work."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from goose_agent.tools.tool import CallContext, Extension, ToolFailure, ToolOutput, tool

__all__ = ["DELEGATE", "SUBAGENT", "AgentVerb", "Order", "SeatOf", "Subagents"]

DELEGATE = "delegate"
SUBAGENT = "subagent"
"""The names of the tools; the second is on offer once there is one in the background."""

SeatOf = Literal["", "main", "planning", "editing", "review", "fast"]
AgentVerb = Literal["wait", "read", "stop"]


class Order(Struct, frozen=True):
    """What a subagent is to do, and with what."""

    instructions: str
    agent: str = ""
    """Name of an agent file; empty for none."""
    role: SeatOf = ""
    """Whose model it has; empty for that of the file, or of its parent."""
    tools: tuple[str, ...] = ()
    """Names of its tools; empty for those of the file, or of its parent."""
    max_turns: int = 0
    """Most calls of its model; 0 for the usual number."""
    background: bool = False


class Subagents(Extension):
    """Hands work to agents with a conversation of their own."""

    name = "subagents"

    @tool(effect="session", summary="agent,instructions")
    async def delegate(
        self,
        call: CallContext,
        instructions: str,
        agent: str = "",
        role: SeatOf = "",
        tools: list[str] | None = None,
        max_turns: int = 0,
        background: bool = False,
    ) -> ToolOutput:
        """Let a subagent do a part of the work; its last answer is the result.

        It sees nothing of this conversation: tell it all it needs. Good for much reading with a
        short report, and for parts done side by side (5 at most).

        Args:
            call: The running call.
            instructions: What to do, and what to report.
            agent: Name of a described agent, if one fits.
            role: Whose model; else yours.
            tools: Names of its tools; else yours.
            max_turns: Most model calls.
            background: Go on meanwhile; its report comes later.
        """
        if not instructions.strip():
            raise ToolFailure("The instructions are empty. Nothing was begun.")
        order = Order(instructions, agent.strip(), role, tuple(tools or ()), max_turns, background)
        return await call.delegate(order)

    @tool(effect="session", summary="action,id", occasional=True)
    async def subagent(self, call: CallContext, action: AgentVerb, id: str) -> ToolOutput:
        """Wait for a subagent in the background, read how far it is, or stop it.

        Args:
            call: The running call.
            action: What to do.
            id: Which one, such as sub-1.
        """
        return await call.direct_agent(action, id.strip())

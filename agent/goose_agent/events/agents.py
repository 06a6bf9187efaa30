"""Subagents: their beginning and their end.

What they do in between are events like any other, with their path in the envelope.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = ["AgentEnd", "AgentEnded", "AgentReported", "AgentStarted", "AgentsListed", "ListedAgent"]

AgentEnd = Literal["done", "failed", "max_turns", "budget", "stopped", "interrupted"]
"""`stopped`: somebody stopped it. `interrupted`: what it worked for ended, or the process did."""


class AgentStarted(Struct, frozen=True):
    """A subagent begins; the envelope names it."""

    type: ClassVar[str] = "agent.started"
    durability: ClassVar[Durability] = "act"

    call_id: str
    """The call of its parent that it works for."""
    title: str
    """What it is to do, in a line."""
    model: str
    """`provider/model`."""
    window: int | None
    """The model's context window in tokens."""
    name: str = ""
    """Of the agent file that describes it; empty for none."""
    background: bool = False
    """Whether its parent goes on meanwhile."""
    tools: tuple[str, ...] = ()
    """Names of the tools it has."""
    max_turns: int = 0
    """Most calls of its model."""


class AgentEnded(Struct, frozen=True):
    """A subagent has ended; the envelope names it."""

    type: ClassVar[str] = "agent.ended"
    durability: ClassVar[Durability] = "act"

    end: AgentEnd
    text: str
    """What its parent reads of it."""
    seconds: float


class AgentReported(Struct, frozen=True):
    """Its parent has read, or is about to read, what a subagent came to; the envelope names it."""

    type: ClassVar[str] = "agent.reported"
    durability: ClassVar[Durability] = "shown"


class ListedAgent(Struct, frozen=True):
    """A kind of subagent that a file describes."""

    name: str
    description: str
    source: str
    """The file, as people read it."""
    model: str = ""
    """As the file names it; empty for that of the parent."""
    tools: tuple[str, ...] | None = None
    """Names of the tools it may have; None for those of its parent."""
    problem: str = ""
    """Why it is not used, or what of it is not."""


class AgentsListed(Struct, frozen=True):
    """The agent files of a session, as somebody asked for them."""

    type: ClassVar[str] = "agents.listed"
    durability: ClassVar[Durability] = "transient"

    agents: tuple[ListedAgent, ...]

"""Subagents."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

__all__ = ["ListAgents", "SteerAgent", "StopAgent"]


class ListAgents(Struct, frozen=True):
    """Tell which agent files there are; they come back as a transient `agents.listed`."""

    name: ClassVar[str] = "list_agents"


class SteerAgent(Struct, frozen=True):
    """Send a message to a subagent at work: it reads it with its next request."""

    name: ClassVar[str] = "steer_agent"

    agent: str
    """Its path, such as `main/sub-1`."""
    text: str


class StopAgent(Struct, frozen=True):
    """Stop a subagent; its parent reads how far it came."""

    name: ClassVar[str] = "stop_agent"

    agent: str

"""The extensions every session has."""

from __future__ import annotations

from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.developer import Developer
from goose_agent.tools.plan import Plan
from goose_agent.tools.recall import Recall
from goose_agent.tools.subagents import Subagents
from goose_agent.tools.tool import Extension

__all__ = ["standard_extensions"]


def standard_extensions() -> tuple[Extension, ...]:
    """Fresh ones: what they remember belongs to one session."""
    return Developer(), Plan(), AskUser(), Recall(), Subagents()

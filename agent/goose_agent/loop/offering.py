"""Which tools a model has at a moment."""

from __future__ import annotations

from goose_agent.loop.recalling import is_recallable
from goose_agent.messages import ToolSchema
from goose_agent.state.session_state import SessionState
from goose_agent.tools.recall import RECALL
from goose_agent.tools.registry import Registry
from goose_agent.tools.subagents import SUBAGENT

__all__ = ["offered"]


def offered(registry: Registry, state: SessionState) -> tuple[ToolSchema, ...]:
    """The tools of the next request, in a stable order.

    Args:
        registry: all there are.
        state: the session.
    """
    if state.mode == "chat":
        return ()
    wanted = [RECALL] if is_recallable(state) else []
    if any(agent.background for agent in state.agents.values()):
        wanted.append(SUBAGENT)
    return registry.schemas(state.mode, (*wanted, *registry.wanted()))

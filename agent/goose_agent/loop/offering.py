"""Which tools a model has at a moment."""

from __future__ import annotations

from goose_agent.loop.recalling import is_recallable
from goose_agent.messages import ToolSchema
from goose_agent.state.session_state import SessionState
from goose_agent.tools.recall import RECALL
from goose_agent.tools.registry import Registry

__all__ = ["offered"]


def offered(registry: Registry, state: SessionState) -> tuple[ToolSchema, ...]:
    """The tools of the next request, in a stable order.

    Args:
        registry: all there are.
        state: the session.
    """
    if state.mode == "chat":
        return ()
    recall = (RECALL,) if is_recallable(state) else ()
    return registry.schemas(state.mode, (*recall, *registry.wanted()))

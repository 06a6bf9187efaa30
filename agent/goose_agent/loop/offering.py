"""Which tools a model has at a moment."""

from __future__ import annotations

from goose_agent.loop.guard import goes_round
from goose_agent.loop.recalling import is_recallable
from goose_agent.messages import ToolSchema
from goose_agent.state.session_state import SessionState
from goose_agent.tools.recall import RECALL
from goose_agent.tools.registry import Registry
from goose_agent.tools.subagents import SUBAGENT

__all__ = ["offered"]


def offered(
    registry: Registry, state: SessionState, *, few: bool = False
) -> tuple[ToolSchema, ...]:
    """The tools of the next request, in a stable order.

    Args:
        registry: all there are.
        state: the session.
        few: whether the model is to get few. Once such a model goes round in circles it gets none:
            it would go on so for ever, and without tools it says what it has found.
    """
    if state.mode == "chat" or (few and goes_round(state)):
        return ()
    wanted = [RECALL] if is_recallable(state) else []
    if any(agent.background for agent in state.agents.values()):
        wanted.append(SUBAGENT)
    return registry.schemas(state.mode, (*wanted, *registry.wanted()), few=few)

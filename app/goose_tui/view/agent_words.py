"""What is said of a subagent in a few words: who it is, how it stands, what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goose_agent.events import AgentEnd
    from goose_agent.state.records import CallState
    from goose_agent.state.session_state import Agent, SessionState

__all__ = ["agent_facts", "agent_label", "agent_standing", "agent_word", "agents_below", "asker"]

_STANDING: dict[AgentEnd, CallState] = {
    "done": "ok",
    "failed": "failed",
    "max_turns": "failed",
    "budget": "failed",
    "stopped": "cancelled",
    "interrupted": "cancelled",
}
_WORDS: dict[AgentEnd, str] = {
    "done": "done",
    "failed": "failed",
    "max_turns": "limit of model calls",
    "budget": "budget used up",
    "stopped": "stopped",
    "interrupted": "interrupted",
}


def agent_label(agent: Agent) -> str:
    """Who it is: its number, its kind, its task; still to be cleaned."""
    name = f" {agent.name}" if agent.name else ""
    return f"{agent.short}{name}: {agent.title}"


def asker(state: SessionState, path: str) -> str:
    """Who asks a question; empty for the main agent."""
    agent = state.agents.get(path)
    return f"subagent {agent_label(agent)}" if agent is not None else ""


def agent_standing(agent: Agent) -> CallState:
    """How it stands, in the terms of a call."""
    if agent.end is not None:
        return _STANDING[agent.end]
    return "waiting" if _waits(agent) else "running"


def _waits(agent: Agent) -> bool:
    """Whether it waits for the person."""
    pause = agent.state.debugging.pause
    return bool(agent.state.pending) or (pause is not None and pause.agent == agent.path)


def agent_word(agent: Agent) -> str:
    """How it stands, in words."""
    if agent.end is not None:
        return _WORDS[agent.end]
    if _waits(agent):
        return "waiting for you"
    if agent.state.phase == "retrying":
        return "trying again"
    return "background" if agent.background else "at work"


def agents_below(state: SessionState, agent: Agent) -> tuple[Agent, ...]:
    """It and all that work for it."""
    below = f"{agent.path}/"
    return tuple(
        each for path, each in state.agents.items() if each is agent or path.startswith(below)
    )


def agent_facts(state: SessionState, agent: Agent, now: float | None) -> list[str]:
    """Calls, tokens, dollars and time that it took, with all that work for it.

    Args:
        state: the session.
        agent: whom it is about.
        now: monotonic seconds; None to leave the time of one at work out.
    """
    from goose_tui.view.formatting import duration, money, tokens  # brings rich, for the screen

    all_of_it = agents_below(state, agent)
    calls = sum(len(each.state.calls) for each in all_of_it)
    spent = [each.state.spent for each in all_of_it]
    used = sum(one.input_tokens + one.output_tokens for one in spent)
    facts = []
    if calls:
        facts.append(f"{calls} call{'s' if calls > 1 else ''}")
    if used:
        facts.append(tokens(used))
    if any(one.requests > one.unpriced for one in spent):
        facts.append(money(sum(one.cost for one in spent)))
    if agent.end is not None:
        facts.append(duration(agent.seconds))
    elif now is not None and now - agent.started >= 1:
        facts.append(f"{int(now - agent.started)}s")
    return facts

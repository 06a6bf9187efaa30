"""How subagents change a session's state: each has a state of its own, and some of it is everybody's."""

from __future__ import annotations

from collections.abc import Callable

from goose_agent.events import (
    AgentEnd,
    AgentEnded,
    AgentReported,
    AgentStarted,
    AsideResponded,
    BreakpointHit,
    Event,
    FileChanged,
    FolderTrust,
    ModeChanged,
    ModelResponded,
    Notice,
    Paused,
    Resumed,
    RulesChanged,
    SteppingChanged,
    ToolJudged,
    TurnMeasured,
)
from goose_agent.evolve import evolve
from goose_agent.state.model_reducer import charged, more_spent
from goose_agent.state.records import MarkRecord
from goose_agent.state.session_state import Agent, ContextUse, SessionState
from goose_agent.state.tool_reducer import rules_used

__all__ = ["govern", "reduce_agent"]

Step = Callable[[SessionState, Event], SessionState]

_ENDS: dict[AgentEnd, str] = {
    "done": "is done",
    "failed": "failed",
    "max_turns": "came to its limit of model calls",
    "budget": "is stopped: the budget is used up",
    "stopped": "was stopped",
    "interrupted": "was interrupted",
}


def reduce_agent(state: SessionState, event: Event, step: Step) -> SessionState:
    """The session after an event of a subagent; where its beginning is lost, nothing comes of it.

    Args:
        state: the session before it.
        event: what the subagent did, or what was done to it.
        step: reduces an event of one agent.
    """
    agent = state.agents.get(event.agent)
    match event.data:
        case AgentStarted() as data:
            return _with(state, _begun(state, event, data)) if agent is None else state
        case AgentEnded() as data:
            return _ended(state, event, data, agent) if agent is not None else state
        case (
            ModeChanged()
            | RulesChanged()
            | FolderTrust()
            | SteppingChanged()
            | Paused()
            | Resumed()
            | BreakpointHit()
        ):
            return govern(step(state, _of_session(state, event)))
        case _ if agent is None:
            return state
        case AgentReported():
            return _with(state, evolve(agent, reported=True))
        case _:
            state = _counted(state, event, agent, step)
            agent = state.agents[event.agent]
            own = _governed(step(agent.state, event), state)
            return _with(state, evolve(agent, state=own))


def govern(state: SessionState) -> SessionState:
    """With what governs the session known to its subagents that are at work."""
    changed = {
        agent.path: evolve(agent, state=_governed(agent.state, state))
        for agent in state.running_agents
    }
    return evolve(state, agents={**state.agents, **changed}) if changed else state


def _begun(state: SessionState, event: Event, data: AgentStarted) -> Agent:
    own = SessionState(
        session_id=state.session_id,
        folder=state.folder,
        git_branch=state.git_branch,
        title=data.title,
        titled_by="model",
        title_asked=True,
        model=data.model,
        window=data.window,
        started_at=event.at,
        context=ContextUse(ratios=state.context.ratios),
    )
    return Agent(
        path=event.agent,
        call_id=data.call_id,
        title=data.title,
        name=data.name,
        background=data.background,
        tools=data.tools,
        max_turns=data.max_turns,
        started=event.mono,
        seq=event.seq,
        state=_governed(own, state),
    )


def _ended(state: SessionState, event: Event, data: AgentEnded, agent: Agent) -> SessionState:
    ended = evolve(agent, end=data.end, ended=event.seq, result=data.text, seconds=data.seconds)
    state = _with(state, ended)
    if not agent.background:
        return state
    words = f"subagent {agent.short} {_ENDS[data.end]}: {agent.title}"
    mark = MarkRecord(f"e{event.seq}", event.seq, len(state.turns), words)
    return evolve(state, records=state.records.append(mark))


def _counted(state: SessionState, event: Event, agent: Agent, step: Step) -> SessionState:
    """What a subagent does is counted for the whole session, too."""
    match event.data:
        case ModelResponded(usage=usage, cost=cost):
            model = agent.state.asked or agent.state.model
        case AsideResponded(usage=usage, cost=cost, model=model):
            pass
        case ToolJudged() as judged:
            used = rules_used(state, event, judged)
            return govern(used) if used is not state else state
        case FileChanged() as changed:
            moved = _of_session(state, event)
            return evolve(state, files=state.files.changed(moved, changed))
        case TurnMeasured() as measured if agent.background:
            # The work of one in the foreground is in that of the call it works for.
            seconds = state.spent.seconds + measured.model_seconds + measured.tool_seconds
            return evolve(state, spent=evolve(state.spent, seconds=seconds))
        case Notice(level="error") if event.actor == "system":
            return step(state, _of_session(state, event))
        case _:
            return state
    spent = more_spent(state.spent_agents, usage, cost)
    return evolve(charged(state, model, usage, cost), spent_agents=spent)


def _of_session(state: SessionState, event: Event) -> Event:
    """An event as one of the session's turn."""
    return evolve(event, turn=len(state.turns))


def _governed(own: SessionState, state: SessionState) -> SessionState:
    """The state of a subagent with what governs the session."""
    return evolve(
        own,
        roots=state.roots,
        mode=state.mode,
        mode_before=state.mode_before,
        effort=state.effort,
        stepping=state.stepping,
        debugging=state.debugging,
        rules=state.rules,
        rule_uses=state.rule_uses,
        trust=state.trust,
        session_turn=max(1, len(state.turns)),
    )


def _with(state: SessionState, agent: Agent) -> SessionState:
    return evolve(state, agents={**state.agents, agent.path: agent})

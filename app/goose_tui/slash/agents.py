"""Commands about subagents: which there are, look at one, tell it something, stop it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import ListAgents, SteerAgent, StopAgent
from goose_agent.errors import UsageError
from goose_tui.slash.command import Choice, Face, Report, Slash

if TYPE_CHECKING:
    from goose_agent.events import ListedAgent
    from goose_agent.state.session_state import Agent, SessionState
    from goose_tui.app import GooseApp

__all__ = ["AGENT", "AGENTS", "STOP", "agents_report"]

_NONE = "No subagents yet, and no agent files: docs/subagents.md."
_HOW = "/agent sub-1 looks at one, with words tells it something; /stop sub-1 stops it."


def agents_report(state: SessionState, listed: Sequence[ListedAgent]) -> Report:
    """The subagents of a session, and the files that describe more.

    Args:
        state: the session.
        listed: the files.
    """
    from goose_tui.view.agent_words import agent_facts, agent_word

    rows = [
        (agent.short, ", ".join([agent.title, agent_word(agent), *agent_facts(state, agent, None)]))
        for agent in state.agents.values()
    ]
    rows += [(one.name, _about(one)) for one in listed]
    return Report("Subagents", tuple(rows), _HOW if state.agents else "" if rows else _NONE)


def _about(one: ListedAgent) -> str:
    words = [one.source, one.description, f"model {one.model}" if one.model else "", one.problem]
    return "; ".join(filter(None, words))


def _agents(face: Face, _: str) -> None:
    """The face shows `agents_report` when `agents.listed` comes."""
    face.tell(ListAgents())


def _named(face: Face, name: str) -> Agent:
    agents = face.state.agents if face.state is not None else {}
    agent = agents.get(name) or agents.get(f"main/{name}")
    if agent is None:
        raise UsageError(f"There is no subagent {name}.", "/agents lists them.")
    return agent


def _agent(face: Face, argument: str) -> None:
    from goose_tui.view.agent_words import agent_facts, agent_label, agent_word

    name, _, text = argument.partition(" ")
    agent = _named(face, name)
    if text.strip():
        face.tell(SteerAgent(agent.path, text.strip()))
        return
    assert face.state is not None
    rows = (
        ("stands", agent_word(agent)),
        ("took", ", ".join(agent_facts(face.state, agent, None)) or "nothing yet"),
        ("model", agent.state.model),
        ("result", agent.result or "none yet"),
    )
    face.report(Report(agent_label(agent), rows))


def _agent_on_screen(app: GooseApp, argument: str) -> None:
    name, _, text = argument.partition(" ")
    if text.strip():
        _agent(app, argument)
    else:
        app.workbench.show_agent(_named(app, name).path)


def _stop(face: Face, argument: str) -> None:
    if argument:
        agent = _named(face, argument)
    else:
        running = face.state.running_agents if face.state is not None else ()
        if len(running) != 1:
            raise UsageError("/stop: the number of a subagent at work, such as sub-1.")
        (agent,) = running
    if agent.end is not None:
        face.say(f"{agent.short} is not at work any more")
        return
    face.tell(StopAgent(agent.path))


def _stop_on_screen(app: GooseApp, argument: str) -> None:
    _stop(app, argument or app.workbench.agent)


def _known(face: Face, _: str) -> Sequence[Choice]:
    agents = face.state.agents.values() if face.state is not None else ()
    return [Choice(agent.short, agent.title) for agent in agents]


AGENTS = Slash("agents", "", "subagents, and the files that describe some", _agents)
AGENT = Slash(
    "agent", "N [TEXT]", "look at a subagent, or tell it", _agent, _agent_on_screen, _known
)
STOP = Slash("stop", "[N]", "stop a subagent", _stop, _stop_on_screen, _known)

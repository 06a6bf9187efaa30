"""Whatever agents and a person do beside each other: each conversation stays whole, and its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from agent.loop.test_anything import RandomModel, command, live
from goose_agent.commands import AnswerRequest, Close, Command, Interrupt, SteerAgent, StopAgent
from goose_agent.events import ApprovalAnswer, Event, QuestionAnswer
from goose_agent.events.requests import ApprovalChoice
from goose_agent.providers.model import ModelInfo, TextDelta
from goose_agent.replay.recording import Recording
from goose_agent.state.image import state_from, state_to
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import MAIN, SessionState
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.plan import Plan
from goose_agent.tools.subagents import Subagents
from support.engine import Face, Rig
from support.models import Answer, calls
from support.probe import Probe
from support.requests import assert_valid

_TOOLS = ("look", "act", "hold", "delegate", "delegate", "subagent", "update_plan")


class CrowdModel(RandomModel):
    """Lets others do much of its work, as they do themselves."""

    def _calls(self) -> Answer:
        wanted = []
        for _ in range(self.random.randint(1, 3)):
            tool = self.random.choice(_TOOLS)
            wanted.append((tool, json.dumps(self._arguments(tool))))
        return Answer((TextDelta("Let me."), *calls(*wanted).pieces))

    def order(self, *, background: bool) -> dict[str, object]:
        """What another is told to do."""
        return {"instructions": "do a part", "background": background, "max_turns": 4}

    def _arguments(self, tool: str) -> dict[str, object]:
        match tool:
            case "delegate":
                return self.order(background=self.random.random() < 0.5)
            case "subagent":
                verb = self.random.choice(("wait", "read", "stop"))
                return {"action": verb, "id": f"sub-{self.random.randint(1, 4)}"}
            case "update_plan":
                return {"items": [{"text": "one", "state": "active"}]}
            case _:
                return {"word": tool}


def any_command(random: Random, face: Face) -> Command:
    """What a person may do, to subagents too."""
    state = face.state
    theirs = [item for item in state.questions if item.agent != MAIN]
    if theirs and random.random() < 0.6:
        item = random.choice(theirs)
        if item.subject.kind == "question":
            return AnswerRequest(item.request_id, QuestionAnswer("a"))
        choices: tuple[ApprovalChoice, ...] = ("once", "session", "deny", "stop")
        choice = random.choice(choices)
        return AnswerRequest(item.request_id, ApprovalAnswer(choice))
    if state.running_agents and random.random() < 0.6:
        path = random.choice([*state.agents])
        return SteerAgent(path, "be quick") if random.random() < 0.6 else StopAgent(path)
    return command(random, face)


def alone(events: Sequence[Event], path: str) -> SessionState:
    """What the events of one agent come to, with only those of others that govern it."""
    state = SessionState()
    for event in events:
        own = event.agent in (MAIN, path)
        if own or event.type in ("mode.changed", "rules.changed"):
            state = reduce(state, event)
    return state.of_agent(path)


def assert_each_is_its_own(events: Sequence[Event], state: SessionState) -> None:
    """No agent's conversation depends on what others did meanwhile."""
    for path, agent in state.agents.items():
        by_itself = alone(events, path)
        assert by_itself.records == agent.state.records
        assert by_itself.turns == agent.state.turns
        assert (by_itself.plan, by_itself.spent) == (agent.state.plan, agent.state.spent)
    theirs = [agent.state.spent for agent in state.agents.values()]
    assert state.spent_agents.requests == sum(spent.requests for spent in theirs)
    assert state.spent_agents.output_tokens == sum(spent.output_tokens for spent in theirs)
    ids = [key for agent in state.agents.values() for key in agent.state.calls]
    assert len({*ids, *state.calls}) == len(ids) + len(state.calls)


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_happens_each_agent_stays_whole(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    model = CrowdModel(info=ModelInfo("fake/one", window=20_000))
    model.random = random
    # The first ones begin at once; what the dice do then meets some at work.
    begun = [("delegate", json.dumps(model.order(background=at < 2))) for at in range(4)]
    model.answers = [calls(*begun), *[model.whatever] * 2000]
    probe = Probe()
    rig = Rig(tmp_path, {"fake/one": model})
    rig.extensions = lambda: (probe, AskUser(), Plan(), Subagents())
    rig.compact = model.compact
    async with rig.session(mode="smart") as face:
        await face.submit("begin")
        await face.until(lambda: len(face.state.agents) == len(begun))
        await live(random, face, probe, any_command)
        if random.random() < 0.5:
            await face.tell(Close())
            await face.until(lambda: face.gone)
    model.answers = []
    async with rig.resumed(face.session_id, mode="plan") as last:
        await last.until(lambda: last.data("session.resumed"))
        while last.state.working or last.state.queue:
            await last.tell(Interrupt())
            await last.until(lambda: not last.state.working)
            if last.state.queue:
                await last.ask("on")
        await last.ask("last")
        assert not last.state.running_agents
        assert not last.state.questions
        await last.leave()
        with closing(Recording.open(rig.places.sessions / f"{last.session_id}.db")) as recording:
            events = recording.events
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert_each_is_its_own(events, last.state)
        assert state_from(state_to(last.state)) == last.state
        everyone = [last.state, *(agent.state for agent in last.state.agents.values())]
        for state in everyone:
            assert not state.working
            assert [r for r in state.records if not getattr(r, "settled", True)] == []
    for request in model.requests:
        assert_valid(request)

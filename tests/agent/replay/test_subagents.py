"""What subagents did is in the record like all else, and is read from it for each of them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from goose_agent.clock import World
from goose_agent.loop.rebuilding import Rebuilder, last_sending, sendings
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.replay.check import check_file
from goose_agent.replay.recording import Recording
from goose_agent.replay.timeline import Timeline
from goose_agent.replay.waterfall import waterfall
from goose_agent.replay.why import why
from goose_agent.sessions.passages import Passages
from goose_agent.state.image import state_from, state_to
from goose_agent.state.session_state import SessionState
from goose_agent.tools.standard import standard_extensions
from support.engine import Rig

MODEL, HELPER = "scripted/model", "scripted/helper"
_MAIN = """
window: 200000
answers:
- text: Others shall look.
  calls:
  - {tool: delegate, arguments: {instructions: count the lines, role: fast}}
  - {tool: delegate, arguments: {instructions: count the words, role: fast}}
- text: Two lines, four words.
"""
_HELPER = """
window: 200000
answers:
- thinking: I read it first.
  calls:
  - {tool: read, arguments: {path: poem.txt}}
- text: That is counted.
"""


@pytest.fixture
async def record(tmp_path: Path) -> Path:
    """A session in which two subagents of another model worked side by side."""
    models = {
        name: ScriptedModel.load(text, name=name, speed=0)
        for name, text in ((MODEL, _MAIN), (HELPER, _HELPER))
    }
    rig = Rig(tmp_path, dict(models))
    rig.places.settings.parent.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text(f"models: {{fast: {HELPER}}}\ntitles: off\n", encoding="utf-8")
    rig.write("poem.txt", "one two\nthree four\n")
    async with rig.session(MODEL, mode="smart") as face:
        await face.ask("How long is the poem?")
        assert face.answer == "Two lines, four words."
        await face.leave()
    return rig.places.sessions / f"{face.session_id}.db"


async def test_today_makes_the_same_of_it(record: Path) -> None:
    check = await check_file(record, World(), lambda _: standard_extensions())
    assert check.divergences == ()
    assert (check.requests, check.calls) == (6, 4)


async def test_every_request_of_every_agent_is_made_anew_to_the_byte(record: Path) -> None:
    with closing(Recording.open(record)) as recording:
        found = list(sendings(recording.events, SessionState()))
        rebuilder = Rebuilder(recording.blob)
        sent = [(each.requested.agent, rebuilder.rebuild(each)) for each in found]
        assert all(each.exact for _, each in sent)
        agents = [agent for agent, _ in sent]
        assert sorted(set(agents)) == ["main", "main/sub-1", "main/sub-2"]
        assert {agent: agents.count(agent) for agent in agents} == dict.fromkeys(set(agents), 2)
        for each in found:
            last = last_sending(recording.events, SessionState(), each.seq)
            assert last is not None
            assert last.requested.agent == each.requested.agent


async def test_why_and_when_are_told_of_a_call_of_a_subagent(record: Path) -> None:
    with closing(Recording.open(record)) as recording:
        last = recording.state_at(len(recording) - 1)
        child = last.agents["main/sub-2"].state
        (key,) = child.calls
        told = why(recording, key)
        assert told is not None
        assert (told.call.tool, told.model, told.thinking) == ("read", HELPER, "I read it first.")
        assert [piece.text for piece in told.new if piece.segment.kind == "user"] == [
            "count the words"
        ]
        (fall,) = waterfall(recording.events, Timeline(recording.events))
        assert sum(span.words.startswith("read") for span in fall.spans) == 2
        assert sum(span.words.startswith("delegate") for span in fall.spans) == 2


async def test_the_words_of_each_agent_can_be_searched(record: Path) -> None:
    passages = Passages()
    with closing(Recording.open(record)) as recording:
        found = [each for event in recording.events for each in passages.take(event)]
    texts = [each.text for each in found]
    assert texts.count("I read it first.") == 2
    assert texts.count("That is counted.") == 2
    assert passages.settled >= found[-1].seq


async def test_an_image_holds_the_subagents(record: Path) -> None:
    with closing(Recording.open(record)) as recording:
        for place in range(len(recording)):
            state = recording.state_at(place)
            again = state_from(state_to(state))
            assert again == state
            assert json.loads(state_to(again)) == json.loads(state_to(state))

"""Stopping works at once, from anywhere, however often it is asked for."""

from __future__ import annotations

import json

import anyio
import pytest

from goose_agent.commands import Interrupt
from goose_agent.errors import RateLimited
from goose_agent.providers.model import TextDelta
from goose_agent.tools.ask_user import AskUser
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls
from support.probe import Probe
from support.requests import assert_valid, results

SLEEP = json.dumps({"command": "echo started; sleep 600"})


async def interrupted_in(face: Face) -> float:
    """Seconds from the wish to stop to the end of the turn."""
    asked = anyio.current_time()
    await face.tell(Interrupt())
    await face.idle()
    return anyio.current_time() - asked


async def test_a_stream_stops_within_a_tenth_of_a_second(rig: Rig, model: FakeModel) -> None:
    model.answers = [Answer((TextDelta("and so"),), anyio.Event()) for _ in range(3)]
    took = []
    async with rig.session() as face:
        for turn in range(3):
            await face.submit("go")
            await face.until(lambda turn=turn: len(face.data("model.delta")) > turn)  # type: ignore[misc] # a lambda with defaults
            took.append(await interrupted_in(face))
        assert model.left_early == 3
    assert min(took) < 0.1  # the others may have waited for the machine


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made, AskUser())
    return made


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_asking_more_than_once_changes_nothing(
    rig: Rig, model: FakeModel, probe: Probe, times: int
) -> None:
    held = ("hold", '{"word": "a"}')
    model.answers = [
        calls(held, ("act", '{"word": "b"}'), held),
        Answer((TextDelta("half"),), anyio.Event()),
        Answer(error=RateLimited("busy", retry_after=60)),
    ]
    async with rig.session(mode="smart") as face:
        for ready in (
            lambda: len(probe.ran) == 2 and face.state.pending,
            lambda: face.answer == "half",
            lambda: face.state.phase == "retrying",
        ):
            await face.submit("go")
            await face.until(ready)
            await face.tell(*[Interrupt()] * times)
            await face.idle()
            assert face.state.turn and face.state.turn.reason == "interrupted"
        await face.ask("still there?")
        assert face.answer == "done."
        assert len(face.data("tool.finished")) == len(face.data("turn.ended")) - 1 == 3
    for request in model.requests:
        assert_valid(request)
    assert len(results(model.requests[-1])) == 3


async def test_asking_again_while_a_program_is_being_ended_leaves_none_behind(
    rig: Rig, model: FakeModel
) -> None:
    stubborn = "trap '' TERM; echo started; while :; do sleep 0.05; done"
    model.answers = [calls(("shell", json.dumps({"command": stubborn})), ("shell", SLEEP))]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: len(face.data("tool.progress")) == 2)
        with anyio.fail_after(2.5):
            await face.tell(Interrupt())
            await face.until(lambda: face.data("user.command"))
            await face.tell(Interrupt(), Interrupt())
            await face.idle()
        outcomes = [finished.outcome for finished in face.data("tool.finished")]
        assert outcomes == ["cancelled", "cancelled"]
        await face.ask("and now?")
        assert_valid(model.requests[-1])

"""What a turn took is on record when it ends, however it ends."""

from __future__ import annotations

import json

import anyio
import pytest

from goose_agent.commands import Interrupt
from goose_agent.errors import QuotaError, RateLimited
from goose_agent.events import TurnMeasured
from goose_agent.providers.model import ModelInfo, TextDelta
from goose_agent.tools.ask_user import AskUser
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said
from support.probe import Probe


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made, AskUser())
    return made


def measured(face: Face) -> list[TurnMeasured]:
    return [event.data for event in face.events if isinstance(event.data, TurnMeasured)]


async def test_tokens_calls_errors_and_cost_are_counted(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.info = ModelInfo("fake/one", window=10_000, input_price=1.0, output_price=10.0)
    model.answers = [
        calls(("look", '{"word": "a"}'), ("look", "{")),
        Answer((TextDelta("half"),), error=RateLimited("busy", retry_after=0)),
        said("ok"),
        said("second"),
    ]
    async with rig.session() as face:
        await face.ask("go")
        await face.ask("again")
        first, second = measured(face)
    assert (first.provider, first.model, first.turn) == ("fake", "one", 1)
    assert (first.requests, first.requests_failed) == (2, 1)
    assert (first.input_tokens, first.output_tokens) == (200, 20)
    assert first.cost == pytest.approx(0.0004)
    assert (first.calls, first.calls_failed) == (2, 1)
    assert (second.turn, second.requests, second.calls) == (2, 1, 0)
    kinds = face.kinds()
    assert kinds.index("turn.measured") == kinds.index("turn.ended") - 1


async def test_time_is_told_apart_by_what_was_waited_for(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    question = json.dumps({"question": "Which?"})
    slow = anyio.Event()
    model.answers = [
        calls(("hold", '{"word": "a"}')),
        calls(("ask_user", question)),
        Answer((TextDelta("so"),), slow, said("").pieces[1:]),
    ]
    async with rig.session() as face:
        clock = rig.world.clock
        await face.submit("go")
        await face.until(lambda: probe.ran)
        tool = clock.mono()
        await face.until(lambda: clock.mono() - tool > 0.05)
        probe.gate.set()
        await face.pending()
        human = clock.mono()
        await face.until(lambda: clock.mono() - human > 0.1)
        await face.reply("this")
        await face.until(lambda: face.answer == "so")
        waited = clock.mono()
        await face.until(lambda: clock.mono() - waited > 0.05)
        slow.set()
        await face.idle()
        (took,) = measured(face)
        assert face.state.turn
        whole = face.state.turn.seconds
    assert took.tool_seconds >= 0.05
    assert took.human_seconds >= 0.1
    assert took.model_seconds >= 0.05
    assert took.tool_seconds + took.human_seconds + took.model_seconds <= whole + 0.01
    assert face.state.spent.seconds == took.tool_seconds + took.model_seconds


async def test_a_turn_that_is_stopped_or_fails_is_measured_too(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [
        calls(("hold", '{"word": "a"}')),
        Answer(error=QuotaError("No credit.")),
    ]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: probe.ran)
        await face.tell(Interrupt())
        await face.idle()
        await face.ask("again")
        stopped, failed = measured(face)
    assert (stopped.requests, stopped.calls, stopped.cost) == (1, 1, None)
    assert (failed.requests, failed.requests_failed) == (0, 1)

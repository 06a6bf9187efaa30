"""In plan mode the work ends in a plan, and a person decides what becomes of it."""

from __future__ import annotations

import json

import pytest

from goose_agent.commands import AnswerRequest, SetMode
from goose_agent.events import Mode, PlanAnswer, PlanReview
from goose_agent.providers.model import ModelRequest
from goose_agent.tools.plan import Plan
from support.engine import Face, Rig
from support.models import FakeModel, calls, said
from support.probe import Probe
from support.requests import assert_valid, results

PLAN = "1. read `a.py`\n2. change it"


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made, Plan())
    return made


def plan(text: str = PLAN) -> tuple[str, str]:
    return "present_plan", json.dumps({"plan": text})


def told(request: ModelRequest) -> list[str]:
    """What the model reads of its calls."""
    return [result.text for result in results(request)]


async def review(face: Face) -> PlanReview:
    (pending,) = await face.pending()
    assert isinstance(pending.subject, PlanReview)
    return pending.subject


async def decide(face: Face, answer: PlanAnswer) -> None:
    (pending,) = face.state.pending
    await face.tell(AnswerRequest(pending.request_id, answer))


async def test_a_plan_is_carried_out_in_the_mode_that_is_chosen(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(plan()), calls(("act", '{"word": "x"}')), said("done")]
    async with rig.session(mode="plan") as face:
        await face.submit("go")
        assert (await review(face)).text == PLAN
        await decide(face, PlanAnswer("run", "edits"))
        await face.until(lambda: face.state.mode == "edits")
        await face.pending()  # what changes something still asks
        await face.approve()
        await face.idle()
        assert probe.ran == ["x"]
        assert told(model.requests[1]) == ["The person approved the plan. Carry it out now."]
        assert "Mode edits" in model.requests[1].system
        for request in model.requests:
            assert_valid(request)


async def test_the_mode_from_before_the_plan_is_offered_first(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(plan()), said("done")]
    async with rig.session(mode="auto") as face:
        await face.tell(SetMode("plan"))
        await face.submit("go")
        assert (await review(face)).modes == ("auto", "smart", "edits", "approve")
        await decide(face, PlanAnswer("run"))
        await face.idle()
        assert face.state.mode == "auto"


async def test_a_changed_plan_is_what_the_model_carries_out(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(plan()), said("done")]
    async with rig.session(mode="plan") as face:
        await face.submit("go")
        await review(face)
        await decide(face, PlanAnswer("run", "smart", "only 1."))
        await face.idle()
        (result,) = told(model.requests[1])
        assert result.endswith("Carry out this one now:\n\nonly 1.")


async def test_a_plan_that_is_sent_back_comes_again(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(plan()), calls(plan("better")), said("done")]
    async with rig.session(mode="plan") as face:
        await face.submit("go")
        await review(face)
        await decide(face, PlanAnswer("revise", text="tests first"))
        await face.until(lambda: len(face.data("request.asked")) == 2)
        assert told(model.requests[1])[0].endswith("The person says: tests first")
        assert (await review(face)).text == "better"
        assert face.state.mode == "plan"


@pytest.mark.parametrize(("choice", "end"), [("refuse", "stopped"), ("keep", "done")])
async def test_a_plan_that_is_not_wanted_now_ends_the_turn(
    rig: Rig, model: FakeModel, probe: Probe, choice: str, end: str
) -> None:
    model.answers = [calls(plan()), said("good")]
    async with rig.session(mode="plan") as face:
        await face.submit("go")
        await review(face)
        await decide(face, PlanAnswer(choice))  # type: ignore[arg-type] # one of its choices
        await face.idle()
        assert face.data("turn.ended")[-1].reason == end
        assert face.state.mode == "plan"
        assert len(model.requests) == 1
        await face.ask("and now?")
        assert_valid(model.requests[1])


async def test_a_plan_waits_through_the_end_of_the_process(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(plan()), said("done")]
    async with rig.session(mode="plan") as face:
        await face.submit("go")
        (asked,) = await face.pending()
    async with rig.resumed(face.session_id) as again:
        await again.until(lambda: "session.resumed" in again.kinds())
        assert [item.request_id for item in again.state.pending] == [asked.request_id]
        await decide(again, PlanAnswer("run", "smart"))
        await again.idle()
        assert again.state.mode == "smart"
        assert again.answer == "done"


@pytest.mark.parametrize("mode", ["smart", "chat"])
async def test_outside_of_plan_mode_there_is_no_such_tool(
    rig: Rig, model: FakeModel, probe: Probe, mode: Mode
) -> None:
    model.answers = [said("hello")]
    async with rig.session(mode=mode) as face:
        await face.ask("hi")
        assert "present_plan" not in {tool.name for tool in model.requests[0].tools}


async def test_an_empty_plan_is_not_shown(rig: Rig, model: FakeModel, probe: Probe) -> None:
    model.answers = [calls(plan("  ")), said("sorry")]
    async with rig.session(mode="plan") as face:
        await face.ask("go")
        assert told(model.requests[1]) == ["The plan is empty. Nothing was shown."]
        assert not face.data("request.asked")

"""Whose model answers: by mode, by lead, by what a person chooses, and where one cannot be had."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from goose_agent.commands import SetMode, SetModel
from goose_agent.errors import AuthError, ProviderError, RateLimited
from goose_agent.events import Mode
from goose_agent.providers.model import ModelInfo, TextDelta
from goose_agent.wire import Open, write
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said
from support.probe import Probe

FAILS = calls(("look", "{"))
LOOKS = calls(("look", '{"word": "a"}'))


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made,)
    return made


def further(rig: Rig, name: str, *answers: Answer, window: int | None = 10_000) -> FakeModel:
    """One more model."""
    model = FakeModel(list(answers), ModelInfo(name, window, None, 1.0, 10.0))
    rig.with_model(model)
    return model


def settle(rig: Rig, text: str) -> None:
    """Write the person's settings."""
    rig.places.settings.parent.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text(text, encoding="utf-8")


@asynccontextmanager
async def opened(rig: Rig, mode: Mode = "auto", **more: str) -> AsyncIterator[Face]:
    """A session with the settings as they are, or one of the past."""
    async with rig.engine() as face:
        model = "" if "resume" in more else "fake/one"
        await face.say(write(Open(str(rig.folder), model=model, mode=mode, **more)))  # type: ignore[arg-type] # all are names
        await face.until(lambda: face.opened or face.refused)
        yield face


def notices(face: Face) -> list[str]:
    return [notice.text for notice in face.data("notice")]


def switches(face: Face) -> list[tuple[str, str, str]]:
    return [(each.role, each.model, each.reason) for each in face.data("model.switched")]


def asked(face: Face) -> list[str]:
    return [each.model.removeprefix("fake/") for each in face.data("model.requested")]


# Plan mode


async def test_plan_mode_is_answered_by_the_planning_model(rig: Rig, model: FakeModel) -> None:
    settle(rig, "models: {planning: fake/planner}")
    planner = further(rig, "fake/planner", said("first this, then that"))
    async with opened(rig) as face:
        await face.ask("hello")
        await face.tell(SetMode("plan"))
        await face.until(lambda: face.state.seat)
        assert face.state.answering == "fake/planner"
        await face.ask("plan it")
        await face.tell(SetMode("auto"))
        await face.until(lambda: face.state.seat is None)
        await face.ask("do it")

        assert (len(model.requests), len(planner.requests)) == (2, 1)
        assert asked(face) == ["one", "planner", "one"]
        assert switches(face) == [
            ("planning", "fake/planner", "plan mode"),
            ("main", "fake/one", "plan mode is off"),
        ]
        state = face.state
        assert {name: own.requests for name, own in state.spent_by.items()} == {
            "fake/one": 2,
            "fake/planner": 1,
        }
        assert state.spent_by["fake/planner"].cost == pytest.approx(0.0002)
        assert state.spent_by["fake/one"].unpriced == 2
        assert state.spent.requests == 3
        measured = face.data("turn.measured")
        assert [each.model for each in measured] == ["one", "planner", "one"]


async def test_a_mode_that_changes_within_a_turn_holds_for_the_next_answer(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    settle(rig, "models: {planning: fake/planner}")
    further(rig, "fake/planner")
    model.answers = [calls(("hold", '{"word": "a"}'))]
    async with opened(rig) as face:
        await face.submit("go")
        await face.until(lambda: probe.ran)
        await face.tell(SetMode("plan"))
        await face.until(lambda: face.state.mode == "plan")
        assert switches(face) == []
        probe.gate.set()
        await face.idle()
        assert asked(face) == ["one", "planner"]


async def test_without_a_planning_model_the_main_one_plans_and_nothing_is_said(
    rig: Rig, model: FakeModel
) -> None:
    async with opened(rig, mode="plan") as face:
        await face.ask("plan it")
        assert len(model.requests) == 1
        assert (switches(face), notices(face)) == ([], [])


async def test_the_window_that_counts_is_that_of_who_answers(rig: Rig) -> None:
    settle(rig, "models: {planning: planner}")
    further(rig, "fake/planner", window=50_000)
    async with opened(rig, mode="plan") as face:
        await face.until(lambda: face.state.seat)
        assert (face.state.window, face.state.answering_window) == (10_000, 50_000)


# What cannot be had


async def test_a_model_that_is_not_there_is_told_once_and_the_main_one_answers(
    rig: Rig, model: FakeModel
) -> None:
    settle(rig, "models: {planning: fake/nobody}")
    async with opened(rig, mode="plan") as face:
        await face.ask("plan it")
        await face.ask("once more")
        assert face.answer == "done."
        assert len(model.requests) == 2
        assert notices(face) == [
            "No model for planning: There is no fake/nobody. fake/one answers instead."
        ]


async def test_a_model_that_is_refused_leaves_its_turn_to_the_main_one_for_good(
    rig: Rig, model: FakeModel
) -> None:
    settle(rig, "models: {planning: fake/planner}")
    planner = further(rig, "fake/planner", Answer(error=AuthError("The key is wrong.")))
    async with opened(rig, mode="plan") as face:
        await face.ask("plan it")
        assert face.state.turns[-1].reason == "done"
        assert asked(face) == ["planner", "one"]
        assert switches(face)[-1] == ("main", "fake/one", "the planning model cannot be had")
        await face.ask("once more")
        assert (len(planner.requests), len(model.requests)) == (1, 2)
        await face.tell(SetModel("fake/planner", "planning"))
        await face.until(lambda: face.state.seat)
        await face.ask("with another key")
        assert len(planner.requests) == 2


async def test_what_fails_in_passing_is_tried_again_with_the_next_turn(
    rig: Rig, model: FakeModel
) -> None:
    settle(rig, "models: {planning: fake/planner}")
    busy = Answer((TextDelta("half"),), error=RateLimited("Busy.", retry_after=99_999))
    planner = further(rig, "fake/planner", busy)
    async with opened(rig, mode="plan") as face:
        await face.ask("plan it")
        await face.ask("once more")
        assert asked(face) == ["planner", "one", "planner"]
        assert (len(planner.requests), len(model.requests)) == (2, 1)


async def test_a_main_model_that_fails_ends_the_turn(rig: Rig, model: FakeModel) -> None:
    settle(rig, "models: {planning: fake/planner}")
    further(rig, "fake/planner", Answer(error=ProviderError("Broken.")))
    model.answers = [Answer(error=ProviderError("Broken too."))]
    async with opened(rig, mode="plan") as face:
        await face.ask("plan it")
        assert face.state.turns[-1].reason == "failed"
        assert [failed.message for failed in face.data("model.failed")] == ["Broken too."]


async def test_a_window_that_is_too_small_for_the_conversation_is_passed_over(
    rig: Rig, model: FakeModel
) -> None:
    settle(rig, "models: {planning: fake/planner}")
    planner = further(rig, "fake/planner", window=100)
    async with opened(rig) as face:
        await face.ask("hello")  # 110 tokens, as the model counts
        await face.tell(SetMode("plan"))
        await face.ask("plan it")
        assert planner.requests == []
        assert notices(face) == [
            "The window of fake/planner (planning) is too small for this conversation. "
            "fake/one answers instead."
        ]


# The lead


async def test_the_lead_gives_the_first_answers_and_the_main_model_the_rest(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    settle(rig, "models: {planning: fake/boss}\nlead: {turns: 2}")
    further(rig, "fake/boss", LOOKS, LOOKS)
    async with opened(rig) as face:
        await face.until(lambda: face.state.answering == "fake/boss")
        await face.ask("go")
        await face.ask("go on")
        assert asked(face) == ["boss", "boss", "one", "one"]
        assert switches(face) == [
            ("lead", "fake/boss", "the first 2 answers"),
            ("main", "fake/one", "the lead has given its answers"),
        ]


async def test_the_lead_comes_back_for_a_while_after_failures_in_a_row(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    settle(rig, "models: {lead: fake/boss}\nlead: {turns: 1, failures: 2, fallback: 2}")
    further(rig, "fake/boss", FAILS, LOOKS, LOOKS)
    # One failure among others is none of a row.
    model.answers = [FAILS, LOOKS, FAILS, calls(("look", '{"word": "a"}'), ("look", "["))]
    async with opened(rig) as face:
        await face.ask("go")
        assert asked(face) == ["boss", *["one"] * 4, "boss", "boss", "one"]
        assert switches(face)[2:] == [
            ("lead", "fake/boss", "calls failed 2 times in a row"),
            ("main", "fake/one", "the lead has given its answers"),
        ]


async def test_plan_mode_does_not_use_up_the_leads_answers(rig: Rig, model: FakeModel) -> None:
    settle(rig, "models: {planning: fake/planner, lead: fake/boss}\nlead: {turns: 1}")
    for name in ("fake/planner", "fake/boss"):
        further(rig, name)
    async with opened(rig, mode="plan") as face:
        await face.ask("plan it")
        await face.ask("better")
        await face.tell(SetMode("auto"))
        await face.ask("do it")
        await face.ask("go on")
        assert asked(face) == ["planner", "planner", "boss", "one"]


async def test_a_lead_that_is_the_main_model_itself_changes_nothing(
    rig: Rig, model: FakeModel
) -> None:
    settle(rig, "models: {lead: one}\nlead: on")
    async with opened(rig) as face:
        await face.ask("go")
        assert (switches(face), notices(face)) == ([], [])


async def test_a_lead_that_no_model_is_named_for_is_told(rig: Rig, model: FakeModel) -> None:
    settle(rig, "lead: on")
    async with opened(rig) as face:
        await face.ask("go")
        assert asked(face) == ["one"]
        assert notices(face) == [
            "A lead is set, but no model for it: name one as lead or planning among the models."
        ]


# On record


async def test_a_resumed_session_has_its_models_and_goes_on_where_the_lead_was(
    rig: Rig, model: FakeModel
) -> None:
    settle(rig, "models: {planning: fake/boss}\nlead: {turns: 2}")
    further(rig, "fake/boss")
    async with opened(rig) as face:
        await face.ask("go")
        await face.leave()
    settle(rig, "models: {planning: fake/nobody}\nlead: {turns: 2}")
    async with opened(rig, resume=face.session_id) as again:
        assert again.state.models == {"planning": "fake/boss"}
        for _ in range(2):
            await again.ask("go on")
        assert asked(again)[1:] == ["boss", "one"]


async def test_a_profile_that_is_named_on_resuming_brings_its_models(
    rig: Rig, model: FakeModel
) -> None:
    settle(
        rig,
        "models: {review: fake/two}\n"
        "profiles: {other: {models: {main: fake/two, planning: fake/planner}}}",
    )
    for name in ("fake/two", "fake/planner"):
        further(rig, name)
    async with opened(rig) as face:
        await face.tell(SetModel("fake/planner", "editing"))
        await face.ask("go")
        await face.leave()
    async with opened(rig, resume=face.session_id, profile="other") as again:
        await again.until(lambda: again.state.model == "fake/two")
        await again.ask("go on")
        assert again.state.models == {"planning": "fake/planner", "review": "fake/two"}
        assert asked(again)[1:] == ["two"]


async def test_a_model_for_a_role_is_chosen_and_given_up_by_command(
    rig: Rig, model: FakeModel
) -> None:
    further(rig, "fake/planner", window=1000)
    async with opened(rig, mode="plan") as face:
        await face.tell(SetModel("planner", "planning"))
        await face.until(lambda: face.state.seat)
        assert face.state.models == {"planning": "fake/planner"}
        assert face.state.model == "fake/one"
        await face.ask("plan it")
        await face.tell(SetModel("", "planning"))
        await face.until(lambda: face.state.seat is None)
        assert face.state.models == {}
        assert switches(face)[-1] == ("main", "fake/one", "planning has no model of its own")
        await face.ask("plan it again")
        assert asked(face) == ["planner", "one"]
        await face.tell(SetModel("nobody", "planning"))
        await face.until(lambda: notices(face))
        assert notices(face) == ["There is no fake/nobody."]
        assert face.state.models == {}

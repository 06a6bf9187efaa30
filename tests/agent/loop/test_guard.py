"""A model that goes in circles is told so, then a person is asked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from goose_agent.commands import Interrupt
from goose_agent.providers.model import ModelRequest
from goose_agent.tools.ask_user import AskUser
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls
from support.probe import Probe
from support.requests import assert_valid, results

A = ("look", '{"word": "a"}')
A_WITH_BLANKS = ("look", ' { "word" : "a" } ')
B = ("look", '{"word": "b"}')
MISSING = ("look", "{}")
TOLD = "goose-agent: "

Reply = Callable[[ModelRequest], Answer]


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made, AskUser())
    return made


def steps(*wanted: tuple[str, str]) -> list[Answer | Reply]:
    """An answer with one call for each step."""
    return [calls(call) for call in wanted]


def told(face: Face) -> list[bool]:
    """Which results hold a reminder."""
    return [TOLD in finished.text for finished in face.data("tool.finished")]


async def test_the_third_equal_call_is_answered_with_a_reminder(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = steps(A, A_WITH_BLANKS, A)
    async with rig.session() as face:
        await face.ask("go")
        assert told(face) == [False, False, True]
        last = results(model.requests[3])[-1]
        assert last.text.startswith("saw a\n\n[goose-agent: ")
        assert not last.is_error
        assert face.state.turn and face.state.turn.reason == "done"


async def test_two_calls_by_turns_are_a_circle_too(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = steps(A, B, A, B)
    async with rig.session() as face:
        await face.ask("go")
        assert told(face) == [False, False, False, True]


async def test_the_same_error_twice_is_remarked(rig: Rig, model: FakeModel, probe: Probe) -> None:
    model.answers = steps(MISSING, MISSING)
    async with rig.session() as face:
        await face.ask("go")
        assert told(face) == [False, True]


async def test_other_errors_and_the_same_one_later_are_no_circle(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = steps(MISSING, B, MISSING, ("look", '{"wort": 1}'), ("lock", "{}"))
    async with rig.session() as face:
        await face.ask("go")
        assert told(face) == [False] * 5


async def test_equal_calls_of_one_answer_are_no_circle(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(A, A, A), calls(B, MISSING, MISSING)]
    async with rig.session() as face:
        await face.ask("go")
        assert not any(told(face))


async def test_work_between_equal_calls_is_no_circle(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    words = [("look", json.dumps({"word": word})) for word in "abacadae"]
    model.answers = steps(*words)
    async with rig.session() as face:
        await face.ask("go")
        assert not any(told(face))


async def test_whoever_goes_on_after_the_reminder_has_a_person_asked(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = steps(A, A, A, A)
    async with rig.session() as face:
        await face.submit("go")
        (pending,) = await face.pending()
        assert pending.subject.kind == "question"
        assert pending.subject.choices == ("Stop", "Go on")
        assert "look a" in pending.subject.text
        assert len(model.requests) == 4
        await face.reply("Stop")
        await face.idle()
        assert face.state.turn and face.state.turn.reason == "stopped"
        assert len(model.requests) == 4
        await face.ask("something else")
        assert_valid(model.requests[4])


async def test_an_error_that_stays_the_same_has_a_person_asked(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = steps(MISSING, MISSING, MISSING)
    async with rig.session() as face:
        await face.submit("go")
        (pending,) = await face.pending()
        assert pending.subject.kind == "question"
        assert "same error" in pending.subject.text
        await face.tell(Interrupt())
        await face.idle()
        assert not face.state.pending


async def test_the_persons_advice_reaches_the_model_and_starts_the_count_anew(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = steps(A, A, A, A, A, A)
    async with rig.session() as face:
        await face.submit("go")
        await face.pending()
        await face.reply("Look at the other word.")
        await face.idle()
        assert face.state.turn and face.state.turn.reason == "done"
        texts = [str(message.parts) for message in model.requests[4].messages]
        assert "Look at the other word." in texts[-1]
        assert told(face)[4:] == [False, False]
        for request in model.requests:
            assert_valid(request)


async def test_the_question_waits_through_the_end_of_the_process(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = steps(A, A, A, A)
    async with rig.session() as face:
        await face.submit("go")
        await face.pending()
        await face.leave()
    async with rig.resumed(face.session_id) as again:
        await again.pending()
        await again.reply("Go on")
        await again.idle()
        assert again.answer == "done."
        assert len(again.data("request.asked")) == 1


async def test_a_denied_call_is_no_error_of_the_model(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = steps(("act", '{"word": "x"}'), ("act", '{"word": "y"}'))
    async with rig.session(mode="plan") as face:
        await face.ask("go")
        assert not any(told(face))

"""When the model's service fails."""

from __future__ import annotations

import pytest

from goose_agent.commands import Interrupt, Retry
from goose_agent.errors import (
    AuthError,
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    ProviderError,
    QuotaError,
    RateLimited,
    StreamLost,
)
from goose_agent.providers.model import AnswerEnd, TextDelta
from goose_agent.state.records import AnswerRecord
from support.engine import Rig
from support.models import Answer, FakeModel, calls, said
from support.requests import assert_valid, results


def failing(error: ProviderError, text: str = "") -> Answer:
    return Answer((TextDelta(text),) if text else (), error=error)


@pytest.mark.parametrize("error", [RateLimited("busy", retry_after=0), ConnectionLost("gone")])
async def test_what_may_pass_is_tried_again_and_what_came_before_is_dropped(
    rig: Rig, model: FakeModel, error: ProviderError
) -> None:
    error.retry_after = 0
    model.answers = [failing(error, "half an"), said("whole answer")]
    async with rig.session() as face:
        await face.ask("go")
        assert face.answer == "whole answer"
        (retrying,) = face.data("model.retrying")
        assert retrying.attempt == 2
        assert 0 <= retrying.delay < 1
        assert model.requests[0] == model.requests[1]
        await face.ask("more")
        roles = [message.role for message in model.requests[2].messages]
        assert roles == ["user", "assistant", "user"]


async def test_it_is_not_tried_for_ever(rig: Rig, model: FakeModel) -> None:
    model.answers = [failing(RateLimited("busy", retry_after=0)) for _ in range(9)]
    async with rig.session() as face:
        await face.ask("go")
        assert len(model.requests) == 5
        assert face.state.turn and face.state.turn.reason == "failed"
        assert face.data("model.failed")[0].error == "rate_limit"


@pytest.mark.parametrize("kind", [AuthError, QuotaError, ContextOverflow, BadAnswer])
async def test_what_only_a_person_can_mend_stops_the_turn(
    rig: Rig, model: FakeModel, kind: type[ProviderError]
) -> None:
    model.answers = [failing(kind("It is so.", "Do this.", status=400))]
    async with rig.session() as face:
        await face.ask("go")
        assert len(model.requests) == 1
        assert face.state.turn and face.state.turn.reason == "failed"
        (failed,) = face.data("model.failed")
        assert (failed.message, failed.hint, failed.status) == ("It is so.", "Do this.", 400)
        await face.tell(Retry())
        await face.until(lambda: len(face.state.turns) == 2 and not face.state.working)
        assert face.answer == "done."


async def test_a_wait_of_hours_is_said_and_left_to_the_person(rig: Rig, model: FakeModel) -> None:
    model.answers = [failing(RateLimited("busy", "Wait.", status=429, retry_after=7300.0))]
    async with rig.session() as face:
        await face.ask("go")
        assert len(model.requests) == 1
        assert face.data("model.failed")[0].hint == "It asks to wait 2 hours: try again then."


async def test_an_answer_without_end_is_stopped(rig: Rig, model: FakeModel) -> None:
    endless = [TextDelta("x" * 2**20)] * 100
    model.answers = [Answer(endless, error=QuotaError("It went on to its end."))]
    async with rig.session() as face:
        await face.ask("go")
        (failed,) = face.data("model.failed")
        assert "did not end" in failed.message
        assert model.left_early == 1


async def test_an_answer_that_broke_off_is_asked_for_five_times_more(
    rig: Rig, model: FakeModel
) -> None:
    model.answers = [failing(StreamLost("gone", retry_after=0), "half") for _ in range(9)]
    async with rig.session() as face:
        await face.ask("go")
        assert len(model.requests) == 6
        assert [retrying.attempt for retrying in face.data("model.retrying")] == [2, 3, 4, 5, 6]
        answers = [record for record in face.state.records if isinstance(record, AnswerRecord)]
        assert [(answer.text, answer.interrupted) for answer in answers] == [("half", True)] * 6


async def test_a_stream_that_ends_without_its_end_was_cut(rig: Rig, model: FakeModel) -> None:
    cut = Answer((TextDelta("and so"),))
    model.answers = [cut, cut, cut, cut]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: face.state.phase == "retrying")
        await face.tell(Interrupt())  # while it waits to try again
        await face.idle()
        assert face.state.turn and face.state.turn.reason == "interrupted"
        assert face.state.phase == "idle"


async def test_a_failure_after_calls_leaves_a_valid_history(rig: Rig, model: FakeModel) -> None:
    model.answers = [
        calls(("shell", '{"command": "echo one"}')),
        failing(QuotaError("No credit."), "let me"),
    ]
    async with rig.session() as face:
        await face.ask("go")
        await face.ask("go on")
        assert_valid(model.requests[2])
        assert len(results(model.requests[2])) == 1


async def test_calls_in_an_answer_that_broke_off_do_not_run(rig: Rig, model: FakeModel) -> None:
    whole = calls(("shell", '{"command": "touch x"}'))
    error = ConnectionLost("gone", retry_after=0)
    model.answers = [Answer(whole.pieces[:2], error=error), said("never mind")]
    async with rig.session() as face:
        await face.ask("go")
        assert not (rig.folder / "x").exists()
        assert not results(model.requests[1])
        assert [call.state for call in face.state.calls_of_turn(face.state.turns[0])] == [
            "cancelled"
        ]


async def test_the_limit_of_requests_in_one_turn_holds(rig: Rig, model: FakeModel) -> None:
    model.answers = [calls(("shell", '{"command": "true"}')) for _ in range(9)]
    async with rig.session(max_turns=3) as face:
        await face.ask("go")
        assert len(model.requests) == 3
        assert face.state.turn and face.state.turn.reason == "max_turns"
        await face.ask("go on")
        assert_valid(model.requests[3])


async def test_an_empty_answer_is_said_to_be_one(rig: Rig, model: FakeModel) -> None:
    model.answers = [Answer((AnswerEnd("stop"),)), Answer((AnswerEnd("refusal"),))]
    async with rig.session() as face:
        await face.ask("one")
        assert "answered nothing" in face.data("notice")[0].text
        await face.ask("two")
        assert "refused" in face.data("notice")[1].text


async def test_what_was_spent_adds_up(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await face.ask("one")
        await face.ask("two")
        spent = face.state.spent
        assert (spent.requests, spent.input_tokens, spent.output_tokens) == (2, 200, 20)
        assert spent.unpriced == 2
        assert face.state.context.tokens == 110
        assert face.state.context.source == "provider"

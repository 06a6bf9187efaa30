"""A conversation that has outgrown its model: made smaller once, or explained."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import pytest

from goose_agent.commands import Interrupt
from goose_agent.errors import ContextOverflow
from goose_agent.messages import Usage
from goose_agent.providers.model import (
    AnswerEnd,
    Model,
    ModelInfo,
    StopReason,
    TextDelta,
    UsageReport,
)
from goose_agent.sessions.log import SessionLog
from support.engine import Face, Rig
from support.models import Answer, FakeModel, call, said
from support.requests import assert_valid

TOO_LARGE = ContextOverflow("The request is too large.", "Compact it.", status=400)


@dataclass
class FakeCompactor:
    """Says that it made the conversation smaller, or that it could not."""

    helps: bool = True
    gate: anyio.Event | None = None
    seen: list[ContextOverflow] = field(default_factory=list)

    async def __call__(self, log: SessionLog, model: Model, overflow: ContextOverflow) -> bool:
        self.seen.append(overflow)
        if self.gate is not None:
            await self.gate.wait()
        return self.helps


@pytest.fixture
def compactor(rig: Rig) -> FakeCompactor:
    made = FakeCompactor()
    rig.compact = made
    return made


def ended(text: str, reason: StopReason, read: int, written: int) -> Answer:
    usage = UsageReport(Usage(read, written))
    return Answer((TextDelta(text), usage, AnswerEnd(reason)))


async def test_a_request_that_is_refused_is_compacted_and_sent_once_more(
    rig: Rig, model: FakeModel, compactor: FakeCompactor
) -> None:
    model.answers = [Answer(error=TOO_LARGE), said("fits")]
    async with rig.session() as face:
        await face.ask("go")
        assert face.answer == "fits"
        assert compactor.seen == [TOO_LARGE]
        assert face.data("model.failed") == []
        assert face.data("model.retrying")[0].message == "The request is too large."
        assert len(face.data("context.built")) == 2


@pytest.mark.parametrize("helps", [True, False])
async def test_compacting_is_not_tried_for_ever(
    rig: Rig, model: FakeModel, compactor: FakeCompactor, helps: bool
) -> None:
    compactor.helps = helps
    model.answers = [Answer(error=TOO_LARGE), Answer(error=TOO_LARGE)]
    async with rig.session() as face:
        await face.ask("go")
        assert len(compactor.seen) == 1
        (failed,) = face.data("model.failed")
        assert (failed.error, failed.hint) == ("overflow", "Compact it.")
        assert face.state.turn and face.state.turn.reason == "failed"
        model.answers = []
        await face.ask("and now?")  # the session is still usable
        assert face.answer == "done."


async def test_compacting_can_be_stopped(
    rig: Rig, model: FakeModel, compactor: FakeCompactor
) -> None:
    compactor.gate = anyio.Event()
    model.answers = [Answer((TextDelta("half"),), error=TOO_LARGE)]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: compactor.seen)
        await face.tell(Interrupt())
        await face.idle()
        assert face.state.turn and face.state.turn.reason == "interrupted"
        assert not any(getattr(record, "open", False) for record in face.state.records)


async def test_without_anything_that_compacts_it_is_explained(rig: Rig, model: FakeModel) -> None:
    model.answers = [Answer(error=TOO_LARGE)]
    async with rig.session() as face:
        await face.ask("go")
        (failed,) = face.data("model.failed")
        assert failed.error == "overflow"


async def test_an_answer_cut_off_by_a_full_window_is_given_anew(
    rig: Rig, model: FakeModel, compactor: FakeCompactor
) -> None:
    cut = ended("half of", "length", 9_000, 990)
    model.answers = [cut, said("all of it")]
    async with rig.session() as face:
        await face.ask("go")
        assert face.answer == "all of it"
        assert "is full" in compactor.seen[0].message
        await face.ask("more")
        assert_valid(model.requests[2])
        assert "half of" not in str(model.requests[2].messages)


async def test_calls_of_an_answer_that_a_full_window_cut_off_do_not_run(
    rig: Rig, model: FakeModel, compactor: FakeCompactor
) -> None:
    pieces = (*call(0, "shell", '{"command": "touch x"}'), UsageReport(Usage(9_990, 10)))
    model.answers = [Answer((*pieces, AnswerEnd("length"))), said("never mind")]
    async with rig.session() as face:
        await face.ask("go")
        assert not (rig.folder / "x").exists()
        assert face.data("tool.proposed") == []


async def test_an_answer_at_the_models_own_limit_is_no_overflow(
    rig: Rig, model: FakeModel, compactor: FakeCompactor
) -> None:
    model.answers = [ended("half of", "length", 100, 4_000)]
    async with rig.session() as face:
        await face.ask("go")
        assert compactor.seen == []
        assert "output limit" in face.data("notice")[0].text


async def long_conversation(rig: Rig, face: Face) -> None:
    """Teach the ratio of bytes to tokens, then say more than fits."""
    await face.ask("word " * 1000)
    await face.ask("word " * 8000)


def truncating(read: int) -> list[Answer]:
    return [ended("ok", "stop", 1_300, 2), ended("What was it?", "stop", read, 4)]


async def test_a_service_that_drops_the_beginning_is_found_out(
    rig: Rig, model: FakeModel, compactor: FakeCompactor
) -> None:
    model.info = ModelInfo("fake/one", window=4_000)
    model.answers = [*truncating(3_900), said("now I know")]
    async with rig.session() as face:
        await long_conversation(rig, face)
        assert "read only a part" in compactor.seen[0].message
        assert face.answer == "now I know"


async def test_what_was_dropped_is_said_where_compacting_did_not_help(
    rig: Rig, model: FakeModel, compactor: FakeCompactor
) -> None:
    model.info = ModelInfo("fake/one", window=4_000)
    model.answers = [*truncating(3_900), truncating(3_900)[1]]
    async with rig.session() as face:
        await long_conversation(rig, face)
        assert face.answer == "What was it?"
        assert "read only a part" in face.data("notice")[0].text


async def test_a_service_that_counts_all_of_it_has_dropped_nothing(
    rig: Rig, model: FakeModel, compactor: FakeCompactor
) -> None:
    model.info = ModelInfo("fake/one", window=4_000)
    model.answers = [*truncating(11_000)]
    async with rig.session() as face:
        await long_conversation(rig, face)
        assert compactor.seen == []

"""The terminal goes away while a call runs: with `detach` it ends first, and nothing else begins."""

from __future__ import annotations

import json

import anyio
import pytest

from goose_agent.commands import Close
from goose_agent.events import Question
from goose_agent.providers.model import TextDelta
from goose_agent.sessions.library import Library
from goose_agent.sessions.lock import is_left
from goose_agent.wire import Open, write
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said
from support.probe import Probe
from support.requests import results


def word(text: str) -> str:
    return json.dumps({"word": text})


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made,)
    rig.places.settings.parent.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text("detach: 20s\n", encoding="utf-8")
    return made


async def hang_up(face: Face) -> None:
    """The terminal goes away while a call runs."""
    await face.submit("go")
    await face.until(lambda: any(call.state == "running" for call in face.state.open_calls()))
    await face.tell(Close("hangup"))


async def test_a_call_that_runs_ends_and_the_session_waits_for_the_person(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("hold", word("x"))), said("and on it goes")]
    async with rig.session() as face:
        await hang_up(face)
        record = Library(rig.places.sessions).path(face.session_id)
        await face.until(lambda: is_left(record))
        assert not face.gone
        probe.gate.set()
        await face.until(lambda: face.gone)
        assert [result.outcome for result in face.data("tool.finished")] == ["ok"]
        assert face.data("session.ended")[0].reason == "hangup"
        assert len(model.requests) == 1
    async with rig.resumed(face.session_id) as again:
        (asked,) = await again.pending()
        assert isinstance(asked.subject, Question)
        assert "The terminal went away" in asked.subject.text
        await again.reply("Go on")
        await again.idle()
        assert again.answer == "and on it goes"
        assert len(again.data("request.asked")) == 1
        assert [result.text for result in results(model.requests[1])] == ["held x"]


async def test_nothing_new_begins(rig: Rig, model: FakeModel, probe: Probe) -> None:
    model.answers = [calls(*[("hold", word(str(at))) for at in range(9)])]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: len(face.data("tool.started")) == 8)
        await face.tell(Close("hangup"))
        record = Library(rig.places.sessions).path(face.session_id)
        await face.until(lambda: is_left(record))
        probe.gate.set()
        await face.until(lambda: face.gone)
    assert sorted(probe.ran) == [str(at) for at in range(8)]


async def test_an_approval_that_waits_stays_and_nobody_waits_for_it(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("hold", word("x")), ("act", word("y")))]
    async with rig.session(mode="smart") as face:
        await hang_up(face)
        probe.gate.set()
        await face.until(lambda: face.gone)
        assert [item.subject.kind for item in face.state.pending] == ["approval"]
    async with rig.resumed(face.session_id) as again:
        await again.pending()
        await again.approve("once")
        await again.idle()
        assert probe.ran == ["x", "y"]


async def test_after_the_time_that_is_set_the_call_is_stopped(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    rig.places.settings.write_text("detach: 0.2s\n", encoding="utf-8")
    model.answers = [calls(("hold", word("x")))]
    async with rig.session() as face:
        await hang_up(face)
        await face.until(lambda: face.gone)
        assert [result.outcome for result in face.data("tool.finished")] == ["cancelled"]
    async with rig.resumed(face.session_id) as again:
        assert not again.state.pending


async def test_whoever_ends_the_program_does_not_wait_for_the_call(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("hold", word("x")))]
    async with rig.session() as face:
        await hang_up(face)
        await face.tell(Close("terminated"))
        await face.until(lambda: face.gone)
        assert face.data("session.ended")[0].reason == "terminated"


@pytest.mark.parametrize("detach", ["detach: off", ""])
async def test_without_it_the_call_is_stopped_at_once(
    rig: Rig, model: FakeModel, probe: Probe, detach: str
) -> None:
    rig.places.settings.write_text(detach, encoding="utf-8")
    model.answers = [calls(("hold", word("x")))]
    async with rig.session() as face:
        await hang_up(face)
        await face.until(lambda: face.gone)
        assert [result.outcome for result in face.data("tool.finished")] == ["cancelled"]


async def test_an_answer_that_streams_is_not_waited_for(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [Answer((TextDelta("I was about"),), anyio.Event())]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: face.answer)
        await face.tell(Close("hangup"))
        await face.until(lambda: face.gone)


async def test_whoever_comes_back_follows_and_takes_over_when_the_call_has_ended(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("hold", word("x"))), said("and on it goes")]
    async with rig.session() as face, rig.engine() as again:
        await hang_up(face)
        record = Library(rig.places.sessions).path(face.session_id)
        await face.until(lambda: is_left(record))
        await again.say(write(Open(str(rig.folder), continue_last=True, follow=True)))
        await again.until(lambda: again.opened)
        await again.until(lambda: any(c.state == "running" for c in again.state.open_calls()))
        probe.gate.set()
        await again.until(lambda: again.data("session.resumed"))
        await again.pending()
        await again.reply("Go on")
        await again.idle()
        assert again.answer == "and on it goes"
        assert probe.ran == ["x"]

"""A session goes on where its last process left it, in order or not."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing

import anyio
import pytest

from goose_agent.commands import AnswerRequest, Close, Interrupt, SetModel
from goose_agent.events import ApprovalAnswer, Mode, Question, QuestionAnswer, ToolProposed
from goose_agent.providers.model import ModelInfo, TextDelta
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore, StoredEvent
from goose_agent.tools.ask_user import AskUser
from goose_agent.wire import Open, write
from support.engine import Face, Rig
from support.models import Answer, FakeModel, calls, said
from support.probe import Probe
from support.requests import assert_valid, results


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made, AskUser())
    return made


def word(text: str) -> str:
    return json.dumps({"word": text})


def word_of(rig: Rig, face: Face) -> str:
    return Library(rig.places.sessions).entries()[0].state


@pytest.mark.parametrize("in_order", [True, False])
async def test_a_question_survives_the_end_of_the_process(
    rig: Rig, model: FakeModel, probe: Probe, in_order: bool
) -> None:
    model.answers = [calls(("act", word("x"))), said("thanks")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        (asked,) = await face.pending()
        if in_order:
            await face.leave()
    assert word_of(rig, face) == "waiting"
    async with rig.resumed(face.session_id) as again:
        await again.until(lambda: again.kinds()[-1] in ("session.resumed", "session.recovered"))
        assert [item.request_id for item in again.state.pending] == [asked.request_id]
        await again.approve("once")
        await again.idle()
        assert probe.ran == ["x"]
        assert again.answer == "thanks"
        assert len(again.data("request.asked")) == 1
        assert_valid(model.requests[1])


async def test_an_answer_right_after_a_resume_is_not_lost(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("act", word("x")), ("act", word("y")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        pending = await face.pending(2)
    async with rig.resumed(face.session_id) as again:
        await again.tell(
            *[AnswerRequest(item.request_id, ApprovalAnswer("once")) for item in pending]
        )
        await again.idle()
        assert sorted(probe.ran) == ["x", "y"]
        assert len(again.data("request.asked")) == 2


async def test_a_question_of_the_model_survives_too(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("ask_user", '{"question": "Which?"}'), ("look", word("a")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        await face.until(lambda: probe.ran)
    async with rig.resumed(face.session_id) as again:
        await again.until(lambda: again.state.pending)
        await again.reply("red")
        await again.idle()
        assert [result.text for result in results(model.requests[1])] == ["red", "saw a"]
        assert probe.ran == ["a"]


@asynccontextmanager
async def killed(rig: Rig) -> AsyncIterator[None]:
    """The record of the one session is as its process leaves it that is killed here."""
    (record,) = rig.places.sessions.glob("s-*.db")
    kept = rig.base / "kept.db"
    for end in ("", "-wal"):
        shutil.copy(f"{record}{end}", f"{kept}{end}")
    yield
    for end in ("", "-wal"):
        shutil.copy(f"{kept}{end}", f"{record}{end}")
    record.with_name(f"{record.name}-shm").unlink(missing_ok=True)


async def cut_off(rig: Rig, model: FakeModel, probe: Probe, mode: Mode = "auto") -> str:
    """A session whose process died while a call ran; another call had ended."""
    model.answers = [calls(("hold", word("x")), ("look", word("y")))]
    async with AsyncExitStack() as after, rig.session(mode=mode) as face:
        await face.submit("go")
        await face.until(lambda: len(face.data("tool.finished")) == 1)
        await after.enter_async_context(killed(rig))
    assert word_of(rig, face) == "interrupted"
    return face.session_id


async def test_a_call_that_ran_when_the_process_died_waits_for_the_person(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    session = await cut_off(rig, model, probe)
    async with rig.resumed(session) as again:
        (asked,) = await again.pending()
        (recovered,) = again.data("session.recovered")
        assert len(recovered.dangling_calls) == 1
        assert recovered.damage == ()
        assert isinstance(asked.subject, Question)
        assert "hold" in asked.subject.text
        await again.reply("Skip it")
        await again.idle()
        first, second = results(model.requests[1])
        assert first.is_error
        assert "nobody knows" in first.text
        assert second.text == "saw y"
        assert_valid(model.requests[1])
        assert probe.ran.count("x") == 1
        assert len(again.data("tool.started")) == 2


async def test_damage_is_told_though_nothing_was_under_way(rig: Rig, model: FakeModel) -> None:
    model.answers = [said("hello")]
    async with AsyncExitStack() as after, rig.session() as face:
        await face.submit("go")
        await face.idle()
        await after.enter_async_context(killed(rig))
    (record,) = rig.places.sessions.glob("s-*.db")
    with closing(sqlite3.connect(record)) as db, db:
        db.execute("DELETE FROM events WHERE seq = 4")
    async with rig.resumed(face.session_id) as again:
        await again.until(lambda: again.data("session.recovered"))
        (recovered,) = again.data("session.recovered")
        assert recovered.damage[0] == "Record 4 is missing."
        assert recovered.dangling_calls == ()


async def test_it_runs_again_where_the_person_wants_it(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    session = await cut_off(rig, model, probe)
    probe.gate.set()
    async with rig.resumed(session, mode="auto") as again:
        await again.pending()
        await again.reply("Run it again")
        await again.idle()
        assert [result.is_error for result in results(model.requests[1])] == [False, False]
        assert len(again.data("tool.started")) == 3


async def test_what_runs_again_passes_the_gate_anew(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    session = await cut_off(rig, model, probe)
    probe.gate.set()
    async with rig.resumed(session, mode="approve") as again:
        await again.pending()
        await again.reply("Run it again")
        await again.until(lambda: [p for p in again.state.pending if p.subject.kind == "approval"])
        assert len(again.data("tool.started")) == 2
        await again.approve("deny")
        await again.idle()
        assert len(again.data("tool.started")) == 2
        denied, _ = results(model.requests[1])
        assert "The person denied this call." in denied.text
        assert "nobody knows how far it came" in denied.text


async def test_where_its_tool_is_gone_the_outcome_stays_unknown(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    session = await cut_off(rig, model, probe)
    rig.extensions = lambda: (AskUser(),)
    async with rig.resumed(session) as again:
        await again.idle()
        assert "nobody knows" in results(model.requests[1])[0].text


async def test_the_person_may_write_its_result(rig: Rig, model: FakeModel, probe: Probe) -> None:
    session = await cut_off(rig, model, probe)
    async with rig.resumed(session) as again:
        await again.pending()
        await again.reply("it is all there")
        await again.idle()
        assert results(model.requests[1])[0].text == "it is all there"
        (call,) = [call for call in again.state.calls_of_turn(again.state.turns[0]) if call.made_up]
        assert call.tool == "hold"
        assert len(again.data("tool.started")) == 2


@pytest.mark.parametrize("in_order", [True, False])
async def test_that_question_survives_the_end_of_the_process_too(
    rig: Rig, model: FakeModel, probe: Probe, in_order: bool
) -> None:
    session = await cut_off(rig, model, probe)
    async with rig.resumed(session) as face:
        (asked,) = await face.pending()
        if in_order:
            await face.leave()
    async with rig.resumed(session) as again:
        await again.until(lambda: again.kinds()[-1] in ("session.resumed", "session.recovered"))
        assert [item.request_id for item in again.state.pending] == [asked.request_id]
        await again.reply("Skip it")
        await again.idle()
        assert len(again.data("request.asked")) == 1
        assert len(again.data("tool.unknown_outcome")) == 1


async def test_whoever_stops_the_turn_leaves_the_outcome_unknown(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    session = await cut_off(rig, model, probe)
    async with rig.resumed(session) as again:
        await again.pending()
        await again.tell(Interrupt())
        await again.idle()
        assert not again.state.pending
        assert len(again.data("tool.unknown_outcome")) == 1
        await again.ask("and now?")
        assert "nobody knows" in results(model.requests[1])[0].text


async def test_an_answer_cut_off_by_the_end_of_the_process_is_kept(
    rig: Rig, model: FakeModel
) -> None:
    model.answers = [Answer((TextDelta("I was about"),), anyio.Event())]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: face.answer)
        await face.tell(Close("terminated"))
        await face.until(lambda: face.gone)
        assert face.state.turn and face.state.turn.reason == "interrupted"
        assert face.data("session.ended")[0].reason == "terminated"
    async with rig.resumed(face.session_id) as again:
        await again.ask("to what?")
        assert_valid(model.requests[1])


async def test_nothing_starts_by_itself_when_a_session_is_resumed(
    rig: Rig, model: FakeModel
) -> None:
    async with rig.session() as face:
        await face.ask("go")
    async with rig.resumed(face.session_id) as again:
        await again.ask("next")
        assert len(model.requests) == 2
        assert "session.recovered" not in again.kinds()


async def test_where_the_model_cannot_be_had_any_more_another_is_asked_for_and_all_else_stays(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("act", word("x")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        (asked,) = await face.pending()
    other = FakeModel(info=ModelInfo("fake/two", window=10_000))
    rig.models = {"fake/two": other}
    async with rig.resumed(face.session_id) as again:
        first, second = await again.pending(2)
        assert first == asked
        assert isinstance(second.subject, Question)
        assert "fake/one cannot be had" in second.subject.text
    async with rig.resumed(face.session_id) as again:
        await again.until(lambda: len(again.data("request.asked")) == 3)
        assert (await again.pending(2))[1].subject == second.subject
        await again.approve("once")
        await again.tell(SetModel("fake/none"))
        await again.until(lambda: any(n.level == "error" for n in again.data("notice")))
        await again.pending()
        await again.reply("fake/two")
        await again.idle()
        assert probe.ran == ["x"]
        assert again.state.model == "fake/two"
        assert again.answer == "done."
        assert_valid(other.requests[0])


async def test_another_model_is_asked_for_as_soon_as_the_session_is_open(
    rig: Rig, model: FakeModel
) -> None:
    async with rig.session() as face:
        await face.ask("go")
        await face.leave()
    rig.models = {"fake/two": FakeModel(info=ModelInfo("fake/two"))}
    async with rig.resumed(face.session_id) as again:
        await again.pending()
        await again.tell(SetModel("fake/two"))
        await again.until(lambda: again.state.model == "fake/two")
        assert not again.state.pending
        await again.ask("and now?")
        assert again.answer == "done."


async def test_whoever_names_no_model_is_asked_again_before_the_next_answer(
    rig: Rig, model: FakeModel
) -> None:
    async with rig.session() as face:
        await face.ask("go")
        await face.leave()
    rig.models = {"fake/two": FakeModel(info=ModelInfo("fake/two"))}
    async with rig.resumed(face.session_id) as again:
        (asked,) = await again.pending()
        await again.tell(AnswerRequest(asked.request_id, QuestionAnswer("", declined=True)))
        await again.until(lambda: not again.state.pending)
        await again.submit("and now?")
        await again.pending()
        await again.reply("fake/two")
        await again.idle()
        assert again.answer == "done."


async def test_a_model_that_is_named_at_the_resumption_needs_no_question(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("act", word("x")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
    rig.models = {"fake/two": FakeModel(info=ModelInfo("fake/two"))}
    async with rig.resumed(face.session_id) as without:
        await without.pending(2)
    async with rig.engine() as again:
        await again.say(write(Open(str(rig.folder), resume=face.session_id, model="fake/two")))
        await again.until(lambda: again.opened)
        await again.until(lambda: again.data("request.withdrawn"))
        await again.approve("once")
        await again.idle()
        assert again.answer == "done."


async def test_a_call_of_a_tool_that_is_gone_is_answered(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("act", word("x")), ("act", word("y")))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending(2)
    rig.extensions = lambda: (AskUser(),)
    async with rig.resumed(face.session_id) as again:
        await again.idle()
        assert [result.is_error for result in results(model.requests[1])] == [True, True]


async def test_wherever_the_record_was_cut_the_session_goes_on(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    probe.gate.set()
    half = calls(("look", word("never")))
    model.answers = [
        calls(("hold", word("a")), ("act", word("b")), ("nothing", "{}"), ("ask_user", "{}")),
        calls(("ask_user", '{"question": "Which?"}'), ("act", word("c"))),
        Answer((TextDelta("so"), *half.pieces[:2]), anyio.Event()),
    ]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        await face.approve("once")
        await face.pending(2)
        question = next(i for i, p in enumerate(face.state.pending) if p.subject.kind == "question")
        await face.approve("deny") if question else await face.reply("red")
        await face.until(lambda: len(face.state.pending) == 1)
        await face.reply("red") if question else await face.approve("deny")
        await face.until(lambda: face.answer == "so")
        await face.submit("queued")
        await face.until(lambda: face.state.queue)
        await face.leave()
        events = [event for event in face.events if not event.transient]
    stored = SessionStore(rig.places.sessions / f"{face.session_id}.db", write=False)
    lines = list(stored.events())
    stored.close()
    for cut in range(1, len(lines)):
        await _goes_on(rig, lines, [event.type for event in events], cut)


async def _goes_on(rig: Rig, lines: list[bytes], types: list[str], cut: int) -> None:
    from goose_agent.codec import event_from
    from goose_agent.state.reduce import reduce
    from goose_agent.state.session_state import SessionState

    last = FakeModel()
    rig.models = {"fake/one": last}
    name = f"s-cut{cut}"
    store = SessionStore(rig.places.sessions / f"{name}.db", write=True)
    rows = [StoredEvent(at + 1, types[at], 0, line) for at, line in enumerate(lines[:cut])]
    store.append(rows, synced=False)
    store.close()
    state = SessionState()
    for line in lines[:cut]:
        state = reduce(state, event_from(line))
    async with rig.resumed(name, mode="auto") as face:
        while not face.data("session.resumed") or face.state.working:
            await face.until(
                lambda: (
                    face.state.pending or (face.data("session.resumed") and not face.state.working)
                )
            )
            for item in face.state.pending:
                choice = ApprovalAnswer("deny")
                if item.subject.kind == "approval":
                    await face.tell(AnswerRequest(item.request_id, choice))
                else:
                    await face.reply("Skip it" if "ended" in str(item.subject) else "red")
                gone = item.request_id
                await face.until(
                    lambda gone=gone: gone not in {p.request_id for p in face.state.pending}  # type: ignore[misc] # a lambda with defaults
                )
        await face.ask("go on")
        assert face.answer == "done.", cut
        for request in last.requests:
            assert_valid(request)
        for record in face.state.records:
            assert getattr(record, "settled", True), (cut, record)
            assert not getattr(record, "open", False), (cut, record)
        proposed = [event for event in face.events if isinstance(event.data, ToolProposed)]
        assert len(results(last.requests[-1])) == len(proposed), cut

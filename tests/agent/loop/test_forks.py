"""A session is forked at any of its events: the fork is whole, and the session as it was."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goose_agent.clock import World
from goose_agent.codec import event_from
from goose_agent.commands import AnswerRequest, Compact, Interrupt, Retry
from goose_agent.context.build import ContextBuilder
from goose_agent.errors import GooseError, StoreError
from goose_agent.events import (
    CompactionAnswer,
    Event,
    ModelRequested,
    RequestAsked,
    RulesChanged,
    SessionForked,
    SessionRule,
    ToolFinished,
    UserMessage,
)
from goose_agent.evolve import evolve
from goose_agent.loop.forks import fork_session
from goose_agent.loop.rebuilding import Rebuilder, sendings
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.model import Model, ModelInfo, ModelRequest
from goose_agent.providers.openai import OpenAIModel
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport
from goose_agent.replay.check import check_file
from goose_agent.replay.recording import Recording
from goose_agent.sessions.bundle import export_session, import_session
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore, StoredBlob
from goose_agent.sessions.verify import find_flaws
from goose_agent.state.records import NoticeRecord
from goose_agent.state.session_state import SessionState
from goose_agent.tools.standard import standard_extensions
from goose_agent.wire import Fork, Open, PieceChange, write
from support.engine import Face, Rig
from support.events import logs
from support.models import FakeModel, calls, said
from support.probe import Probe
from support.recordings import recorded
from support.requests import assert_valid, results
from support.stories import started, tell, write_story
from support.summing import SummingModel

RECORDS = sorted((Path(__file__).parents[2] / "sessions").glob("*.db"))


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made,)
    return made


@asynccontextmanager
async def forked(rig: Rig, session_id: str, fork: Fork, model: str = "") -> AsyncIterator[Face]:
    """An engine with a fork of a session."""
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), resume=session_id, fork=fork, model=model)))
        await face.until(lambda: face.opened or face.refused)
        yield face


def word(text: str) -> str:
    return json.dumps({"word": text})


def content(library: Library, session_id: str) -> str:
    """All that is on record of a session, as one hash."""
    with closing(SessionStore(library.path(session_id), write=False)) as store:
        rows = [(row.seq, row.body, link) for row, link in store.rows()]
        return hashlib.sha256(repr((rows, store.summary())).encode()).hexdigest()


def events_of(path: Path, kind: type) -> list[int]:
    with closing(SessionStore(path, write=False)) as store:
        events = map(event_from, store.events())
        return [event.seq for event in events if isinstance(event.data, kind)]


def taken_in(base: Path, record: Path) -> tuple[Library, str]:
    """A library with a session on record."""
    with closing(SessionStore(record, write=False)) as store:
        session_id = event_from(next(iter(store.events()))).session_id
    library = Library(base)
    shutil.copy(record, library.path(session_id))
    return library, session_id


def request_of(state: SessionState) -> ModelRequest:
    built = ContextBuilder().build(state, "prompt", (), "r")
    return ModelRequest(built.system, built.messages, built.tools)


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_fork_at_any_event_is_whole_and_makes_a_valid_request(
    tmp_path: Path, record: Path
) -> None:
    def reach() -> Transport:
        return Transport(Service("Here", "http://127.0.0.1:9"))

    models: list[Model] = [
        OpenAIModel(ModelInfo("a/one", 100_000), reach()),
        AnthropicModel(ModelInfo("b/two", 100_000, 1000), reach()),
    ]
    library, session_id = taken_in(tmp_path, record)
    before = content(library, session_id)
    with closing(Recording.open(library.path(session_id))) as whole:
        step = 1 + len(whole) // 70  # a long record has more events of each kind
        for place, event in enumerate(whole.events):
            if place % step:
                continue
            afresh = place // step % 2 == 0
            fork_id = fork_session(library, session_id, Fork(event.seq, afresh), World())
            path = library.path(fork_id)
            assert find_flaws(path) == []
            with closing(Recording.open(path)) as fork:
                first = fork.events[event.seq].data
                assert first == SessionForked(session_id, event.seq)
                then = whole.state_at(place)
                assert evolve(fork.state_at(place), session_id=session_id) == then
                state = fork.state_at(len(fork))
                assert state.fork is not None and state.fork.at == event.seq
                assert not state.working or (state.waits and not afresh)
                if any(message.role == "user" for message in request_of(state).messages):
                    assert_valid(request_of(state))
                    assert all(model.encode(request_of(state)) for model in models)
            for file in tmp_path.glob(f"{fork_id}.*"):
                file.unlink()
    assert content(library, session_id) == before


async def test_what_was_steered_queued_stopped_and_made_smaller_is_forked_anywhere(
    rig: Rig, probe: Probe
) -> None:
    model = SummingModel()
    held = calls(("hold", word("x")), ("look", word("y")))
    model.answers = [calls(("look", word("a"))), said("one"), said("two"), held, said("three")]
    rig.with_model(model)
    async with rig.session() as face:
        await face.ask("long " * 1200)
        await face.ask("again")
        await face.tell(Compact())
        await face.pending()
        await face.tell(AnswerRequest(face.state.pending[0].request_id, CompactionAnswer("accept")))
        await face.until(lambda: face.data("compaction.applied"))
        await face.submit("and now?")
        await face.until(lambda: "x" in probe.ran)
        await face.submit("sooner", steer=True)
        await face.submit("later")
        await face.until(lambda: len(face.state.queue) == 2)
        await face.tell(Interrupt())
        await face.idle()
        await face.leave()
    library = Library(rig.places.sessions)
    with closing(Recording.open(library.path(face.session_id))) as whole:
        numbers = [event.seq for event in whole.events]
    for at in numbers:
        fork_id = fork_session(library, face.session_id, Fork(at, afresh=at % 2 == 0), World())
        with closing(Recording.open(library.path(fork_id))) as fork:
            state = fork.state_at(len(fork))
        assert not state.queue
        assert not state.working or (state.waits and at % 2)
        request = request_of(state)
        if any(message.role == "user" for message in request.messages):
            assert_valid(request)


@given(logs(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_log_can_be_forked_and_nothing_is_at_work_then(log: list[Event], afresh: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder))
        story = [each.data for each in log if not each.transient]
        at = write_story(library.path("s-1"), started(), *story)
        fork_id = fork_session(library, "s-1", Fork(at, afresh), World())
        with closing(Recording.open(library.path(fork_id))) as fork:
            state = fork.state_at(len(fork))
            assert fork.events[at].type == "session.forked"
        assert find_flaws(library.path(fork_id)) == []
        assert not state.working or (state.waits and not afresh)
        assert not (afresh and state.waits)


async def test_a_fork_at_any_event_opens_and_goes_on(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    rig = Rig(tmp_path)
    model = FakeModel()
    rig.with_model(model)
    rig.with_model(ScriptedModel.load("[]", name="scripted/model", speed=0))
    library = Library(rig.places.sessions)
    before = content(library, path.stem)
    with closing(Recording.open(path)) as recording:
        last = recording.events[-1].seq
    for at in range(1, last + 1, 3):
        asked = len(model.requests)
        async with forked(rig, path.stem, Fork(at, afresh=True), "fake/one") as face:
            assert face.refused is None
            assert not face.state.working
            await face.ask("and now?")
            assert face.state.turns[-1].reason == "done"
            await face.leave()
        assert len(model.requests) == asked + 1
        assert_valid(model.requests[-1])
        assert find_flaws(library.path(face.session_id)) == []
    assert content(library, path.stem) == before


async def test_a_fork_is_as_recorded_and_can_be_handed_on(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    library, theirs = Library(path.parent), Library(tmp_path / "theirs")
    theirs.folder.mkdir()
    with closing(Recording.open(path)) as recording:
        places = range(1, len(recording) + 1, 9)
    for at in places:
        fork_id = fork_session(library, path.stem, Fork(at), World())
        check = await check_file(library.path(fork_id), World(), lambda _: standard_extensions())
        assert check.divergences == ()
        export_session(library.path(fork_id), tmp_path / f"{at}.goose")
        assert import_session(theirs, tmp_path / f"{at}.goose", World()) == (fork_id, True)
        assert find_flaws(theirs.path(fork_id)) == []


async def test_past_requests_of_a_fork_are_rebuilt_to_the_byte(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    library = Library(path.parent)
    at = events_of(path, ModelRequested)[-1]
    fork_id = fork_session(library, path.stem, Fork(at), World())
    with closing(SessionStore(library.path(fork_id), write=False)) as store:
        events = [event_from(line) for line in store.events()]
        rebuilder = Rebuilder(store.blob)
        found = [rebuilder.rebuild(each) for each in sendings(events, SessionState())]
    assert len(found) == 4
    assert all(sent.exact for sent in found)


async def test_the_original_goes_on_untouched_while_its_fork_goes_another_way(
    rig: Rig, model: FakeModel
) -> None:
    model.answers = [said("blue"), said("green"), said("red")]
    async with rig.session() as face:
        await face.ask("Which colour?")
        await face.ask("And now?")
        await face.leave()
    library = Library(rig.places.sessions)
    path = library.path(face.session_id)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    at = events_of(path, UserMessage)[1] - 1
    async with forked(rig, face.session_id, Fork(at, afresh=True)) as fork:
        assert fork.session_id != face.session_id
        await fork.ask("Another, please")
        assert fork.answer == "red"
        assert "And now?" not in str(model.requests[-1].messages)
        await fork.leave()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    entries = {entry.session_id: entry for entry in library.entries()}
    assert entries[fork.session_id].parent == face.session_id
    assert entries[fork.session_id].forked_at == at
    assert entries[fork.session_id].branch == "Another, please"
    assert entries[face.session_id].parent == ""


async def test_a_dropped_piece_is_gone_and_a_replaced_result_is_there(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    secret = "the poisoned message"
    model.answers = [calls(("look", word("a"))), said("seen"), said("as you wish")]
    async with rig.session() as face:
        await face.ask(secret)
        await face.ask("go on")
        await face.leave()
    library = Library(rig.places.sessions)
    path = library.path(face.session_id)
    (told, _), (result,) = events_of(path, UserMessage), events_of(path, ToolFinished)
    call_id = next(iter(face.state.calls))
    changes = (
        PieceChange(f"user:{told}:", "drop"),
        PieceChange(f"tool_result:{result}:{call_id}", "edit", "nothing was there"),
    )
    async with forked(rig, face.session_id, Fork(changes=changes)) as fork:
        assert fork.state.fork is not None
        assert fork.state.fork.differs == ("1 message dropped", "1 result edited")
        await fork.ask("once more")
        body = repr(model.requests[-1].messages)
        assert secret not in body
        assert [each.text for each in results(model.requests[-1])] == ["nothing was there"]
        assert_valid(model.requests[-1])
        await fork.leave()
    assert secret in repr(model.requests[-2].messages)


@pytest.mark.parametrize(
    ("fork", "words"),
    [
        (Fork(at=10_000), "no event 10000"),
        (Fork(at=-5), "Only 1 messages"),
        (Fork(changes=(PieceChange("user:99:", "drop"),)), "no such piece"),
        (Fork(changes=(PieceChange("tools", "edit", "x"),)), "not edited"),
    ],
)
async def test_a_fork_that_makes_no_sense_is_refused_and_leaves_nothing(
    rig: Rig, model: FakeModel, fork: Fork, words: str
) -> None:
    async with rig.session() as face:
        await face.ask("hello")
        await face.leave()
    library = Library(rig.places.sessions)
    with pytest.raises(GooseError, match=words):
        fork_session(library, face.session_id, fork, World())
    assert library.ids() == [face.session_id]


async def test_a_question_that_waited_can_be_answered_otherwise(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("act", word("x")), ("act", word("y"))), said("done"), said("denied")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending(2)
        await face.approve("once")
        await face.approve("once")
        await face.idle()
        await face.leave()
    assert sorted(probe.ran) == ["x", "y"]
    library = Library(rig.places.sessions)
    asked = events_of(library.path(face.session_id), RequestAsked)
    async with forked(rig, face.session_id, Fork(asked[-1])) as fork:
        await fork.pending(2)
        await fork.approve("deny", "not that")
        await fork.approve("deny", "nor that")
        await fork.idle()
        assert fork.answer == "denied"
        assert_valid(model.requests[-1])
    assert sorted(probe.ran) == ["x", "y"], "nothing ran once more"


async def test_nothing_runs_because_a_fork_is_opened(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("look", word("a")), ("act", word("x"))), said("done")]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        await face.approve("once")
        await face.idle()
        await face.leave()
    ran = list(probe.ran)
    library = Library(rig.places.sessions)
    with closing(SessionStore(library.path(face.session_id), write=False)) as store:
        last = sum(1 for _ in store.events())
    for at in range(1, last + 1):
        async with forked(rig, face.session_id, Fork(at)) as fork:
            assert fork.refused is None
            await fork.leave()
    assert probe.ran == ran
    assert len(model.requests) == 2


async def test_an_answer_is_asked_for_again_where_it_was_forked(rig: Rig, model: FakeModel) -> None:
    model.answers = [said("blue"), said("red")]
    async with rig.session() as face:
        await face.ask("Which colour?")
        await face.leave()
    library = Library(rig.places.sessions)
    at = events_of(library.path(face.session_id), ModelRequested)[0]
    async with forked(rig, face.session_id, Fork(at)) as fork:
        await fork.tell(Retry())
        await fork.until(lambda: fork.answer == "red")
        await fork.idle()
        assert "blue" not in repr(model.requests[-1].messages)
        assert_valid(model.requests[-1])


async def test_a_fork_is_opened_with_another_model(rig: Rig, model: FakeModel) -> None:
    other = FakeModel(info=ModelInfo("fake/two", window=5_000))
    rig.with_model(other)
    async with rig.session() as face:
        await face.ask("hello")
        await face.leave()
    async with forked(rig, face.session_id, Fork(), "fake/two") as fork:
        await fork.ask("and you?")
        assert fork.data("model.changed")[0].model == "fake/two"
        assert len(other.requests) == 1
        await fork.leave()
    assert len(model.requests) == 1
    branches = [entry.branch for entry in Library(rig.places.sessions).entries()]
    assert branches == ["and you?, model fake/two", ""]


async def test_a_session_is_forked_while_another_process_writes_it(
    rig: Rig, model: FakeModel
) -> None:
    async with rig.session() as face:
        await face.ask("hello")
        async with forked(rig, face.session_id, Fork(at=-1)) as fork:
            assert not fork.state.turns
            await fork.leave()
        await face.ask("still there?")
        assert len(face.state.turns) == 2


async def test_rules_of_a_session_from_elsewhere_hold_in_none_of_its_forks(
    rig: Rig, model: FakeModel, tmp_path: Path
) -> None:
    rule = SessionRule("shell", "*", "session")
    theirs = Library(tmp_path / "theirs")
    theirs.folder.mkdir()
    write_story(theirs.path("s-1theirs"), started(), RulesChanged(rule), *tell("hello"))
    export_session(theirs.path("s-1theirs"), tmp_path / "theirs.goose")
    ours = Library(tmp_path / "ours")
    ours.folder.mkdir()
    import_session(ours, tmp_path / "theirs.goose", World())
    for at in (2, 3, 4):
        fork_id = fork_session(ours, "s-1theirs", Fork(at), World())
        with closing(Recording.open(ours.path(fork_id))) as fork:
            assert fork.state_at(1).rules == (rule,)
            assert fork.state_at(len(fork)).rules == ()


def test_only_blobs_that_were_known_by_then_come_along(tmp_path: Path) -> None:
    library = Library(tmp_path)
    path = library.path("s-1")
    early, late = b"early" * 1000, b"late" * 1000
    write_story(path, started(), *tell("one"), blobs={"output": early})
    at = write_story(path, *tell("two"))
    write_story(path, *tell("three"), blobs={"output": late})
    fork_id = fork_session(library, "s-1", Fork(at), World())
    with closing(SessionStore(library.path(fork_id), write=False)) as store:
        assert store.blob(StoredBlob.of(early).sha) == early
        assert store.blob(StoredBlob.of(late).sha) is None


def test_what_is_damaged_is_said_in_the_fork(tmp_path: Path) -> None:
    library = Library(tmp_path)
    path = library.path("s-1")
    write_story(path, started(), *tell("one", "two", "three"))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE events SET body = X'00' WHERE seq = 3")
    fork_id = fork_session(library, "s-1", Fork(), World())
    with closing(Recording.open(library.path(fork_id))) as fork:
        records = fork.state_at(len(fork)).records
        notices = [record.text for record in records if isinstance(record, NoticeRecord)]
        assert any("Record 3 is no event." in text for text in notices)


def test_a_record_without_a_beginning_is_not_forked(tmp_path: Path) -> None:
    library = Library(tmp_path)
    write_story(library.path("s-1"), *tell("one"))
    with pytest.raises(StoreError, match="no beginning"):
        fork_session(library, "s-1", Fork(), World())


def test_a_fork_of_ten_thousand_events_takes_no_time(tmp_path: Path) -> None:
    library = Library(tmp_path)
    write_story(library.path("s-1"), started(), *tell(*("word " * 8 for _ in range(10_000))))
    begun = time.perf_counter()
    fork_id = fork_session(library, "s-1", Fork(9_000), World())
    assert time.perf_counter() - begun < 2.0
    with closing(Recording.open(library.path(fork_id))) as fork:
        assert fork.events[9_000].type == "session.forked"


_FORKS = """
import sys
from pathlib import Path
from goose_agent.clock import World
from goose_agent.loop.forks import fork_session
from goose_agent.sessions.library import Library
from goose_agent.wire import Fork
library = Library(Path(sys.argv[1]))
while True:
    print(fork_session(library, "s-1", Fork(50), World()), flush=True)
"""


def test_a_process_that_is_killed_leaves_whole_forks_or_none(tmp_path: Path) -> None:
    library = Library(tmp_path)
    write_story(library.path("s-1"), started(), *tell(*("word " * 50 for _ in range(100))))
    before = content(library, "s-1")
    for told in (1, 2, 3):
        process = subprocess.Popen(
            [sys.executable, "-c", _FORKS, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        done = [process.stdout.readline().strip() for _ in range(told)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        process.stdout.close()
        assert set(done) <= set(library.ids())
    for entry in library.entries():
        assert find_flaws(library.path(entry.session_id)) == []
        if entry.session_id != "s-1":
            assert (entry.parent, entry.forked_at) == ("s-1", 50)
    assert content(library, "s-1") == before

"""What a record tells besides states: marks, texts, waiting, causes, who wrote what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from goose_agent.errors import StoreError, UsageError
from goose_agent.events import (
    AnyData,
    ApprovalAnswer,
    Event,
    ModelCancelled,
    ModelDelta,
    ModelRequested,
    ModelResponded,
    Question,
    QuestionAnswer,
    RequestAnswered,
    RequestAsked,
    SessionResumed,
    SessionStarted,
    ToolFinished,
    ToolOutcomeUnknown,
    ToolProposed,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    Unknown,
    UserMessage,
)
from goose_agent.evolve import evolve
from goose_agent.messages import Usage
from goose_agent.replay.blame import blame, place_named
from goose_agent.replay.bookmarks import Bookmark, Bookmarks
from goose_agent.replay.recording import Recording
from goose_agent.replay.search import find_text
from goose_agent.replay.timeline import Timeline
from goose_agent.replay.waterfall import waterfall
from goose_agent.replay.why import Why, call_at, why
from goose_agent.state.changes import Edit
from support.engine import Rig
from support.models import FakeModel, calls, said
from support.recordings import made_of, recorded


def story() -> Iterator[AnyData]:
    yield SessionStarted("/w", ("/w",), "fake/one", 100_000, "smart", "0", "test")
    yield UserMessage("m", "Say hello.")
    yield TurnStarted(1)
    yield ModelRequested("r-1", "fake/one", "0" * 64, 100)
    yield ModelDelta("r-1", 0, "text", "Hel")
    yield ModelDelta("r-1", 0, "text", "lo, wor")
    yield ModelDelta("r-1", 0, "text", "ld")
    yield ModelResponded("r-1", (), "tool_calls", Usage(100, 20), 0.5, 4.0, 1.0)
    yield ToolProposed("c", "r-1", "shell", "{}", {}, summary="make it")
    yield RequestAsked("q", Question("c", "Really?", (), True))
    yield RequestAnswered("q", QuestionAnswer("yes"), 1.0)
    yield ToolStarted("c")
    yield ToolFinished("c", "error", "hello failed", 1.0)
    yield Unknown("compaction.applied", {})
    yield TurnEnded(1, "done", 1, 10.0)


@pytest.fixture
def events(tmp_path: Path) -> list[Event]:
    return made_of(tmp_path / "s-1.db", story())


def test_each_kind_of_moment_has_its_mark_and_can_be_gone_to(events: list[Event]) -> None:
    timeline = Timeline(events)
    assert [moment.mark for moment in timeline.moments if moment.mark] == [
        "user",
        "model",
        "asked",
        "failed",
        "compaction",
    ]
    seq = {stop: timeline.next(0, stop, 1) for stop in ("turn", "call", "error", "asked")}
    assert seq == {"turn": 2, "call": 12, "error": 12, "asked": 9}
    assert timeline.next(0, "compaction", 1) == 13
    assert timeline.next(12, "call", 1) is None
    assert timeline.next(14, "asked", -1) == 9
    assert timeline.next(0, "event", -1) is None
    assert timeline.axes() == ("events", "time", "tokens", "cost")
    assert timeline.along("cost")[6:8] == [0.0, 0.5]


def test_a_long_pause_is_played_in_seconds(events: list[Event]) -> None:
    later = [evolve(each, mono=each.mono + 3600 * (each.seq > 5)) for each in events]
    played = Timeline(later).played(2.0)
    assert played[:7] == [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0]


def test_a_new_process_is_timed_by_the_wall_clock(events: list[Event]) -> None:
    resumed = evolve(events[-1], data=SessionResumed("1", "test"), mono=0.5, seq=99)
    assert Timeline([*events, resumed]).moments[-1].elapsed == pytest.approx(14.0)


@pytest.mark.parametrize(
    ("pattern", "place", "step", "found"),
    [
        ("HELLO, world", 0, 1, 6),
        ("hello", 0, 1, 1),
        ("hello", 1, 1, 5),
        ("hello", 5, 1, 12),
        ("hello", 12, 1, 1),
        ("hello", 1, -1, 12),
        ("make it", 5, 1, 8),
        ("nothing", 0, 1, None),
        ("", 0, 1, None),
    ],
)
def test_a_text_is_found_where_all_of_it_was_there(
    events: list[Event], pattern: str, place: int, step: int, found: int | None
) -> None:
    assert find_text(events, pattern, place, step) == found


def test_waiting_is_told_apart_by_whom_it_was_for(events: list[Event]) -> None:
    (turn,) = waterfall(events, Timeline(events))
    assert [(span.who, span.words, span.seconds) for span in turn.spans] == [
        ("model", "fake/one", 4.0),
        ("person", "Really?", 1.0),
        ("tool", "shell make it", 1.0),
    ]
    assert turn.seconds == 12.0
    assert turn.waited_for("model") == 4.0


def test_waits_that_overlap_count_once_and_an_open_one_ends_with_the_turn(tmp_path: Path) -> None:
    def both() -> Iterator[AnyData]:
        yield TurnStarted(1)
        yield ToolStarted("a")
        yield ToolStarted("b")
        yield ToolFinished("a", "ok", "", 1.0)
        yield ToolFinished("b", "ok", "", 1.0)
        yield ModelRequested("r", "fake/one", "", 1)
        yield ModelCancelled("r")
        yield ToolStarted("c")
        yield TurnEnded(1, "interrupted", 0, 1.0)

    events = made_of(tmp_path / "s-2.db", both())
    (turn,) = waterfall(events, Timeline(events))
    assert turn.waited_for("tool") == 4.0
    assert turn.waited_for("model") == 1.0
    assert len(turn.spans) == 4


def test_a_turn_that_a_later_process_goes_on_with_is_one_and_the_time_between_is_none(
    tmp_path: Path,
) -> None:
    def both() -> Iterator[AnyData]:
        yield TurnStarted(1)
        yield ToolStarted("a")
        yield RequestAsked("q", Question("b", "Really?", (), True))
        yield SessionResumed("0", "test")
        yield RequestAnswered("q", QuestionAnswer("yes"), 1.0)
        yield ToolOutcomeUnknown("a", "")
        yield ModelRequested("r", "fake/one", "", 1)
        yield ModelResponded("r", (), "stop", None, None, 1.0, 1.0)
        yield TurnEnded(1, "done", 0, 1.0)

    events = made_of(tmp_path / "s-3.db", both())
    later = timedelta(days=3)
    events[3:] = [evolve(event, at=event.at + later) for event in events[3:]]
    (turn,) = waterfall(events, Timeline(events))
    assert [(span.who, span.seconds) for span in turn.spans] == [
        ("tool", 1.0),
        ("person", 1.0),
        ("model", 1.0),
    ]
    assert turn.seconds == 7.0


async def asked_why(base: Path, tool: str) -> Why:
    with closing(Recording.open(await recorded(base))) as recording:
        last = recording.state_at(len(recording) - 1)
        key = next(key for key in last.calls if last.call(key).tool == tool)
        found = why(recording, key)
        assert found is not None
        return found


async def test_an_edit_leads_back_to_what_the_model_had_just_read(tmp_path: Path) -> None:
    found = await asked_why(tmp_path, "edit")
    assert found.said == "`items[:-1]` drops the last item, whatever it is."
    assert found.model == "scripted/model"
    assert {piece.segment.kind for piece in found.new} >= {"tool_call", "tool_result"}
    assert not found.gone
    (asked,) = found.asked
    assert asked.ended is not None
    assert isinstance(asked.ended.data, RequestAnswered)
    assert asked.ended.data.answer == ApprovalAnswer("once")
    assert (found.decision, found.call.state) == ("ask", "ok")
    assert found.built < found.responded < found.judged < asked.asked.seq


async def test_a_likely_source_of_an_edit_is_the_file_it_read(tmp_path: Path) -> None:
    found = await asked_why(tmp_path, "edit")
    read = next(source for source in found.sources if source.segment.kind == "tool_result")
    assert read.words == ("return", "items")
    assert read.segment.origin < found.built
    assert all(0 < source.share <= 1 for source in found.sources)


async def test_the_call_of_an_event_is_its_own_or_the_last_one(tmp_path: Path) -> None:
    with closing(Recording.open(await recorded(tmp_path))) as recording:
        assert call_at(recording, 0) == ""
        for place, event in enumerate(recording.events):
            if isinstance(event.data, ToolFinished):
                assert call_at(recording, place) == event.data.call_id
        assert call_at(recording, 10**6)
        assert why(recording, "no such call") is None


async def test_a_line_is_traced_to_the_change_that_wrote_it(tmp_path: Path) -> None:
    with closing(Recording.open(await recorded(tmp_path))) as recording:
        found = blame(recording, "parser.py", 6)
        assert found.text == "    return [item for item in items if item]"
        assert isinstance(found.writer, Edit)
        event = recording.event(found.writer.seq)
        assert event is not None and event.type == "file.changed"
        assert blame(recording, "parser.py", 1).writer == "before"
        with pytest.raises(UsageError, match="has 6 lines"):
            blame(recording, found.path, 7)
        with pytest.raises(UsageError, match=r"No change of other\.py"):
            blame(recording, "other.py", 1)
        with pytest.raises(UsageError, match="No change of"):
            blame(recording, "parser.py", 6, place=3)


async def test_what_changed_outside_is_not_blamed_on_the_session(
    rig: Rig, model: FakeModel
) -> None:
    file = rig.write("a.txt", "one\ntwo\n")
    contents = ("one\ntwo\nthree\n", "zero\none\ntwo\nTHREE\nfour\n")
    for content in contents:
        model.answers += [
            calls(("read", json.dumps({"path": "a.txt"}))),
            calls(("write", json.dumps({"path": "a.txt", "content": content}))),
            said("ok"),
        ]
    async with rig.session() as face:
        await face.ask("go")
        file.write_text("one\ntwo\nTHREE\n", encoding="utf-8")
        await face.ask("go on")
        await face.leave()
    path = rig.places.sessions / f"{face.session_id}.db"
    with closing(Recording.open(path)) as recording:
        writers = [blame(recording, "a.txt", line).writer for line in range(1, 6)]
        turns = [writer.turn if isinstance(writer, Edit) else writer for writer in writers]
        assert turns[0] == 2
        assert turns[1:3] == ["before", "before"]
        assert turns[3] == "outside"
        assert turns[4] == 2


@pytest.mark.parametrize("text", ["", "a.py", "a.py:", "a.py:x", ":3", "a.py:0"])
def test_a_line_must_be_named_in_full(text: str) -> None:
    with pytest.raises(UsageError, match="PATH:LINE"):
        place_named(text)


def test_bookmarks_are_kept_beside_the_record_and_found_again(tmp_path: Path) -> None:
    record = tmp_path / "s-1.db"
    record.write_bytes(b"untouched")
    marks = Bookmarks(record, "s-1")
    marks.keep(7, "here it goes wrong")
    marks.keep(3)
    assert Bookmarks(record, "s-1").items == (Bookmark(3), Bookmark(7, "here it goes wrong"))
    marks.drop(3)
    assert Bookmarks(record, "s-1").items == (Bookmark(7, "here it goes wrong"),)
    assert Bookmarks(record, "s-other").items == ()
    assert record.read_bytes() == b"untouched"
    assert marks.path.stat().st_mode & 0o777 == 0o600


def test_bookmarks_that_cannot_be_kept_are_told_of(tmp_path: Path) -> None:
    marks = Bookmarks(tmp_path / "s-1.db", "s-1")
    marks.path.mkdir()
    with pytest.raises(StoreError, match=r"beside s-1\.db"):
        marks.keep(3)
    assert marks.items == ()

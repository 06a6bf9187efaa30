"""The engine as a face sees it: lines in, lines out."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from goose_agent.clock import World
from goose_agent.commands import (
    Close,
    Interrupt,
    ListTools,
    MoveQueued,
    Rename,
    Retry,
    SetMode,
    SetModel,
    Unqueue,
)
from goose_agent.providers.connect import ConnectedModel
from goose_agent.providers.model import ModelInfo, TextDelta
from goose_agent.sessions.library import Library
from goose_agent.wire import Open, write
from support.engine import Rig
from support.models import Answer, FakeModel, calls, said
from support.requests import assert_valid, results


async def test_a_question_gets_an_answer(rig: Rig, model: FakeModel) -> None:
    model.answers = [said("Hello.")]
    async with rig.session() as face:
        await face.ask("hi")
        assert face.answer == "Hello."
        assert face.state.turn and face.state.turn.reason == "done"
        assert face.state.title == "hi"
        await face.leave()
        assert face.state.ended


async def test_what_is_on_record_makes_the_same_state_as_what_was_shown(
    rig: Rig, model: FakeModel
) -> None:
    model.answers = [calls(("shell", '{"command": "echo hi"}')), said("ok")]
    async with rig.session() as face:
        await face.ask("go")
        await face.leave()
        shown = face.state
    async with rig.resumed(face.session_id) as again:
        await again.until(lambda: again.data("session.resumed"))
        past = again.events[: again.kinds().index("session.resumed")]
        assert past == [event for event in face.events if not event.transient]
        assert list(again.state.records)[: len(shown.records)] == list(shown.records)


async def test_a_missing_folder_is_refused(rig: Rig) -> None:
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.base / "nowhere"), model="fake/one")))
        await face.until(lambda: face.refused)
        assert face.refused is not None
        assert (face.refused.kind, face.refused.exit_code) == ("UsageError", 2)
        assert "nowhere" in face.refused.message


async def test_without_any_model_the_session_is_refused_and_nothing_is_written(rig: Rig) -> None:
    rig.world.environ["OLLAMA_HOST"] = "127.0.0.1:1"  # type: ignore[index] # a dict, in tests
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder))))
        await face.until(lambda: face.refused)
        assert face.refused is not None
        assert (face.refused.kind, face.refused.exit_code) == ("NoModel", 3)
    assert not Library(rig.places.sessions).ids()


async def test_an_unknown_session_is_refused_with_the_nearest(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await face.ask("hi")
        await face.leave()
    async with rig.resumed(face.session_id[:-2] + "zz") as again:
        assert again.refused is not None
        assert again.refused.kind == "UnknownSession"
        assert face.session_id in again.refused.hint


async def test_odd_settings_are_said_after_the_session_began(rig: Rig, model: FakeModel) -> None:
    rig.places.config.mkdir(parents=True)
    rig.places.settings.write_text("modle: x\n", encoding="utf-8")
    async with rig.session() as face:
        await face.until(lambda: face.data("notice"))
        assert face.kinds()[:2] == ["session.started", "notice"]
        assert "modle" in face.data("notice")[0].text
        await face.leave()
    async with rig.resumed(face.session_id) as again:
        assert again.opened


async def test_a_line_that_is_nonsense_is_refused_and_the_engine_goes_on(rig: Rig) -> None:
    async with rig.session() as face:
        await face.say(b"what is this\n")
        await face.until(lambda: face.refused)
        await face.ask("still there?")
        assert face.answer == "done."


async def test_two_engines_never_write_one_session(rig: Rig) -> None:
    async with rig.session() as face:
        await face.ask("hi")
        async with rig.resumed(face.session_id) as other:
            assert other.refused is not None
            assert other.refused.kind == "SessionBusy"


async def test_the_session_used_last_in_the_folder_is_continued(rig: Rig) -> None:
    async with rig.session() as first:
        await first.ask("one")
        await first.leave()
    async with rig.session() as second:
        await second.ask("two")
        await second.leave()
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), continue_last=True)))
        await face.until(lambda: face.opened)
        assert face.session_id == second.session_id
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.base), continue_last=True)))
        await face.until(lambda: face.refused)


async def test_another_model_answers_after_a_switch(rig: Rig, model: FakeModel) -> None:
    other = FakeModel([said("I am two.")] * 2, ModelInfo("fake/two", window=100))
    rig.with_model(other)
    async with rig.session() as face:
        await face.ask("hi")
        await face.tell(SetModel("fake/two"))
        await face.ask("and you?")
        assert face.answer == "I am two."
        assert (face.state.model, face.state.window) == ("fake/two", 100)
        assert any("window is smaller" in notice.text for notice in face.data("notice"))
        await face.tell(SetModel("fake/none"))
        await face.until(lambda: face.data("notice")[-1].level == "error")
        assert face.state.model == "fake/two"
        await face.leave()
    assert (model.closed, other.closed) == (1, 1)
    async with rig.resumed(face.session_id) as again:
        assert again.state.model == "fake/two"


async def test_flags_change_a_resumed_session_and_nothing_else_does(
    rig: Rig, model: FakeModel
) -> None:
    async with rig.session(mode="approve") as face:
        await face.ask("hi")
        await face.leave()
    async with rig.resumed(face.session_id) as again:
        assert again.state.mode == "approve"
        await again.leave()
    async with rig.resumed(face.session_id, mode="auto") as again:
        await again.until(lambda: again.state.mode == "auto")


async def test_a_message_while_it_works_waits_for_the_end_of_the_turn(
    rig: Rig, model: FakeModel
) -> None:
    gate = anyio.Event()
    model.answers = [Answer((TextDelta("wait"),), gate, then=said("").pieces)]
    async with rig.session() as face:
        await face.submit("one")
        await face.until(lambda: face.answer == "wait")
        await face.submit("two")
        await face.submit("three")
        await face.until(lambda: len(face.state.queue) == 2)
        await face.tell(Unqueue(face.state.queue[0].message_id))
        await face.until(lambda: len(face.state.queue) == 1)
        gate.set()
        await face.until(lambda: len(face.state.turns) == 2 and not face.state.working)
        assert [message.text for message in face.data("user.message")] == ["one", "three"]
        assert not face.state.queue


async def test_queued_messages_are_sent_in_the_order_they_were_given(
    rig: Rig, model: FakeModel
) -> None:
    gate = anyio.Event()
    model.answers = [Answer((TextDelta("wait"),), gate, then=said("").pieces)]
    async with rig.session() as face:
        await face.submit("one")
        await face.until(lambda: face.answer == "wait")
        for text in ("two", "three"):
            await face.submit(text)
        await face.until(lambda: len(face.state.queue) == 2)
        two, three = (item.message_id for item in face.state.queue)
        await face.tell(MoveQueued(two, two), MoveQueued("nothing", two), MoveQueued(three, two))
        await face.until(lambda: face.data("message.moved"))
        gate.set()
        await face.until(lambda: len(face.state.turns) == 3 and not face.state.working)
        assert [message.text for message in face.data("user.message")] == ["one", "three", "two"]
        assert len(face.data("message.moved")) == 1


async def test_the_tools_are_told_to_who_asks(rig: Rig) -> None:
    async with rig.session() as face:
        await face.until(lambda: face.state.folder)
        before = face.state.seq
        await face.tell(ListTools())
        await face.until(lambda: face.data("tools.listed"))
        tools = {tool.name: tool for tool in face.data("tools.listed")[0].tools}
        assert tools["shell"].effect == "run"
        assert tools["read"].effect == "read"
        assert all(tool.words and tool.extension for tool in tools.values())
        assert face.state.seq == before


async def test_steering_reaches_the_model_with_the_next_request(rig: Rig, model: FakeModel) -> None:
    gate = anyio.Event()
    one = calls(("shell", '{"command": "true"}'))
    model.answers = [Answer((TextDelta("hm"),), gate, then=one.pieces), said("fine")]
    async with rig.session() as face:
        await face.submit("one")
        await face.until(lambda: face.answer == "hm")
        await face.submit("not so", steer=True)
        await face.until(lambda: face.state.queue)
        gate.set()
        await face.idle()
        assert len(face.state.turns) == 1
        assert_valid(model.requests[1])
        assert model.requests[1].messages[-1].role == "user"


async def test_steering_after_the_last_word_gets_an_answer_in_the_same_turn(
    rig: Rig, model: FakeModel
) -> None:
    gate = anyio.Event()
    model.answers = [Answer((TextDelta("a"),), gate, then=said("").pieces), said("b")]
    async with rig.session() as face:
        await face.submit("one")
        await face.until(lambda: face.answer == "a")
        await face.submit("more", steer=True)
        await face.until(lambda: face.state.queue)
        gate.set()
        await face.idle()
        assert len(face.state.turns) == 1
        assert face.answer == "b"


async def test_an_interrupted_answer_stays_and_the_next_request_is_valid(
    rig: Rig, model: FakeModel
) -> None:
    model.answers = [Answer((TextDelta("I will"),), anyio.Event())]
    async with rig.session() as face:
        await face.submit("one")
        await face.until(lambda: face.answer == "I will")
        await face.tell(Interrupt())
        await face.idle()
        assert face.state.turn and face.state.turn.reason == "interrupted"
        assert model.left_early == 1
        await face.ask("two")
        roles = [message.role for message in model.requests[1].messages]
        assert roles == ["user", "assistant", "user"]


async def test_a_call_that_was_still_being_written_when_interrupted_never_happened(
    rig: Rig, model: FakeModel
) -> None:
    half = calls(("shell", '{"command": "touch x"}')).pieces[:2]
    model.answers = [Answer(half, anyio.Event())]
    async with rig.session() as face:
        await face.submit("one")
        await face.until(lambda: face.state.calls)
        await face.tell(Interrupt())
        await face.idle()
        await face.ask("two")
        assert_valid(model.requests[1])
        assert not results(model.requests[1])
        assert not (rig.folder / "x").exists()
        assert next(iter(face.state.calls_of_turn(face.state.turns[0]))).state == "cancelled"


async def test_retry_asks_again_with_nothing_new(rig: Rig, model: FakeModel) -> None:
    model.answers = [Answer((TextDelta("half"),), anyio.Event()), said("whole")]
    async with rig.session() as face:
        await face.submit("one")
        await face.until(lambda: face.answer == "half")
        await face.tell(Interrupt())
        await face.idle()
        await face.tell(Retry())
        await face.until(lambda: len(face.state.turns) == 2 and not face.state.working)
        assert [message.role for message in model.requests[1].messages] == ["user"]
        assert face.answer == "whole"


async def test_a_blank_message_is_no_message(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await face.submit("  \n")
        await face.tell(Rename("a\nname"))
        await face.until(lambda: face.state.title == "a name")
        assert not model.requests


async def test_commands_sent_at_once_are_taken_in_order(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await face.tell(SetMode("plan"), SetMode("plan"), Rename("x"), Close())
        await face.until(lambda: face.gone)
        assert face.kinds() == [
            "session.started",
            "mode.changed",
            "session.titled",
            "session.ended",
        ]


async def test_closing_right_after_a_message_leaves_an_interrupted_turn(
    rig: Rig, model: FakeModel
) -> None:
    model.answers = [Answer((TextDelta("never ends"),), anyio.Event())]
    async with rig.session() as face:
        await face.tell(*[SetMode("auto")])
        await face.submit("go")
        await face.tell(Close())
        await face.until(lambda: face.gone)
        assert not face.state.working


async def test_when_the_face_goes_away_sessions_end_in_order(rig: Rig, model: FakeModel) -> None:
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), model="fake/one")))
        await face._to_engine.aclose()  # a face that leaves while its session is being opened
        await face.until(lambda: face.gone)
        assert face.data("session.ended")[0].reason == "hangup"


@pytest.mark.parametrize("text", ["\ud800 half", "caf\udce9"])
async def test_text_that_no_utf8_can_hold_does_no_harm(
    rig: Rig, model: FakeModel, text: str
) -> None:
    model.answers = [said(text), calls((text, "{}"), ("shell", f'{{"{text}": 1}}')), said("ok")]
    async with rig.session() as face:
        await face.ask("one" + text)
        await face.ask("two")
        assert face.answer == "ok"
        assert "\ufffd" in face.data("user.message")[0].text


def test_nobody_else_can_read_a_session(tmp_path: Path) -> None:
    async def scenario() -> None:
        rig = Rig(tmp_path, {"fake/one": FakeModel()})
        async with rig.session() as face:
            await face.ask("hi")
            for path in rig.places.sessions.iterdir():
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
            assert stat.S_IMODE(rig.places.sessions.stat().st_mode) == 0o700

    anyio.run(scenario)


async def test_what_was_loosened_by_hand_does_not_come_back_by_itself(
    rig: Rig, model: FakeModel
) -> None:
    model.answers = [said("One.")]
    async with rig.session(mode="auto") as face:
        await face.ask("hi")
        await face.leave()
    async with rig.resumed(face.session_id) as again:
        await again.until(lambda: again.data("session.resumed"))
        await again.until(lambda: again.state.mode == "smart")
    async with rig.resumed(face.session_id, mode="auto") as named:
        await named.until(lambda: named.state.mode == "auto")


async def test_a_long_session_opens_from_its_image(rig: Rig, model: FakeModel) -> None:
    model.answers = [said(f"Answer {number}.") for number in range(60)]
    async with rig.session() as face:
        for number in range(60):
            await face.ask(f"question {number}")
        await face.leave()
        shown = face.state
    async with rig.resumed(face.session_id, mode="auto") as again:
        await again.until(lambda: again.data("session.resumed"))
        assert len(again.events) < 60, "the first events stayed in the record"
        assert list(again.state.records) == list(shown.records)
        assert again.state.spent == shown.spent


async def test_a_folder_added_on_resume_is_on_record(
    rig: Rig, model: FakeModel, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    model.answers = [said("One.")]
    async with rig.session() as face:
        await face.ask("hi")
        await face.leave()
    async with rig.engine() as again:
        word = Open(str(rig.folder), resume=face.session_id, add_dirs=(str(more),))
        await again.say(write(word))
        await again.until(lambda: str(more) in again.state.roots)
        await again.leave()
    async with rig.resumed(face.session_id) as last:
        await last.until(lambda: str(more) in last.state.roots)


class Watchful(Rig):
    """Remembers what the one that connects models was told."""

    told: Mapping[str, str]

    def connect(self, name: str, world: World) -> ConnectedModel:
        self.told = world.environ
        return super().connect(name, world)


async def test_what_is_set_for_models_reaches_the_one_that_connects_them(
    tmp_path: Path, model: FakeModel
) -> None:
    rig = Watchful(tmp_path, {"fake/one": model}, environ={"GOOSE_STREAM_TIMEOUT": "45"})
    rig.places.settings.parent.mkdir(parents=True, exist_ok=True)
    rig.places.settings.write_text("tool_shim: on\nstream_timeout: 2m\n", encoding="utf-8")
    async with rig.session() as face:
        await face.ask("hi")
    assert (rig.told["GOOSE_TOOLSHIM"], rig.told["GOOSE_STREAM_TIMEOUT"]) == ("on", "45.0")

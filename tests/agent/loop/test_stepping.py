"""Stepping through turns: where they pause, how far each step goes, what can be changed meanwhile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from goose_agent.clock import SteppingClock
from goose_agent.commands import (
    EditResult,
    EditSegment,
    Interrupt,
    RemoveBreakpoint,
    SetBreakpoint,
    SetMode,
    SetStepping,
    StepOn,
    Submit,
)
from goose_agent.events import SegmentChange, Step
from goose_agent.messages import Text
from goose_agent.sessions.library import Library
from goose_agent.state.records import CallRecord
from goose_agent.state.stepping import Pause
from goose_agent.tools.ask_user import AskUser
from goose_agent.tools.standard import standard_extensions
from goose_agent.wire import Open, write
from support.engine import Face, Rig
from support.models import FakeModel, calls, said
from support.probe import Probe
from support.requests import assert_valid, results


@pytest.fixture
def probe(rig: Rig) -> Probe:
    made = Probe()
    rig.extensions = lambda: (made,)
    return made


def word(text: str) -> str:
    return json.dumps({"word": text})


async def paused(face: Face) -> Pause:
    await face.until(lambda: face.state.debugging.pause)
    assert face.state.debugging.pause is not None
    return face.state.debugging.pause


async def go(face: Face, step: Step) -> None:
    pause = await paused(face)
    await face.tell(StepOn(pause.pause_id, step))
    await face.until(lambda: face.state.debugging.pause != pause)


async def places(face: Face, *steps: Step) -> list[str]:
    """Where each of the steps begins."""
    found = []
    for step in steps:
        pause = await paused(face)
        found.append(f"{pause.place} {pause.next}")
        await go(face, step)
    return found


async def edit(face: Face, kind: str, change: SegmentChange, text: str = "", at: int = 0) -> str:
    await paused(face)
    keys = [item.key for item in face.state.context.segments if item.kind == kind]
    built = len(face.data("context.built"))
    await face.tell(EditSegment(keys[at], change, text))
    await face.until(lambda: len(face.data("context.built")) > built)
    return keys[at]


async def stepping(face: Face, text: str = "go") -> None:
    await face.tell(SetStepping(True), Submit(text))
    await paused(face)


LOOKS = (calls(("look", word("a")), ("act", word("b"))), said("thanks"))


async def test_into_stops_at_everything(rig: Rig, model: FakeModel, probe: Probe) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await stepping(face)
        into: list[Step] = ["into"] * 6
        assert await places(face, *into) == [
            "before_request request to fake/one",
            "before_call look a",
            "after_call act b",
            "before_call act b",
            "after_call model call 2",
            "before_request request to fake/one",
        ]
        await face.idle()
        assert probe.ran == ["a", "b"]
        assert [item.request for item in face.data("paused")] == [1, 1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("step", "seen"),
    [
        ("next", ["before_request", "before_call", "before_call", "before_request"]),
        ("write", ["before_request", "before_call"]),
        ("out", ["before_request"]),
        ("continue", ["before_request"]),
    ],
)
async def test_how_far_a_step_goes(
    rig: Rig, model: FakeModel, probe: Probe, step: Step, seen: Sequence[str]
) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await stepping(face)
        for _ in seen:
            await go(face, step)
        await face.idle()
        assert [item.place for item in face.data("paused")] == seen
        # What was let run is not stepped through any more; the other steps end with the turn.
        assert face.state.stepping is (step != "continue")


async def test_nothing_pauses_where_nobody_steps(rig: Rig, model: FakeModel, probe: Probe) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await face.ask("go")
        assert not face.state.debugging.armed
        assert not face.data("paused")


async def test_the_next_turn_is_stepped_through_again(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await stepping(face)
        await go(face, "out")
        await face.idle()
        await face.submit("more")
        assert (await paused(face)).request == 2


async def test_a_pause_comes_before_the_gate_and_is_no_approval(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [*LOOKS]
    async with rig.session(mode="smart") as face:
        await stepping(face)
        await go(face, "write")
        assert (await paused(face)).next == "act b"
        assert len(face.data("tool.judged")) == 1
        await go(face, "into")
        await face.pending()
        assert probe.ran == ["a"]
        await face.approve("deny")
        pause = await paused(face)
        assert (pause.place, face.state.call(pause.call_id).state) == ("after_call", "denied")
        kinds = face.kinds()
        assert kinds.index("request.asked") > kinds.index("resumed")


async def test_the_gate_judges_by_the_mode_that_holds_after_the_pause(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [*LOOKS]
    async with rig.session(mode="auto") as face:
        await stepping(face)
        await go(face, "write")
        await paused(face)
        await face.tell(SetMode("plan"))
        await go(face, "out")
        await face.idle()
        assert probe.ran == ["a"]


async def test_stop_before_a_model_call_and_edit_what_it_sees(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await stepping(face, "delete everything")
        key = await edit(face, "user", "edit", "look around")
        assert [item.altered for item in face.state.context.segments] == ["", "", "edited", ""]
        await go(face, "write")
        await go(face, "out")
        await face.idle()
        assert model.requests[0].messages[0].parts == (Text("look around"),)
        assert model.requests[1].messages[0].parts == (Text("look around"),)
        # It can be undone, and holds from the next request on.
        await face.submit("more")
        await paused(face)
        await face.tell(EditSegment(key, "restore"))
        await face.until(lambda: not face.state.edits)
        await go(face, "out")
        await face.idle()
        assert model.requests[-1].messages[0].parts == (Text("delete everything"),)


async def test_what_is_dropped_leaves_a_valid_conversation(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await stepping(face)
        await go(face, "write")
        await go(face, "next")
        await edit(face, "tool_result", "drop")
        await edit(face, "tool_call", "drop", at=1)
        await edit(face, "tools", "drop")
        await edit(face, "system", "edit", "Be brief.")
        await edit(face, "user", "pin")
        altered = {item.kind: item.altered for item in face.state.context.segments}
        assert altered["tools"] == altered["tool_call"] == altered["tool_result"] == "dropped"
        await go(face, "out")
        await face.idle()
        request = model.requests[1]
        assert_valid(request)
        assert (request.system, request.tools) == ("Be brief.", ())
        (stub,) = results(request)
        assert "took this result out" in stub.text
        assert [edit.pinned for edit in face.state.edits.values()].count(True) == 1


async def test_the_only_message_of_the_person_leaves_a_sentence(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await stepping(face)
        await edit(face, "user", "drop")
        await go(face, "out")
        await face.idle()
        (message,) = model.requests[0].messages
        assert isinstance(message.parts[0], Text)
        assert "took this message out" in message.parts[0].text


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("tools", "[]", "can be dropped, not edited"),
        ("user", "  ", "drop it instead"),
        ("tool_call", "[1]", "must be a JSON object"),
        ("nothing", "x", "no such piece"),
    ],
)
async def test_what_cannot_be_edited_is_said(
    rig: Rig, model: FakeModel, probe: Probe, kind: str, text: str, problem: str
) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await face.ask("go")
        await face.submit("more")
        await face.idle()
        keys: dict[str, str] = {i.kind: i.key for i in face.state.context.segments}
        await face.tell(EditSegment(keys.get(kind, kind), "edit", text))
        await face.until(lambda: any(problem in item.text for item in face.data("notice")))
        assert not face.state.edits


async def test_a_result_is_edited_before_the_model_sees_it(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await stepping(face)
        await go(face, "into")
        await go(face, "into")
        call_id = (await paused(face)).call_id
        await face.tell(EditResult(call_id, "saw nothing"))
        await face.until(lambda: face.state.call(call_id).original)
        await face.tell(EditResult(call_id, None))
        await face.until(lambda: face.state.call(call_id).original is None)
        await face.tell(EditResult(call_id, "saw nothing"))
        await go(face, "out")
        await face.idle()
        assert results(model.requests[1])[0].text == "saw nothing"
        call = face.state.call(call_id)
        assert (call.original, call.result) == ("saw a", "saw nothing")
        assert face.data("tool.finished")[0].text == "saw a"
        await face.tell(EditResult(call_id, "too late"))
        await face.until(lambda: face.data("notice"))
        assert face.state.call(call_id).result == "saw nothing"


async def test_a_breakpoint_pauses_without_stepping(rig: Rig, model: FakeModel) -> None:
    rig.extensions = standard_extensions
    commands = ("echo one", "true && git --version", "echo two")
    shell = [("shell", json.dumps({"command": command})) for command in commands]
    model.answers = [calls(*shell), said("thanks")]
    async with rig.session() as face:
        await face.tell(SetBreakpoint('tool == shell and argv[0] == "git"'))
        await face.submit("go")
        pause = await paused(face)
        assert pause.next == "shell true && git --version"
        assert pause.conditions == ('tool == shell and argv[0] == "git"',)
        assert [call.state for call in face.state.open_calls()] == ["proposed", "proposed"]
        # From a breakpoint one can step, though stepping is off.
        await go(face, "next")
        assert (await paused(face)).next == "shell echo two"
        await go(face, "continue")
        await face.idle()
        (point,) = face.state.debugging.breakpoints
        assert point.hits == 1
        assert len(face.data("breakpoint.hit")) == 1


async def test_breakpoints_are_changed_and_removed(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await face.tell(SetBreakpoint("request == 1"), SetBreakpoint("nonsense"))
        await face.until(lambda: face.data("notice"))
        assert "There is nothing called `nonsense`" in face.data("notice")[0].text
        (point,) = face.state.debugging.breakpoints
        await face.tell(SetBreakpoint("request == 1", point.breakpoint_id, enabled=False))
        await face.ask("go")
        assert not face.data("paused")
        await face.tell(SetBreakpoint("request == 2", point.breakpoint_id))
        await face.submit("go")
        await go(face, "continue")
        await face.idle()
        await face.tell(RemoveBreakpoint(point.breakpoint_id))
        await face.until(lambda: not face.state.debugging.breakpoints)
        assert not face.state.debugging.armed


async def test_what_is_true_of_the_session_hits_when_it_comes_to_hold(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await face.tell(SetBreakpoint("turn == 2"))
        await face.ask("one")
        await face.submit("two")
        await go(face, "continue")
        await face.idle()
        assert [item.place for item in face.data("paused")] == ["before_request"]


async def test_another_condition_begins_anew(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await face.tell(SetBreakpoint("turn > 0"))
        await face.submit("one")
        await go(face, "continue")
        await face.idle()
        (point,) = face.state.debugging.breakpoints
        await face.tell(SetBreakpoint("turn > 1", point.breakpoint_id))
        await face.submit("two")
        assert (await paused(face)).conditions == ("turn > 1",)
        assert face.state.debugging.breakpoints[0].hits == 1


async def test_before_a_model_call_the_text_is_what_was_said_since_the_one_before(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [said("I see."), said("Needle found."), *LOOKS]
    async with rig.session() as face:
        await face.ask("where is the needle?")
        await face.tell(SetBreakpoint("text ~ needle"))
        await face.ask("no word of it")
        assert not face.data("paused")
        await face.submit("and now?")
        assert (await paused(face)).request == 3
        await go(face, "continue")
        await face.idle()
        assert len(face.data("paused")) == 1


async def test_stepping_can_be_asked_for_as_a_session_is_resumed(
    rig: Rig, model: FakeModel
) -> None:
    async with rig.session() as face:
        await face.ask("go")
        await face.leave()
    async with rig.engine() as again:
        word = Open(str(rig.folder), resume=face.session_id, stepping=True)
        await again.say(write(word))
        await again.until(lambda: again.state.stepping)
        await again.submit("more")
        assert (await paused(again)).place == "before_request"


async def test_an_error_is_a_breakpoint_also_where_the_call_could_not_run(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("look", "{"), ("nonsense", "{}"), ("look", word("a"))), said("oh")]
    async with rig.session() as face:
        await face.tell(SetBreakpoint("error"))
        await face.submit("go")
        for tool in ("look", "nonsense"):
            pause = await paused(face)
            assert face.state.call(pause.call_id).tool == tool
            await go(face, "continue")
        await face.idle()
        assert probe.ran == ["a"]


async def test_a_path_is_touched_once(rig: Rig, model: FakeModel) -> None:
    rig.extensions = standard_extensions
    rig.write("src/a.py", "a")
    look = calls(("read", '{"path": "./src/../src/a.py"}'))
    model.answers = [look, look, said("thanks")]
    async with rig.session() as face:
        await face.tell(SetBreakpoint('touch "src/*.py"'))
        await face.submit("go")
        await go(face, "continue")
        await face.idle()
        assert len(face.data("paused")) == 1
        assert len(face.data("tool.started")) == 2


@pytest.mark.parametrize("in_order", [True, False])
@pytest.mark.parametrize("steps", range(4))
async def test_a_pause_survives_the_end_of_the_process(
    rig: Rig, model: FakeModel, probe: Probe, steps: int, in_order: bool
) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await stepping(face)
        for _ in range(steps):
            await go(face, "into")
        before = await paused(face)
        if in_order:
            await face.leave()
    assert Library(rig.places.sessions).entries()[0].state == "waiting"
    async with rig.resumed(face.session_id, mode="auto") as again:
        await again.until(lambda: "session.resumed" in again.kinds())
        assert await paused(again) == before
        await go(again, "next")
        while again.state.working:
            await again.until(lambda: again.state.debugging.pause or not again.state.working)
            if again.state.debugging.pause:
                await go(again, "next")
        assert probe.ran == ["a", "b"]
        assert again.answer == "thanks"
        for request in model.requests:
            assert_valid(request)


async def test_a_call_that_asks_is_not_paused_before_once_more(rig: Rig, model: FakeModel) -> None:
    rig.extensions = lambda: (AskUser(),)
    model.answers = [calls(("ask_user", '{"question": "Which?"}')), said("thanks")]
    async with rig.session() as face:
        await stepping(face)
        await go(face, "into")
        await go(face, "into")
        await face.pending()
    async with rig.resumed(face.session_id, mode="auto") as again:
        await again.pending()
        await again.reply("red")
        pause = await paused(again)
        assert (pause.place, again.state.call(pause.call_id).result) == ("after_call", "red")
        assert [item.place for item in again.data("paused")] == [
            "before_request",
            "before_call",
            "after_call",
        ]


async def test_a_step_right_after_a_resume_is_not_lost(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await stepping(face)
        await go(face, "into")
        before = await paused(face)
    async with rig.resumed(face.session_id, mode="auto") as again:
        await again.tell(StepOn(before.pause_id, "into"))
        await again.until(lambda: again.state.debugging.pause not in (None, before))
        assert (await paused(again)).place == "after_call"


async def test_the_turn_can_be_stopped_at_a_pause(rig: Rig, model: FakeModel, probe: Probe) -> None:
    model.answers = [*LOOKS]
    async with rig.session() as face:
        await stepping(face)
        await go(face, "into")
        await paused(face)
        await face.tell(Interrupt())
        await face.idle()
        assert face.state.debugging.pause is None
        calls_made = [item for item in face.state.records if isinstance(item, CallRecord)]
        assert [call.state for call in calls_made] == ["cancelled", "cancelled"]
        assert face.data("resumed")[-1].step == "withdrawn"
        await face.tell(SetStepping(False))
        await face.ask("again")
        assert_valid(model.requests[-1])


async def test_a_message_sent_into_a_paused_turn_reaches_the_request(
    rig: Rig, model: FakeModel
) -> None:
    async with rig.session() as face:
        await stepping(face)
        await face.submit("and quickly", steer=True)
        await face.until(lambda: face.state.queue)
        await go(face, "out")
        await face.idle()
        assert [message.parts for message in model.requests[0].messages] == [
            (Text("go"),),
            (Text("and quickly"),),
        ]


async def test_waiting_at_a_pause_is_not_work(rig: Rig, model: FakeModel) -> None:
    clock = SteppingClock()
    rig.world = replace(rig.world, clock=clock)
    async with rig.session() as face:
        await stepping(face)
        clock.elapsed += 60
        await go(face, "out")
        await face.idle()
        (measured,) = face.data("turn.measured")
        assert (measured.human_seconds, measured.model_seconds) == (60.0, 0.0)


async def test_stepping_switched_on_during_a_turn_pauses_at_the_next_stop(
    rig: Rig, model: FakeModel, probe: Probe
) -> None:
    model.answers = [calls(("hold", word("x")), ("hold", word("y"))), said("thanks")]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: probe.most_at_once == 2)
        await face.tell(SetStepping(True))
        await face.until(lambda: face.state.stepping)
        probe.gate.set()
        seen = await places(face, "into", "into", "into")
        assert sorted(each.split()[0] for each in seen) == [
            "after_call",
            "after_call",
            "before_request",
        ]
        await face.idle()


async def test_a_stale_step_changes_nothing(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await stepping(face)
        pause = await paused(face)
        await face.tell(StepOn("another", "out"), SetMode("plan"))
        await face.until(lambda: face.state.mode == "plan")
        assert face.state.debugging.pause == pause

"""A model with a small window gets few tools, and what it does comes to an end in words."""

from __future__ import annotations

import json

import pytest

from agent.providers.loopback import Received, Reply, streamed
from goose_agent.clock import World
from goose_agent.commands import FetchRequest
from goose_agent.messages import Text, ToolResult
from goose_agent.providers.connect import connect
from goose_agent.providers.model import ModelInfo
from goose_agent.providers.ollama import OllamaModel
from goose_agent.providers.service import Service
from goose_agent.providers.tool_shim import ShimModel
from goose_agent.providers.transport import Transport
from goose_agent.replay.check import check_file
from support.engine import Rig
from support.models import FakeModel, calls, said
from support.speakers import answer_for, speaking_server

SMALL = ModelInfo("fake/one", window=4_096)
LOOK = ("shell", '{"command": "echo ran >> ran.txt; cat ran.txt"}')
READ = ("read", '{"path": "ran.txt"}')


@pytest.fixture
def small(rig: Rig) -> FakeModel:
    made = rig.models["fake/one"] = FakeModel(info=SMALL)
    return made


async def test_it_gets_the_basic_tools_in_the_fewest_words(rig: Rig, small: FakeModel) -> None:
    async with rig.session() as face:
        await face.ask("go")
    tools = small.requests[0].tools
    assert sorted(tool.name for tool in tools) == ["read", "shell", "write"]
    for tool in tools:
        assert "\n" not in tool.description
        assert list(tool.parameters["properties"]) == tool.parameters["required"]  # type: ignore[call-overload] # a schema is plain data


async def test_in_plan_mode_it_can_show_its_plan(rig: Rig, small: FakeModel) -> None:
    async with rig.session(mode="plan") as face:
        await face.ask("go")
    assert "present_plan" in [tool.name for tool in small.requests[0].tools]


@pytest.mark.parametrize(
    ("info", "few"),
    [
        (ModelInfo("fake/one", window=4_096, lean=False), False),
        (ModelInfo("fake/one", window=200_000, lean=True), True),
        (ModelInfo("fake/one", tool_shim=True), True),
        (ModelInfo("fake/one", window=32_768, tool_shim=True), False),
        (ModelInfo("fake/one"), False),
    ],
)
async def test_who_gets_few_is_known_or_said(rig: Rig, info: ModelInfo, few: bool) -> None:
    rig.models["fake/one"] = model = FakeModel(info=info)
    async with rig.session() as face:
        await face.ask("go")
    request = model.requests[0]
    assert (len(request.tools) == 3) is few
    assert (len(request.system) < 1_000) is few


@pytest.mark.parametrize(("word", "lean"), [("on", True), ("off", False), ("auto", None)])
def test_a_person_can_say_so_for_any_model(word: str, lean: bool | None) -> None:
    assert connect("ollama/llama3.2", {"GOOSE_TUI_LEAN": word}).info.lean is lean


async def test_a_call_made_twice_runs_once_and_then_it_answers_in_words(
    rig: Rig, small: FakeModel
) -> None:
    small.answers = [said("Earlier."), calls(LOOK), calls(LOOK), said("It ran once.")]
    async with rig.session(mode="auto") as face:
        await face.ask("hello")
        await face.ask("run it")
        assert face.answer == "It ran once."
        assert face.state.turn and face.state.turn.reason == "done"
        assert len(face.data("tool.started")) == 1
        refused = face.data("tool.finished")[-1]
        assert (refused.outcome, refused.text[:13]) == ("error", "Not run again")
    assert (rig.folder / "ran.txt").read_text() == "ran\n"

    last = small.requests[-1]
    assert last.tools == ()
    assert last.turn_context == ""
    (message,) = last.messages
    texts = [part.text for part in message.parts if isinstance(part, Text)]
    assert texts[0] == "run it"
    assert texts[1] == f"{LOOK[0]} {LOOK[1]}\nran"
    assert len(texts) == 3


async def test_the_same_call_after_another_one_runs(rig: Rig, small: FakeModel) -> None:
    small.answers = [calls(LOOK), calls(READ), calls(LOOK), said("It ran twice.")]
    async with rig.session(mode="auto") as face:
        await face.ask("run it")
        assert len(face.data("tool.started")) == 3
    assert small.requests[-1].tools
    assert (rig.folder / "ran.txt").read_text() == "ran\nran\n"


async def test_a_word_of_the_person_gives_it_its_tools_again(rig: Rig, small: FakeModel) -> None:
    small.answers = [calls(LOOK), calls(LOOK), said("Done."), calls(LOOK), said("Done again.")]
    async with rig.session(mode="auto") as face:
        await face.ask("run it")
        await face.ask("and again")
        assert len(face.data("tool.started")) == 2
    assert [bool(request.tools) for request in small.requests] == [True, True, False, True, True]


async def test_a_model_with_room_may_repeat_a_call(rig: Rig, model: FakeModel) -> None:
    model.answers = [calls(LOOK), calls(LOOK), said("It ran twice.")]
    async with rig.session(mode="auto") as face:
        await face.ask("run it")
        assert len(face.data("tool.started")) == 2
    last = model.requests[-1]
    assert last.tools
    assert [type(part) for part in last.messages[-1].parts] == [ToolResult]


def _reply(asked: Received, at: int) -> Reply:
    """Prints the same call twice, as the object it is held to; then it says something."""
    call = json.dumps({"tool": LOOK[0], "arguments": json.loads(LOOK[1])})
    return streamed(answer_for(asked.path, "It ran." if at == 2 else call, None, 100))


async def test_such_a_session_is_made_anew_to_the_byte_and_would_be_so_today(rig: Rig) -> None:
    async with speaking_server(_reply) as server:
        plain = OllamaModel(ModelInfo("f/prints", 4_096), Transport(Service("Here", server.url)))
        rig.with_model(ShimModel(plain, constrained=True))
        async with rig.session("f/prints", mode="auto") as face:
            await face.ask("run it")
            assert face.answer == "It ran."
            await face.tell(FetchRequest())
            await face.until(lambda: face.data("request.read"))
            (read,) = face.data("request.read")
            await face.leave()
    assert read.exact
    assert "Tell the person in a few words" in read.text
    check = await check_file(rig.places.sessions / f"{face.session_id}.db", World())
    assert check.divergences == ()
    assert check.requests == 3

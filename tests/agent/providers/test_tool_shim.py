"""A model that cannot call tools is used like one that can."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path

import pytest

from goose_agent.errors import StreamLost
from goose_agent.evolve import evolve
from goose_agent.messages import Image, Message, Text, ToolCall, ToolResult, ToolSchema
from goose_agent.providers.connect import connect
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelRequest,
    Piece,
    StopReason,
    TextDelta,
)
from goose_agent.providers.shelf import Shelf
from goose_agent.providers.tool_shim import ShimModel
from support.engine import Rig
from support.models import Answer, FakeModel
from support.requests import assert_valid

SCHEMA: dict[str, object] = {"type": "object", "properties": {"word": {"type": "string"}}}
LOOK = ToolSchema("look", "Look at a word.", SCHEMA)
REQUEST = ModelRequest(
    "Be brief.",
    (
        Message("user", (Text("go"),)),
        Message("assistant", (Text("I look."), ToolCall("c1", "look", '{"word": "a"}'))),
        Message("tool", (ToolResult("c1", "look", "saw a"),)),
        Message("user", (Text("and now?"),)),
    ),
    (LOOK,),
)
CALL = '{"name": "look", "arguments": {"word": "b"}}'


def printing(*texts: str, stop: StopReason = "stop") -> Answer:
    return Answer((*map(TextDelta, texts), AnswerEnd(stop)))


async def pieces_of(
    answer: Answer, *, constrained: bool = False, request: ModelRequest = REQUEST
) -> tuple[list[Piece], ModelRequest]:
    """What comes out, and what the model was asked."""
    model = FakeModel([answer])
    shim = ShimModel(model, constrained=constrained)
    found: list[Piece] = []
    async with aclosing(shim.stream(request)) as stream:
        async for pieces in stream:
            found += pieces
    assert shim.encode(request) == model.encode(model.requests[0])
    return found, model.requests[0]


async def test_tools_calls_and_results_are_told_in_words() -> None:
    _, asked = await pieces_of(printing("ok"))
    assert asked.tools == ()
    assert asked.answer_schema is None
    assert asked.system.startswith("Be brief.\n\n# Tools\n")
    assert json.dumps(SCHEMA) in asked.system
    assert [message.role for message in asked.messages] == ["user", "assistant", "user"]
    first, second, third = asked.messages
    assert first == REQUEST.messages[0]
    assert second.parts == (
        Text('I look.\n<tool_call>\n{"name": "look", "arguments": {"word": "a"}}\n</tool_call>'),
    )
    assert third.parts == (
        Text('<tool_response name="look" state="ok">\nsaw a\n</tool_response>'),
        Text("and now?"),
    )


async def test_pictures_stay_behind_their_results_and_the_effort_as_it_was_asked() -> None:
    picture = Image("image/png", b"png")
    call = Message("assistant", (ToolCall("c1", "look", "{}"),))
    result = Message("tool", (ToolResult("c1", "look", "saw it", images=(picture,)),))
    request = evolve(REQUEST, messages=(REQUEST.messages[0], call, result), effort="high")
    for constrained in (False, True):
        _, asked = await pieces_of(printing("ok"), constrained=constrained, request=request)
        assert asked.effort == "high"
        assert asked.messages[-1].parts == (
            Text('<tool_response name="look" state="ok">\nsaw it\n</tool_response>'),
            picture,
        )


async def test_the_order_of_the_tools_changes_nothing_that_is_sent() -> None:
    tools = (ToolSchema("other", "Another.", SCHEMA), LOOK)
    for constrained in (False, True):
        _, one = await pieces_of(
            printing("ok"), constrained=constrained, request=evolve(REQUEST, tools=tools)
        )
        _, two = await pieces_of(
            printing("ok"), constrained=constrained, request=evolve(REQUEST, tools=tools[::-1])
        )
        assert one == two


async def test_what_is_printed_becomes_a_call() -> None:
    found, _ = await pieces_of(printing("Let me see.", "\n<tool_", f"call>{CALL}</tool_call>"))
    assert found == [
        TextDelta("Let me see."),
        TextDelta("\n"),
        CallStart(0, "", "look"),
        CallDelta(0, '{"word": "b"}'),
        AnswerEnd("tool_calls"),
    ]


async def test_without_tools_on_offer_nothing_is_read_as_a_call() -> None:
    plain = ModelRequest("Be brief.", REQUEST.messages)
    found, asked = await pieces_of(printing(CALL), request=plain)
    assert found == [TextDelta(CALL), AnswerEnd("stop")]
    assert asked.system == "Be brief."


async def test_an_answer_that_broke_off_keeps_the_text_that_was_held_back() -> None:
    model = FakeModel([Answer((TextDelta("so <tool_call>{"),), error=StreamLost("gone"))])
    found: list[Piece] = []
    with pytest.raises(StreamLost):
        async with aclosing(ShimModel(model, constrained=False).stream(REQUEST)) as stream:
            async for pieces in stream:
                found += pieces
    assert found == [TextDelta("so "), TextDelta("<tool_call>{")]


REPLY = json.dumps({"reply": 'Say "hé" \U0001f600\n'})
HELD = '{"tool": "look", "arguments": {"word": "b"}}'


@pytest.mark.parametrize("texts", [(REPLY,), tuple(REPLY)], ids=["at once", "by letters"])
async def test_a_reply_that_the_server_holds_to_a_schema_is_read_as_it_comes(
    texts: tuple[str, ...],
) -> None:
    found, _ = await pieces_of(printing(*texts), constrained=True)
    words = [piece.text for piece in found if isinstance(piece, TextDelta)]
    assert "".join(words) == 'Say "hé" \U0001f600\n'
    assert len(words) == 1 or len(texts) > 1 < len(words)
    assert found[-1] == AnswerEnd("stop")


@pytest.mark.parametrize("texts", [(HELD,), tuple(HELD)], ids=["at once", "by letters"])
async def test_a_call_that_the_server_holds_to_a_schema_is_a_call(texts: tuple[str, ...]) -> None:
    found, asked = await pieces_of(printing(*texts), constrained=True)
    assert found == [
        CallStart(0, "", "look"),
        CallDelta(0, '{"word": "b"}'),
        AnswerEnd("tool_calls"),
    ]
    assert asked.messages[1].parts == (
        Text('I look.\n{"tool": "look", "arguments": {"word": "a"}}'),
    )


async def test_a_model_that_is_held_may_call_before_it_may_say_anything() -> None:
    _, asked = await pieces_of(printing(HELD), constrained=True)
    assert asked.answer_schema is not None
    *calls, reply = [
        list(each["properties"].items())
        for each in asked.answer_schema["anyOf"]  # type: ignore[attr-defined] # plain data
    ]
    assert calls == [[("tool", {"type": "string", "enum": ["look"]}), ("arguments", SCHEMA)]]
    assert reply == [("reply", {"type": "string"})]
    # What it reads of a tool is a call of it.
    assert asked.system.endswith(
        'Look at a word.\n{"tool": "look", "arguments": {"word": "<optional: word>"}}'
    )


async def test_a_call_that_was_cut_off_is_a_call_to_be_refused() -> None:
    found, _ = await pieces_of(printing('{"tool": "look", "argu', stop="length"), constrained=True)
    assert found[0] == CallStart(0, "", "look")
    assert found[-1] == AnswerEnd("length")


@pytest.mark.parametrize(
    ("body", "stop", "text"),
    [
        ('{"reply": "half of it', "length", "half of it"),
        ("no object at all", "stop", "no object at all"),
        ('{"reply": "done"}', "stop", "done"),
        ('{"reply": "done", "tool": 1}', "stop", "done"),
    ],
)
async def test_an_object_without_calls_is_text(body: str, stop: StopReason, text: str) -> None:
    found, _ = await pieces_of(printing(body, stop=stop), constrained=True)
    assert found == [TextDelta(text), AnswerEnd(stop)]


async def test_the_loop_runs_what_was_printed(rig: Rig, model: FakeModel) -> None:
    rig.write("a.txt", "found me")
    read = '{"name": "read", "arguments": {"path": "a.txt"}}'
    model.answers = [printing("I read.\n", f"```json\n{read}\n```"), printing("It is there.")]
    rig.models["fake/one"] = ShimModel(model, constrained=False)
    async with rig.session() as face:
        await face.ask("go")
        assert face.answer == "It is there."
        assert [call.state for call in face.state.calls_of_turn(face.state.turns[0])] == ["ok"]
        assert "found me" in str(model.requests[1].messages)
        assert_valid(model.requests[1])


@pytest.mark.parametrize(
    ("word", "wrapped"), [("on", True), ("true", True), ("off", False), ("auto", False)]
)
def test_it_is_used_where_the_person_asks_for_it(word: str, wrapped: bool) -> None:
    made = connect("ollama/llama3.2", {"GOOSE_TOOLSHIM": word})
    assert isinstance(made, ShimModel) is wrapped


def test_it_is_used_where_an_entry_asks_for_it_unless_the_person_says_no(tmp_path: Path) -> None:
    models = [{"name": "weak", "tool_shim": True}, "strong"]
    address = "http://127.0.0.1:1/v1"
    value = {"name": "acme", "engine": "openai", "base_url": address, "models": models}
    (tmp_path / "acme.json").write_text(json.dumps(value), encoding="utf-8")
    shelf = Shelf((tmp_path,))

    assert isinstance(connect("acme/weak", {}, shelf), ShimModel)
    assert not isinstance(connect("acme/weak", {"GOOSE_TOOLSHIM": "off"}, shelf), ShimModel)
    assert not isinstance(connect("acme/strong", {}, shelf), ShimModel)
    assert isinstance(connect("ollama/qwen2.5-coder:7b", {}), ShimModel)


def test_a_server_that_can_is_given_the_schema() -> None:
    made = connect("ollama/llama3.2", {"GOOSE_TOOLSHIM": "on"})
    body = json.loads(made.encode(REQUEST))
    assert body["format"]["anyOf"][-1]["required"] == ["reply"]
    assert "tools" not in body
    held = json.loads(connect("llamacpp/some", {"GOOSE_TOOLSHIM": "on"}).encode(REQUEST))
    assert held["response_format"]["json_schema"]["schema"] == body["format"]
    compatible = {"GOOSE_TOOLSHIM": "on", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    body = json.loads(connect("openai/some", compatible).encode(REQUEST))
    assert "response_format" not in body
    assert "<tool_call>" in body["messages"][0]["content"]


def test_an_answer_that_is_held_cannot_fill_the_window() -> None:
    environ = {"GOOSE_TOOLSHIM": "on", "GOOSE_CONTEXT_LIMIT": "8192"}
    body = json.loads(connect("llamacpp/some", environ).encode(REQUEST))
    assert body["max_tokens"] == 2048
    plain = connect("llamacpp/some", {**environ, "GOOSE_TOOLSHIM": "off"})
    assert "max_tokens" not in json.loads(plain.encode(REQUEST))

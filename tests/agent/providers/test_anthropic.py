from __future__ import annotations

import json

import pytest

from agent.providers.loopback import (
    SHELL,
    Act,
    Reply,
    Speaking,
    answered,
    asking,
    events,
    listen,
    sliced,
    speaking,
    streamed,
)
from goose_agent.errors import BadAnswer, ConnectionLost, ContextOverflow, ProviderError, StreamLost
from goose_agent.messages import (
    Effort,
    Image,
    Message,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    ToolSchema,
    Usage,
)
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.efforts import ThinkingKind
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    TextDelta,
    ThinkingDelta,
    ThinkingSeal,
    UsageReport,
)
from goose_agent.providers.seals import pack
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport

INFO = ModelInfo("anthropic/claude-x", window=200_000, max_output=64_000)
CACHED = {"cache_control": {"type": "ephemeral"}}
START = {
    "type": "message_start",
    "message": {
        "usage": {
            "input_tokens": 10,
            "cache_read_input_tokens": 200,
            "cache_creation_input_tokens": 30,
            "output_tokens": 1,
        }
    },
}
STOP = {"type": "message_stop"}


def ending(reason: str, **usage: int) -> dict[str, object]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


def started(index: int, **block: object) -> dict[str, object]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def more(index: int, kind: str, **delta: object) -> dict[str, object]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **delta}}


def closed(index: int) -> dict[str, object]:
    return {"type": "content_block_stop", "index": index}


def model_at(
    url: str, thinking: ThinkingKind | None = None, info: ModelInfo = INFO
) -> AnthropicModel:
    service = Service("Anthropic", url, {"x-api-key": "key", "anthropic-version": "2023-06-01"})
    return AnthropicModel(info, Transport(service), thinking)


def model_saying(*replies: Reply) -> Speaking[AnthropicModel]:
    return speaking(model_at, *replies)


async def answer_to(body: bytes) -> list[Piece]:
    async with model_saying(streamed(body)) as (model, _):
        return await answered(model)


def test_the_body_of_a_request_is_what_the_service_documents() -> None:
    request = ModelRequest(
        "Be brief.",
        (
            Message("user", (Text("look"), Image("image/png", b"\x89PNG"))),
            Message(
                "assistant",
                (
                    Thinking("hm", "seal"),
                    Thinking("another's"),
                    Thinking("another's", pack("gemini", "claude-x", {"signature": "c2ln"})),
                    Thinking("", "redacted:blob"),
                    Text("I look."),
                    ToolCall("c1", "shell", '{"command": "ls"}'),
                    ToolCall("c2", "shell", '{"command": "l'),
                ),
            ),
            Message("tool", (ToolResult("c1", "shell", "a.txt"),)),
            Message("tool", (ToolResult("c2", "shell", "bad", is_error=True),)),
            Message("user", (Text("faster"),)),
            Message("assistant", (Text("It is a.txt."), Thinking("well", "seal"))),
            Message("user", (Text("thanks 你"), Text(" "))),
        ),
        (SHELL, SHELL),
    )
    tool = {"name": "shell", "description": "Run a command.", "input_schema": SHELL.parameters}

    assert (
        model_at("http://x").encode(request)
        == json.dumps(
            {
                "model": "claude-x",
                "max_tokens": 50_000,
                "system": [{"type": "text", "text": "Be brief.", **CACHED}],
                "tools": [tool, {**tool, **CACHED}],
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "look"},
                            {
                                "type": "image",
                                "source": {
                                    "type": "base64",
                                    "media_type": "image/png",
                                    "data": "iVBORw==",
                                },
                            },
                        ],
                    },
                    {
                        "role": "assistant",
                        "content": [
                            {"type": "thinking", "thinking": "hm", "signature": "seal"},
                            {"type": "redacted_thinking", "data": "blob"},
                            {"type": "text", "text": "I look."},
                            {
                                "type": "tool_use",
                                "id": "c1",
                                "name": "shell",
                                "input": {"command": "ls"},
                            },
                            {"type": "tool_use", "id": "c2", "name": "shell", "input": {}},
                        ],
                    },
                    {
                        "role": "user",
                        "content": [
                            {"type": "tool_result", "tool_use_id": "c1", "content": "a.txt"},
                            {
                                "type": "tool_result",
                                "tool_use_id": "c2",
                                "content": "bad",
                                "is_error": True,
                            },
                            {"type": "text", "text": "faster", **CACHED},
                        ],
                    },
                    {"role": "assistant", "content": [{"type": "text", "text": "It is a.txt."}]},
                    {"role": "user", "content": [{"type": "text", "text": "thanks 你", **CACHED}]},
                ],
                "stream": True,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
    )


def test_a_conversation_begins_and_ends_with_the_user() -> None:
    request = ModelRequest("", (Message("assistant", (Text("So "),)),))

    body = json.loads(model_at("http://x").encode(request))

    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert "system" not in body
    assert "tools" not in body


def test_a_model_that_thinks_is_asked_for_the_words_of_it() -> None:
    adaptive = json.loads(model_at("http://x", ThinkingKind("adaptive")).encode(asking()))
    bound = json.loads(model_at("http://x", ThinkingKind("bound")).encode(asking()))

    assert adaptive["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert bound["thinking"] == {
        "type": "adaptive",
        "display": "summarized",
        "block_binding": {"prefix_mismatch_behavior": "drop_block"},
    }


EFFORTS = ("low", "medium", "high", "xhigh", "max")
SHOWN = {"type": "adaptive", "display": "summarized"}
KEPT = {**SHOWN, "block_binding": {"prefix_mismatch_behavior": "drop_block"}}


@pytest.mark.parametrize(
    ("kind", "effort", "thinking", "word"),
    [
        (ThinkingKind("adaptive", EFFORTS, "disabled"), None, SHOWN, None),
        (ThinkingKind("adaptive", EFFORTS, "disabled"), "max", SHOWN, "max"),
        (ThinkingKind("adaptive", EFFORTS, "disabled"), "off", {"type": "disabled"}, None),
        (ThinkingKind("bound", EFFORTS, "between_tools"), "off", {"type": "between_tools"}, None),
        (ThinkingKind("bound", EFFORTS), "off", KEPT, "low"),
        (ThinkingKind("bound", EFFORTS), "medium", KEPT, "medium"),
        (ThinkingKind("budget", (), "disabled"), None, None, None),
        (ThinkingKind("budget", (), "disabled"), "off", {"type": "disabled"}, None),
        (
            ThinkingKind("budget", (), "disabled"),
            "high",
            {"type": "enabled", "budget_tokens": 18_750},
            None,
        ),
        (
            ThinkingKind("budget", ("low", "medium", "high"), "disabled"),
            "max",
            {"type": "enabled", "budget_tokens": 37_500},
            "high",
        ),
    ],
)
def test_an_effort_becomes_what_the_model_understands(
    kind: ThinkingKind, effort: Effort | None, thinking: object, word: str | None
) -> None:
    request = ModelRequest("", asking().messages, effort=effort)

    body = json.loads(model_at("http://x", kind).encode(request))

    assert body.get("thinking") == thinking
    assert body.get("output_config", {}).get("effort") == word


def test_no_budget_is_asked_for_where_it_does_not_fit() -> None:
    small = ModelInfo("anthropic/x", window=4000, max_output=64_000)
    request = ModelRequest("", asking().messages, effort="max")

    body = json.loads(model_at("http://x", ThinkingKind("budget"), small).encode(request))

    assert "thinking" not in body


@pytest.mark.parametrize(("signature", "thinks"), [("seal", True), ("", False)])
def test_an_answer_that_began_without_a_thought_goes_on_without(
    signature: str, thinks: bool
) -> None:
    begun = Message("assistant", (Thinking("hm", signature), ToolCall("c1", "shell", "{}")))
    result = Message("tool", (ToolResult("c1", "shell", "."),))
    messages = (*asking().messages, begun, result)

    due = ModelRequest("", messages, (SHELL,), "high")
    closed = ModelRequest(
        "",
        (*messages, Message("assistant", (Text("Done."),)), *asking().messages),
        (SHELL,),
        "high",
    )

    model = model_at("http://x", ThinkingKind("budget"))
    assert ("thinking" in json.loads(model.encode(due))) is thinks
    assert "thinking" in json.loads(model.encode(closed))


def test_pictures_stand_in_results_and_behind_those_that_are_errors() -> None:
    picture = Image("image/png", b"\x89PNG")
    request = ModelRequest(
        "",
        (
            *asking().messages,
            Message("assistant", (ToolCall("c1", "f", "{}"), ToolCall("c2", "f", "{}"))),
            Message(
                "tool",
                (
                    ToolResult("c1", "f", "bad", is_error=True, images=(picture,)),
                    ToolResult("c2", "f", "good", images=(picture,)),
                ),
            ),
            Message("user", (Text("and?"),)),
        ),
        (SHELL,),
    )
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    image = {"type": "image", "source": source}

    assert json.loads(model_at("http://x").encode(request))["messages"][-1]["content"] == [
        {"type": "tool_result", "tool_use_id": "c1", "content": "bad", "is_error": True},
        {
            "type": "tool_result",
            "tool_use_id": "c2",
            "content": [{"type": "text", "text": "good"}, image],
        },
        image,
        {"type": "text", "text": "and?", **CACHED},
    ]


def test_without_tools_those_that_were_called_are_named_but_not_to_be_called() -> None:
    request = ModelRequest(
        "",
        (
            *asking().messages,
            Message("assistant", (ToolCall("c1", "shell", "{}"), ToolCall("c2", "read", "{}"))),
        ),
    )

    body = json.loads(model_at("http://x").encode(request))

    assert body["tools"] == [
        {"name": "shell", "input_schema": {"type": "object"}},
        {"name": "read", "input_schema": {"type": "object"}, **CACHED},
    ]
    assert body["tool_choice"] == {"type": "none"}


def test_tools_stand_in_the_order_of_their_names_and_the_last_is_marked() -> None:
    other = ToolSchema("edit", "Edit a file.", {"type": "object"})

    one = model_at("http://x").encode(asking("hi", SHELL, other))

    assert one == model_at("http://x").encode(asking("hi", other, SHELL))
    names = [(tool["name"], "cache_control" in tool) for tool in json.loads(one)["tools"]]
    assert names == [("edit", False), ("shell", True)]


@pytest.mark.parametrize(
    ("window", "longest", "asked"),
    [
        (200_000, 8_192, 8_192),
        (200_000, 64_000, 50_000),
        (1_000_000, 128_000, 64_000),
        (None, None, 8_192),
    ],
)
def test_the_longest_answer_leaves_room_in_the_window(
    window: int | None, longest: int | None, asked: int
) -> None:
    info = ModelInfo("anthropic/x", window=window, max_output=longest)

    body = json.loads(model_at("http://x", info=info).encode(asking()))

    assert body["max_tokens"] == asked


async def test_the_encoded_body_is_what_is_sent_with_the_key() -> None:
    body = events(START, ending("end_turn", output_tokens=2), STOP)
    async with model_saying(streamed(body)) as (model, server):
        await answered(model, asking("hi", SHELL))

    [received] = server.received
    assert (received.method, received.path) == ("POST", "/v1/messages")
    assert received.body == model.encode(asking("hi", SHELL))
    assert received.headers["x-api-key"] == "key"
    assert received.headers["anthropic-version"] == "2023-06-01"


@pytest.mark.parametrize("size", [1, 11, 100_000])
async def test_thinking_text_calls_and_usage_arrive_whatever_the_cuts(size: int) -> None:
    body = events(
        START,
        {"type": "ping"},
        started(0, type="thinking", thinking=""),
        more(0, "thinking_delta", thinking="hm"),
        more(0, "signature_delta", signature="se"),
        more(0, "signature_delta", signature="al"),
        closed(0),
        started(1, type="redacted_thinking", data="blob"),
        closed(1),
        started(2, type="text", text=""),
        more(2, "text_delta", text="Héllo"),
        more(2, "citations_delta", citation={}),
        closed(2),
        started(3, type="tool_use", id="t1", name="f", input={}),
        more(3, "input_json_delta", partial_json=""),
        more(3, "input_json_delta", partial_json='{"a":1}'),
        closed(3),
        started(4, type="tool_use", id="t2", name="g", input={"whole": True}),
        closed(4),
        started(5, type="tool_use", id="t3", name="h", input={}),
        closed(5),
        {"type": "of the future"},
        ending("tool_use", output_tokens=50),
        STOP,
    )
    async with model_saying(streamed(*sliced(body, size))) as (model, _):
        pieces = await answered(model)

    assert pieces == [
        UsageReport(Usage(240, 1, cache_read_tokens=200, cache_write_tokens=30)),
        ThinkingDelta("hm"),
        ThinkingSeal("seal"),
        ThinkingSeal("redacted:blob"),
        TextDelta("Héllo"),
        CallStart(0, "t1", "f"),
        CallDelta(0, '{"a":1}'),
        CallStart(1, "t2", "g"),
        CallDelta(1, '{"whole":true}'),
        CallStart(2, "t3", "h"),
        CallDelta(2, "{}"),
        UsageReport(Usage(240, 50, cache_read_tokens=200, cache_write_tokens=30)),
        AnswerEnd("tool_calls"),
    ]


async def test_later_counts_replace_earlier_ones() -> None:
    body = events(
        START,
        ending("end_turn", input_tokens=12, cache_read_input_tokens=201, output_tokens=7),
        STOP,
    )

    assert (await answer_to(body))[-2:] == [
        UsageReport(Usage(243, 7, cache_read_tokens=201, cache_write_tokens=30)),
        AnswerEnd("stop"),
    ]


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refusal"),
        ("pause_turn", "other"),
    ],
)
async def test_reasons_to_stop_are_translated(finish: str, reason: str) -> None:
    pieces = await answer_to(events(ending(finish, output_tokens=1), STOP))

    assert pieces[-1] == AnswerEnd(reason)  # type: ignore[arg-type] # one of the literals


async def test_a_missing_end_marker_is_forgiven_once_the_answer_has_ended() -> None:
    pieces = await answer_to(events(ending("end_turn", output_tokens=1)))

    assert pieces[-1] == AnswerEnd("stop")


@pytest.mark.parametrize("end", [None, Act.CLOSE])
async def test_a_stream_that_breaks_off_keeps_what_came_and_says_so(end: Act | None) -> None:
    pieces: list[Piece] = []
    body = events(started(0, type="text", text=""), more(0, "text_delta", text="half"))
    async with model_saying(streamed(body, end=end)) as (model, _):
        with pytest.raises(StreamLost, match="broke off"):
            await listen(model, pieces)

    assert pieces == [TextDelta("half")]


@pytest.mark.parametrize(
    ("kind", "message", "error"),
    [
        ("overloaded_error", "Overloaded", ConnectionLost),
        ("api_error", "Internal", ConnectionLost),
        ("invalid_request_error", "no", ProviderError),
        ("invalid_request_error", "prompt is too long: 2 tokens > 1 maximum", ContextOverflow),
    ],
)
async def test_an_error_event_is_the_error_its_status_would_be(
    kind: str, message: str, error: type[ProviderError]
) -> None:
    pieces: list[Piece] = []
    failure = {"type": "error", "error": {"type": kind, "message": message}}
    body = b"event: error\n" + events(failure)
    async with model_saying(streamed(events(more(0, "text_delta", text="half")), body)) as (
        model,
        _,
    ):
        with pytest.raises(ProviderError, match=message) as caught:
            await listen(model, pieces)

    assert type(caught.value) is error
    assert pieces == [TextDelta("half")]


async def test_an_event_that_is_no_json_is_a_bad_answer() -> None:
    async with model_saying(streamed(b"data: [1]\n\n")) as (model, _):
        with pytest.raises(BadAnswer, match="not a JSON object"):
            await answered(model)

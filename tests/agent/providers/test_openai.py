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
    joined,
    listen,
    sliced,
    speaking,
    streamed,
)
from goose_agent.errors import (
    AuthError,
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    ProviderError,
    QuotaError,
    RateLimited,
    StreamLost,
)
from goose_agent.messages import (
    Effort,
    Image,
    Message,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Usage,
)
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    TextDelta,
    ThinkingDelta,
    UsageReport,
)
from goose_agent.providers.openai import OpenAIDialect, OpenAIModel
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport

DONE = "data: [DONE]\n\n"
INFO = ModelInfo("openai/some/model")


def model_at(url: str, dialect: OpenAIDialect | None = None) -> OpenAIModel:
    service = Service("OpenAI", f"{url}/v1", {"Authorization": "Bearer key"})
    return OpenAIModel(INFO, Transport(service), dialect)


def model_saying(*replies: Reply) -> Speaking[OpenAIModel]:
    return speaking(model_at, *replies)


async def answer_to(body: bytes, size: int = 7) -> list[Piece]:
    async with model_saying(streamed(*sliced(body, size))) as (model, _):
        return joined(await answered(model))


def delta(finish: str | None = None, **content: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": content, "finish_reason": finish}]}


def call(**fields: object) -> dict[str, object]:
    return delta(tool_calls=[fields])


def test_the_body_of_a_request_is_what_the_service_documents() -> None:
    request = ModelRequest(
        "Be brief.",
        (
            Message("user", (Text("look"), Image("image/png", b"\x89PNG"))),
            Message(
                "assistant",
                (
                    Thinking("hm", "seal"),
                    Text("I look."),
                    ToolCall("c1", "shell", '{"command": "ls"}'),
                    ToolCall("c2", "shell", '{"command": "l'),
                ),
            ),
            Message(
                "tool", (ToolResult("c2", "shell", "bad", True), ToolResult("c1", "shell", "a.txt"))
            ),
            Message("assistant", (Text("It is "), Text("a.txt."))),
            Message("user", (Text("thanks"), Text(""), Text("and 你?"))),
        ),
        (SHELL,),
    )

    assert (
        model_at("http://x").encode(request)
        == json.dumps(
            {
                "model": "some/model",
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "look"},
                            {
                                "type": "image_url",
                                "image_url": {"url": "data:image/png;base64,iVBORw=="},
                            },
                        ],
                    },
                    {
                        "role": "assistant",
                        "content": "I look.",
                        "tool_calls": [
                            {
                                "id": "c1",
                                "type": "function",
                                "function": {"name": "shell", "arguments": '{"command": "ls"}'},
                            },
                            {
                                "id": "c2",
                                "type": "function",
                                "function": {"name": "shell", "arguments": "{}"},
                            },
                        ],
                    },
                    {"role": "tool", "tool_call_id": "c1", "content": "a.txt"},
                    {"role": "tool", "tool_call_id": "c2", "content": "bad"},
                    {"role": "assistant", "content": "It is a.txt."},
                    {"role": "user", "content": "thanks\n\nand 你?"},
                ],
                "tools": [
                    {
                        "type": "function",
                        "function": {
                            "name": "shell",
                            "description": "Run a command.",
                            "parameters": SHELL.parameters,
                        },
                    }
                ],
                "stream": True,
                "stream_options": {"include_usage": True},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
    )


def test_a_dialect_gets_reasoning_back_and_an_effort_with_tools() -> None:
    dialect = OpenAIDialect(returns_thinking=True, effort_with_tools="none")
    request = ModelRequest(
        "",
        (
            Message("user", (Text("hi"),)),
            Message("assistant", (Thinking("hm"), ToolCall("c1", "shell", "{}"))),
            Message("tool", (ToolResult("c1", "shell", ""),)),
        ),
        (SHELL,),
    )

    body = json.loads(model_at("http://x", dialect).encode(request))

    assert body["reasoning_effort"] == "none"
    assert body["messages"][1] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "shell", "arguments": "{}"}}
        ],
        "reasoning_content": "hm",
    }
    assert "reasoning_effort" not in json.loads(
        model_at("http://x", dialect).encode(asking("no tools"))
    )


@pytest.mark.parametrize(
    ("dialect", "effort", "word"),
    [
        (OpenAIDialect(efforts=("none", "low", "xhigh")), None, None),
        (OpenAIDialect(efforts=("none", "low", "xhigh")), "off", "none"),
        (OpenAIDialect(efforts=("none", "low", "xhigh")), "max", "xhigh"),
        (OpenAIDialect(efforts=()), "high", None),
        (OpenAIDialect(), "off", None),
        (OpenAIDialect(), "low", "low"),
        (OpenAIDialect(), "max", "high"),
    ],
)
def test_an_effort_is_asked_for_in_words_that_the_model_takes(
    dialect: OpenAIDialect, effort: Effort | None, word: str | None
) -> None:
    request = ModelRequest("", asking().messages, effort=effort)

    assert json.loads(model_at("http://x", dialect).encode(request)).get("reasoning_effort") == word


def test_where_tools_go_with_one_effort_only_it_is_asked_for_whatever_is_wished() -> None:
    dialect = OpenAIDialect(effort_with_tools="none", efforts=("none", "low", "high"))
    model = model_at("http://x", dialect)
    messages = asking().messages

    with_tools = json.loads(model.encode(ModelRequest("", messages, (SHELL,), "high")))
    without = json.loads(model.encode(ModelRequest("", messages, (), "high")))

    assert with_tools["reasoning_effort"] == "none"
    assert without["reasoning_effort"] == "high"


def test_pictures_of_results_follow_in_what_the_user_says_next() -> None:
    picture = Image("image/png", b"\x89PNG")
    request = ModelRequest(
        "",
        (
            *asking().messages,
            Message("assistant", (ToolCall("c1", "shot", "{}"), ToolCall("c2", "shot", "{}"))),
            Message(
                "tool",
                (
                    ToolResult("c1", "shot", "taken", images=(picture,)),
                    ToolResult("c2", "shot", "none"),
                ),
            ),
            Message("user", (Text("and?"),)),
        ),
    )

    assert json.loads(model_at("http://x").encode(request))["messages"][2:] == [
        {"role": "tool", "tool_call_id": "c1", "content": "taken"},
        {"role": "tool", "tool_call_id": "c2", "content": "none"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Pictures that shot brought (c1):"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                {"type": "text", "text": "and?"},
            ],
        },
    ]


async def test_the_encoded_body_is_what_is_sent_with_the_key() -> None:
    async with model_saying(streamed(events(delta("stop", content="x"), last=DONE))) as (m, server):
        request = asking("hi", SHELL, system="Be brief.")
        await answered(m, request)

    [received] = server.received
    assert (received.method, received.path) == ("POST", "/v1/chat/completions")
    assert received.body == m.encode(request)
    assert received.headers["authorization"] == "Bearer key"
    assert received.headers["content-type"] == "application/json"


@pytest.mark.parametrize("size", [1, 3, 50, 100_000])
async def test_text_thinking_and_usage_arrive_whatever_the_cuts(size: int) -> None:
    body = events(
        delta(role="assistant", content=""),
        delta(reasoning_content="Let me "),
        delta(reasoning="think."),
        delta(content="Hé"),
        delta(content="llo 🦢"),
        delta("stop"),
        {
            "choices": [],
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "prompt_tokens_details": {"cached_tokens": 60},
                "completion_tokens_details": {"reasoning_tokens": 8},
            },
        },
        last=DONE,
    )

    assert await answer_to(body, size) == [
        ThinkingDelta("Let me think."),
        TextDelta("Héllo 🦢"),
        UsageReport(Usage(100, 20, cache_read_tokens=60, reasoning_tokens=8)),
        AnswerEnd("stop"),
    ]


async def test_what_arrives_together_is_yielded_together() -> None:
    first = events(delta(content="a"), delta(content="b"), delta(reasoning="c"))
    second = events(delta("stop", content="d"), last=DONE)
    async with model_saying(streamed(first, second)) as (model, _):
        batches = [batch async for batch in model.stream(asking())]

    assert batches == [
        (TextDelta("ab"), ThinkingDelta("c")),
        (TextDelta("d"), AnswerEnd("stop")),
    ]


async def test_parallel_calls_are_told_apart_by_index() -> None:
    body = events(
        call(index=0, id="a", function={"name": "f", "arguments": ""}),
        call(index=0, function={"arguments": '{"x"'}),
        call(index=1, id="b", function={"name": "g", "arguments": "{"}),
        call(index=0, function={"arguments": ":1}"}),
        call(index=1, function={"arguments": "}"}),
        delta("tool_calls"),
        last=DONE,
    )

    assert await answer_to(body) == [
        CallStart(0, "a", "f"),
        CallDelta(0, '{"x"'),
        CallStart(1, "b", "g"),
        CallDelta(1, "{"),
        CallDelta(0, ":1}"),
        CallDelta(1, "}"),
        AnswerEnd("tool_calls"),
    ]


@pytest.mark.parametrize(
    "deltas",
    [
        pytest.param(
            [
                delta(
                    tool_calls=[
                        {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}},
                        {"index": 0, "id": "b", "function": {"name": "g", "arguments": "{}"}},
                    ]
                )
            ],
            id="two ids on one index",
        ),
        pytest.param(
            [
                call(id="a", function={"name": "f", "arguments": {}}),
                call(id="b", function={"name": "g", "arguments": "{}"}),
            ],
            id="no index, whole calls, arguments as an object",
        ),
        pytest.param(
            [
                call(index=0, id="a", type="function", function={"name": "f", "arguments": "{"}),
                call(index=0, id="a", type="function", function={"name": "f", "arguments": "}"}),
                call(index=1, id="b", type="function", function={"name": "g", "arguments": "{"}),
                call(index=1, id="b", type="function", function={"name": "g", "arguments": "}"}),
            ],
            id="id and name repeated",
        ),
        pytest.param(
            [
                call(id="a", function={"name": "f", "arguments": "{"}),
                call(function={"arguments": "}"}),
                call(id="b", function={"name": "g"}),
                call(id="b", function={"arguments": "{}"}),
            ],
            id="no index, continued",
        ),
        pytest.param(
            [
                call(index=3, id="a"),
                call(index=3, function={"name": "f"}),
                call(index=3, function={"arguments": "{}"}),
                call(index=7, id="b", function={"name": "g", "arguments": "{}"}),
            ],
            id="odd indexes, name later",
        ),
    ],
)
async def test_calls_are_never_merged_whatever_the_service_leaves_out(
    deltas: list[dict[str, object]],
) -> None:
    pieces = await answer_to(events(*deltas, delta("stop"), last=DONE))

    calls = [piece for piece in pieces if isinstance(piece, CallStart)]
    assert calls == [CallStart(0, "a", "f"), CallStart(1, "b", "g")]
    assert arguments(pieces) == {0: "{}", 1: "{}"}
    assert pieces[-1] == AnswerEnd("tool_calls")


async def test_calls_without_ids_on_one_index_are_told_apart_by_their_names() -> None:
    body = events(
        call(index=0, id="", function={"name": "f", "arguments": '{"n":1}'}),
        call(index=0, id="", function={"name": "f", "arguments": '{"n":2}'}),
        delta("stop"),
        last=DONE,
    )

    pieces = await answer_to(body)

    assert arguments(pieces) == {0: '{"n":1}', 1: '{"n":2}'}


async def test_a_call_that_never_gets_a_name_is_announced_without_one() -> None:
    body = events(call(index=0, function={"arguments": "{}"}), delta("stop"), last=DONE)

    assert await answer_to(body) == [
        CallStart(0, "", ""),
        CallDelta(0, "{}"),
        AnswerEnd("tool_calls"),
    ]


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "refusal"),
        ("tool_calls", "stop"),
        ("novelty", "other"),
    ],
)
async def test_reasons_to_stop_are_translated(finish: str, reason: str) -> None:
    pieces = await answer_to(events(delta(finish, content="x"), last=DONE))

    assert pieces[-1] == AnswerEnd(reason)  # type: ignore[arg-type] # one of the literals


async def test_a_refusal_is_text_with_its_own_reason() -> None:
    pieces = await answer_to(events(delta("stop", refusal="I will not."), last=DONE))

    assert pieces == [TextDelta("I will not."), AnswerEnd("refusal")]


async def test_content_in_blocks_is_understood() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    body = events(delta("stop", content=[thought, {"type": "text", "text": "yes"}]), last=DONE)

    assert await answer_to(body) == [ThinkingDelta("hm"), TextDelta("yes"), AnswerEnd("stop")]


async def test_a_character_in_two_halves_becomes_whole_and_a_lone_half_is_replaced() -> None:
    body = (
        rb'data: {"choices":[{"delta":{"content":"a\ud83e"}}]}' + b"\n\n"
        rb'data: {"choices":[{"delta":{"content":"\udda2b\udda2"},"finish_reason":"stop"}]}'
        + b"\n\n"
    )

    assert await answer_to(body) == [TextDelta("a🦢b\ufffd"), AnswerEnd("stop")]


async def test_a_missing_end_marker_is_forgiven_once_the_answer_has_ended() -> None:
    assert await answer_to(events(delta("stop", content="x"))) == [
        TextDelta("x"),
        AnswerEnd("stop"),
    ]


@pytest.mark.parametrize("end", [None, Act.CLOSE, Act.RESET])
async def test_a_stream_that_breaks_off_keeps_what_came_and_says_so(end: Act | None) -> None:
    body = events(delta(content="half"), last='data: {"choices":[{"delta":{"content":"lost')
    pieces: list[Piece] = []
    async with model_saying(streamed(*sliced(body, 20), end=end)) as (model, _):
        with pytest.raises(StreamLost, match="broke off"):
            await listen(model, pieces)

    # A reset may overtake what was sent before it.
    assert joined(pieces) == [TextDelta("half")] or end is Act.RESET


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "server_error", "message": "sorry"}, ConnectionLost),
        ({"code": "rate_limit_exceeded", "message": "slow down"}, RateLimited),
        ({"code": "insufficient_quota", "message": "pay"}, QuotaError),
        ({"code": "invalid_api_key", "message": "who?"}, AuthError),
        ({"code": "context_length_exceeded", "message": "too long"}, ContextOverflow),
        ({"code": 429, "message": "slow down"}, RateLimited),
        ({"code": 400, "message": "bad"}, ProviderError),
        ("the backend died", ConnectionLost),
    ],
)
async def test_an_error_in_the_stream_is_the_error_its_status_would_be(
    error: object, kind: type[ProviderError]
) -> None:
    pieces: list[Piece] = []
    body = events(delta(content="half"), {"error": error})
    async with model_saying(streamed(body)) as (model, _):
        with pytest.raises(ProviderError) as caught:
            await listen(model, pieces)

    assert type(caught.value) is kind
    assert pieces == [TextDelta("half")]
    words = error["message"] if isinstance(error, dict) else error
    assert str(words) in caught.value.message


async def test_an_event_that_is_no_json_is_a_bad_answer() -> None:
    async with model_saying(streamed(b"data: surprise\n\n")) as (model, _):
        with pytest.raises(BadAnswer, match="not a JSON object: surprise"):
            await answered(model)


def arguments(pieces: list[Piece]) -> dict[int, str]:
    found: dict[int, str] = {}
    for piece in pieces:
        if isinstance(piece, CallDelta):
            found[piece.index] = found.get(piece.index, "") + piece.text
    return found

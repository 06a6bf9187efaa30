from __future__ import annotations

import json
from typing import Any

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
from goose_agent.errors import (
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    ProviderError,
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
    ToolSchema,
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
    ThinkingSeal,
    UsageReport,
)
from goose_agent.providers.openai_responses import ResponsesModel
from goose_agent.providers.seals import pack
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport

INFO = ModelInfo("openai/gpt-x")
EFFORTS = ("none", "low", "medium", "high", "xhigh")
PICTURE = Image("image/png", b"\x89PNG")
REASONING = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "hm"}, {"type": "summary_text", "text": "so"}],
    "encrypted_content": "gAAA",
}
USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 150,
}
COUNTED = UsageReport(
    Usage(100, 50, cache_read_tokens=60, cache_write_tokens=30, reasoning_tokens=20)
)


def model_at(url: str, efforts: tuple[str, ...] | None = EFFORTS) -> ResponsesModel:
    service = Service("OpenAI", f"{url}/v1", {"Authorization": "Bearer key"})
    return ResponsesModel(INFO, Transport(service), efforts)


def model_saying(*replies: Reply) -> Speaking[ResponsesModel]:
    return speaking(model_at, *replies)


async def answer_to(body: bytes) -> list[Piece]:
    async with model_saying(streamed(body)) as (model, _):
        return await answered(model)


def event(kind: str, **fields: object) -> dict[str, object]:
    return {"type": f"response.{kind}", **fields}


def added(index: int, **item: object) -> dict[str, object]:
    return event("output_item.added", output_index=index, item=item)


def done(index: int, **item: object) -> dict[str, object]:
    return event("output_item.done", output_index=index, item=item)


def text(index: int, delta: str) -> dict[str, object]:
    return event("output_text.delta", output_index=index, content_index=0, delta=delta)


def thought(delta: str, part: int = 0) -> dict[str, object]:
    return event("reasoning_summary_text.delta", output_index=0, summary_index=part, delta=delta)


def completed(**response: object) -> dict[str, object]:
    return event("completed", response={"status": "completed", "usage": USAGE, **response})


def sealed(model: str = "gpt-x", **more: object) -> str:
    return pack("responses", model, {"item": REASONING, **more})


def body_of(request: ModelRequest, efforts: tuple[str, ...] | None = EFFORTS) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(model_at("http://x", efforts).encode(request))
    return value


def test_the_body_of_a_request_is_what_the_service_documents() -> None:
    reader = ToolSchema("read", "Read a file.", {"type": "object", "properties": {}})
    request = ModelRequest(
        "Be brief.",
        (
            Message("user", (Text("look"), PICTURE)),
            Message(
                "assistant",
                (
                    Thinking("hm\n\nso", sealed(phase="commentary")),
                    Text("I look."),
                    ToolCall("c1", "shell", '{"command": "ls"}'),
                    ToolCall("c2", "shell", '{"command": "l'),
                ),
            ),
            Message(
                "tool",
                (
                    ToolResult("c1", "shell", "a.txt", images=(PICTURE,)),
                    ToolResult("c2", "shell", "bad", is_error=True),
                ),
            ),
            Message("assistant", (Text("It is a.txt."), Thinking("well", sealed()))),
            Message("user", (Text("thanks 你"), Text(" "))),
        ),
        (SHELL, reader),
    )
    picture = {
        "type": "input_image",
        "image_url": "data:image/png;base64,iVBORw==",
        "detail": "auto",
    }

    assert body_of(request) == {
        "model": "gpt-x",
        "instructions": "Be brief.",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "look"}, picture],
            },
            REASONING,
            {
                "type": "message",
                "role": "assistant",
                "content": "I look.",
                "phase": "commentary",
            },
            {
                "type": "function_call",
                "call_id": "c1",
                "name": "shell",
                "arguments": '{"command": "ls"}',
            },
            {"type": "function_call", "call_id": "c2", "name": "shell", "arguments": "{}"},
            {
                "type": "function_call_output",
                "call_id": "c1",
                "output": [{"type": "input_text", "text": "a.txt"}, picture],
            },
            {"type": "function_call_output", "call_id": "c2", "output": "bad"},
            {"type": "message", "role": "assistant", "content": "It is a.txt."},
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "thanks 你"}],
            },
        ],
        "tools": [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": False,
            }
            for tool in (reader, SHELL)
        ],
        "reasoning": {"summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "store": False,
        "stream": True,
    }


@pytest.mark.parametrize(
    "signature", ["", "another's", sealed("gpt-other"), pack("gemini", "gpt-x", {"item": {}})]
)
def test_reasoning_that_is_not_this_models_own_stays_behind(signature: str) -> None:
    request = ModelRequest(
        "",
        (
            Message("user", (Text("hi"),)),
            Message("assistant", (Thinking("hm", signature), Text("yes"))),
        ),
    )

    assert body_of(request)["input"][1:] == [
        {"type": "message", "role": "assistant", "content": "yes"}
    ]


@pytest.mark.parametrize(
    ("effort", "efforts", "reasoning"),
    [
        (None, EFFORTS, {"summary": "auto"}),
        ("off", EFFORTS, {"summary": "auto", "effort": "none"}),
        ("max", EFFORTS, {"summary": "auto", "effort": "xhigh"}),
        ("medium", (), None),
        (None, None, None),
        ("off", None, None),
        ("max", None, {"summary": "auto", "effort": "high"}),
    ],
)
def test_an_effort_is_asked_for_in_words_that_the_model_takes(
    effort: Effort | None, efforts: tuple[str, ...] | None, reasoning: dict[str, str] | None
) -> None:
    body = body_of(ModelRequest("", asking().messages, effort=effort), efforts)

    assert body.get("reasoning") == reasoning
    assert ("include" in body) == (reasoning is not None)


async def test_the_encoded_body_is_what_is_sent_with_the_key() -> None:
    async with model_saying(streamed(events(completed()))) as (model, server):
        await answered(model, asking("hi", SHELL))

    [received] = server.received
    assert (received.method, received.path) == ("POST", "/v1/responses")
    assert received.body == model.encode(asking("hi", SHELL))
    assert received.headers["authorization"] == "Bearer key"


@pytest.mark.parametrize("size", [1, 13, 100_000])
async def test_reasoning_text_calls_and_usage_arrive_whatever_the_cuts(size: int) -> None:
    item = {**REASONING, "status": "completed"}
    call = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f"}
    body = events(
        event("created", response={"status": "in_progress"}),
        added(0, type="reasoning", id="rs_1", summary=[], encrypted_content="gA"),
        event("reasoning_summary_part.added", output_index=0, summary_index=0),
        thought("h"),
        thought("m"),
        event("reasoning_summary_part.added", output_index=0, summary_index=1),
        thought("so", 1),
        done(0, **item),
        added(1, type="message", role="assistant", phase="commentary"),
        text(1, "Hé"),
        text(1, "llo \ud83d"),
        text(1, "\ude00"),
        event("output_text.done", output_index=1, text="Héllo 😀"),
        done(1, type="message", content=[{"type": "output_text", "text": "Héllo 😀"}]),
        added(2, **call, arguments=""),
        event("function_call_arguments.delta", output_index=2, item_id="?", delta='{"a"'),
        event("function_call_arguments.delta", output_index=2, item_id="!", delta=":1}"),
        event("function_call_arguments.done", output_index=2, arguments='{"a":1}'),
        done(2, **call, arguments='{"a":1}'),
        added(3, type="of the future"),
        done(3, type="of the future"),
        completed(),
        last="data: [DONE]\n\n",
    )
    async with model_saying(streamed(*sliced(body, size))) as (model, _):
        pieces = await answered(model)

    assert "".join(p.text for p in pieces if isinstance(p, ThinkingDelta)) == "hm\n\nso"
    assert "".join(p.text for p in pieces if isinstance(p, TextDelta)) == "Héllo 😀"
    assert "".join(p.text for p in pieces if isinstance(p, CallDelta)) == '{"a":1}'
    assert [p for p in pieces if not isinstance(p, ThinkingDelta | TextDelta | CallDelta)] == [
        ThinkingSeal(sealed(phase="commentary")),
        CallStart(0, "c1", "f"),
        COUNTED,
        AnswerEnd("tool_calls"),
    ]
    kinds = [type(piece) for piece in pieces]
    assert kinds.index(ThinkingSeal) < kinds.index(TextDelta) < kinds.index(CallStart)


async def test_what_was_sealed_goes_back_as_it_came() -> None:
    body = events(
        done(0, **REASONING),
        added(1, type="function_call", id="fc_1", call_id="c1", name="shell"),
        done(1, type="function_call", id="fc_1", call_id="c1", name="shell", arguments="{}"),
        completed(),
    )

    pieces = await answer_to(body)

    [seal] = [piece for piece in pieces if isinstance(piece, ThinkingSeal)]
    parts = (Thinking("", seal.signature), ToolCall("c1", "shell", "{}"))
    request = ModelRequest("", (*asking().messages, Message("assistant", parts)))
    assert body_of(request)["input"][1] == REASONING


async def test_reasoning_without_its_sealed_content_is_shown_but_cannot_go_back() -> None:
    body = events(
        event("reasoning_text.delta", output_index=0, delta="hm"),
        done(0, type="reasoning", id="rs_1", summary=[], encrypted_content=None),
        text(1, "yes"),
        completed(usage=None),
    )

    assert await answer_to(body) == [ThinkingDelta("hm"), TextDelta("yes"), AnswerEnd("stop")]


async def test_a_service_that_sends_items_whole_and_leaves_places_out_is_understood() -> None:
    message = {"type": "message", "content": [{"type": "output_text", "text": "I look."}]}
    first = {"type": "function_call", "id": "x", "call_id": "c1", "name": "f"}
    second = {"type": "function_call", "id": "y", "call_id": "c2", "name": "g"}
    body = events(
        event("output_item.done", item=message),
        event("output_item.added", item=first),
        event("function_call_arguments.delta", item_id="x", delta="{}"),
        event("output_item.done", item={**first, "arguments": "{}"}),
        event("output_item.done", item={**second, "arguments": '{"b":2}'}),
        completed(usage=None),
    )

    assert await answer_to(body) == [
        TextDelta("I look."),
        CallStart(0, "c1", "f"),
        CallDelta(0, "{}"),
        CallStart(1, "c2", "g"),
        CallDelta(1, '{"b":2}'),
        AnswerEnd("tool_calls"),
    ]


async def test_two_calls_that_grow_at_once_are_told_apart() -> None:
    body = events(
        added(0, type="function_call", call_id="c1", name="f"),
        added(1, type="function_call", call_id="c2", name="g"),
        event("function_call_arguments.delta", output_index=1, delta='{"b"'),
        event("function_call_arguments.delta", output_index=0, delta="{}"),
        event("function_call_arguments.delta", output_index=1, delta=":2}"),
        event("function_call_arguments.delta", output_index=7, delta="nobody's"),
        completed(usage=None),
    )

    pieces = await answer_to(body)

    arguments = {0: "", 1: ""}
    for piece in pieces:
        if isinstance(piece, CallDelta):
            arguments[piece.index] += piece.text
    assert arguments == {0: "{}", 1: '{"b":2}'}


REFUSED = {"type": "message", "content": [{"type": "refusal", "refusal": "I will not."}]}


@pytest.mark.parametrize(
    "said",
    [
        (event("refusal.delta", delta="I will "), event("refusal.delta", delta="not.")),
        (event("refusal.delta", delta="I will not."), event("output_item.done", item=REFUSED)),
        (event("output_item.done", item=REFUSED),),
    ],
)
async def test_a_refusal_is_shown_once_and_named(said: tuple[dict[str, object], ...]) -> None:
    body = events(*said, completed())

    assert await answer_to(body) == [TextDelta("I will not."), COUNTED, AnswerEnd("refusal")]


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"reason": "max_output_tokens"}, "length"),
        ({"reason": "content_filter"}, "refusal"),
        ({"reason": "steered"}, "other"),
        (None, "other"),
    ],
)
async def test_an_incomplete_answer_says_why(details: dict[str, str] | None, reason: str) -> None:
    response = {"incomplete_details": details, "usage": USAGE}
    body = events(text(0, "half"), event("incomplete", response=response))

    assert await answer_to(body) == [
        TextDelta("half"),
        COUNTED,
        AnswerEnd(reason),  # type: ignore[arg-type] # one of the literals
    ]


FAILED = "response.failed"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ({"type": "error", "code": "server_error", "message": "Oh no"}, ConnectionLost),
        ({"type": "error", "code": None, "message": "Oh no"}, ConnectionLost),
        ({"type": "error", "error": {"type": "rate_limit_error", "message": "Oh no"}}, RateLimited),
        (
            {"type": FAILED, "response": {"error": {"code": "server_error", "message": "Oh no"}}},
            ConnectionLost,
        ),
        (
            {
                "type": FAILED,
                "response": {"error": {"code": "rate_limit_exceeded", "message": "Oh no"}},
            },
            RateLimited,
        ),
        (
            {"type": FAILED, "response": {"error": {"code": "invalid_prompt", "message": "Oh no"}}},
            ProviderError,
        ),
        (
            {
                "type": FAILED,
                "response": {"error": {"code": "image_too_large", "message": "Oh no"}},
            },
            ProviderError,
        ),
        (
            {
                "type": FAILED,
                "response": {"error": {"code": "context_length_exceeded", "message": "Oh no"}},
            },
            ContextOverflow,
        ),
    ],
)
async def test_a_failure_keeps_what_came_and_is_the_error_its_status_would_be(
    failure: dict[str, object], error: type[ProviderError]
) -> None:
    pieces: list[Piece] = []
    async with model_saying(streamed(events(text(0, "half"), failure))) as (model, _):
        with pytest.raises(ProviderError, match="Oh no") as caught:
            await listen(model, pieces)

    assert type(caught.value) is error
    assert pieces == [TextDelta("half")]


@pytest.mark.parametrize("end", [None, Act.CLOSE])
async def test_a_stream_that_breaks_off_keeps_what_came_and_says_so(end: Act | None) -> None:
    pieces: list[Piece] = []
    async with model_saying(streamed(events(text(0, "half")), end=end)) as (model, _):
        with pytest.raises(StreamLost, match="broke off"):
            await listen(model, pieces)

    assert pieces == [TextDelta("half")]


async def test_an_event_that_is_no_json_is_a_bad_answer() -> None:
    async with model_saying(streamed(b"data: [1]\n\n")) as (model, _):
        with pytest.raises(BadAnswer, match="not a JSON object"):
            await answered(model)

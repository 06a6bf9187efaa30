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
    listen,
    sliced,
    speaking,
    streamed,
    whole,
)
from goose_agent.errors import BadAnswer, ConnectionLost, ContextOverflow, ProviderError, StreamLost
from goose_agent.messages import Effort, Image, Message, Text, Thinking, ToolCall, ToolResult, Usage
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
    UsageReport,
)
from goose_agent.providers.ollama import OllamaModel
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport


def model_at(
    url: str, window: int | None = 4096, thinking: ThinkingKind | None = None
) -> OllamaModel:
    service = Service("Ollama", url, start_hint="Start it.")
    return OllamaModel(ModelInfo("ollama/qwen3:8b", window=window), Transport(service), thinking)


def model_saying(*replies: Reply) -> Speaking[OllamaModel]:
    return speaking(model_at, *replies)


def lines(*values: object) -> bytes:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def said(**message: object) -> dict[str, object]:
    return {"message": {"role": "assistant", **message}, "done": False}


def done(reason: str = "stop") -> dict[str, object]:
    return {
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": reason,
        "prompt_eval_count": 30,
        "eval_count": 12,
    }


def test_the_body_of_a_request_is_what_the_service_documents() -> None:
    request = ModelRequest(
        "Be brief.",
        (
            Message("user", (Text("look"), Image("image/png", b"\x89PNG"))),
            Message(
                "assistant",
                (
                    Thinking("hm"),
                    ToolCall("c1", "shell", '{"command": "ls"}'),
                    ToolCall("c2", "shell", "broken"),
                ),
            ),
            Message("tool", (ToolResult("c1", "shell", "a"), ToolResult("c2", "shell", "b"))),
            Message("user", (Text("thanks 你"),)),
        ),
        (SHELL,),
    )

    assert (
        model_at("http://x").encode(request)
        == json.dumps(
            {
                "model": "qwen3:8b",
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "look", "images": ["iVBORw=="]},
                    {
                        "role": "assistant",
                        "content": "",
                        "thinking": "hm",
                        "tool_calls": [
                            {
                                "id": "c1",
                                "function": {"name": "shell", "arguments": {"command": "ls"}},
                            },
                            {"id": "c2", "function": {"name": "shell", "arguments": {}}},
                        ],
                    },
                    {"role": "tool", "content": "a", "tool_name": "shell", "tool_call_id": "c1"},
                    {"role": "tool", "content": "b", "tool_name": "shell", "tool_call_id": "c2"},
                    {"role": "user", "content": "thanks 你"},
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
                "options": {"num_ctx": 4096},
                "truncate": False,
                "shift": False,
                "stream": True,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
    )


def test_without_a_known_window_none_is_asked_for() -> None:
    assert "options" not in json.loads(model_at("http://x", None).encode(asking()))


@pytest.mark.parametrize(
    ("kind", "effort", "think"),
    [
        (ThinkingKind("switch"), None, None),
        (ThinkingKind("switch"), "off", False),
        (ThinkingKind("switch"), "low", True),
        (ThinkingKind("levels", ("low", "medium", "high")), "off", "low"),
        (ThinkingKind("levels", ("low", "medium", "high")), "max", "high"),
        (None, "high", None),
    ],
)
def test_an_effort_is_a_switch_or_a_level_where_the_model_thinks(
    kind: ThinkingKind | None, effort: Effort | None, think: bool | str | None
) -> None:
    request = ModelRequest("", asking().messages, effort=effort)

    assert json.loads(model_at("http://x", thinking=kind).encode(request)).get("think") == think


def test_pictures_of_results_go_with_them() -> None:
    picture = Image("image/png", b"\x89PNG")
    request = ModelRequest(
        "",
        (
            Message("assistant", (ToolCall("c1", "shot", "{}"),)),
            Message("tool", (ToolResult("c1", "shot", "", images=(picture,)),)),
        ),
    )

    assert json.loads(model_at("http://x").encode(request))["messages"][1] == {
        "role": "tool",
        "content": "",
        "images": ["iVBORw=="],
        "tool_name": "shot",
        "tool_call_id": "c1",
    }


@pytest.mark.parametrize("size", [1, 13, 100_000])
async def test_thinking_text_calls_and_usage_arrive_whatever_the_cuts(size: int) -> None:
    body = lines(
        said(thinking="hm", content=""),
        said(content="Hé"),
        said(content="", tool_calls=[{"function": {"name": "f", "arguments": {"a": 1}}}]),
        said(tool_calls=[{"id": "x", "function": {"name": "g", "arguments": "{}"}}]),
        done(),
    )
    async with model_saying(streamed(*sliced(body, size), content_type="application/x-ndjson")) as (
        model,
        server,
    ):
        pieces = await answered(model)

    assert pieces == [
        ThinkingDelta("hm"),
        TextDelta("Hé"),
        CallStart(0, "", "f"),
        CallDelta(0, '{"a":1}'),
        CallStart(1, "x", "g"),
        CallDelta(1, "{}"),
        UsageReport(Usage(30, 12)),
        AnswerEnd("tool_calls"),
    ]
    assert server.received[0].path == "/api/chat"


@pytest.mark.parametrize(
    ("finish", "reason"), [("stop", "stop"), ("length", "length"), ("load", "other")]
)
async def test_reasons_to_stop_are_translated(finish: str, reason: str) -> None:
    async with model_saying(streamed(lines(done(finish)))) as (model, _):
        pieces = await answered(model)

    assert pieces[-1] == AnswerEnd(reason)  # type: ignore[arg-type] # one of the literals


async def test_a_last_line_without_a_newline_counts() -> None:
    async with model_saying(streamed(lines(said(content="x"), done())[:-1])) as (model, _):
        pieces = await answered(model)

    assert pieces[-1] == AnswerEnd("stop")


@pytest.mark.parametrize("end", [None, Act.CLOSE])
async def test_a_stream_that_breaks_off_keeps_what_came_and_says_so(end: Act | None) -> None:
    pieces: list[Piece] = []
    async with model_saying(streamed(lines(said(content="half")), end=end)) as (model, _):
        with pytest.raises(StreamLost, match="broke off"):
            await listen(model, pieces)

    assert pieces == [TextDelta("half")]


async def test_an_error_line_ends_the_answer() -> None:
    pieces: list[Piece] = []
    body = lines(said(content="half"), {"error": "the runner has stopped"})
    async with model_saying(streamed(body)) as (model, _):
        with pytest.raises(ConnectionLost, match="the runner has stopped"):
            await listen(model, pieces)

    assert pieces == [TextDelta("half")]


async def test_a_page_instead_of_lines_is_a_bad_answer() -> None:
    async with model_saying(streamed(b"<html><title>Welcome</title></html>")) as (model, _):
        with pytest.raises(BadAnswer, match="Welcome"):
            await answered(model)


async def test_a_prompt_longer_than_the_window_is_an_overflow() -> None:
    words = "the prompt is longer than the context length currently available to the model"
    async with model_saying(whole(400, lines({"error": words}))) as (model, _):
        with pytest.raises(ContextOverflow, match="longer than"):
            await answered(model)


async def test_an_unknown_model_is_named_by_the_service() -> None:
    body = lines({"error": "model 'x' not found"})
    async with model_saying(whole(404, body)) as (model, _):
        with pytest.raises(ProviderError, match="model 'x' not found") as caught:
            await answered(model)

    assert not caught.value.retryable

"""What the services' own clients make of the same: our requests by their types, streams by them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from anthropic.types.beta.message_create_params import MessageCreateParamsStreaming
from anthropic.types.message_create_params import (
    MessageCreateParamsStreaming as PlainMessageCreateParamsStreaming,
)
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter, ValidationError

from agent.providers.aws_stream import STREAM, messages
from agent.providers.hearing import heard
from agent.providers.loopback import SHELL, asking, events, named, serving, sliced, streamed
from agent.providers.official import CLIENTS, model_at
from goose_agent.messages import Effort, Image, Message, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.connect import connect
from goose_agent.providers.model import (
    ModelRequest,
)
from goose_agent.providers.seals import pack, unpack

KEYS = {f"{who}_API_KEY": "key-0123456789" for who in ("OPENAI", "ANTHROPIC", "GEMINI")}
SIZES = [1, 31, 100_000]
PICTURE = Image("image/png", b"\x89PNG")
ITEM = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "hm"}],
    "encrypted_content": "gAAA",
}
SEALED = pack("responses", "gpt-6-sol", {"item": ITEM, "phase": "commentary"})
CONVERSATION = (
    Message("user", (Text("look"), PICTURE)),
    Message(
        "assistant",
        (
            Thinking("hm", SEALED),
            Thinking("hm", "c2lnbmF0dXJl"),
            Thinking("", "redacted:YmxvYg=="),
            Text("I look."),
            ToolCall("c1", "shell", '{"command": "ls"}'),
            ToolCall("c2", "shell", "{"),
        ),
    ),
    Message(
        "tool",
        (
            ToolResult("c1", "shell", "a.txt", images=(PICTURE,)),
            ToolResult("c2", "shell", "bad", is_error=True, images=(PICTURE,)),
        ),
    ),
    Message("assistant", (Text("It is a.txt."),)),
    Message("user", (Text("thanks"),)),
)
EFFORTS: tuple[Effort | None, ...] = (None, "off", "low", "medium", "high", "max")


def requests() -> Iterable[ModelRequest]:
    for effort in EFFORTS:
        for end in (1, 3, len(CONVERSATION)):
            yield ModelRequest("Be brief.", CONVERSATION[:end], (SHELL,), effort)
        yield ModelRequest("", CONVERSATION, (), effort)


@pytest.mark.parametrize(
    ("params", "name", "wire"),
    [
        (ResponseCreateParamsStreaming, "openai/gpt-6-sol", "responses"),
        (ResponseCreateParamsStreaming, "openai/gpt-5", "responses"),
        (ResponseCreateParamsStreaming, "openai/gpt-4o", "responses"),
        (ResponseCreateParamsStreaming, "openai/unknown", "responses"),
        (CompletionCreateParamsStreaming, "openai/gpt-6-sol", "chat"),
        (CompletionCreateParamsStreaming, "openai/gpt-4o", "chat"),
        (PlainMessageCreateParamsStreaming, "anthropic/claude-opus-5", ""),
        (PlainMessageCreateParamsStreaming, "anthropic/claude-opus-4-5", ""),
        (PlainMessageCreateParamsStreaming, "anthropic/claude-haiku-4-5", ""),
        (PlainMessageCreateParamsStreaming, "anthropic/unknown", ""),
        # Its thoughts are bound to the conversation, and steering that is a feature in beta.
        (MessageCreateParamsStreaming, "anthropic/claude-sonnet-5-5", ""),
    ],
)
def test_every_request_is_one_that_the_official_client_could_have_sent(
    params: type, name: str, wire: str
) -> None:
    model = connect(name, {**KEYS, "OPENAI_WIRE": wire})
    adapter: TypeAdapter[object] = TypeAdapter(params)

    for request in requests():
        body = json.loads(model.encode(request))
        # Fields that the types do not know would be missing from what is validated.
        assert plain(adapter.validate_python(body)) == body


def test_the_types_tell_a_request_that_is_none() -> None:
    model = connect("anthropic/claude-sonnet-5-5", KEYS)
    adapter: TypeAdapter[object] = TypeAdapter(PlainMessageCreateParamsStreaming)
    body = json.loads(model.encode(ModelRequest("", CONVERSATION)))

    assert plain(adapter.validate_python(body)) != body
    body["messages"][0]["content"][0]["text"] = 1
    with pytest.raises(ValidationError):
        plain(adapter.validate_python(body))


def plain(value: object) -> object:
    """What was validated; lists are so only as they are read."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(part) for part in value]
    return value


COUNTS = {"input_tokens": 10, "cache_read_input_tokens": 200, "cache_creation_input_tokens": 30}
MESSAGE = named(
    {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**COUNTS, "output_tokens": 1},
        },
    },
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "thinking", "thinking": "", "signature": ""},
    },
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "thinking_delta", "thinking": "hm, 你"},
    },
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "signature_delta", "signature": "c2ln"},
    },
    {"type": "content_block_stop", "index": 0},
    {"type": "ping"},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "text_delta", "text": "Héllo "},
    },
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "😀"}},
    {"type": "content_block_stop", "index": 1},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "tool_use", "id": "t1", "name": "f", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": '{"a": "'},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": 'é"}'},
    },
    {"type": "content_block_stop", "index": 2},
    {
        "type": "content_block_start",
        "index": 3,
        "content_block": {"type": "tool_use", "id": "t2", "name": "g", "input": {}},
    },
    {"type": "content_block_stop", "index": 3},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 50},
    },
    {"type": "message_stop"},
)


RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "gpt-x",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "status": "in_progress",
}
WORDS = {"type": "output_text", "text": "Héllo 😀", "annotations": []}
REASONED = {"id": "rs_1", "type": "reasoning", "summary": ITEM["summary"], "encrypted_content": "g"}
SAID = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [WORDS],
}
CALLED = {
    "id": "fc_1",
    "type": "function_call",
    "status": "completed",
    "call_id": "c1",
    "name": "f",
    "arguments": '{"a": "é"}',
}
SPENT = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 150,
}


def response_events() -> list[dict[str, Any]]:
    part = {"output_index": 0, "item_id": "rs_1", "summary_index": 0}
    words = {"output_index": 1, "item_id": "msg_1", "content_index": 0, "logprobs": []}
    call = {"output_index": 2, "item_id": "fc_1"}
    summary = {"type": "summary_text", "text": ""}
    return [
        {"type": "response.created", "response": RESPONSE},
        {"type": "response.in_progress", "response": RESPONSE},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**REASONED, "summary": []},
        },
        {"type": "response.reasoning_summary_part.added", **part, "part": summary},
        {"type": "response.reasoning_summary_text.delta", **part, "delta": "hm"},
        {"type": "response.reasoning_summary_text.done", **part, "text": "hm"},
        {"type": "response.output_item.done", "output_index": 0, "item": REASONED},
        {"type": "response.output_item.added", "output_index": 1, "item": {**SAID, "content": []}},
        {"type": "response.content_part.added", **words, "part": {**WORDS, "text": ""}},
        {"type": "response.output_text.delta", **words, "delta": "Héllo "},
        {"type": "response.output_text.delta", **words, "delta": "😀"},
        {"type": "response.output_text.done", **words, "text": "Héllo 😀"},
        {"type": "response.content_part.done", **words, "part": WORDS},
        {"type": "response.output_item.done", "output_index": 1, "item": SAID},
        {
            "type": "response.output_item.added",
            "output_index": 2,
            "item": {**CALLED, "arguments": ""},
        },
        {"type": "response.function_call_arguments.delta", **call, "delta": '{"a": '},
        {"type": "response.function_call_arguments.delta", **call, "delta": '"é"}'},
        {"type": "response.function_call_arguments.done", **call, "arguments": '{"a": "é"}'},
        {"type": "response.output_item.done", "output_index": 2, "item": CALLED},
        {
            "type": "response.completed",
            "response": {
                **RESPONSE,
                "status": "completed",
                "output": [REASONED, SAID, CALLED],
                "usage": SPENT,
            },
        },
    ]


def chat_chunks() -> list[dict[str, Any]]:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x"}
    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    second = {
        "index": 1,
        "id": "c2",
        "type": "function",
        "function": {"name": "g", "arguments": "{}"},
    }
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        {"content": "Héllo "},
        {"content": "😀"},
        {"tool_calls": [first]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a": '}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '"é"}'}}]},
        {"tool_calls": [second]},
    ]
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    end = {"index": 0, "delta": {}, "finish_reason": "tool_calls"}
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }
    return [*chunks, {**head, "choices": [end]}, {**head, "choices": [], "usage": usage}]


def gemini_chunks() -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"text": "hm, 你", "thought": True},
        {"text": "Héllo "},
        {"text": "😀"},
        {"functionCall": {"id": "c1", "name": "f", "args": {"a": "é"}}},
        {"functionCall": {"id": "c2", "name": "g", "args": {}}},
    ]
    candidates: list[dict[str, Any]] = [
        {"index": 0, "content": {"role": "model", "parts": [part]}} for part in parts
    ]
    candidates[-1]["finishReason"] = "STOP"
    usage = {
        "promptTokenCount": 100,
        "candidatesTokenCount": 30,
        "thoughtsTokenCount": 20,
        "cachedContentTokenCount": 60,
        "totalTokenCount": 150,
    }
    return [{"candidates": [each], "usageMetadata": usage} for each in candidates]


def ollama_lines() -> bytes:
    messages: list[dict[str, Any]] = [
        {"thinking": "hm, 你"},
        {"content": "Héllo "},
        {"content": "😀"},
        {"tool_calls": [{"function": {"name": "f", "arguments": {"a": "é"}}}]},
        {"tool_calls": [{"function": {"name": "g", "arguments": {}}}]},
    ]
    head = {"model": "like", "created_at": "2026-01-01T00:00:00Z"}
    lines: list[dict[str, Any]] = [
        {**head, "message": {"role": "assistant", "content": "", **each}, "done": False}
        for each in messages
    ]
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 100, "eval_count": 50}
    lines.append({**head, "message": {"role": "assistant", "content": ""}, **end})
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


def converse_messages() -> bytes:
    deltas: list[tuple[int, dict[str, Any]]] = [
        (0, {"reasoningContent": {"text": "hm, 你"}}),
        (0, {"reasoningContent": {"signature": "c2ln"}}),
        (1, {"text": "Héllo "}),
        (1, {"text": "😀"}),
        (2, {"toolUse": {"input": '{"a": '}}),
        (2, {"toolUse": {"input": '"é"}'}}),
    ]
    found: list[tuple[str, object]] = [("messageStart", {"role": "assistant"})]
    for index, name in ((2, "f"), (3, "g")):
        start = {"toolUse": {"toolUseId": f"c{index}", "name": name}}
        found.append(("contentBlockStart", {"contentBlockIndex": index, "start": start}))
    found += [
        ("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
        for index, delta in deltas
    ]
    found += [("contentBlockStop", {"contentBlockIndex": index}) for index in range(4)]
    usage = {
        "inputTokens": 10,
        "outputTokens": 50,
        "totalTokens": 150,
        "cacheReadInputTokens": 60,
        "cacheWriteInputTokens": 30,
    }
    metadata = {"usage": usage, "metrics": {"latencyMs": 1}}
    found += [("messageStop", {"stopReason": "tool_use"}), ("metadata", metadata)]
    return messages(*found)


def numbered() -> bytes:
    return named(*({**value, "sequence_number": n} for n, value in enumerate(response_events())))


SSE = "text/event-stream"
STREAMS = {
    "chat": (events(*chat_chunks(), last="data: [DONE]\n\n"), SSE),
    "responses": (numbered(), SSE),
    "anthropic": (MESSAGE, SSE),
    "gemini": (events(*gemini_chunks()), SSE),
    "ollama": (ollama_lines(), "application/x-ndjson"),
    "bedrock": (converse_messages(), STREAM),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("wire", CLIENTS)
async def test_the_official_client_hears_what_we_hear(wire: str, size: int) -> None:
    body, kind = STREAMS[wire]
    async with serving(streamed(*sliced(body, size), content_type=kind)) as server:
        model = model_at(wire, server.url)
        sent = json.loads(model.encode(asking("hi", SHELL)))
        got = await heard(model, asking("hi", SHELL))
        theirs = await CLIENTS[wire](server.url, sent)

    assert [each.path for each in server.received[:1]] == [
        each.path for each in server.received[1:]
    ]
    assert got == replace(theirs, signatures=got.signatures)
    assert got.text == "Héllo 😀"
    assert got.calls[0][1:] == ("f", {"a": "é"})
    assert len(got.calls) == (1 if wire == "responses" else 2)
    assert got.usage.input_tokens in {100, 240}
    assert got.usage.cache_read_tokens in ({0} if wire == "ollama" else {60, 200})
    if wire == "responses":
        opened = [unpack(signature, "responses", "gpt-5-like") for signature in got.signatures]
        assert [value["item"] for value in opened if value] == [REASONED]
    elif wire == "anthropic":
        assert got.signatures == theirs.signatures

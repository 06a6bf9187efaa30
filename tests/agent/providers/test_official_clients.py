"""What the services' own clients make of the same: our requests by their types, streams by them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import anthropic
import openai
import pytest
from anthropic.types.beta.message_create_params import MessageCreateParamsStreaming
from anthropic.types.message_create_params import (
    MessageCreateParamsStreaming as PlainMessageCreateParamsStreaming,
)
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter, ValidationError

from agent.providers.loopback import SHELL, answered, events, named, serving, sliced, streamed
from goose_agent.messages import Effort, Image, Message, Text, Thinking, ToolCall, ToolResult, Usage
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.connect import ConnectedModel, connect
from goose_agent.providers.model import (
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
from goose_agent.providers.openai import OpenAIModel
from goose_agent.providers.openai_responses import ResponsesModel
from goose_agent.providers.seals import pack, unpack
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport

KEYS = {"OPENAI_API_KEY": "key-0123456789", "ANTHROPIC_API_KEY": "key-0123456789"}
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


@dataclass(frozen=True)
class Heard:
    """What was understood of an answer, in words common to all."""

    text: str
    thinking: str
    calls: list[tuple[str, str, object]]
    usage: Usage
    signatures: list[str] = field(default_factory=list)


def ours(pieces: list[Piece]) -> Heard:
    arguments: dict[int, str] = {}
    calls: dict[int, CallStart] = {}
    usage = Usage()
    for piece in pieces:
        if isinstance(piece, CallStart):
            calls[piece.index] = piece
        elif isinstance(piece, CallDelta):
            arguments[piece.index] = arguments.get(piece.index, "") + piece.text
        elif isinstance(piece, UsageReport):
            usage = piece.usage
    return Heard(
        "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)),
        "".join(piece.text for piece in pieces if isinstance(piece, ThinkingDelta)),
        [(call.id, call.name, json.loads(arguments[place])) for place, call in calls.items()],
        usage,
        [piece.signature for piece in pieces if isinstance(piece, ThinkingSeal)],
    )


async def heard(model: ConnectedModel) -> Heard:
    try:
        return ours(await answered(model))
    finally:
        await model.aclose()


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


@pytest.mark.parametrize("size", SIZES)
async def test_anthropics_client_hears_the_same(size: int) -> None:
    async with serving(streamed(*sliced(MESSAGE, size))) as server:
        client = anthropic.AsyncAnthropic(api_key="key", base_url=server.url, max_retries=0)
        async with (
            client,
            client.messages.stream(
                model="claude-x", max_tokens=9, messages=[{"role": "user", "content": "hi"}]
            ) as stream,
        ):
            message = await stream.get_final_message()
        service = Service("Anthropic", server.url)
        got = await heard(AnthropicModel(ModelInfo("anthropic/claude-x"), Transport(service)))

    usage = message.usage
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    assert got == Heard(
        "".join(block.text for block in message.content if block.type == "text"),
        "".join(block.thinking for block in message.content if block.type == "thinking"),
        [
            (block.id, block.name, block.input)
            for block in message.content
            if block.type == "tool_use"
        ],
        Usage(usage.input_tokens + read + written, usage.output_tokens, read, written),
        [block.signature for block in message.content if block.type == "thinking"],
    )
    assert got.text == "Héllo 😀"


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


@pytest.mark.parametrize("size", SIZES)
async def test_openais_client_hears_the_same_of_responses(size: int) -> None:
    numbered = [{**value, "sequence_number": n} for n, value in enumerate(response_events())]
    async with serving(streamed(*sliced(named(*numbered), size))) as server:
        client = openai.AsyncOpenAI(api_key="key", base_url=f"{server.url}/v1", max_retries=0)
        text = arguments = ""
        async with client, client.responses.stream(model="gpt-x", input="hi") as stream:
            async for event in stream:
                if event.type == "response.output_text.delta":
                    text += event.delta
                elif event.type == "response.function_call_arguments.delta":
                    arguments += event.delta
            final = await stream.get_final_response()
        service = Service("OpenAI", f"{server.url}/v1")
        got = await heard(ResponsesModel(ModelInfo("openai/gpt-x"), Transport(service)))

    assert final.usage is not None
    details = final.usage.input_tokens_details
    reasoning = [item for item in final.output if item.type == "reasoning"]
    assert got == Heard(
        final.output_text,
        "".join(summary.text for item in reasoning for summary in item.summary),
        [
            (item.call_id, item.name, json.loads(item.arguments))
            for item in final.output
            if item.type == "function_call"
        ],
        Usage(
            final.usage.input_tokens,
            final.usage.output_tokens,
            details.cached_tokens,
            details.cache_write_tokens,
            final.usage.output_tokens_details.reasoning_tokens,
        ),
        got.signatures,
    )
    opened = [unpack(signature, "responses", "gpt-x") or {} for signature in got.signatures]
    assert [value["item"] for value in opened] == [
        item.model_dump(exclude_unset=True) for item in reasoning
    ]
    assert (got.text, got.calls[0][2]) == (text, json.loads(arguments))


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


@pytest.mark.parametrize("size", SIZES)
async def test_openais_client_hears_the_same_of_chat_completions(size: int) -> None:
    body = events(*chat_chunks(), last="data: [DONE]\n\n")
    async with serving(streamed(*sliced(body, size))) as server:
        client = openai.AsyncOpenAI(api_key="key", base_url=f"{server.url}/v1", max_retries=0)
        async with (
            client,
            client.chat.completions.stream(
                model="gpt-x", messages=[{"role": "user", "content": "hi"}]
            ) as stream,
        ):
            final = await stream.get_final_completion()
        service = Service("OpenAI", f"{server.url}/v1")
        got = await heard(OpenAIModel(ModelInfo("openai/gpt-x"), Transport(service)))

    message, usage = final.choices[0].message, final.usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.completion_tokens_details is not None
    assert got == Heard(
        message.content or "",
        "",
        [
            (call.id, call.function.name, json.loads(call.function.arguments))
            for call in message.tool_calls or ()
        ],
        Usage(
            usage.prompt_tokens,
            usage.completion_tokens,
            usage.prompt_tokens_details.cached_tokens or 0,
            usage.prompt_tokens_details.cache_write_tokens or 0,
            usage.completion_tokens_details.reasoning_tokens or 0,
        ),
    )
    assert len(got.calls) == 2

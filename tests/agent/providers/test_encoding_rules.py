"""What each service demands of a request, for any conversation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.providers.conversations import histories
from agent.providers.loopback import SHELL
from goose_agent.evolve import evolve
from goose_agent.messages import Effort, Message, Text, ToolCall
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.converse import ConverseModel
from goose_agent.providers.efforts import ThinkingKind
from goose_agent.providers.gemini import GeminiModel
from goose_agent.providers.model import Model, ModelInfo, ModelRequest
from goose_agent.providers.ollama import OllamaModel
from goose_agent.providers.openai import OpenAIDialect, OpenAIModel
from goose_agent.providers.openai_responses import ResponsesModel
from goose_agent.providers.service import Service
from goose_agent.providers.tool_shim import ShimModel
from goose_agent.providers.transport import Transport
from support.compacted import compacted_messages

TRANSPORT = Transport(Service("Nobody", "http://127.0.0.1"))
LEVELS = ThinkingKind("levels", ("low", "medium", "high"))
BOUND = ThinkingKind("bound", ("low", "high"), "between_tools")
BUDGET = ThinkingKind("budget", off="disabled", budget=(128, 4096))
ARGUMENTS: list[dict[str, str]] = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data" / "tool_args.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
FEW = settings(max_examples=40)
requests = st.builds(
    ModelRequest,
    st.sampled_from(["", "Be brief."]),
    st.one_of(histories.map(tuple), compacted_messages),
    st.sampled_from([(), (SHELL,)]),
    st.sampled_from([None, "off", "low", "medium", "high", "max"]),
    turn_context=st.sampled_from(["", "It is late."]),
)


def info(name: str, *, sees: bool = True) -> ModelInfo:
    return ModelInfo(f"{name}/m", window=200_000, max_output=32_000, sees=sees)


def encoded(model: Model, request: ModelRequest) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(model.encode(request))
    assert model.encode(request) == model.encode(request)
    return body


@pytest.mark.parametrize("kind", [ThinkingKind(), BOUND, BUDGET])
@FEW
@given(request=requests)
def test_anthropic(kind: ThinkingKind, request: ModelRequest) -> None:
    body = encoded(AnthropicModel(info("anthropic"), TRANSPORT, kind), request)
    turns = body["messages"]

    assert [turn["role"] for turn in turns] == alternating("user", "assistant", len(turns))
    assert len(turns) % 2 == 1
    calls: list[str] = []
    for turn in turns:
        blocks = turn["content"]
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        assert blocks
        assert all(block["text"].strip() for block in blocks if block["type"] == "text")
        assert results == calls
        assert all(block["type"] == "tool_result" for block in blocks[: len(results)])
        calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
        if turn["role"] == "assistant":
            assert not blocks[-1]["type"].endswith("thinking")
    assert '"tool_use"' not in json.dumps(turns) or body["tools"]
    assert ("tool_choice" in body) == (not request.tools and "tools" in body)
    assert json.dumps(body).count("cache_control") <= 4
    thinking = body.get("thinking", {})
    assert thinking.get("budget_tokens", 0) < body["max_tokens"]


@FEW
@given(request=requests)
def test_chat_completions(request: ModelRequest) -> None:
    dialect = OpenAIDialect(returns_thinking=True, efforts=("low",))
    body = encoded(OpenAIModel(info("openai"), TRANSPORT, dialect), request)

    check_chat(body["messages"], [call_ids(message) for message in body["messages"]])
    assert "tools" in body or not request.tools


@FEW
@given(request=requests)
def test_ollama(request: ModelRequest) -> None:
    body = encoded(OllamaModel(info("ollama", sees=False), TRANSPORT, LEVELS), request)

    check_chat(body["messages"], [call_ids(message) for message in body["messages"]])
    assert "images" not in json.dumps(body)


@FEW
@given(request=requests)
def test_responses(request: ModelRequest) -> None:
    body = encoded(ResponsesModel(info("openai"), TRANSPORT, ("low", "high")), request)
    items = body["input"]

    calls: list[str] = []
    answered: list[str] = []
    for place, item in enumerate(items):
        if item["type"] == "function_call":
            assert not answered
            calls.append(item["call_id"])
        elif item["type"] == "function_call_output":
            answered.append(item["call_id"])
        elif item["type"] == "reasoning":
            follower = items[place + 1]
            assert follower["type"] in {"reasoning", "function_call"} or (
                follower["role"] == "assistant"
            )
        if answered == calls:
            calls, answered = [], []
    assert (calls, answered) == ([], [])
    assert body["store"] is False


@pytest.mark.parametrize("kind", [ThinkingKind(), LEVELS, BUDGET])
@FEW
@given(request=requests)
def test_gemini(kind: ThinkingKind, request: ModelRequest) -> None:
    body = encoded(GeminiModel(info("gemini"), TRANSPORT, kind), request)
    contents = body["contents"]

    assert [content["role"] for content in contents] == alternating("user", "model", len(contents))
    assert len(contents) % 2 == 1
    calls: list[tuple[str, str]] = []
    for content in contents:
        parts = content["parts"]
        assert parts
        results = [part["functionResponse"] for part in parts if "functionResponse" in part]
        assert [(result["id"], result["name"]) for result in results] == calls
        called = [part for part in parts if "functionCall" in part]
        calls = [(part["functionCall"]["id"], part["functionCall"]["name"]) for part in called]
        if called and kind.mode == "levels":
            assert called[0]["thoughtSignature"]
    assert "image/gif" not in {
        part["inlineData"]["mimeType"]
        for content in contents
        for part in content["parts"]
        if "inlineData" in part
    }


@FEW
@given(request=requests, effort=st.sampled_from([None, "off", "low", "max"]))
def test_a_model_that_does_not_think_is_not_told_how(
    request: ModelRequest, effort: Effort | None
) -> None:
    told = ModelRequest(request.system, request.messages, request.tools, effort)
    untold = ModelRequest(request.system, request.messages, request.tools)

    for model in (
        AnthropicModel(info("anthropic"), TRANSPORT),
        OpenAIModel(info("openai"), TRANSPORT, OpenAIDialect(efforts=())),
        ResponsesModel(info("openai"), TRANSPORT, ()),
        GeminiModel(info("gemini"), TRANSPORT),
        OllamaModel(info("ollama"), TRANSPORT),
    ):
        assert model.encode(told) == model.encode(untold)


@FEW
@given(request=requests, more=histories)
def test_what_a_service_may_have_cached_stays_as_it_was(
    request: ModelRequest, more: list[Message]
) -> None:
    """The beginning of a conversation that ends with the user, but for the marks for the cache."""
    model = AnthropicModel(info("anthropic"), TRANSPORT)
    before = encoded(model, ModelRequest("", request.messages, (SHELL,)))["messages"]
    later = encoded(model, ModelRequest("", (*request.messages, *more), (SHELL,)))["messages"]

    known = before[:-1]
    assert unmarked(later[: len(known)][:-1]) == unmarked(known[:-1])


@pytest.mark.parametrize("case", ARGUMENTS, ids=lambda case: str(case["name"]))
def test_arguments_are_an_object_for_every_service_whatever_the_model_wrote(
    case: dict[str, str],
) -> None:
    call = Message("assistant", (ToolCall("c1", "shell", case["raw"]),))
    request = ModelRequest("", (Message("user", (Text("go"),)), call), (SHELL,))

    anthropic = encoded(AnthropicModel(info("anthropic"), TRANSPORT), request)["messages"][1]
    gemini = encoded(GeminiModel(info("gemini"), TRANSPORT), request)["contents"][1]
    ollama = encoded(OllamaModel(info("ollama"), TRANSPORT), request)["messages"][1]
    chat = encoded(OpenAIModel(info("openai"), TRANSPORT), request)["messages"][1]
    responses = encoded(ResponsesModel(info("openai"), TRANSPORT), request)["input"][1]

    arguments = [
        anthropic["content"][0]["input"],
        gemini["parts"][0]["functionCall"]["args"],
        ollama["tool_calls"][0]["function"]["arguments"],
        json.loads(chat["tool_calls"][0]["function"]["arguments"]),
        json.loads(responses["arguments"]),
    ]
    assert isinstance(arguments[0], dict)
    assert all(found == arguments[0] for found in arguments)


def alternating(first: str, second: str, count: int) -> list[str]:
    return [second if place % 2 else first for place in range(count)]


def unmarked(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = json.dumps(turns).replace(', "cache_control": {"type": "ephemeral"}', "")
    value: list[dict[str, Any]] = json.loads(text)
    return value


def call_ids(message: dict[str, Any]) -> list[str]:
    return [call["id"] for call in message.get("tool_calls", ())]


def check_chat(messages: list[dict[str, Any]], calls: list[list[str]]) -> None:
    waiting: list[str] = []
    before = ""
    for message, made in zip(messages, calls, strict=True):
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop(0)
        else:
            assert not waiting
            assert message["role"] != before
            assert message["content"] or made or message.get("images")
        waiting += made
        before = message["role"]
    assert not waiting


MAKERS: dict[str, Callable[[], Model]] = {
    "anthropic": lambda: AnthropicModel(info("anthropic"), TRANSPORT, BUDGET),
    "converse": lambda: ConverseModel(info("bedrock"), TRANSPORT, BUDGET, claude="claude-opus-4-1"),
    "gemini": lambda: GeminiModel(info("gemini"), TRANSPORT, LEVELS),
    "ollama": lambda: OllamaModel(info("ollama", sees=False), TRANSPORT),
    "openai": lambda: OpenAIModel(info("openai"), TRANSPORT),
    "responses": lambda: ResponsesModel(info("openai"), TRANSPORT),
    "shim": lambda: ShimModel(OpenAIModel(info("openai"), TRANSPORT), constrained=False),
}
changes = st.lists(st.tuples(st.integers(0, 12), histories, requests), min_size=1, max_size=5)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
@FEW
@given(changes=changes)
def test_what_a_model_remembers_of_a_conversation_changes_no_request(
    make: Callable[[], Model], changes: list[tuple[int, list[Message], ModelRequest]]
) -> None:
    model = make()
    conversation: tuple[Message, ...] = ()
    for kept, more, request in changes:
        conversation = (*conversation[:kept], *more)
        request = evolve(request, messages=conversation)
        assert model.encode(request) == make().encode(request)

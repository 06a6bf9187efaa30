"""What holds just now stands behind all that a service can cache, in every wire format."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest

from agent.providers.loopback import SHELL
from agent.providers.test_encoding_rules import BUDGET, LEVELS, TRANSPORT, info
from goose_agent.messages import Image, Message, Text, ToolCall, ToolResult
from goose_agent.providers.anthropic import AnthropicModel
from goose_agent.providers.converse import ConverseModel
from goose_agent.providers.gemini import GeminiModel
from goose_agent.providers.model import Model, ModelRequest
from goose_agent.providers.ollama import OllamaModel
from goose_agent.providers.openai import OpenAIModel
from goose_agent.providers.openai_responses import ResponsesModel
from goose_agent.providers.script import Script
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.providers.tool_shim import ShimModel

PICTURE = (Image("image/png", b"\x89PNG"),)


def models() -> Iterator[tuple[str, Model]]:
    """One of each wire format, and of each way in which one ends a request."""
    yield "anthropic", AnthropicModel(info("anthropic"), TRANSPORT)
    yield "bedrock claude", ConverseModel(info("bedrock"), TRANSPORT, claude="claude-sonnet-4-5")
    yield "bedrock old claude", ConverseModel(info("bedrock"), TRANSPORT, claude="claude-2")
    yield "bedrock other", ConverseModel(info("bedrock"), TRANSPORT)
    yield "chat completions", OpenAIModel(info("openai"), TRANSPORT)
    yield "responses", ResponsesModel(info("openai"), TRANSPORT, ())
    yield "gemini", GeminiModel(info("gemini"), TRANSPORT, BUDGET)
    yield "gemini 3", GeminiModel(info("gemini"), TRANSPORT, LEVELS)
    yield "ollama", OllamaModel(info("ollama"), TRANSPORT)
    yield "shim", ShimModel(OpenAIModel(info("local"), TRANSPORT), constrained=False)
    yield "scripted", ScriptedModel(Script(answers=()))


MODELS = dict(models())
MARKS = {
    "anthropic": ',"cache_control":{"type":"ephemeral"}',
    "bedrock claude": ',{"cachePoint":{"type":"default"}}',
}
"""What tells a service where to cache; it is no part of what is cached."""


def mark(number: int) -> str:
    """Words that stand in one message only."""
    return f"words of message {number};"


def results(number: int, images: tuple[Image, ...] = ()) -> Message:
    one = ToolResult(f"a{number}", "shell", "first")
    return Message("tool", (one, ToolResult(f"b{number}", "shell", mark(number), images=images)))


def calls(number: int) -> Message:
    wanted = (ToolCall(f"{name}{number + 1}", "shell", "{}") for name in "ab")
    return Message("assistant", (Text(mark(number)), *wanted))


CONVERSATION = (
    Message("user", (Text(mark(0)),)),
    calls(1),
    results(2),
    calls(3),
    results(4, PICTURE),
    Message("user", (Text(mark(5)),)),
    Message("assistant", (Text(mark(6)),)),
    Message("user", (Text(mark(7)),)),
    Message("user", (Text(mark(8)),)),
    calls(9),
    results(10),
)
ENDS = (1, 3, 6, 9, 11)
"""After how many messages a model is called."""


def request(end: int, turn_context: str | None = None) -> ModelRequest:
    words = f"<turn-context>now {end}</turn-context>" if turn_context is None else turn_context
    return ModelRequest("Be good.", CONVERSATION[:end], (SHELL,), turn_context=words)


@pytest.mark.parametrize("name", MODELS)
def test_a_request_begins_as_the_one_before_it_up_to_what_holds_just_now(name: str) -> None:
    for end, following in itertools.pairwise(ENDS):
        before, after = (
            MODELS[name].encode(request(at)).decode().replace(MARKS.get(name, "-"), "")
            for at in (end, following)
        )
        upto = before.index(mark(end - 1)) + len(mark(end - 1))
        assert after[:upto] == before[:upto]
        assert before.index(f"now {end}") > upto
        assert after.count("now ") == 1


@pytest.mark.parametrize("name", MARKS)
def test_the_mark_stands_before_what_holds_just_now_and_in_the_next_request_too(
    name: str,
) -> None:
    for end, following in itertools.pairwise(ENDS):
        before, after = (
            json.loads(MODELS[name].encode(request(at)))["messages"] for at in (end, following)
        )
        *marked, last = before[-1]["content"]
        assert "cache" in json.dumps(marked[-1])
        assert last["text"] == f"<turn-context>now {end}</turn-context>"
        assert "cache" not in json.dumps(last)
        assert after[len(before) - 1]["content"] == marked


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_added_where_nothing_holds(name: str) -> None:
    assert b"turn-context" not in MODELS[name].encode(request(3, ""))


@pytest.mark.parametrize("end", [3, 11])
def test_behind_a_result_it_stands_in_the_result(end: int) -> None:
    """Templates of many models know no person between a result and the answer."""
    body = json.loads(MODELS["chat completions"].encode(request(end)))
    assert body["messages"][-1]["role"] == "tool"
    assert f"now {end}" in body["messages"][-1]["content"]


def test_an_answer_or_nothing_before_it_is_followed_by_words_of_the_user() -> None:
    assert request(2).ended_messages[-1].role == "user"
    assert request(0).ended_messages[-1].role == "user"

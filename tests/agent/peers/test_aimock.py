"""One set of answers, told by a server nobody here wrote in six wire formats, is one to us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from agent.peers.aimock import installed, running
from agent.peers.headless import Ran, headless

# The first test may have to fetch the server.
pytestmark = pytest.mark.timeout(240)

KEY = "key-that-nobody-may-see"
GREETING = "Hello — “ünïcödé”, 日本語, \U0001fabf,\n\nand a *last* line."
COMMAND = json.dumps({"command": "echo saw a goose"})


@dataclass(frozen=True)
class Format:
    """How a wire format is chosen and where the server has it."""

    name: str
    model: str
    variable: str
    path: str = ""
    wire: str = ""
    more: tuple[tuple[str, str], ...] = ()

    def environ(self, url: str) -> dict[str, str]:
        """The variables that choose it."""
        return {self.variable: f"{url}{self.path}", "OPENAI_WIRE": self.wire, **dict(self.more)}


FORMATS = (
    Format("chat", "openai/gpt-5-chat-like", "OPENAI_BASE_URL", "/v1", "chat"),
    Format("responses", "openai/gpt-5-responses-like", "OPENAI_BASE_URL", "/v1", "responses"),
    Format("anthropic", "anthropic/claude-sonnet-like", "ANTHROPIC_BASE_URL"),
    Format("gemini", "gemini/gemini-2.5-like", "GEMINI_BASE_URL", "/v1beta"),
    Format("ollama", "ollama/deepseek-r1-like", "OLLAMA_HOST"),
    Format(
        "bedrock",
        "bedrock/amazon.nova-like",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        more=(
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", KEY),
        ),
    ),
)


def _fixtures() -> list[dict[str, Any]]:
    call = {"id": "call_one", "name": "shell", "arguments": COMMAND}
    refusal = {"message": "Slow down.", "type": "rate_limit_error"}
    fixtures: list[dict[str, Any]] = [
        {"match": {"userMessage": "say hello"}, "response": {"content": GREETING}},
        {
            "match": {"userMessage": "think first"},
            "response": {"reasoning": "Six times seven.", "content": "It is 42."},
        },
        {
            "match": {"userMessage": "use the tool", "hasToolResult": False},
            "response": {"toolCalls": [call]},
        },
        {
            "match": {"userMessage": "use the tool", "toolResultContains": "saw a goose"},
            "response": {"content": "There is a goose."},
        },
    ]
    for form in FORMATS:  # each is refused once, whoever comes first
        match = {"userMessage": "be patient", "model": form.model.partition("/")[2]}
        again = {"content": "Thank you for waiting."}
        fixtures += [
            {"match": match | {"sequenceIndex": 0}, "response": {"error": refusal, "status": 429}},
            {"match": match | {"sequenceIndex": 1}, "response": again},
        ]
    return fixtures


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("fixtures")
    text = json.dumps({"fixtures": _fixtures()})
    (folder / "answers.json").write_text(text, encoding="utf-8")
    with running(installed(), folder) as address:
        yield address


async def run(form: Format, url: str, home: Path, *argv: str) -> Ran:
    """`goose-tui run` in a process of its own."""
    environ = {
        **{f"{name}_API_KEY": KEY for name in ("OPENAI", "ANTHROPIC", "GEMINI")},
        **form.environ(url),
    }
    ran = await headless(home, environ, "--model", form.model, "--mode", "auto", *argv)
    assert KEY.encode() not in ran.out + ran.err
    return ran


async def run_all(url: str, base: Path, *argv: str) -> dict[str, Ran]:
    """The same with each wire format, at the same time."""
    ran: dict[str, Ran] = {}

    async def one(form: Format) -> None:
        ran[form.name] = await run(form, url, base / form.name, *argv)

    async with anyio.create_task_group() as tasks:
        for form in FORMATS:
            tasks.start_soon(one, form)
    return ran


def assert_alike(ran: dict[str, Ran]) -> Ran:
    """All went well and are on record in the same way; returns one of them."""
    assert {name: each.err for name, each in ran.items() if each.code} == {}
    first = ran["chat"]
    assert {name: each.told("text") for name, each in ran.items()} == dict.fromkeys(
        ran, first.told("text")
    )
    assert {name: each.kinds for name, each in ran.items()} == dict.fromkeys(ran, first.kinds)
    return first


async def test_the_answer_is_the_same_to_the_byte(url: str, tmp_path: Path) -> None:
    ran = await run_all(url, tmp_path, "-t", "say hello")
    expected = Ran(0, f"{GREETING}\n".encode(), b"")
    assert ran == dict.fromkeys(ran, expected)


async def test_the_record_of_an_answer_is_the_same(url: str, tmp_path: Path) -> None:
    ran = await run_all(url, tmp_path, "--output", "stream-json", "-t", "say hello")
    assert assert_alike(ran).told("text") == GREETING


async def test_a_call_is_run_and_its_result_sent_back(url: str, tmp_path: Path) -> None:
    ran = await run_all(url, tmp_path, "--output", "stream-json", "-t", "use the tool")
    first = assert_alike(ran)
    assert first.told("text") == "There is a goose."
    for each in ran.values():
        (result,) = each.data("tool.finished")
        assert (result["outcome"], result["text"].strip()) == ("ok", "saw a goose")
        assert len(each.data("model.responded")) == 2


async def test_reasoning_is_told_from_the_answer(url: str, tmp_path: Path) -> None:
    ran = await run_all(url, tmp_path, "--output", "stream-json", "-t", "think first")
    first = assert_alike(ran)
    assert first.told("text") == "It is 42."
    # The server names Ollama's thoughts `reasoning_content`, where Ollama itself says `thinking`.
    thoughts = {name: each.told("thinking") for name, each in ran.items() if name != "ollama"}
    assert thoughts == dict.fromkeys(thoughts, "Six times seven.")


async def test_a_refusal_for_now_is_waited_out(url: str, tmp_path: Path) -> None:
    ran = await run_all(url, tmp_path, "--output", "stream-json", "-t", "be patient")
    first = assert_alike(ran)
    assert first.told("text") == "Thank you for waiting."
    for each in ran.values():
        (again,) = each.data("model.retrying")
        assert "(429)" in again["message"]
        assert "Slow down." in again["message"]

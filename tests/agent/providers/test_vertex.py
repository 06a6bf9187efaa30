from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import anthropic
import pytest

from agent.providers.loopback import (
    SHELL,
    Reply,
    answered,
    asking,
    events,
    named,
    serving,
    streamed,
    whole,
)
from goose_agent.errors import AuthError, ConfigError
from goose_agent.messages import Usage
from goose_agent.providers.connect import ConnectedModel, connect
from goose_agent.providers.declared import service_of
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    TextDelta,
    ThinkingDelta,
    UsageReport,
)
from goose_agent.providers.shelf import Shelf
from support.google_cloud import Tokens, service_account

WHERE = {"GOOGLE_CLOUD_PROJECT": "parrot", "GOOGLE_CLOUD_LOCATION": "europe-west4"}
ROOT = "/v1/projects/parrot/locations/europe-west4/publishers"
GEMINI: Reply = streamed(
    events(
        {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]},
        {"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]},
        {
            "candidates": [
                {
                    "content": {"parts": [{"functionCall": {"name": "shell", "args": {"a": 1}}}]},
                    "finishReason": "STOP",
                }
            ],
            "usageMetadata": {
                "promptTokenCount": 100,
                "candidatesTokenCount": 10,
                "cachedContentTokenCount": 60,
                "thoughtsTokenCount": 5,
            },
        },
    )
)
CLAUDE: Reply = streamed(
    named(
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "claude-x",
                "content": [],
                "usage": {"input_tokens": 7, "output_tokens": 1},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 3},
        },
        {"type": "message_stop"},
    )
)


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tokens]:
    with service_account(tmp_path) as (path, server):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "parrot")
        yield server


def model_at(url: str, name: str) -> ConnectedModel:
    return connect(f"vertex/{name}", {**WHERE, "GOOGLE_VERTEX_BASE_URL": url})


async def test_gemini_answers_as_it_does_everywhere(tokens: Tokens) -> None:
    async with serving(GEMINI) as server:
        model = model_at(server.url, "gemini-3.8-flash")
        pieces = await answered(model, asking("hi", SHELL))
        await model.aclose()

    assert pieces == [
        ThinkingDelta("hm"),
        TextDelta("Hi"),
        CallStart(0, "", "shell"),
        CallDelta(0, '{"a":1}'),
        UsageReport(Usage(100, 15, 60, reasoning_tokens=5)),
        AnswerEnd("tool_calls"),
    ]
    (received,) = server.received
    model_path = f"{ROOT}/google/models/gemini-3.8-flash"
    assert received.path == f"{model_path}:streamGenerateContent?alt=sse"
    assert received.headers["authorization"] == "Bearer token-1-that-nobody-may-see"


async def test_claude_is_asked_as_the_official_client_asks(tokens: Tokens) -> None:
    name = "claude-sonnet-4-5@20250929"
    async with serving(CLAUDE) as server:
        model = model_at(server.url, name)
        pieces = await answered(model, asking("hi", SHELL))
        await model.aclose()
        client = anthropic.AsyncAnthropicVertex(
            region=WHERE["GOOGLE_CLOUD_LOCATION"],
            project_id="parrot",
            access_token="token",
            base_url=f"{server.url}/v1",
        )
        body = json.loads(model.encode(asking("hi", SHELL)))
        said = {
            "max_tokens": body["max_tokens"],
            "messages": body["messages"],
            "tools": body["tools"],
        }
        async with client, client.messages.stream(model=name, **said) as stream:
            final = await stream.get_final_message()

    ours, theirs = server.received
    assert ours.path == theirs.path
    # Each names the version of the format that it reads.
    version = {"anthropic_version": "vertex-2023-10-16"}
    assert ours.json == {**json.loads(theirs.body), **version}
    assert ours.path == f"{ROOT}/anthropic/models/{name}:streamRawPredict"
    assert pieces == [
        UsageReport(Usage(7, 1)),
        TextDelta("".join(block.text for block in final.content if block.type == "text")),
        UsageReport(Usage(final.usage.input_tokens, final.usage.output_tokens)),
        AnswerEnd("stop"),
    ]


async def test_a_token_is_kept_as_long_as_it_holds(tokens: Tokens) -> None:
    async with serving(GEMINI) as server:
        model = model_at(server.url, "gemini-3.8-flash")
        await answered(model)
        await answered(model)
        assert tokens.given == 1
        await model.aclose()


async def test_a_token_that_runs_out_is_renewed(tokens: Tokens) -> None:
    tokens.lasts = 1
    async with serving(GEMINI) as server:
        model = model_at(server.url, "gemini-3.8-flash")
        await answered(model)
        await answered(model)
        await model.aclose()
    sent = [received.headers["authorization"] for received in server.received]
    assert sent == [f"Bearer token-{turn}-that-nobody-may-see" for turn in (1, 2)]


async def test_credentials_that_are_refused_are_told_with_what_to_do(tokens: Tokens) -> None:
    tokens.refuses = True
    async with serving(GEMINI) as server:
        model = model_at(server.url, "gemini-3.8-flash")
        with pytest.raises(AuthError, match="Not you") as caught:
            await answered(model)
        await model.aclose()
    assert server.received == []
    assert "gcloud auth application-default login" in caught.value.hint


async def test_missing_credentials_are_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nowhere.json"))
    model = model_at("http://127.0.0.1:1", "gemini-3.8-flash")
    with pytest.raises(AuthError, match=r"nowhere\.json") as caught:
        await answered(model)
    await model.aclose()
    assert "GOOGLE_APPLICATION_CREDENTIALS" in caught.value.hint


async def test_a_refusal_says_what_google_says(tokens: Tokens) -> None:
    error = {
        "code": 403,
        "message": "Permission denied on resource.",
        "status": "PERMISSION_DENIED",
    }
    async with serving(whole(403, json.dumps([{"error": error}]).encode())) as server:
        model = model_at(server.url, "gemini-3.8-flash")
        with pytest.raises(AuthError, match="Permission denied on resource"):
            await answered(model)
        await model.aclose()


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("europe-west4", "europe-west4-aiplatform.googleapis.com"),
        ("", "aiplatform.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
    ],
)
def test_the_address_is_that_of_the_place(location: str, host: str) -> None:
    definition = Shelf().definitions["vertex"]
    service = service_of(definition, {"GCP_PROJECT_ID": "parrot", "GCP_LOCATION": location})

    parts = urlsplit(service.base_url)
    assert parts.netloc == host
    assert parts.path == f"/v1/projects/parrot/locations/{location or 'global'}"


def test_a_missing_project_or_library_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="GOOGLE_CLOUD_PROJECT is not set"):
        connect("vertex/gemini-3.8-flash", {})
    monkeypatch.setattr("goose_agent.providers.google_access.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="needs the package google-auth") as caught:
        connect("vertex/gemini-3.8-flash", WHERE)
    assert "goose-tui[vertex]" in caught.value.hint


def test_what_is_known_of_a_model_is_known_of_it_here_but_for_its_price() -> None:
    for name, window in (
        ("gemini-2.5-flash-lite", 1_048_576),
        ("claude-opus-4-1@20250805", 200_000),
    ):
        info = connect(f"gcp_vertex_ai/{name}", WHERE).info
        assert info.name == f"vertex/{name}"
        assert (info.window, info.input_price) == (window, None)

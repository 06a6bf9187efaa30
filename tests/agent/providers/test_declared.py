"""Every provider that ships and every engine, against a server that speaks its format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.providers.loopback import (
    SHELL,
    Reply,
    answered,
    asking,
    events,
    serving,
    streamed,
    whole,
)
from goose_agent.errors import AuthError, ConfigError, ConnectionLost, NoModel
from goose_agent.messages import Usage
from goose_agent.providers.connect import connect, definition_of
from goose_agent.providers.definition import Definition
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    TextDelta,
    ThinkingDelta,
    ThinkingSeal,
    UsageReport,
)
from goose_agent.providers.shelf import Shelf

KEY = "key-0123456789"
OPENAI = streamed(
    events(
        {"choices": [{"delta": {"content": "Hello"}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}]},
        last="data: [DONE]\n\n",
    )
)
# Those that credentials open have tests of their own.
DECLARED = [each for each in Shelf().definitions.values() if each.source and not each.opened_by]


def shelf_with(folder: Path, definition: Definition, url: str) -> Shelf:
    """The definition that ships, with its address leading here."""
    source = Path(__file__).parents[3] / "agent/goose_agent/providers/services" / definition.source
    value = json.loads(source.read_text(encoding="utf-8"))
    path = value["base_url"].partition("://")[2].partition("/")[2]
    value["base_url"] = f"{url}/{path}" if path else url
    (folder / "here.json").write_text(json.dumps(value), encoding="utf-8")
    return Shelf((folder,))


def own(folder: Path, url: str, **more: object) -> Shelf:
    value = {"name": "acme", "display_name": "Acme", "engine": "openai", "base_url": url} | more
    (folder / "acme.json").write_text(json.dumps(value), encoding="utf-8")
    return Shelf((folder,))


@pytest.mark.parametrize("definition", DECLARED, ids=lambda definition: definition.name)
async def test_every_provider_that_ships_is_spoken_to(
    tmp_path: Path, definition: Definition
) -> None:
    name = definition.default_model or f"{definition.name}/maker/some-model"
    async with serving(OPENAI) as server:
        shelf = shelf_with(tmp_path, definition, server.url)
        environ = {definition.api_key_env: KEY, "AZURE_OPENAI_RESOURCE": "mine"}
        model = connect(name, environ, shelf)
        pieces = await answered(model)
        await model.aclose()

    assert pieces == [TextDelta("Hello"), AnswerEnd("stop")]
    request = server.received[0]
    assert request.path.endswith("/chat/completions")
    header = definition.api_key_header or "authorization"
    assert request.headers[header] == (KEY if definition.api_key_header else f"Bearer {KEY}")
    assert isinstance(request.json, dict)
    assert request.json["model"] == name.partition("/")[2]
    assert ("stream_options" in request.json) is definition.supports_stream_options
    assert KEY not in repr(model)


ANTHROPIC = streamed(
    events(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    )
)
OLLAMA = streamed(
    b'{"message": {"content": "Hi"}}\n{"done": true}\n', content_type="application/x-ndjson"
)
RESPONSES = streamed(
    events(
        {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"},
        {"type": "response.completed", "response": {"status": "completed"}},
    )
)
GEMINI = streamed(
    events({"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]})
)
GEMINI_PATH = "/models/one:streamGenerateContent?alt=sse"


@pytest.mark.parametrize(
    ("engine", "reply", "address", "path", "header"),
    [
        ("openai", OPENAI, "", "/v1/chat/completions", ("authorization", f"Bearer {KEY}")),
        ("openai", OPENAI, "/chat/completions", "/chat/completions", None),
        ("openai", OPENAI, "/v4/", "/v4/chat/completions", None),
        ("openai_responses", RESPONSES, "", "/v1/responses", ("authorization", f"Bearer {KEY}")),
        ("openai_responses", RESPONSES, "/v1/responses", "/v1/responses", None),
        ("gemini", GEMINI, "", f"/v1beta{GEMINI_PATH}", ("x-goog-api-key", KEY)),
        ("gemini", GEMINI, "/v1/models", f"/v1{GEMINI_PATH}", None),
        ("anthropic", ANTHROPIC, "", "/v1/messages", ("x-api-key", KEY)),
        ("anthropic", ANTHROPIC, "/api/v1/messages", "/api/v1/messages", None),
        ("anthropic", ANTHROPIC, "/anthropic", "/anthropic/v1/messages", None),
        ("ollama", OLLAMA, "/v1", "/api/chat", ("authorization", f"Bearer {KEY}")),
    ],
)
async def test_an_address_may_name_the_endpoint_or_what_is_before_it(
    tmp_path: Path,
    engine: str,
    reply: Reply,
    address: str,
    path: str,
    header: tuple[str, str] | None,
) -> None:
    async with serving(reply) as server:
        shelf = own(tmp_path, server.url + address, engine=engine, api_key_env="ACME_KEY")
        model = connect("acme/one", {"ACME_KEY": KEY}, shelf)
        pieces = await answered(model)
        await model.aclose()

    assert isinstance(pieces[0], TextDelta)
    assert server.received[0].path == path
    if header is not None:
        assert server.received[0].headers[header[0]] == header[1]


async def test_places_in_address_and_headers_are_filled(tmp_path: Path) -> None:
    async with serving(OPENAI) as server:
        shelf = own(
            tmp_path,
            "${ACME_URL}/${ACME_TEAM}/v1",
            headers={"X-Team": "${ACME_TEAM}", "X-Plain": "a"},
            env_vars=[{"name": "ACME_TEAM", "default": "blue"}],
        )
        model = connect("acme/one", {"ACME_URL": server.url}, shelf)
        await answered(model)
        await model.aclose()

    assert server.received[0].path == "/blue/v1/chat/completions"
    assert server.received[0].headers["x-team"] == "blue"
    with pytest.raises(ConfigError, match="ACME_URL is not set"):
        connect("acme/one", {}, shelf)
    with pytest.raises(ConfigError, match="is not a web address"):
        connect("acme/one", {"ACME_URL": "nonsense"}, shelf)


async def test_a_secret_in_a_header_is_not_in_what_the_service_says_back(tmp_path: Path) -> None:
    body = b'{"error": {"message": "Token hush-0123456789 is wrong"}}'
    async with serving(whole(401, body)) as server:
        shelf = own(tmp_path, server.url, headers={"Authorization": "Bearer hush-0123456789"})
        model = connect("acme/one", {}, shelf)
        with pytest.raises(AuthError, match="Token … is wrong") as caught:
            await answered(model)
        await model.aclose()

    assert "hush" not in str(caught.value)


async def test_a_service_that_does_not_stream_answers_whole(tmp_path: Path) -> None:
    call = {"id": "c1", "function": {"name": "shell", "arguments": "{}"}}
    message = {"content": "Hi", "reasoning_content": "Hm", "tool_calls": [call]}
    body = {
        "choices": [{"message": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }
    async with serving(whole(200, json.dumps(body).encode()), whole(200, b"")) as server:
        shelf = own(tmp_path, server.url, supports_streaming=False)
        model = connect("acme/one", {}, shelf)
        pieces = await answered(model, asking("hi", SHELL))
        with pytest.raises(ConnectionLost):
            await answered(model)
        await model.aclose()

    assert isinstance(server.received[0].json, dict)
    assert server.received[0].json["stream"] is False
    assert pieces == [
        TextDelta("Hi"),
        ThinkingDelta("Hm"),
        CallStart(0, "c1", "shell"),
        CallDelta(0, "{}"),
        UsageReport(Usage(3, 2)),
        AnswerEnd("tool_calls"),
    ]


async def test_the_format_of_anthropic_is_read_whole_too(tmp_path: Path) -> None:
    body = {
        "type": "message",
        "content": [
            {"type": "thinking", "thinking": "Hm", "signature": "s"},
            {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "c1", "name": "shell", "input": {"command": "ls"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }
    async with serving(whole(200, json.dumps(body).encode())) as server:
        shelf = own(tmp_path, server.url, engine="anthropic", supports_streaming=False)
        model = connect("acme/one", {}, shelf)
        pieces = await answered(model)
        await model.aclose()

    assert pieces == [
        ThinkingDelta("Hm"),
        ThinkingSeal("s"),
        TextDelta("Hi"),
        CallStart(0, "c1", "shell"),
        CallDelta(0, '{"command":"ls"}'),
        UsageReport(Usage(3, 2)),
        AnswerEnd("tool_calls"),
    ]


async def test_ollama_is_read_whole_too(tmp_path: Path) -> None:
    body = b'{"message": {"content": "Hi"}, "done": true}'
    async with serving(whole(200, body)) as server:
        shelf = own(tmp_path, server.url, engine="ollama", supports_streaming=False)
        model = connect("acme/one", {}, shelf)
        pieces = await answered(model)
        await model.aclose()

    assert pieces == [TextDelta("Hi"), AnswerEnd("stop")]


async def test_the_responses_format_is_read_whole_too(tmp_path: Path) -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "shell", "arguments": "{}"}
    body = {
        "object": "response",
        "status": "completed",
        "output": [
            {
                "type": "reasoning",
                "summary": [{"text": "Hm"}, {"text": "So"}],
                "encrypted_content": "x",
            },
            {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
            call,
            call | {"call_id": "c2"},
        ],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }
    cut = body | {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    replies = [whole(200, json.dumps(each).encode()) for each in (body, cut)]
    async with serving(*replies) as server:
        shelf = own(tmp_path, server.url, engine="openai_responses", supports_streaming=False)
        model = connect("acme/one", {}, shelf)
        pieces = await answered(model)
        cut_pieces = await answered(model)
        await model.aclose()

    assert isinstance(server.received[0].json, dict)
    assert server.received[0].json["stream"] is False
    assert pieces[0] == ThinkingDelta("Hm\n\nSo")
    assert isinstance(pieces[1], ThinkingSeal)
    assert pieces[2:] == [
        TextDelta("Hi"),
        CallStart(0, "c1", "shell"),
        CallDelta(0, "{}"),
        CallStart(1, "c2", "shell"),
        CallDelta(1, "{}"),
        UsageReport(Usage(3, 2)),
        AnswerEnd("tool_calls"),
    ]
    assert cut_pieces == [*pieces[:-1], AnswerEnd("length")]


async def test_gemini_is_read_whole_too(tmp_path: Path) -> None:
    candidate = {"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}
    body = {"candidates": [candidate], "usageMetadata": {"promptTokenCount": 3}}
    async with serving(whole(200, json.dumps(body).encode())) as server:
        shelf = own(tmp_path, server.url, engine="gemini", supports_streaming=False)
        model = connect("acme/one", {}, shelf)
        pieces = await answered(model)
        await model.aclose()

    assert server.received[0].path == "/v1beta/models/one:generateContent"
    assert pieces == [TextDelta("Hi"), UsageReport(Usage(3, 0)), AnswerEnd("stop")]


@pytest.mark.parametrize("name", ["gemini-3.8-flash", "models/gemini-7-unheard-of"])
def test_a_model_of_gemini_thinks_whoever_serves_it(tmp_path: Path, name: str) -> None:
    shelf = own(tmp_path, "https://acme.example", engine="gemini")
    body = json.loads(connect(f"acme/{name}", {}, shelf).encode(asking("hi")))

    assert body["generationConfig"]["thinkingConfig"]["includeThoughts"] is True
    plain = json.loads(connect("acme/one", {}, shelf).encode(asking("hi")))
    assert "generationConfig" not in plain


def test_a_model_of_openai_reasons_whoever_serves_it(tmp_path: Path) -> None:
    shelf = own(tmp_path, "https://acme.example", engine="openai_responses")

    assert "reasoning" in json.loads(connect("acme/gpt-6-sol", {}, shelf).encode(asking("hi")))
    assert "reasoning" not in json.loads(connect("acme/one", {}, shelf).encode(asking("hi")))


def test_another_name_of_a_provider_leads_to_it_and_is_no_name_for_a_file(tmp_path: Path) -> None:
    shelf = own(tmp_path, "https://acme.example", name="google")

    assert definition_of("google", shelf).name == "gemini"
    assert "google is built in" in str(shelf.problems[0])


async def test_a_provider_that_says_nothing_is_given_up_after_its_time(tmp_path: Path) -> None:
    from agent.providers.loopback import Act

    async with serving([Act.HANG]) as server:
        shelf = own(tmp_path, server.url, timeout_seconds=0.05)
        model = connect("acme/one", {}, shelf)
        with pytest.raises(ConnectionLost):
            await answered(model)
        await model.aclose()


def test_what_a_definition_says_of_a_model_holds(tmp_path: Path) -> None:
    models = [{"name": "one", "context_limit": 9000, "input_price": 1, "output_price": 2}]
    shelf = own(tmp_path, "https://acme.example/v1", models=models)

    assert connect("acme/one", {}, shelf).info.window == 9000
    assert connect("acme/one", {"GOOSE_CONTEXT_LIMIT": "500"}, shelf).info.window == 500
    assert connect("acme/other", {}, shelf).info.window is None


def test_a_model_whose_abilities_are_told_without_vision_is_shown_no_pictures(
    tmp_path: Path,
) -> None:
    models = [
        {"name": "blind", "abilities": ["tools"]},
        {"name": "seeing", "abilities": ["tools", "vision"]},
        {"name": "untold", "reasoning": True},
    ]
    shelf = own(tmp_path, "https://acme.example/v1", models=models)

    names = ("blind", "seeing", "untold")
    sees = {name: connect(f"acme/{name}", {}, shelf).info.sees for name in names}
    assert sees == {"blind": False, "seeing": True, "untold": True}


def test_a_missing_key_and_a_misspelt_name_say_what_to_do() -> None:
    with pytest.raises(ConfigError, match="GROQ_API_KEY is not set"):
        connect("groq/x", {})
    with pytest.raises(NoModel, match=r"no provider groqq.*Did you mean groq\?"):
        connect("groqq/x", {})

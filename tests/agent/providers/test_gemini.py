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
    serving,
    sliced,
    speaking,
    streamed,
    whole,
)
from goose_agent.errors import (
    AuthError,
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    GarbledAnswer,
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
    ToolSchema,
    Usage,
)
from goose_agent.providers.efforts import ThinkingKind
from goose_agent.providers.gemini import GeminiModel
from goose_agent.providers.gemini_schema import cleaned
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
from goose_agent.providers.seals import pack
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport

LEVELS = ThinkingKind("levels", ("low", "medium", "high"))
PRO = ThinkingKind("budget", budget=(128, 32_768))
FLASH = ThinkingKind("budget", off="0", budget=(1, 24_576))
PICTURE = Image("image/png", b"\x89PNG")
INLINE = {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}
DUMMY = "skip_thought_signature_validator"


def model_at(
    url: str, thinking: ThinkingKind = LEVELS, name: str = "gemini/gemini-x"
) -> GeminiModel:
    service = Service(
        "Gemini", f"{url}/v1beta", {"x-goog-api-key": "key"}, key_variable="GEMINI_API_KEY"
    )
    return GeminiModel(ModelInfo(name), Transport(service), thinking)


def model_saying(*replies: Reply) -> Speaking[GeminiModel]:
    return speaking(model_at, *replies)


async def answer_to(body: bytes) -> list[Piece]:
    async with model_saying(streamed(body)) as (model, _):
        return await answered(model)


def chunk(*parts: dict[str, object], **candidate: object) -> dict[str, object]:
    content = {"role": "model", "parts": list(parts)}
    return {"candidates": [{"content": content, "index": 0, **candidate}]}


def sealed(on: str, signature: str = "c2ln", model: str = "gemini-x") -> str:
    return pack("gemini", model, {"on": on, "signature": signature})


def body_of(request: ModelRequest, thinking: ThinkingKind = LEVELS) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(model_at("http://x", thinking).encode(request))
    return value


def test_the_body_of_a_request_is_what_the_service_documents() -> None:
    reader = ToolSchema("plan", "Read the plan.", {"type": "object", "properties": {}})
    request = ModelRequest(
        "Be brief.",
        (
            Message("user", (Text("look"), PICTURE, Image("image/gif", b"GIF"))),
            Message(
                "assistant",
                (
                    Thinking("hm", sealed("call")),
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
            Message("user", (Text("faster"),)),
            Message(
                "assistant",
                (
                    Thinking("why", sealed("thought", "dGhv")),
                    Text("It is a.txt."),
                    Thinking("", sealed("text", "dGV4")),
                ),
            ),
            Message("user", (Text("thanks 你"),)),
        ),
        (SHELL, reader),
    )

    assert body_of(request) == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "plan", "description": "Read the plan."},
                    {
                        "name": "shell",
                        "description": "Run a command.",
                        "parametersJsonSchema": SHELL.parameters,
                    },
                ]
            }
        ],
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"text": "look"},
                    INLINE,
                    {"text": "(A picture, image/gif, that cannot be shown to this model.)"},
                ],
            },
            {
                "role": "model",
                "parts": [
                    {"text": "I look."},
                    {
                        "functionCall": {"id": "c1", "name": "shell", "args": {"command": "ls"}},
                        "thoughtSignature": "c2ln",
                    },
                    {"functionCall": {"id": "c2", "name": "shell", "args": {}}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {
                        "functionResponse": {
                            "id": "c1",
                            "name": "shell",
                            "response": {"output": "a.txt"},
                            "parts": [INLINE],
                        }
                    },
                    {
                        "functionResponse": {
                            "id": "c2",
                            "name": "shell",
                            "response": {"error": "bad"},
                        }
                    },
                    {"text": "faster"},
                ],
            },
            {
                "role": "model",
                "parts": [
                    {"text": "why", "thought": True, "thoughtSignature": "dGhv"},
                    {"text": "It is a.txt.", "thoughtSignature": "dGV4"},
                ],
            },
            {"role": "user", "parts": [{"text": "thanks 你"}]},
        ],
        "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
    }


@pytest.mark.parametrize(
    ("thinking", "signature", "sent"),
    [
        (LEVELS, "", DUMMY),
        (LEVELS, "another's", DUMMY),
        (LEVELS, sealed("call", model="gemini-y"), DUMMY),
        (LEVELS, sealed("call"), "c2ln"),
        (PRO, "another's", None),
        (PRO, sealed("call"), "c2ln"),
    ],
)
def test_a_call_has_its_own_signature_or_none_or_what_stands_for_it(
    thinking: ThinkingKind, signature: str, sent: str | None
) -> None:
    parts = (Thinking("hm", signature), ToolCall("c1", "f", "{}"), ToolCall("c2", "f", "{}"))
    request = ModelRequest("", (*asking().messages, Message("assistant", parts)))

    first, second = body_of(request, thinking)["contents"][1]["parts"]

    assert first.get("thoughtSignature") == sent
    assert "thoughtSignature" not in second


def test_pictures_of_results_stand_beside_them_for_models_that_know_none_inside() -> None:
    request = ModelRequest(
        "",
        (
            *asking().messages,
            Message("assistant", (ToolCall("c1", "f", "{}"),)),
            Message("tool", (ToolResult("c1", "f", "", images=(PICTURE,)),)),
        ),
    )

    assert body_of(request, FLASH)["contents"][2]["parts"] == [
        {"functionResponse": {"id": "c1", "name": "f", "response": {"output": ""}}},
        INLINE,
    ]


@pytest.mark.parametrize(
    ("thinking", "effort", "config"),
    [
        (LEVELS, None, {"includeThoughts": True}),
        (LEVELS, "off", {"includeThoughts": True, "thinkingLevel": "LOW"}),
        (LEVELS, "medium", {"includeThoughts": True, "thinkingLevel": "MEDIUM"}),
        (LEVELS, "max", {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        (PRO, None, {"includeThoughts": True}),
        (PRO, "off", {"thinkingBudget": 128}),
        (PRO, "low", {"includeThoughts": True, "thinkingBudget": 4096}),
        (PRO, "max", {"includeThoughts": True, "thinkingBudget": 32_768}),
        (FLASH, "off", {"thinkingBudget": 0}),
        (ThinkingKind(), "high", None),
    ],
)
def test_an_effort_becomes_a_level_or_a_budget(
    thinking: ThinkingKind, effort: Effort | None, config: dict[str, object] | None
) -> None:
    body = body_of(ModelRequest("", asking().messages, effort=effort), thinking)

    assert body.get("generationConfig", {}).get("thinkingConfig") == config


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("gemini/gemini-x", "/v1beta/models/gemini-x:streamGenerateContent?alt=sse"),
        ("gemini/models/gemini-x", "/v1beta/models/gemini-x:streamGenerateContent?alt=sse"),
        (
            "gemini/../x?key=y#z",
            "/v1beta/models/..%2Fx%3Fkey%3Dy%23z:streamGenerateContent?alt=sse",
        ),
    ],
)
async def test_the_encoded_body_is_what_is_sent_with_the_key_to_the_model(
    name: str, path: str
) -> None:
    async with serving(streamed(events(chunk(finishReason="STOP")))) as server:
        model = model_at(server.url, name=name)
        await answered(model, asking("hi", SHELL))
        await model.aclose()

    [received] = server.received
    assert (received.method, received.path) == ("POST", path)
    assert received.body == model.encode(asking("hi", SHELL))
    assert received.headers["x-goog-api-key"] == "key"


@pytest.mark.parametrize("size", [1, 17, 100_000])
async def test_thoughts_text_calls_and_usage_arrive_whatever_the_cuts(size: int) -> None:
    counts = {"promptTokenCount": 100, "cachedContentTokenCount": 60, "thoughtsTokenCount": 20}
    call: dict[str, object] = {"id": "k1", "name": "f", "args": {"a": "é"}}
    body = events(
        chunk({"text": "hm ", "thought": True}) | {"usageMetadata": {"promptTokenCount": 99}},
        chunk({"text": "so", "thought": True}),
        chunk({"text": "Hé"}),
        chunk({"text": "llo"}),
        chunk({"text": "", "thoughtSignature": "dGV4"}),
        chunk(
            {"functionCall": call, "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "g"}},
        ),
        chunk({"of the future": {}}, finishReason="STOP")
        | {"usageMetadata": {**counts, "candidatesTokenCount": 30, "toolUsePromptTokenCount": 5}},
    )
    async with model_saying(streamed(*sliced(body, size))) as (model, _):
        pieces = await answered(model)

    assert "".join(p.text for p in pieces if isinstance(p, ThinkingDelta)) == "hm so"
    assert "".join(p.text for p in pieces if isinstance(p, TextDelta)) == "Héllo"
    assert [p for p in pieces if not isinstance(p, ThinkingDelta | TextDelta)] == [
        ThinkingSeal(sealed("text", "dGV4")),
        ThinkingSeal(sealed("call")),
        CallStart(0, "k1", "f"),
        CallDelta(0, '{"a":"é"}'),
        CallStart(1, "", "g"),
        CallDelta(1, "{}"),
        UsageReport(Usage(105, 50, cache_read_tokens=60, reasoning_tokens=20)),
        AnswerEnd("tool_calls"),
    ]


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("CONTINUATION", "length"),
        ("SAFETY", "refusal"),
        ("RECITATION", "refusal"),
        ("PROHIBITED_CONTENT", "refusal"),
        ("SPII", "refusal"),
        ("OTHER", "other"),
        ("OF_THE_FUTURE", "other"),
    ],
)
async def test_reasons_to_stop_are_translated(finish: str, reason: str) -> None:
    pieces = await answer_to(events(chunk({"text": "half"}), chunk(finishReason=finish)))

    assert pieces == [
        TextDelta("half"),
        AnswerEnd(reason),  # type: ignore[arg-type] # one of the literals
    ]


@pytest.mark.parametrize("finish", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"])
async def test_a_call_that_the_service_cannot_read_is_worth_another_try(finish: str) -> None:
    body = events(chunk(finishReason=finish, finishMessage="Malformed call: \n print(1)"))
    async with model_saying(streamed(body)) as (model, _):
        with pytest.raises(GarbledAnswer, match=r"could not read: Malformed call: print\(1\)") as e:
            await answered(model)

    assert e.value.retryable


async def test_a_request_that_is_blocked_says_why_and_is_not_tried_again() -> None:
    body = events({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {}})
    async with model_saying(streamed(body)) as (model, _):
        with pytest.raises(ProviderError, match=r"Gemini blocked the request \(SAFETY\)") as caught:
            await answered(model)

    assert not caught.value.retryable


@pytest.mark.parametrize("end", [None, Act.CLOSE])
async def test_a_stream_that_breaks_off_keeps_what_came_and_says_so(end: Act | None) -> None:
    pieces: list[Piece] = []
    async with model_saying(streamed(events(chunk({"text": "half"})), end=end)) as (model, _):
        with pytest.raises(StreamLost, match="broke off"):
            await listen(model, pieces)

    assert pieces == [TextDelta("half")]


def failure(code: int, status: str, message: str, **detail: object) -> dict[str, object]:
    error = {"code": code, "status": status, "message": message, "details": [detail]}
    return {"error": error}


KEY = failure(400, "INVALID_ARGUMENT", "API key not valid.", reason="API_KEY_INVALID")
LONG = failure(
    400, "INVALID_ARGUMENT", "The input token count (2) exceeds the maximum number of tokens (1)."
)
MINUTE = failure(
    429,
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan. Please retry in 12.5s.",
)
SPENT = failure(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, check your plan.")
BUSY = failure(503, "UNAVAILABLE", "The model is overloaded.")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (KEY, AuthError),
        (LONG, ContextOverflow),
        (MINUTE, RateLimited),
        (SPENT, QuotaError),
        (BUSY, ConnectionLost),
    ],
)
async def test_what_the_service_complains_of_is_understood_before_and_within_a_stream(
    value: dict[str, Any], error: type[ProviderError]
) -> None:
    refused = whole(value["error"]["code"], json.dumps([value]).encode())
    async with model_saying(refused, streamed(events(value))) as (model, _):
        for _ in range(2):
            with pytest.raises(ProviderError) as caught:
                await answered(model)
            assert type(caught.value) is error

    if error is RateLimited:
        assert caught.value.retry_after == 12.5
    if error is AuthError:
        assert "GEMINI_API_KEY" in caught.value.hint


async def test_an_event_that_is_no_json_is_a_bad_answer() -> None:
    async with model_saying(streamed(b"data: [1]\n\n")) as (model, _):
        with pytest.raises(BadAnswer, match="not a JSON object"):
            await answered(model)


def test_a_schema_loses_what_the_service_refuses_and_nothing_else() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": "Arguments",
        "additionalProperties": False,
        "properties": {
            "pattern": {"type": "string", "pattern": "^a", "minLength": 1, "default": "a"},
            "kind": {"const": "file"},
            "size": {"type": ["integer", "null"], "minimum": 0, "exclusiveMaximum": 9},
            "entry": {"$ref": "#/definitions/Entry", "description": "An entry."},
            "both": {
                "allOf": [
                    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                    {"properties": {"b": {"type": "string"}}, "required": ["b"]},
                ],
                "description": "Both.",
            },
            "any": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}, True]},
            "list": {"type": "array", "items": {"type": "string", "examples": ["x"]}},
            "map": {"type": "object", "additionalProperties": {"type": "number"}},
        },
        "required": ["pattern", "lost"],
        "definitions": {"Entry": {"type": "object", "properties": {"x": {"$id": "y"}}}},
    }

    assert cleaned(schema) == {
        "type": "object",
        "title": "Arguments",
        "additionalProperties": False,
        "properties": {
            "pattern": {"type": "string"},
            "kind": {"enum": ["file"]},
            "size": {"type": ["integer", "null"], "minimum": 0},
            "entry": {"$ref": "#/$defs/Entry"},
            "both": {
                "type": "object",
                "description": "Both.",
                "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                "required": ["a", "b"],
            },
            "any": {"anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}]},
            "list": {"type": "array", "items": {"type": "string"}},
            "map": {"type": "object", "additionalProperties": {"type": "number"}},
        },
        "required": ["pattern"],
        "$defs": {"Entry": {"type": "object", "properties": {"x": {}}}},
    }
    assert cleaned({"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "x": 1}}}) == {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"type": "object"}},
    }


def test_a_schema_that_is_wrong_or_without_end_does_no_harm() -> None:
    wrong = {
        "type": "object",
        "properties": ["a"],
        "required": True,
        "allOf": [7, {"properties": 7, "required": "a"}],
        "anyOf": "x",
        "items": [{}],
        "$defs": 3,
    }
    deep: dict[str, object] = {"type": "string"}
    for _ in range(300):
        deep = {"allOf": [{"items": deep}]}

    assert cleaned(wrong) == {"type": "object"}
    assert json.dumps(cleaned(deep)).count("items") < 40

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.session import Session
from botocore.validate import ParamValidator

from agent.providers.aws_stream import STREAM, WHO, message, messages
from agent.providers.loopback import (
    SHELL,
    Act,
    Received,
    Reply,
    Speaking,
    answered,
    asking,
    joined,
    listen,
    serving,
    sliced,
    speaking,
    streamed,
    whole,
)
from goose_agent.errors import (
    AuthError,
    ConfigError,
    ConnectionLost,
    ContextOverflow,
    GarbledAnswer,
    GooseError,
    ProviderError,
    RateLimited,
    StreamLost,
)
from goose_agent.evolve import evolve
from goose_agent.messages import Effort, Image, Message, Text, Thinking, ToolCall, ToolResult, Usage
from goose_agent.providers.connect import ConnectedModel, connect
from goose_agent.providers.converse import ConverseModel
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    ModelInfo,
    ModelRequest,
    Piece,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSeal,
    UsageReport,
)
from goose_agent.providers.seals import pack
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
MODEL = f"bedrock/{CLAUDE}"
COUNTS = {
    "inputTokens": 10,
    "outputTokens": 50,
    "totalTokens": 290,
    "cacheReadInputTokens": 200,
    "cacheWriteInputTokens": 30,
}
POINT = {"cachePoint": {"type": "default"}}
PICTURE = Image("image/png", b"\x89PNG")


def delta(index: int, **value: object) -> tuple[str, object]:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": value}


def call(index: int, name: str, *arguments: str, id: str = "") -> list[tuple[str, object]]:
    start = {"toolUse": {"toolUseId": id or f"call{index}", "name": name}}
    return [
        ("contentBlockStart", {"contentBlockIndex": index, "start": start}),
        *(delta(index, toolUse={"input": text}) for text in arguments),
        ("contentBlockStop", {"contentBlockIndex": index}),
    ]


def ending(reason: str) -> list[tuple[str, object]]:
    return [
        ("messageStop", {"stopReason": reason}),
        ("metadata", {"usage": COUNTS, "metrics": {"latencyMs": 5}}),
    ]


FULL = messages(
    ("messageStart", {"role": "assistant"}),
    delta(0, reasoningContent={"text": "hm, "}),
    delta(0, reasoningContent={"text": "你"}),
    delta(0, reasoningContent={"signature": "c2ln"}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    delta(1, text="Héllo "),
    delta(1, text="😀"),
    ("contentBlockStop", {"contentBlockIndex": 1}),
    *call(2, "shell", "", '{"comma', 'nd": "é"}'),
    *call(3, "plan"),
    *ending("tool_use"),
)
PIECES = [
    ThinkingDelta("hm, 你"),
    ThinkingSeal("c2ln"),
    TextDelta("Héllo 😀"),
    CallStart(0, "call2", "shell"),
    CallDelta(0, '{"command": "é"}'),
    CallStart(1, "call3", "plan"),
    CallDelta(1, "{}"),
    UsageReport(Usage(240, 50, 200, 30)),
    AnswerEnd("tool_calls"),
]


def said(*chunks: bytes, end: Act | None = None) -> Reply:
    return streamed(*chunks, content_type=STREAM, end=end)


def model_at(url: str, name: str = MODEL, **more: str) -> ConnectedModel:
    return connect(name, {**WHO, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url, **more})


def model_saying(*replies: Reply, name: str = MODEL, **more: str) -> Speaking[ConnectedModel]:
    return speaking(lambda url: model_at(url, name, **more), *replies)


async def answer_to(body: bytes) -> list[Piece]:
    async with model_saying(said(body)) as (model, _):
        return await answered(model)


@pytest.mark.parametrize("size", [1, 31, 100_000])
async def test_thoughts_text_calls_and_counts_arrive_however_the_stream_is_cut(size: int) -> None:
    async with model_saying(said(*sliced(FULL, size))) as (model, server):
        assert joined(await answered(model, asking("hi", SHELL))) == PIECES

    assert server.received[0].path == f"/model/{CLAUDE.replace(':', '%3A')}/converse-stream"


def official(url: str) -> Any:  # noqa: ANN401 # its methods are made when it is
    return Session().create_client(
        "bedrock-runtime",
        region_name=WHO["AWS_REGION"],
        endpoint_url=url,
        aws_access_key_id=WHO["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=WHO["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


async def test_the_official_client_hears_the_same() -> None:
    async with model_saying(said(FULL)) as (model, server):
        pieces = await answered(model)

        def hear() -> list[dict[str, Any]]:
            client = official(server.url)
            conversation = [{"role": "user", "content": [{"text": "hi"}]}]
            answer = client.converse_stream(modelId=CLAUDE, messages=conversation)
            try:
                return list(answer["stream"])
            finally:
                answer["stream"].close()
                client.close()

        heard = await to_thread.run_sync(hear)

    assert server.received[0].path == server.received[1].path
    deltas = [each["contentBlockDelta"]["delta"] for each in heard if "contentBlockDelta" in each]
    text = "".join(each.get("text", "") for each in deltas)
    arguments = "".join(each["toolUse"]["input"] for each in deltas if "toolUse" in each)
    usage = next(each["metadata"]["usage"] for each in heard if "metadata" in each)
    assert TextDelta(text) in pieces
    assert CallDelta(0, arguments) in pieces
    assert (
        UsageReport(
            Usage(
                usage["totalTokens"] - usage["outputTokens"],
                usage["outputTokens"],
                usage["cacheReadInputTokens"],
                usage["cacheWriteInputTokens"],
            )
        )
        in pieces
    )


CONVERSATION = (
    Message("user", (Text("look"), PICTURE)),
    Message(
        "assistant",
        (
            Thinking("hm", "c2ln"),
            Thinking("another's"),
            Thinking("", pack("converse", CLAUDE, {"redacted": "YmxvYg=="})),
            Thinking("", pack("converse", "other", {"redacted": "YmxvYg=="})),
            Text("I look."),
            ToolCall("c1", "shell", '{"command": "ls"}'),
            ToolCall("c2", "shell", "{"),
        ),
    ),
    Message(
        "tool",
        (
            ToolResult("c1", "shell", "a.txt", images=(PICTURE,)),
            ToolResult("c2", "shell", " ", is_error=True),
        ),
    ),
    Message("assistant", (Text("It is a.txt."), Thinking("well", "c2ln"))),
    Message("user", (Text("thanks"),)),
)


def body_of(model: ConnectedModel, request: ModelRequest) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(model.encode(request))
    return body


def test_the_body_of_a_request_is_what_the_service_documents() -> None:
    body = body_of(
        model_at("http://127.0.0.1:1"), ModelRequest("Be brief.", CONVERSATION, (SHELL,))
    )

    picture = {"image": {"format": "png", "source": {"bytes": "iVBORw=="}}}
    assert body == {
        "system": [{"text": "Be brief."}, POINT],
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "shell",
                        "description": "Run a command.",
                        "inputSchema": {"json": SHELL.parameters},
                    }
                },
                POINT,
            ]
        },
        "messages": [
            {"role": "user", "content": [{"text": "look"}, picture]},
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}},
                    {"reasoningContent": {"redactedContent": "YmxvYg=="}},
                    {"text": "I look."},
                    {
                        "toolUse": {
                            "toolUseId": "c1",
                            "name": "shell",
                            "input": {"command": "ls"},
                        }
                    },
                    {"toolUse": {"toolUseId": "c2", "name": "shell", "input": {}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "c1", "content": [{"text": "a.txt"}, picture]}},
                    {
                        "toolResult": {
                            "toolUseId": "c2",
                            "content": [{"text": "(nothing)"}],
                            "status": "error",
                        }
                    },
                    POINT,
                ],
            },
            {"role": "assistant", "content": [{"text": "It is a.txt."}]},
            {"role": "user", "content": [{"text": "thanks"}, POINT]},
        ],
        "inferenceConfig": {"maxTokens": 50_000},
    }


EFFORTS: tuple[Effort | None, ...] = (None, "off", "low", "max")


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("model", [CLAUDE, "amazon.nova-pro-v1:0", "anthropic.claude-3-haiku"])
def test_every_request_is_one_that_the_official_client_could_have_sent(
    model: str, effort: Effort | None
) -> None:
    operation = official("http://x").meta.service_model.operation_model("ConverseStream")
    for end in (1, 3, 5):
        for tools in ((SHELL,), ()):
            request = ModelRequest("Be brief.", CONVERSATION[:end], tools, effort)
            body = body_of(model_at("http://127.0.0.1:1", f"bedrock/{model}"), request)
            report = ParamValidator().validate({"modelId": model, **body}, operation.input_shape)
            assert not report.has_errors(), report.generate_report()
            assert body["toolConfig"] if end > 1 else True


def test_only_models_that_can_cache_are_asked_to() -> None:
    request = ModelRequest("Be brief.", CONVERSATION, (SHELL,))
    for name in ("amazon.nova-pro-v1:0", "anthropic.claude-3-haiku-20240307-v1:0", "meta.llama4"):
        assert b"cachePoint" not in model_at("http://127.0.0.1:1", f"bedrock/{name}").encode(
            request
        )
    for name in (
        "anthropic.claude-opus-4-5",
        "arn:aws:bedrock:us-east-1:1:inference-profile/" + CLAUDE,
    ):
        assert b"cachePoint" in model_at("http://127.0.0.1:1", f"bedrock/{name}").encode(request)


def test_a_claude_is_told_how_hard_to_think_in_anthropics_words() -> None:
    request = evolve(asking(), effort="high")

    body = body_of(model_at("http://127.0.0.1:1"), request)
    newer = body_of(model_at("http://127.0.0.1:1", "bedrock/anthropic.claude-opus-5-5"), request)
    other = body_of(model_at("http://127.0.0.1:1", "bedrock/amazon.nova-pro-v1:0"), request)

    thinking = {"type": "enabled", "budget_tokens": 18_750}
    assert body["additionalModelRequestFields"] == {"thinking": thinking}
    assert newer["additionalModelRequestFields"] == {
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "high"},
    }
    assert "additionalModelRequestFields" not in other


def test_what_is_known_of_a_claude_is_known_of_it_here_but_for_its_price() -> None:
    info = model_at("http://127.0.0.1:1").info
    assert (info.window, info.max_output, info.input_price) == (200_000, 64_000, None)


# Signatures


def assert_signed(received: Received, url: str, credentials: Credentials) -> None:
    """Compute the signature anew from what arrived, as the service does."""
    scheme, _, given = received.headers["authorization"].partition(" ")
    fields = dict(pair.split("=", 1) for pair in given.split(", "))
    signed = {name: received.headers[name] for name in fields["SignedHeaders"].split(";")}
    request = AWSRequest("POST", url + received.path, headers=signed, data=received.body)
    request.context["timestamp"] = received.headers["x-amz-date"]
    auth = SigV4Auth(credentials, "bedrock", WHO["AWS_REGION"])
    text = auth.string_to_sign(request, auth.canonical_request(request))
    assert scheme == "AWS4-HMAC-SHA256"
    assert {"host", "x-amz-date"} <= signed.keys()
    assert fields["Credential"].endswith(f"/{WHO['AWS_REGION']}/bedrock/aws4_request")
    assert fields["Signature"] == auth.signature(text, request)


async def test_each_request_is_signed_over_its_body_and_address() -> None:
    async with model_saying(said(FULL)) as (model, server):
        await answered(model)
        await answered(model, asking("another"))

    first, second = server.received
    known = Credentials(WHO["AWS_ACCESS_KEY_ID"], WHO["AWS_SECRET_ACCESS_KEY"])
    assert_signed(first, server.url, known)
    assert_signed(second, server.url, known)
    assert first.headers["authorization"] != second.headers["authorization"]
    assert WHO["AWS_SECRET_ACCESS_KEY"] not in str(server.received)


async def test_a_temporary_key_comes_with_its_token() -> None:
    async with model_saying(said(FULL), AWS_SESSION_TOKEN="token-of-the-session") as (
        model,
        server,
    ):
        await answered(model)

    (received,) = server.received
    assert received.headers["x-amz-security-token"] == "token-of-the-session"
    known = Credentials(
        WHO["AWS_ACCESS_KEY_ID"], WHO["AWS_SECRET_ACCESS_KEY"], "token-of-the-session"
    )
    assert_signed(received, server.url, known)


async def test_a_key_of_bedrocks_own_is_sent_as_it_is() -> None:
    async with model_saying(said(FULL), AWS_BEARER_TOKEN_BEDROCK="key-0123456789") as (
        model,
        server,
    ):
        assert len(await answered(model)) > 3
    assert server.received[0].headers["authorization"] == "Bearer key-0123456789"


def nobody(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """An environment in which the library finds no credentials, and asks nobody outside."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))


async def test_credentials_that_run_out_are_renewed_where_they_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nobody(monkeypatch, tmp_path)
    # Each is over before the next request.
    given = [
        {
            "AccessKeyId": f"AKID{turn}",
            "SecretAccessKey": f"secret{turn}",
            "Token": f"token{turn}",
            "Expiration": "2020-01-01T00:00:00Z" if turn == 1 else "2100-01-01T00:00:00Z",
        }
        for turn in (1, 2)
    ]
    replies = [whole(200, json.dumps(each).encode()) for each in given]
    async with serving(*replies) as vault, serving(said(FULL)) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{vault.url}/credentials")
        environ = {"AWS_REGION": WHO["AWS_REGION"]}
        model = connect(MODEL, environ | {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url})
        await answered(model)
        await model.aclose()

    assert len(vault.received) == 2
    assert_signed(server.received[0], server.url, Credentials("AKID2", "secret2", "token2"))


async def test_a_profile_without_credentials_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nobody(monkeypatch, tmp_path)
    async with serving(said(FULL)) as server:
        address = {"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url}
        for more, words in (
            ({}, "No AWS credentials were found."),
            ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
        ):
            model = connect(MODEL, address | more)
            with pytest.raises(AuthError) as caught:
                await answered(model)
            await model.aclose()
            assert words in caught.value.message
            assert "AWS_PROFILE" in caught.value.hint
    assert server.received == []


def test_a_missing_region_or_library_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="AWS_REGION is not set"):
        connect(MODEL, {})
    monkeypatch.setattr("goose_agent.providers.aws_access.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="needs the package botocore") as caught:
        connect(MODEL, WHO)
    assert "goose-tui[bedrock]" in caught.value.hint


def test_gooses_name_of_the_provider_and_the_usual_address_are_known() -> None:
    environ = {"AWS_DEFAULT_REGION": "us-west-2"}
    model = connect(f"aws_bedrock/{CLAUDE}", environ)
    assert isinstance(model, ConverseModel)
    assert model.info.name == MODEL


# Failures


HALF = messages(("messageStart", {"role": "assistant"}), delta(0, text="half "))


@pytest.mark.parametrize(
    ("last", "error", "words"),
    [
        (
            message("throttlingException", {"message": "Too many requests"}, "exception"),
            RateLimited,
            "Too many requests",
        ),
        (
            message("validationException", {"message": "Bad field"}, "exception"),
            ProviderError,
            "Bad field",
        ),
        (
            message(
                "validationException",
                {"message": "Input is too long for requested model."},
                "exception",
            ),
            ContextOverflow,
            "too large",
        ),
        (
            message("modelStreamErrorException", {"message": "It broke."}, "exception"),
            ConnectionLost,
            "It broke",
        ),
        (
            message("serviceUnavailableException", {"message": "busy"}, "exception"),
            ConnectionLost,
            "busy",
        ),
        (message("InternalError", b"it broke", "error"), ConnectionLost, "it broke"),
        (message("somethingNew", b"not JSON", "exception"), ConnectionLost, "not JSON"),
        (
            messages(("messageStop", {"stopReason": "malformed_tool_use"})),
            GarbledAnswer,
            "malformed",
        ),
        (b"", StreamLost, "broke off"),
    ],
)
async def test_a_failure_inside_of_the_stream_keeps_what_was_said(
    last: bytes, error: type[GooseError], words: str
) -> None:
    async with model_saying(said(HALF + last)) as (model, _):
        pieces: list[Piece] = []
        with pytest.raises(error, match=words) as caught:
            await listen(model, pieces)

    assert type(caught.value) is error
    assert pieces == [TextDelta("half ")]


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [
        (400, "Input is too long for requested model.", ContextOverflow),
        (
            400,
            "Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
            ContextOverflow,
        ),
        (
            400,
            "The model returned the following errors: prompt is too long: 3 > 2",
            ContextOverflow,
        ),
        (400, "messages.0 is empty", ProviderError),
        (403, "The security token included in the request is expired", AuthError),
        (404, "Could not resolve the foundation model", ProviderError),
        (408, "The model took too long.", ConnectionLost),
        (429, "Too many tokens, please wait before trying again.", RateLimited),
        (503, "Service unavailable", ConnectionLost),
    ],
)
async def test_a_refusal_is_told_in_the_services_words(
    status: int, words: str, error: type[GooseError]
) -> None:
    body = json.dumps({"message": f"{words} {WHO['AWS_SECRET_ACCESS_KEY']}"}).encode()
    async with model_saying(whole(status, body)) as (model, _):
        with pytest.raises(error) as caught:
            await answered(model)

    assert type(caught.value) is error
    assert words.rstrip(".") in caught.value.message
    assert WHO["AWS_SECRET_ACCESS_KEY"] not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", "stop"),
        ("tool_use", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "refusal"),
        ("content_filtered", "refusal"),
        ("a_new_one", "other"),
    ],
)
async def test_why_it_stopped_is_told(reason: str, stop: StopReason) -> None:
    pieces = await answer_to(messages(delta(0, text="x"), *ending(reason)))
    assert pieces[-1] == AnswerEnd(stop)


async def test_an_answer_may_end_without_counts() -> None:
    body = messages(delta(0, text="x"), ("messageStop", {"stopReason": "end_turn"}))
    assert await answer_to(body) == [TextDelta("x"), AnswerEnd("stop")]


async def test_a_hidden_thought_is_sent_back_to_the_same_model() -> None:
    blob = base64.b64encode(b"blob").decode()
    body = messages(
        delta(0, reasoningContent={"redactedContent": blob}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        delta(1, text="x"),
        *ending("end_turn"),
    )
    sealed = (await answer_to(body))[0]
    assert isinstance(sealed, ThinkingSeal)
    thought = Message("assistant", (Thinking("", sealed.signature), Text("x")))
    request = ModelRequest("", (*asking().messages, thought, *asking("and?").messages))

    sent = body_of(model_at("http://127.0.0.1:1"), request)["messages"][1]["content"][0]
    assert sent == {"reasoningContent": {"redactedContent": blob}}


async def test_an_answer_that_is_not_streamed_is_the_same() -> None:
    content = [
        {"reasoningContent": {"reasoningText": {"text": "hm, 你", "signature": "c2ln"}}},
        {"text": "Héllo 😀"},
        {"toolUse": {"toolUseId": "call2", "name": "shell", "input": {"command": "é"}}},
        {"toolUse": {"toolUseId": "call3", "name": "plan", "input": {}}},
    ]
    body = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "tool_use",
        "usage": COUNTS,
    }
    async with serving(whole(200, json.dumps(body).encode())) as server:
        transport = Transport(Service("Bedrock", server.url))
        model = ConverseModel(ModelInfo("bedrock/m"), transport, streams=False)
        pieces = await answered(model)
        await model.aclose()

    assert [json.loads(p.text) if isinstance(p, CallDelta) else p for p in pieces] == [
        json.loads(p.text) if isinstance(p, CallDelta) else p for p in PIECES
    ]
    assert server.received[0].path == "/model/m/converse"

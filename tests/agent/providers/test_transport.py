from __future__ import annotations

import gzip
import json
from contextlib import aclosing

import anyio
import anyio.abc
import pytest
from anyio.streams.tls import TLSListener

from agent.providers.loopback import (
    Act,
    Loopback,
    Reply,
    answered,
    asking,
    events,
    listen,
    serving,
    streamed,
    whole,
)
from goose_agent.errors import (
    AuthError,
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    ProviderError,
    QuotaError,
    RateLimited,
    StreamLost,
)
from goose_agent.providers.body import Timeouts
from goose_agent.providers.model import AnswerEnd, ModelInfo, Piece, TextDelta
from goose_agent.providers.openai import OpenAIModel
from goose_agent.providers.service import Service
from goose_agent.providers.transport import Transport
from support.certificate import unproven

KEY = "key-that-nobody-may-see"
HELLO = events(
    {"choices": [{"delta": {"content": "hello"}, "finish_reason": "stop"}]},
    last="data: [DONE]\n\n",
)
HALF = events({"choices": [{"delta": {"content": "half"}}]})


def model_at(url: str, timeouts: Timeouts | None = None) -> OpenAIModel:
    service = Service(
        "OpenAI",
        url,
        {"Authorization": f"Bearer {KEY}"},
        (KEY,),
        key_variable="OPENAI_API_KEY",
        url_variable="OPENAI_BASE_URL",
    )
    return OpenAIModel(ModelInfo("openai/x"), Transport(service, timeouts=timeouts))


async def failure(*replies: Reply, timeouts: Timeouts | None = None) -> ProviderError:
    async with serving(*replies) as server:
        return await failure_at(server, timeouts)


async def failure_at(server: Loopback, timeouts: Timeouts | None = None) -> ProviderError:
    model = model_at(server.url, timeouts)
    with pytest.raises(ProviderError) as caught:
        await answered(model)
    await model.aclose()
    assert KEY not in str(caught.value)
    return caught.value


def complaint(message: str, **fields: object) -> bytes:
    return json.dumps({"error": {"message": message, **fields}}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, ProviderError, False),
        (401, AuthError, False),
        (402, QuotaError, False),
        (403, AuthError, False),
        (404, ProviderError, False),
        (408, ConnectionLost, True),
        (409, ConnectionLost, True),
        (413, ContextOverflow, False),
        (422, ProviderError, False),
        (424, ProviderError, False),
        (425, ConnectionLost, True),
        (429, RateLimited, True),
        (500, ConnectionLost, True),
        (502, ConnectionLost, True),
        (503, ConnectionLost, True),
        (504, ConnectionLost, True),
        (520, ConnectionLost, True),
        (524, ConnectionLost, True),
        (529, ConnectionLost, True),
    ],
)
async def test_a_status_becomes_the_error_that_says_what_to_do(
    status: int, kind: type[ProviderError], retryable: bool
) -> None:
    error = await failure(whole(status, complaint("The reason.")))

    assert type(error) is kind
    assert error.status == status
    assert error.retryable is retryable
    assert error.message.endswith(f"({status}): The reason.")
    assert error.hint


async def test_a_refused_key_names_the_variable_to_set_and_never_the_key() -> None:
    error = await failure(whole(401, complaint(f"Incorrect API key provided: {KEY}.")))

    assert error.message == "OpenAI refused the key (401): Incorrect API key provided: …."
    assert error.hint == "Set OPENAI_API_KEY to a valid key."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b'{"error": "just words"}', "just words", id="text"),
        pytest.param(b'{"message": "on top"}', "on top", id="message"),
        pytest.param(b'{"detail": [{"msg": "bad field"}]}', "bad field", id="detail"),
        pytest.param(b'[{"error": {"message": "in a list"}}]', "in a list", id="list"),
        pytest.param(
            b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
            "502 Bad Gateway",
            id="page",
        ),
        pytest.param(b"<p>No <b>title</b> &amp; no head</p>", "No title & no head", id="tags"),
        pytest.param(b"plain words\nand more", "plain words", id="plain"),
        pytest.param(b"\x1b[31mred\x07", "[31mred", id="control characters"),
        pytest.param(b'{"error": {"message": "' + b"x" * 5000 + b'"}}', "xxx…", id="long"),
        pytest.param(b"", "(500).", id="nothing"),
    ],
)
async def test_the_message_of_the_service_is_found_in_any_body(body: bytes, words: str) -> None:
    error = await failure(whole(500, body))

    assert words in error.message
    assert error.message.isprintable()
    assert len(error.message) < 500


@pytest.mark.parametrize(
    "body",
    [
        complaint("You exceeded your current quota.", code="insufficient_quota"),
        complaint("Your credit balance is too low to access the API."),
    ],
)
@pytest.mark.parametrize("status", [400, 429])
async def test_no_credit_is_not_worth_a_retry(status: int, body: bytes) -> None:
    assert type(await failure(whole(status, body))) is QuotaError


@pytest.mark.parametrize(
    "body",
    [
        complaint("Too long.", code="context_length_exceeded"),
        complaint("prompt is too long: 210000 tokens > 200000 maximum"),
        complaint("input length and `max_tokens` exceed context limit: 1 + 2 > 2"),
        complaint("The input token count (5) exceeds the maximum number of tokens allowed (4)."),
        complaint("Input is too long for requested model."),
        complaint("the request exceeds the available context size", type="exceed_context_size"),
    ],
)
async def test_words_for_an_overflow_are_known(body: bytes) -> None:
    assert type(await failure(whole(400, body))) is ContextOverflow


async def test_a_request_larger_than_any_allowance_is_an_overflow_not_a_limit() -> None:
    words = "Request too large for x on tokens per min (TPM): Limit 10000, Requested 20000."

    assert type(await failure(whole(429, complaint(words)))) is ContextOverflow


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"Retry_After": "7"}, "", 7.0),
        ({"retry_after_ms": "250", "Retry_After": "7"}, "", 0.25),
        (
            {
                "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
                "Retry_After": "Wed, 21 Oct 2026 07:28:30 GMT",
            },
            "",
            30.0,
        ),
        ({"Retry_After": "Wed, 21 Oct 2015 07:28:00 GMT"}, "", 0.0),
        ({"Retry_After": "soon"}, "", None),
        ({}, "Please try again in 1m2.5s.", 62.5),
        ({}, "Please try again in 86ms.", 0.086),
        ({}, "Please try again in a while.", None),
        ({}, "You exceeded your current quota. Please retry in 20s.", 20.0),
    ],
)
async def test_the_time_a_service_asks_to_wait_is_understood(
    headers: dict[str, str], message: str, seconds: float | None
) -> None:
    error = await failure(whole(429, complaint(message), **headers))

    assert type(error) is RateLimited
    assert error.retry_after == seconds


async def test_an_overloaded_service_may_ask_to_wait_too() -> None:
    error = await failure(whole(503, complaint("busy"), Retry_After="3"))

    assert error.retry_after == 3.0


async def test_a_redirect_is_never_followed() -> None:
    async with serving([]) as other:
        error = await failure(whole(307, b"", Location=f"{other.url}/v1"))

    assert type(error) is BadAnswer
    assert error.hint == "Set OPENAI_BASE_URL to the final address."
    assert other.received == []


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html><title>Sign in</title></html>", BadAnswer, "Sign in"),
        (b"\n\n  <!doctype html><h1>Portal</h1>", BadAnswer, "Portal"),
        (b"upstream gone\nfor good", BadAnswer, "upstream gone"),
        (complaint("overloaded", type="overloaded_error"), ConnectionLost, "overloaded"),
        (b'{"choices": []}', BadAnswer, "did not answer with a stream"),
    ],
)
@pytest.mark.parametrize("content_type", ["text/html", "text/event-stream"])
async def test_a_body_that_is_no_stream_is_reported_with_its_first_line(
    body: bytes, kind: type[ProviderError], words: str, content_type: str
) -> None:
    for reply in (
        whole(200, body, Content_Type=content_type),
        streamed(body[:1], body[1:], content_type=content_type),
    ):
        error = await failure(reply)

        assert type(error) is kind
        assert words in error.message
        assert "for good" not in error.message


async def test_an_empty_body_is_an_answer_that_broke_off() -> None:
    assert type(await failure(whole(200))) is StreamLost


async def test_damaged_compression_is_a_lost_connection() -> None:
    damaged = whole(200, b"\x1f\x8b\x08\x00junk and more", Content_Encoding="gzip")
    cut = whole(200, gzip.compress(HELLO)[:20], Content_Encoding="gzip")

    for reply in (damaged, cut):
        assert type(await failure(reply)) is StreamLost


async def test_nobody_at_the_address_is_named_with_the_reason() -> None:
    async with serving([]) as server:
        url = server.url
    model = model_at(url)

    with pytest.raises(ConnectionLost) as caught:
        await answered(model)

    await model.aclose()
    assert caught.value.message.startswith(f"Cannot reach OpenAI at {url[7:]}: ")
    assert caught.value.hint == "Check the network or OPENAI_BASE_URL."


async def test_a_certificate_that_proves_nothing_is_not_worth_a_retry() -> None:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as plain:
        port = plain.extra(anyio.abc.SocketAttribute.local_port)
        model = model_at(f"https://localhost:{port}")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(TLSListener(plain, unproven()).serve, anyio.aclose_forcefully)
            with pytest.raises(ProviderError) as caught:
                await answered(model)
            tasks.cancel_scope.cancel()
        await model.aclose()
    assert not caught.value.retryable
    assert "certificate" in caught.value.message


@pytest.mark.parametrize("act", [Act.CLOSE, Act.RESET])
async def test_a_connection_that_ends_before_an_answer_is_lost(act: Act) -> None:
    assert type(await failure([act])) is ConnectionLost


async def test_silence_ends_after_the_idle_limit_and_keeps_what_came() -> None:
    pieces: list[Piece] = []
    async with serving(streamed(HALF, end=Act.HANG)) as server:
        model = model_at(server.url, Timeouts(idle=0.05))
        with pytest.raises(ConnectionLost, match=r"broke off: nothing came for 0\.05 s"):
            await listen(model, pieces)
        await model.aclose()

    assert pieces == [TextDelta("half")]


async def test_a_service_that_never_answers_is_given_up() -> None:
    error = await failure([Act.HANG], timeouts=Timeouts(idle=0.05))

    assert type(error) is ConnectionLost


async def test_a_trickle_that_completes_no_event_counts_as_silence() -> None:
    comments = streamed(*[b": still here\n\n"] * 200_000)
    async with serving(comments) as server:
        model = model_at(server.url, Timeouts(idle=0.05))
        with pytest.raises(ConnectionLost, match="nothing whole came"):
            await answered(model)
        await model.aclose()


async def test_closing_the_stream_hangs_up_at_once() -> None:
    async with serving(streamed(HALF, end=Act.HANG)) as server:
        model = model_at(server.url)
        with anyio.fail_after(5):
            async with aclosing(model.stream(asking())) as batches:
                assert await anext(batches) == (TextDelta("half"),)
            await server.gone.wait()
        await model.aclose()


async def test_cancelling_the_reader_hangs_up_at_once() -> None:
    async with serving(streamed(HALF, end=Act.HANG)) as server:
        model = model_at(server.url)
        with anyio.fail_after(5):
            async with anyio.create_task_group() as group:
                arrived = anyio.Event()

                async def read() -> None:
                    async with aclosing(model.stream(asking())) as batches:
                        async for _ in batches:
                            arrived.set()

                group.start_soon(read)
                await arrived.wait()
                group.cancel_scope.cancel()
            await server.gone.wait()
        await model.aclose()


async def test_a_second_answer_comes_over_the_same_connection() -> None:
    async with serving(streamed(HELLO)) as server:
        model = model_at(server.url)
        for _ in range(3):
            assert await answered(model) == [TextDelta("hello"), AnswerEnd("stop")]
        await model.aclose()

    assert [received.connection for received in server.received] == [1, 1, 1]


async def test_a_service_that_keeps_the_stream_open_does_not_hold_up_the_answer() -> None:
    async with serving(streamed(HELLO, end=Act.HANG)) as server:
        model = model_at(server.url, Timeouts(linger=0.01))
        assert await answered(model) == [TextDelta("hello"), AnswerEnd("stop")]
        await model.aclose()


async def test_warming_up_sends_nothing() -> None:
    async with serving([]) as server:
        model = model_at(server.url)
        await model.warm()
        await model.aclose()

    assert server.connections == 0


async def test_an_event_without_end_is_refused_before_it_fills_the_memory() -> None:
    megabyte = b"x" * (1 << 20)
    async with serving(streamed(b"data: ", *[megabyte] * 40)) as server:
        model = model_at(server.url)
        with pytest.raises(BadAnswer, match="more than 32 MB"):
            await answered(model)
        await model.aclose()

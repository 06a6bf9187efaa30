"""Every fault that one address and one conversation can show."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat

from agent.faults.played import WELL, Check, Fault, Seen, answered, failed, retried
from agent.faults.wires import KEY, Call, Said, Wire
from agent.providers.loopback import Act, Reply, whole

__all__ = ["FAULTS"]

_STILL = (("GOOSE_STREAM_TIMEOUT", "0.3"),)
_TWO = Said(calls=(Call("look", '{"word": "a"}', "same"), Call("look", '{"word": "b"}', "same")))
_UNNAMED = Said(calls=(Call("look", '{"word": "a"}'), Call("look", '{"word": "b"}')))
_PAGE = b"<html><head><title>Sign in</title></head><body>proxy</body></html>"
_MEGABYTE = 1 << 20
_LETTERS = b"x" * _MEGABYTE


def _status(status: int, message: str = "", code: str = "", **headers: str) -> Reply:
    # A service may well repeat the key it was given.
    error = {"message": message or f"No luck with {KEY}.", "code": code}
    return whole(status, json.dumps({"error": error}).encode(), **headers)


def _once(reply: Reply) -> Callable[[Wire], Sequence[Reply]]:
    return lambda wire: [reply]


def _said(said: Said) -> Callable[[Wire], Sequence[Reply]]:
    return lambda wire: [wire.says(said)]


def _cut(end: Act) -> Callable[[Wire], Sequence[Reply]]:
    return lambda wire: [wire.begins(Said("half "), end)]


def _endless(*start: bytes, then: bytes, head: str = "") -> Reply:
    lines = f"HTTP/1.1 200 OK\r\n{head}Connection: close\r\n\r\n"
    return chain([lines.encode(), *start], repeat(then))


def _endless_words(wire: Wire) -> Sequence[Reply]:
    words = wire.frames(Said("word " * 40_000))[0]
    return [_endless(then=words, head=f"Content-Type: {wire.content_type}\r\n")]


def _trickle(wire: Wire) -> Sequence[Reply]:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {wire.content_type}\r\nConnection: close\r\n\r\n"

    def bytes_by_byte() -> Iterator[bytes | Act]:
        yield head.encode()
        yield wire.opening(_MEGABYTE)
        while True:
            yield Act.PAUSE
            yield b" "

    return [bytes_by_byte()]


def _bomb(wire: Wire) -> Sequence[Reply]:
    """Ten gigabytes in ten megabytes: a block that stands for a megabyte, ten thousand times."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = wire.opening(1 << 30)
    head = deflate.compress(start) + deflate.flush(zlib.Z_FULL_FLUSH)
    block = deflate.compress(b" " * _MEGABYTE) + deflate.flush(zlib.Z_FULL_FLUSH)
    headers = f"Content-Type: {wire.content_type}\r\nContent-Encoding: gzip\r\n"
    lines = f"HTTP/1.1 200 OK\r\n{headers}Connection: close\r\n\r\n".encode()
    return [chain([lines, head], repeat(block, 10_000))]


def _huge(wire: Wire) -> Sequence[Reply]:
    start = wire.opening(1 << 30)
    return [_endless(start, then=b" " * _MEGABYTE, head=f"Content-Type: {wire.content_type}\r\n")]


def _latin(wire: Wire) -> Sequence[Reply]:
    return [wire.stream(*(wire.altered(f, b"#", b"\xe9") for f in wire.frames(Said("caf#"))))]


def _shrunk(seen: Seen) -> None:
    (again,) = seen.face.data("model.retrying")
    assert again.attempt == 2
    assert len(seen.server.received) == 2
    assert seen.face.answer == WELL.text
    assert seen.reason == "done"


def _warned_of_truncation(seen: Seen) -> None:
    assert "it read only a part" in seen.words
    assert seen.reason == "done"


def _cut_call(seen: Seen) -> None:
    (call,) = seen.face.data("tool.proposed")
    (result,) = seen.face.data("tool.finished")
    assert "cut off" in call.problem
    assert result.outcome == "error"
    assert seen.probe.ran == []
    assert seen.face.answer == WELL.text


def _cut_text(seen: Seen) -> None:
    assert seen.face.data("model.responded")[0].stop == "length"
    assert "cut off" in seen.words
    assert seen.face.answer == "I would"


def _both_ran(seen: Seen) -> None:
    assert sorted(seen.probe.ran) == ["a", "b"]
    ids = [call.call_id for call in seen.face.data("tool.finished")]
    assert len(set(ids)) == 2
    assert all(ids)
    sent = seen.server.received[1].body
    assert b"saw a" in sent
    assert b"saw b" in sent
    assert seen.face.answer == WELL.text


def _told(words: str) -> Check:
    def check(seen: Seen) -> None:
        (result,) = seen.face.data("tool.finished")
        assert result.outcome == "error"
        assert words in result.text
        assert words.encode() in seen.server.received[1].body
        assert seen.probe.ran == []
        assert seen.face.answer == WELL.text

    return check


def _estimated(seen: Seen) -> None:
    (responded,) = seen.face.data("model.responded")
    assert responded.usage is None
    assert seen.face.data("context.built")[0].tokens > 0
    assert {segment.source for segment in seen.face.state.context.segments} == {"estimate"}
    assert seen.face.answer == "No count."


def _sane_usage(seen: Seen) -> None:
    (responded,) = seen.face.data("model.responded")
    assert responded.usage is not None
    assert 0 <= responded.usage.input_tokens < 1e15
    assert 0 <= responded.usage.output_tokens < 1e15
    assert seen.face.answer == "Counted."


def _left(check: Check, most: int) -> Check:
    """The same, and the client went before the server had sent so many bytes."""

    def both(seen: Seen) -> None:
        check(seen)
        assert seen.server.sent < most

    return both


_GIVEN_UP = {400: "provider", 401: "auth", 402: "quota", 403: "auth", 404: "provider"}
_GIVEN_UP |= {413: "overflow", 422: "provider", 424: "provider"}
_RETRIED = (408, 409, 425, 429, 500, 502, 503, 504, 520, 524, 529)
_DATES = {"Date": "Fri, 02 Jan 2026 10:00:00 GMT", "Retry_After": "Fri, 02 Jan 2026 10:01:00 GMT"}
_OVERFLOWS = (
    ("overflow_openai", "Too much.", "context_length_exceeded"),
    ("overflow_anthropic", "prompt is too long: 210000 tokens > 200000 maximum", ""),
    ("overflow_google", "The input token count (1200000) exceeds the maximum number.", ""),
)
_ODD_COUNTS = (("usage_negative", -5), ("usage_absurd", 1e300), ("usage_words", "many"))

FAULTS = (
    *(
        Fault(f"http_{status}", _once(_status(status)), failed(kind, f"({status})", status=status))
        for status, kind in _GIVEN_UP.items()
    ),
    *(
        Fault(f"http_{status}", _once(_status(status)), retried(f"({status})"))
        for status in _RETRIED
    ),
    Fault("429_retry_after", _once(_status(429, Retry_After="7")), retried("(429)", 7.05)),
    Fault("429_retry_after_date", _once(_status(429, **_DATES)), retried("(429)", 60.05)),
    Fault(
        "429_retry_tomorrow",
        _once(_status(429, Retry_After="86400")),
        failed("rate_limit", "(429)", status=429, hint="24 hours"),
    ),
    Fault(
        "429_quota",
        _once(_status(429, code="insufficient_quota")),
        failed("quota", "has no credit left", status=429, hint="Add credit"),
    ),
    *(
        Fault(name, _once(_status(400, message, code)), _shrunk, compacts=True)
        for name, message, code in _OVERFLOWS
    ),
    Fault(
        "overflow_ollama",
        lambda wire: [wire.says(Said("Read it.", usage=(1500, 10)))] * 2,
        _warned_of_truncation,
        (("GOOSE_CONTEXT_LIMIT", "2000"),),
        message="many words " * 4000,
        compacts=True,
    ),
    Fault(
        "overflow_finish",
        _said(Said("I", (Call("look", '{"word": "x'),), stop="length")),
        _cut_call,
    ),
    Fault("overflow_finish_text", _said(Said("I would", stop="length")), _cut_text),
    Fault("reset_before", _once([Act.RESET]), retried("Cannot reach")),
    Fault("reset_mid", _cut(Act.RESET), retried("broke off", kept="half ")),
    Fault("cut_mid", _cut(Act.CLOSE), retried("broke off", kept="half ")),
    Fault("stall_headers", _once([Act.HANG]), retried("nothing came for 0.3 s"), _STILL),
    Fault("stall_mid", _cut(Act.HANG), retried("nothing came for 0.3 s", kept="half "), _STILL),
    Fault("slow_loris", _trickle, retried("nothing whole came for 0.3 s"), _STILL),
    Fault(
        "infinite",
        _endless_words,
        _left(failed("bad_answer", "did not end"), 64 * _MEGABYTE),
    ),
    Fault("empty_200", _once(whole(200)), retried("broke off")),
    Fault(
        "html_200",
        _once(whole(200, _PAGE, Content_Type="text/html")),
        failed("bad_answer", "Sign in", status=200),
    ),
    Fault(
        "json_200",
        _once(whole(200, b'{"error": {"type": "overloaded_error", "message": "busy"}}')),
        retried("busy"),
    ),
    Fault(
        "garbage",
        lambda wire: [wire.stream(wire.unit(b"{]"))],
        failed("bad_answer", "not a JSON object"),
    ),
    Fault("wrong_charset", _latin, answered("caf\ufffd")),
    Fault("gzip_bomb", _bomb, _left(failed("bad_answer", "an event of more than"), 8 * _MEGABYTE)),
    Fault(
        "huge_event", _huge, _left(failed("bad_answer", "an event of more than"), 64 * _MEGABYTE)
    ),
    Fault(
        "endless_page",
        lambda wire: [_endless(_PAGE, then=_LETTERS, head="Content-Type: text/html\r\n")],
        _left(failed("bad_answer", "Sign in", status=200), 32 * _MEGABYTE),
    ),
    Fault("not_http", _once([b"SSH-2.0-OpenSSH_9.6\r\n\r\n", Act.CLOSE]), retried("Cannot reach")),
    Fault(
        "huge_header",
        _once([b"HTTP/1.1 200 OK\r\nX: " + b"x" * _MEGABYTE, Act.CLOSE]),
        retried("Cannot reach"),
    ),
    Fault("dup_tool_id", _said(_TWO), _both_ran),
    Fault("no_tool_id", _said(_UNNAMED), _both_ran),
    Fault("unknown_tool", _said(Said(calls=(Call("rm_rf"),))), _told("rm_rf")),
    Fault("tool_no_name", _said(Said(calls=(Call(""),))), _told("no tool")),
    Fault("tool_no_args", _said(Said(calls=(Call("look", None),))), _told("word")),
    Fault("usage_missing", _said(Said("No count.", usage=None)), _estimated),
    *(
        Fault(name, _said(Said("Counted.", usage=(count, count))), _sane_usage)
        for name, count in _ODD_COUNTS
    ),
    Fault(
        "model_gone",
        _once(_status(404, "The model `one` does not exist.")),
        failed("provider", "does not know this model", status=404, hint="Choose another model"),
    ),
)

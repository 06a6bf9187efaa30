from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.providers.sse import EventDecoder, ServerSentEvent, decode


async def arriving(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def decoded(chunks: Iterable[bytes]) -> list[ServerSentEvent]:
    decoder = EventDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


@pytest.mark.parametrize(
    ("chunks", "data"),
    [
        pytest.param([b"data: a\n\ndata: b\n\n"], ["a", "b"], id="lf"),
        pytest.param([b"data: a\r\n\r\ndata: b\r\n\r\n"], ["a", "b"], id="crlf"),
        pytest.param([b"data: a\r\rdata: b\r\r"], ["a", "b"], id="cr"),
        pytest.param([b"data: a\r", b"\n\r", b"\ndata: b\r\n", b"\r\n"], ["a", "b"], id="crlf cut"),
        pytest.param([b"data: a\r", b"\rdata: b\r", b"\r"], ["a", "b"], id="cr cut"),
        pytest.param([b"\xef\xbb\xbfdata: a\n\n"], ["a"], id="byte order mark"),
        pytest.param([b"\xef", b"\xbb", b"\xbfdata: a\n\n"], ["a"], id="byte order mark cut"),
        pytest.param([b"data:a\n\n"], ["a"], id="no space"),
        pytest.param([b"data:  a\n\n"], [" a"], id="two spaces"),
        pytest.param([b"data: a\ndata: b\n\n"], ["a\nb"], id="two lines"),
        pytest.param([b"data\n\ndata\ndata\n\n"], ["", "\n"], id="empty data"),
        pytest.param([b": keep alive\n\ndata: a\n\n"], ["a"], id="comment"),
        pytest.param([b"nonsense\nother: x\ndata: a\n\n"], ["a"], id="unknown fields"),
        pytest.param([b"\n\n\ndata: a\n\n\n\n"], ["a"], id="blank lines"),
        pytest.param([b"data: \xe4\xbd", b"\xa0\n\n"], ["\u4f60"], id="character cut"),
        pytest.param([b"data: \xff\n\n"], ["\ufffd"], id="no utf-8"),
        pytest.param([b"data: a\n\ndata: b\n"], ["a"], id="no blank line at the end"),
        pytest.param([b'data: {"choices":[{"delta":{"content":"hel'], [], id="cut in an event"),
        pytest.param([b"d", b"a", b"t", b"a", b": x"], [], id="trickle"),
        pytest.param([b""], [], id="nothing"),
    ],
)
async def test_a_stream_gives_the_data_of_its_whole_events(
    chunks: Sequence[bytes], data: list[str]
) -> None:
    assert [event.data async for event in decode(arriving(chunks))] == data


def test_an_event_carries_its_type_and_the_last_id() -> None:
    stream = (
        b"event: m\nid: 1\nretry: 5\ndata: a\n\n"
        b"data: b\n\n"
        b"id: x\0y\ndata: c\n\n"
        b"event: lost\n\n"
        b"id\ndata: d\n\n"
    )

    assert decoded([stream]) == [
        ServerSentEvent("m", "a", "1"),
        ServerSentEvent("message", "b", "1"),
        ServerSentEvent("message", "c", "1"),
        ServerSentEvent("message", "d", ""),
    ]


def test_events_of_one_chunk_come_together() -> None:
    decoder = EventDecoder()

    batches = [
        [e.data for e in decoder.feed(chunk)]
        for chunk in (b"data: a\n\ndata: b\n\nda", b"ta: c\n\n", b"data: d\n")
    ]

    assert batches == [["a", "b"], ["c"], []]


lines = st.sampled_from(
    [
        b"data: one",
        b"data:two",
        "data: \u00e9\u4f60\U0001f600".encode(),
        b"data",
        b"event: kind",
        b"id: 7",
        b"id: a\0b",
        b": comment",
        b"junk",
        b"data: \xff\xfe",
        b"",
    ]
)
ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
bodies = st.lists(st.tuples(lines, ends), max_size=30).map(
    lambda parts: b"".join(line + end for line, end in parts)
)


@given(bodies, st.booleans(), st.lists(st.integers(0, 400), max_size=40))
def test_how_a_stream_is_cut_changes_nothing(body: bytes, marked: bool, cuts: list[int]) -> None:
    if marked:
        body = b"\xef\xbb\xbf" + body
    places = [0, *sorted(cut for cut in cuts if cut < len(body)), len(body)]
    chunks = [body[start:end] for start, end in pairwise(places)]

    assert decoded(chunks) == decoded([body])
    assert decoded(body[i : i + 1] for i in range(len(body))) == decoded([body])
    assert decoded([body]) == by_the_book(body)


def by_the_book(body: bytes) -> list[ServerSentEvent]:
    """The standard's algorithm, line by line."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    found, data, kind, last_id = [], list[str](), "", ""
    *whole_lines, _ = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line in whole_lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                found.append(ServerSentEvent(kind or "message", "\n".join(data), last_id))
            data, kind = [], ""
        elif name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
    return found

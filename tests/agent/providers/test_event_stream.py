from __future__ import annotations

from itertools import pairwise

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from agent.providers.aws_stream import Kind, message, prelude
from goose_agent.errors import BadAnswer
from goose_agent.providers.event_stream import StreamMessage, StreamMessageDecoder
from goose_agent.providers.service import Service

SAID: list[tuple[Kind, str, str]] = [
    ("event", "messageStart", '{"role": "assistant"}'),
    ("event", "contentBlockDelta", '{"delta": {"text": "Héllo 😀"}}'),
    ("exception", "throttlingException", '{"message": "slow down"}'),
]
BODY = b"".join(message(name, text.encode(), kind) for kind, name, text in SAID)
BODY += message("InternalError", b"it broke", "error")
EXPECTED = [StreamMessage(*each) for each in SAID]
EXPECTED.append(StreamMessage("error", "InternalError", "it broke"))


def decoder() -> StreamMessageDecoder:
    return StreamMessageDecoder(Service("Bedrock", "http://x"))


def test_the_frames_of_these_tests_are_what_the_official_library_reads() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(BODY)

    assert [each.payload.decode() for each in buffer][:3] == [text for _, _, text in SAID]


@given(st.lists(st.integers(0, len(BODY)), max_size=8))
def test_messages_are_read_however_they_are_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(BODY)]
    found: list[StreamMessage] = []
    reader = decoder()

    for start, end in pairwise(places):
        found += reader.feed(BODY[start:end])

    assert found == EXPECTED
    assert reader.pending == 0
    assert reader.finish() == ()


@pytest.mark.parametrize("place", range(0, len(BODY), 7))
def test_a_damaged_byte_is_never_read_as_something_else(place: int) -> None:
    damaged = bytearray(BODY)
    damaged[place] ^= 0x55

    found: list[StreamMessage] = []
    reader = decoder()
    with pytest.raises(BadAnswer):
        for at in range(len(damaged)):
            found += reader.feed(bytes(damaged[at : at + 1]))

    assert found == EXPECTED[: len(found)]


@pytest.mark.parametrize(
    ("length", "headers", "words"),
    [
        (1 << 30, 0, "an event of more than 24 MB"),
        (4, 0, "impossible length"),
        (100, 90, "impossible length"),
        (1 << 20, 1 << 19, "impossible length"),
    ],
)
def test_a_message_of_an_impossible_length_is_not_waited_for(
    length: int, headers: int, words: str
) -> None:
    with pytest.raises(BadAnswer, match=words):
        decoder().feed(prelude(length, headers))

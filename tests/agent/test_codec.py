"""Events and commands come back from JSON just as they went."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goose_agent.codec import command_from, command_to, event_from, event_to, write_event
from goose_agent.commands import COMMANDS, Command, SetMode, Submit
from goose_agent.errors import StoreError
from goose_agent.events import KINDS, AnyData, Event, Notice, ToolProposed, Unknown
from goose_agent.evolve import evolve
from support.events import data_of, events

EVERY = [*KINDS.values(), Unknown]


SLOW = [HealthCheck.too_slow]
"""Events that hold lists of lists take long to make up, on a busy machine longer than the check allows."""


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
@settings(max_examples=12, suppress_health_check=SLOW)
@given(st.data())
def test_every_kind_of_event_comes_back_as_it_went(
    kind: type[AnyData], data: st.DataObject
) -> None:
    event = data.draw(events(data_of(kind)))
    line = event_to(event)
    assert b"\n" not in line
    assert event_from(line) == event


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=lambda kind: kind.__name__)
@settings(max_examples=12, suppress_health_check=SLOW)
@given(st.data())
def test_every_command_comes_back_as_it_went(kind: type[Command], data: st.DataObject) -> None:
    from support.events import _built

    command = data.draw(_built(kind))
    assert command_from(command_to(command)) == command


def test_every_command_is_in_the_union() -> None:
    assert set(COMMANDS.values()) == set(get_args(Command))


def test_every_kind_has_its_own_name() -> None:
    assert len(KINDS) == len(get_args(AnyData)) - 1


def sample(**changes: object) -> dict[str, object]:
    whole = {
        "v": 1, "seq": 1, "id": "e", "at": "2026-01-02T09:30:00Z", "mono": 1.0,
        "session_id": "s", "branch": "main", "turn": 0, "agent": "main", "cause": None,
        "actor": "system", "type": "notice", "blobs": {}, "data": {"level": "info", "text": "x"},
    }  # fmt: skip
    return {**whole, **changes}


def test_a_kind_of_a_newer_version_is_kept_as_it_is() -> None:
    line = json.dumps(sample(type="moon.landed", data={"where": [1, 2]})).encode()
    event = event_from(line)
    assert event.data == Unknown("moon.landed", {"where": [1, 2]})
    assert event.type == "moon.landed"
    assert json.loads(event_to(event)) == json.loads(line)


def test_new_words_of_a_newer_version_do_no_harm() -> None:
    line = json.dumps(sample(v=2, type="moon.landed", actor="robot", data=[1, None])).encode()
    event = event_from(line)
    assert event.data == Unknown("moon.landed", [1, None])
    assert json.loads(event_to(event)) == json.loads(line)


def test_what_neither_utf8_nor_json_can_hold_is_written_all_the_same() -> None:
    before = event_from(json.dumps(sample()).encode())
    odd = ToolProposed("c", "r", "t", "", {"text": "\ud800", "number": float("nan")})
    kept, line = write_event(evolve(before, data=odd))
    assert kept.data == evolve(odd, arguments={"text": "\ufffd", "number": None})
    assert event_from(line) == kept


def test_a_newer_schema_of_a_known_kind_is_not_guessed_at() -> None:
    event = event_from(json.dumps(sample(v=2)).encode())
    assert isinstance(event.data, Unknown)


def test_a_field_that_has_a_default_may_be_missing() -> None:
    assert event_from(json.dumps(sample()).encode()).data == Notice("info", "x")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        json.dumps(sample(data={"level": "shouting", "text": "x"})).encode(),
        json.dumps(sample(data={"text": "x"})).encode(),
        json.dumps(sample(at="yesterday")).encode(),
        json.dumps(sample(v="1")).encode(),
    ],
)
def test_what_is_no_event_is_an_error_that_says_so(line: bytes) -> None:
    with pytest.raises(StoreError):
        event_from(line)


@pytest.mark.parametrize("line", [b"", b"{}", b'{"name":"fly","data":{}}', b"[1]"])
def test_what_is_no_command_is_an_error_that_says_so(line: bytes) -> None:
    with pytest.raises(StoreError):
        command_from(line)


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    before = event_from(json.dumps(sample()).encode())
    odd = Event(
        seq=1, id="e", at=before.at, mono=1.0, session_id="s", actor="system",
        data=Notice("info", "a\ud800b \ud83d\ude00"),
    )  # fmt: skip
    kept, line = write_event(odd)
    assert kept.data == Notice("info", "a\ufffdb \U0001f600")
    assert event_from(line) == kept
    assert command_from(command_to(Submit("\udcff"))) == Submit("\ufffd")
    assert command_from(command_to(SetMode("auto"))) == SetMode("auto")

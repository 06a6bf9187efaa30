from __future__ import annotations

import json

from msgspec import Raw

from goose_agent.messages import Message, Text
from goose_agent.providers.encoding import as_body, encoded_once
from goose_agent.providers.model import ModelRequest


class Counting:
    def __init__(self) -> None:
        self.calls = 0

    @encoded_once
    def encode(self, request: ModelRequest) -> bytes:
        self.calls += 1
        return request.system.encode()


def test_a_request_is_encoded_once_and_never_taken_for_another() -> None:
    model, other = Counting(), Counting()
    first, alike = ModelRequest("one", ()), ModelRequest("one", (Message("user", (Text("x"),)),))
    assert [model.encode(first) for _ in range(3)] == [b"one"] * 3
    assert model.calls == 1
    model.encode(alike)
    model.encode(first)
    assert (model.calls, other.calls) == (3, 0)


def test_a_body_is_compact_json_whatever_the_text_holds() -> None:
    assert as_body({"a": ["é", 1, None]}) == '{"a":["é",1,null]}'.encode()
    assert json.loads(as_body({"a": "x\ud800y"})) == {"a": "x?y"}
    ready = Raw(as_body({"b": "x\ud800"}))
    assert as_body([ready, "z"]) == b'[{"b":"x?"},"z"]'
    assert as_body([ready, "z\ud800"]) == b'[{"b":"x?"},"z?"]'

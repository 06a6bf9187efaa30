"""How a model encodes is told in a few bytes, and a model made from them encodes the same."""

from __future__ import annotations

import pytest

from agent.providers.loopback import SHELL
from goose_agent.errors import StoreError
from goose_agent.evolve import evolve
from goose_agent.messages import Message, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.connect import connect
from goose_agent.providers.definition import Definition
from goose_agent.providers.encoder import Encoded, encoder_from, encoder_to, encoding_model
from goose_agent.providers.engines import ENGINES
from goose_agent.providers.model import Model, ModelInfo, ModelRequest
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.providers.service import Service
from goose_agent.providers.shelf import Shelf

_DEFINED = list(Shelf().definitions.values())
_KEYS = {"ANTHROPIC_API_KEY": "key-0123456789", "OPENAI_API_KEY": "key-0123456789"}
_KEYS["GEMINI_API_KEY"] = _KEYS["OPENAI_API_KEY"]
_NAMES = (
    "anthropic/claude-sonnet-4-5",
    "anthropic/claude-opus-4-1",
    "openai/gpt-5",
    "gemini/gemini-2.5-pro",
    "ollama/qwen3",
)
_REQUEST = ModelRequest(
    "Be brief.",
    (
        Message("user", (Text("What is here?"),)),
        Message("assistant", (Thinking("I look.", "seal"), ToolCall("c1", "shell", '{"a": 1}'))),
        Message("tool", (ToolResult("c1", "shell", "nothing"),)),
        Message("user", (Text("And now?"),)),
    ),
    (SHELL,),
)


def _holds(model: Model) -> None:
    assert isinstance(model, Encoded)
    encoder = model.encoder
    assert encoder is not None
    again = encoding_model(encoder_from(encoder_to(encoder)))
    assert again.info == model.info
    for effort in (None, "off", "high"):
        request = evolve(_REQUEST, effort=effort)
        assert again.encode(request) == model.encode(request)
    bare = evolve(_REQUEST, tools=())
    assert again.encode(bare) == model.encode(bare)


@pytest.mark.parametrize("definition", _DEFINED, ids=lambda each: each.name)
def test_every_provider_that_ships(definition: Definition) -> None:
    here = Service("Here", "http://localhost")
    for name in ("some-model", "claude-sonnet-4-5", "anthropic.claude-sonnet-4-5-v1:0"):
        info = ModelInfo(f"{definition.name}/{name}", 200_000, 32_000)
        _holds(ENGINES[definition.engine].build(definition, info, here))


@pytest.mark.parametrize("shim", ["on", "off"])
@pytest.mark.parametrize("name", _NAMES)
def test_every_provider_that_is_built_in(name: str, shim: str) -> None:
    _holds(connect(name, {**_KEYS, "GOOSE_TOOLSHIM": shim}))


def test_a_scripted_model() -> None:
    _holds(ScriptedModel.load("- text: Hello.", name="scripted/hello.yaml"))


def test_what_says_how_to_encode_holds_no_key_and_no_address() -> None:
    model = connect(
        "anthropic/claude-sonnet-4-5", {**_KEYS, "ANTHROPIC_HOST": "http://secret.host"}
    )
    assert isinstance(model, Encoded)
    assert model.encoder is not None
    told = encoder_to(model.encoder)
    assert b"0123456789" not in told
    assert b"secret.host" not in told


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(StoreError, match="How the request was encoded"):
        encoder_from(b'{"wire": "telegraph"}')

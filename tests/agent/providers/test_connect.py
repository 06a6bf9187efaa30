from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.providers.loopback import SHELL, Act, answered, asking, serving, streamed, whole
from goose_agent.errors import ConfigError, NoModel, ProviderError, StreamLost
from goose_agent.messages import Image, Message
from goose_agent.providers.connect import ConnectedModel, connect, own_secrets
from goose_agent.providers.model import ModelRequest
from goose_agent.providers.places import (
    anthropic_service,
    gemini_service,
    ollama_service,
    openai_service,
)

KEY = "key-0123456789"
KEYS = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, "GEMINI_API_KEY": KEY}


def body_of(model: ConnectedModel) -> dict[str, object]:
    value: dict[str, object] = json.loads(model.encode(asking("hi", SHELL)))
    return value


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("", NoModel, "No model is chosen"),
        ("gpt-5", NoModel, "no provider gpt-5"),
        ("openai", NoModel, "names no model"),
        ("anthropic/", NoModel, "names no model"),
        ("mystery/x", NoModel, "Known are anthropic, openai, gemini, ollama, scripted"),
        ("openai/gpt-5", ConfigError, "OPENAI_API_KEY is not set"),
        ("anthropic/claude", ConfigError, "ANTHROPIC_API_KEY is not set"),
        ("gemini/gemini-x", ConfigError, "GEMINI_API_KEY is not set"),
        ("google/gemini-x", ConfigError, "GEMINI_API_KEY is not set"),
        ("scripted/nowhere.yaml", ConfigError, "nowhere.yaml cannot be read"),
    ],
)
def test_a_name_that_leads_nowhere_says_why(
    name: str, error: type[ConfigError], words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        connect(name, {})

    assert type(caught.value) is error
    assert caught.value.hint


@pytest.mark.parametrize(
    "environ",
    [
        {"OPENAI_API_KEY": "key with blanks"},
        {"OPENAI_API_KEY": "kéy-0123456789"},
        {"OPENAI_API_KEY": "key\n-0123456789"},
        {**KEYS, "OPENAI_BASE_URL": "api.openai.com/v1"},
        {**KEYS, "OPENAI_BASE_URL": "https://"},
        {**KEYS, "OPENAI_BASE_URL": "http://host:port/v1"},
        {**KEYS, "OPENAI_BASE_URL": "http://[half"},
        {**KEYS, "OPENAI_WIRE": "telegraph"},
        {**KEYS, "GOOSE_CONTEXT_LIMIT": "plenty"},
        {**KEYS, "GOOSE_STREAM_TIMEOUT": "long"},
        {**KEYS, "GOOSE_STREAM_TIMEOUT": "-1"},
    ],
)
def test_a_malformed_variable_is_named_and_its_value_is_not_shown(
    environ: Mapping[str, str],
) -> None:
    with pytest.raises(ConfigError, match=r"^(OPENAI|GOOSE)_[A-Z_]+ ") as caught:
        connect("openai/gpt-5", environ)

    assert "0123456789" not in str(caught.value)


async def test_a_compatible_service_needs_no_key() -> None:
    async with serving(whole(404, b'{"error": "no such model"}')) as server:
        model = connect("openai/local", {"OPENAI_BASE_URL": f"{server.url}/v1/"})
        with pytest.raises(ProviderError, match="no such model"):
            await answered(model)
        await model.aclose()

    assert server.received[0].path == "/v1/chat/completions"
    assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize(
    ("name", "variable", "wire"),
    [
        ("openai/local", "OPENAI_BASE_URL", "chat"),
        ("openai/local", "OPENAI_BASE_URL", "responses"),
        ("anthropic/local", "ANTHROPIC_BASE_URL", ""),
        ("gemini/local", "GEMINI_BASE_URL", ""),
        ("ollama/local", "OLLAMA_HOST", ""),
    ],
)
async def test_how_long_a_stream_may_be_silent_can_be_set(
    name: str, variable: str, wire: str
) -> None:
    async with serving(streamed(end=Act.HANG)) as server:
        environ = {variable: server.url, "OPENAI_WIRE": wire, "GOOSE_STREAM_TIMEOUT": "0.05"}
        model = connect(name, environ)
        with pytest.raises(StreamLost, match=r"nothing came for 0\.05 s"):
            await answered(model)
        await model.aclose()


def test_keys_reach_their_service_without_blanks_around_them() -> None:
    environ = {"OPENAI_API_KEY": f" {KEY}\n", "ANTHROPIC_API_KEY": KEY}

    assert openai_service(environ).headers == {"Authorization": f"Bearer {KEY}"}
    assert anthropic_service(environ).headers == {
        "anthropic-version": "2023-06-01",
        "x-api-key": KEY,
    }
    assert KEY not in repr(openai_service(environ))


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:4000", "http://127.0.0.1:4000"),
        (":4000", "http://127.0.0.1:4000"),
        ("box", "http://box:11434"),
        ("http://box", "http://box:80"),
        ("https://box/ollama/", "https://box:443/ollama"),
        ("[::1]:5", "http://[::1]:5"),
    ],
)
def test_the_address_of_ollama_is_read_as_ollama_reads_it(host: str, url: str) -> None:
    assert ollama_service({"OLLAMA_HOST": host}).base_url == url


def test_the_window_of_a_local_model_is_asked_for_and_bounded() -> None:
    known = connect("ollama/qwen3-coder:30b", {})
    unknown = connect("ollama/mine", {"GOOSE_CONTEXT_LIMIT": "65536"})

    assert known.info.window == 32_768
    assert body_of(known)["options"] == {"num_ctx": 32_768}
    assert unknown.info.window == 65_536
    assert body_of(unknown)["options"] == {"num_ctx": 65_536}


def test_peculiarities_of_models_come_from_the_catalogue() -> None:
    chat = {**KEYS, "OPENAI_WIRE": "chat"}
    newer = connect("openai/gpt-6-sol", chat)
    older = connect("openai/gpt-5", chat)
    elsewhere = connect("openai/gpt-6-sol", {**KEYS, "OPENAI_BASE_URL": "https://example.org/v1"})
    thinking = connect("anthropic/claude-opus-4-8", KEYS)
    plain = connect("anthropic/claude-haiku-4-5", KEYS)

    assert body_of(newer)["reasoning_effort"] == "none"
    assert "reasoning_effort" not in body_of(older)
    assert "reasoning_effort" not in body_of(elsewhere)
    assert body_of(thinking)["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert "thinking" not in body_of(plain)


@pytest.mark.parametrize(
    ("environ", "responses"),
    [
        ({}, True),
        ({"OPENAI_WIRE": "chat"}, False),
        ({"OPENAI_BASE_URL": "https://eu.api.openai.com/v1"}, True),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}, False),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1", "OPENAI_WIRE": " Responses"}, True),
    ],
)
def test_openai_itself_is_spoken_to_in_responses_and_all_others_in_chat(
    environ: dict[str, str], responses: bool
) -> None:
    body = body_of(connect("openai/gpt-6-sol", {**KEYS, **environ}))

    assert ("input" in body) is responses
    assert ("messages" in body) is not responses
    assert ("reasoning" in body) is responses


def test_a_model_that_does_not_reason_is_not_told_how() -> None:
    assert "reasoning" not in body_of(connect("openai/gpt-4o", KEYS))
    assert "generationConfig" not in body_of(connect("gemini/gemma-3-27b-it", KEYS))


@pytest.mark.parametrize("name", ["gemini/gemini-3.8-flash", "google/gemini-9-new"])
def test_gemini_has_two_names_and_its_new_models_think(name: str) -> None:
    model = connect(name, KEYS)

    assert model.info.name == name.replace("google/", "gemini/")
    assert body_of(model)["generationConfig"] == {"thinkingConfig": {"includeThoughts": True}}


async def test_gemini_is_reached_where_its_variables_say() -> None:
    async with serving(whole(404, b'{"error": {"message": "no such model"}}')) as server:
        environ = {"GEMINI_BASE_URL": f"{server.url}/v1beta/", "GOOGLE_API_KEY": KEY}
        model = connect("gemini/gemini-x", environ)
        with pytest.raises(ProviderError, match="no such model"):
            await answered(model)
        await model.aclose()

    assert server.received[0].path.startswith("/v1beta/models/gemini-x:stream")
    assert server.received[0].headers["x-goog-api-key"] == KEY
    assert KEY not in server.received[0].path


def test_geminis_own_key_counts_before_the_general_one() -> None:
    both = {"GEMINI_API_KEY": KEY, "GOOGLE_API_KEY": "general-0123456789"}

    assert gemini_service(both).headers == {"x-goog-api-key": KEY}
    assert gemini_service({"GOOGLE_API_KEY": KEY}).key_variable == "GOOGLE_API_KEY"
    assert gemini_service({"GEMINI_BASE_URL": "http://127.0.0.1:1"}).headers == {}
    assert KEY not in repr(gemini_service(both))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ollama/gpt-oss:20b", False),
        ("ollama/mistral-small3.2", True),
        ("ollama/mine", True),
        ("openai/o3-mini", False),
    ],
)
def test_pictures_are_shown_to_models_that_may_see(name: str, shown: bool) -> None:
    model = connect(name, KEYS)
    request = ModelRequest("", (Message("user", (Image("image/png", b"\x89PNG"),)),))

    assert (b"iVBORw==" in model.encode(request)) is shown


def test_a_script_is_a_model_like_any_other(tmp_path: Path) -> None:
    script = tmp_path / "tour.yaml"
    script.write_text("answers: [{text: hello}]\nwindow: 1000\n", encoding="utf-8")

    model = connect(f"scripted/{script}", {})

    assert model.info.name == f"scripted/{script}"
    assert model.info.window == 1000


def test_the_speed_of_a_script_must_be_a_number(tmp_path: Path) -> None:
    script = tmp_path / "tour.yaml"
    script.write_text("answers: []\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="GOOSE_SCRIPT_SPEED"):
        connect(f"scripted/{script}", {"GOOSE_SCRIPT_SPEED": "fast"})


def test_what_the_first_screen_needs_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from goose_agent.providers import connect, openai, openai_responses, anthropic\n"
        "from goose_agent.providers import gemini, ollama, scripted\n"
        "print([m for m in ('httpx', 'yaml', 'pydantic', 'ssl', 'email') if m in sys.modules])"
    )

    # The engine is on this process's path by the test runner's doing.
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{program}"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=True,
    )

    assert run.stdout == "[]\n"


def test_own_secrets_are_keys_and_passwords_but_no_placeholders() -> None:
    environ = {
        "OPENAI_API_KEY": KEY,
        "ANTHROPIC_API_KEY": "none",
        "ANTHROPIC_BASE_URL": "https://me:long-password@host",
        "OLLAMA_HOST": "http://[half",
        "PATH": "/usr/bin:/usr/local/bin",
    }

    assert own_secrets(environ) == {
        "OPENAI_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": "long-password",
    }

from __future__ import annotations

import json

import pytest

from agent.providers.loopback import Act, Loopback, serving, whole
from goose_agent.errors import ConfigError, NoModel
from goose_agent.providers.connect import Sighting, detect, find_default

KEY = "key-0123456789"


def tags(*names: str) -> bytes:
    return json.dumps({"models": [{"name": name} for name in names]}).encode()


def host(server: Loopback) -> str:
    return server.url.removeprefix("http://")


@pytest.mark.parametrize(
    ("environ", "model"),
    [
        ({"GOOSE_PROVIDER": "openai", "GOOSE_MODEL": "gpt-5"}, "openai/gpt-5"),
        ({"GOOSE_PROVIDER": "openai", "GOOSE_MODEL": "openai/gpt-5"}, "openai/gpt-5"),
        ({"GOOSE_MODEL": "ollama/qwen3:8b"}, "ollama/qwen3:8b"),
        ({"GOOSE_PROVIDER": "anthropic"}, "anthropic/claude-sonnet-5-5"),
        ({"GOOSE_PROVIDER": "google"}, "gemini/gemini-3.8-flash"),
        ({"GOOSE_PROVIDER": "google", "GOOSE_MODEL": "google/gemini-x"}, "gemini/gemini-x"),
        ({"GOOSE_MODEL": "google/gemini-x"}, "gemini/gemini-x"),
        ({"GEMINI_API_KEY": KEY}, "gemini/gemini-3.8-flash"),
        ({"GEMINI_API_KEY": KEY, "OPENAI_API_KEY": KEY}, "openai/gpt-6-sol"),
        (
            {"GOOSE_PROVIDER": "openai", "GOOSE_MODEL": "a/b", "ANTHROPIC_API_KEY": KEY},
            "openai/a/b",
        ),
        ({"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": KEY}, "anthropic/claude-sonnet-5-5"),
        ({"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": " "}, "openai/gpt-6-sol"),
        ({"GOOSE_PROVIDER": "scripted", "GOOSE_MODEL": "/x.yaml"}, "scripted//x.yaml"),
    ],
)
async def test_the_environment_decides_which_model_is_the_default(
    environ: dict[str, str], model: str
) -> None:
    assert await find_default(environ) == model


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"GOOSE_PROVIDER": "acme"}, "GOOSE_PROVIDER is acme"),
        ({"GOOSE_MODEL": "gpt-5"}, "GOOSE_PROVIDER is not set"),
        ({"GOOSE_PROVIDER": "scripted"}, "GOOSE_MODEL is not set"),
    ],
)
async def test_a_configuration_that_cannot_work_is_not_passed_over(
    environ: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        await find_default({**environ, "OPENAI_API_KEY": KEY})


async def test_a_running_ollama_is_used_with_the_model_that_suits_best() -> None:
    async with serving(whole(200, tags("llava:7b", "llama3.1:8b", "qwen3:8b"))) as server:
        environ = {"OLLAMA_HOST": host(server)}
        assert await find_default(environ) == "ollama/qwen3:8b"
        assert await find_default({**environ, "GOOSE_PROVIDER": "ollama"}) == "ollama/qwen3:8b"
        assert server.received[0].path == "/api/tags"


async def test_all_that_was_looked_for_is_reported() -> None:
    async with serving(whole(200, tags("llama3.1:8b"))) as server:
        found = await detect({"OLLAMA_HOST": host(server), "OPENAI_API_KEY": KEY})

    assert found.model == "openai/gpt-6-sol"
    assert found.sightings == (
        Sighting("GOOSE_PROVIDER and GOOSE_MODEL", False, "not set"),
        Sighting("ANTHROPIC_API_KEY", False, "not set"),
        Sighting("OPENAI_API_KEY", True, "set", ("openai/gpt-6-sol",)),
        Sighting("GEMINI_API_KEY", False, "not set"),
        Sighting(f"Ollama at {host(server)}", True, "1 model", ("ollama/llama3.1:8b",)),
    )


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (whole(200, tags()), "no model, get one with `ollama pull qwen3-coder`"),
        (whole(200, b"<html>"), "no model, get one with `ollama pull qwen3-coder`"),
        (whole(404), "something else answers there"),
        ([Act.HANG], "something else answers there"),
    ],
)
async def test_where_nothing_is_found_the_message_says_what_was_looked_for(
    reply: list[bytes | Act], detail: str
) -> None:
    async with serving(reply) as server:
        with pytest.raises(NoModel) as caught:
            await find_default({"OLLAMA_HOST": host(server)})

    assert caught.value.message == (
        "No model was found (GOOSE_PROVIDER and GOOSE_MODEL: not set; ANTHROPIC_API_KEY: not set; "
        f"OPENAI_API_KEY: not set; GEMINI_API_KEY: not set; Ollama at {host(server)}: {detail})."
    )


async def test_nobody_at_the_address_of_ollama_is_no_answer() -> None:
    async with serving([]) as server:
        address = host(server)

    found = await detect({"OLLAMA_HOST": address})

    assert found.model is None
    assert found.sightings[-1] == Sighting(f"Ollama at {address}", False, "no answer")


async def test_a_malformed_address_of_ollama_is_a_sighting_not_a_failure() -> None:
    found = await detect({"OLLAMA_HOST": "http://[half"})

    assert found.sightings[-1] == Sighting("OLLAMA_HOST", False, "OLLAMA_HOST is not a web address")

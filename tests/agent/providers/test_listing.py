from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.providers.loopback import Act, Reply, serving, whole
from goose_agent.errors import ProviderError
from goose_agent.providers.definition import Definition, ListedModel
from goose_agent.providers.listing import list_models
from goose_agent.providers.model import ModelInfo
from goose_agent.providers.model_lists import KeptList, keep_list, kept_list
from goose_agent.providers.service import Service

ACME = Definition("acme", "openai", "Acme", "https://acme.example/v1")
ROUTER = {
    "id": "maker/large",
    "context_length": 200000,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "pricing": {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003"},
    "top_provider": {"max_completion_tokens": 64000},
    "supported_parameters": ["tools", "reasoning", "temperature"],
}


def reply(value: object) -> Reply:
    return whole(200, json.dumps(value).encode())


async def listed(definition: Definition, *replies: Reply) -> tuple[ListedModel, ...]:
    async with serving(*replies) as server:
        return await list_models(definition, Service("Acme", server.url + "/v1"))


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            ROUTER,
            ListedModel(
                ModelInfo("acme/maker/large", 200_000, 64_000, 3.0, 15.0, 0.3),
                ("tools", "vision", "thinking"),
            ),
        ),
        ({"id": "a", "context_window": 131072}, ListedModel(ModelInfo("acme/a", 131_072))),
        ({"id": "a", "max_model_len": 8192}, ListedModel(ModelInfo("acme/a", 8192))),
        ({"id": "a", "meta": {"n_ctx": 4096}}, ListedModel(ModelInfo("acme/a", 4096))),
        (
            {"id": "a", "max_context_length": 32768, "capabilities": {"function_calling": True}},
            ListedModel(ModelInfo("acme/a", 32_768), ("tools",)),
        ),
        (
            {"id": "a", "type": "chat", "pricing": {"input": 0.6, "output": 1.7}},
            ListedModel(ModelInfo("acme/a", input_price=0.6, output_price=1.7)),
        ),
        (
            {"id": "a", "limits": {"max_input_tokens": 128000, "max_output_tokens": 4096}},
            ListedModel(ModelInfo("acme/a", 128_000, 4096)),
        ),
        (
            {"id": "a", "providers": [{"context_length": 9000}, {"context_length": 1}]},
            ListedModel(ModelInfo("acme/a", 9000)),
        ),
        ({"id": "a", "pricing": {"prompt": "-1"}}, ListedModel(ModelInfo("acme/a"))),
        ({"id": "a", "pricing": {"prompt": "free"}}, ListedModel(ModelInfo("acme/a"))),
        ({"id": "a", "context_length": "many"}, ListedModel(ModelInfo("acme/a"))),
    ],
)
async def test_the_facts_of_a_list_are_found_under_their_many_names(
    item: object, expected: ListedModel
) -> None:
    assert await listed(ACME, reply({"data": [item]})) == (expected,)


async def test_a_list_without_a_wrapping_and_what_does_not_converse() -> None:
    items = [
        {"id": "a"},
        {"id": "b", "type": "embedding"},
        {"id": "c", "capabilities": {"completion_chat": False}},
        {"id": "d", "architecture": {"output_modalities": ["image"]}},
        {"id": "e\x1b[2J"},
        {"name": "f"},
        "g",
        {"id": 7},
    ]

    found = await listed(ACME, reply(items))

    assert [model.info.name for model in found] == ["acme/a", "acme/f"]


@pytest.mark.parametrize(
    "answer",
    [
        whole(200, b"<html>"),
        whole(200, b'{"data": 3}'),
        whole(200, b"[" * 100_000),
        whole(404, b"no such page"),
        [Act.RESET],
    ],
)
async def test_what_is_no_list_is_a_failure_in_words(answer: Reply) -> None:
    with pytest.raises(ProviderError) as caught:
        await listed(ACME, answer)

    assert "Acme" in caught.value.message


async def test_anthropic_and_others_have_their_list_elsewhere() -> None:
    async with serving(reply({"data": [{"id": "claude"}]})) as server:
        service = Service("Acme", server.url)
        await list_models(replace(ACME, engine="anthropic"), service)
        await list_models(replace(ACME, models_url=f"{server.url}/catalog/all"), service)

    assert [request.path for request in server.received] == [
        "/v1/models?limit=1000",
        "/catalog/all",
    ]


async def test_a_key_is_not_carried_to_another_host() -> None:
    async with serving(reply([])) as server:
        elsewhere = replace(ACME, models_url="https://elsewhere.example/models")
        with pytest.raises(ProviderError, match="another host"):
            await list_models(elsewhere, Service("Acme", server.url, {"Authorization": "Bearer x"}))

    assert server.received == []


async def test_each_model_of_ollama_is_looked_at() -> None:
    tags = reply({"models": [{"name": "one:8b"}]})
    shown = {
        "model_info": {"general.architecture": "q", "q.context_length": 40960},
        "capabilities": ["completion", "tools", "thinking"],
    }
    found = await listed(replace(ACME, engine="ollama"), tags, reply(shown))

    info = ModelInfo("acme/one:8b", 40_960, input_price=0.0, output_price=0.0)
    assert found == (ListedModel(info, ("tools", "thinking")),)


async def test_a_model_that_ollama_does_not_show_is_listed_all_the_same() -> None:
    tags = reply({"models": [{"name": "one"}, {"name": "two"}]})
    found = await listed(replace(ACME, engine="ollama"), tags, whole(500, b"no"))

    assert [(model.info.name, model.info.window) for model in found] == [
        ("acme/one", None),
        ("acme/two", None),
    ]


def test_a_list_is_kept_as_it_was(tmp_path: Path) -> None:
    models = (ListedModel(ModelInfo("acme/a/b", 1000, 10, 1.0, 2.0, 0.0, None), ("tools",)),)
    kept = KeptList(datetime(2026, 1, 2, tzinfo=UTC), models)
    keep_list(tmp_path / "new", "acme", "acme.example:8080", kept)

    assert kept_list(tmp_path / "new", "acme", "acme.example:8080") == kept
    assert kept_list(tmp_path / "new", "acme", "other.example") is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"version": 1, "fetched": "yesterday", "models": []}',
        '{"version": 1, "fetched": "2026-01-02T00:00:00", "models": []}',
        '{"version": 9, "fetched": "2026-01-02T00:00:00+00:00", "models": []}',
        '{"version": 1, "fetched": "2026-01-02T00:00:00+00:00", "models": [3]}',
        '{"version": 1, "fetched": "2026-01-02T00:00:00+00:00", "models": [{"input_price": "x"}]}',
    ],
)
def test_a_damaged_list_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "acme@place.json").write_text(content, encoding="utf-8")

    assert kept_list(tmp_path, "acme", "place") is None


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    keep_list(tmp_path / "file", "acme", "place", KeptList(datetime.now(UTC), ()))


async def test_gemini_lists_its_models_as_paths_with_limits_and_methods() -> None:
    gemini = Definition("gemini", "gemini", "Gemini", "https://gemini.example/v1beta")
    chat = {
        "name": "models/gemini-3.8-flash",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "thinking": True,
    }
    embedding = {
        "name": "models/text-embedding",
        "supportedGenerationMethods": ["embedContent"],
    }
    models = await listed(gemini, reply({"models": [chat, embedding]}))

    info = ModelInfo("gemini/gemini-3.8-flash", 1_048_576, 65_536)
    assert models == (ListedModel(info, ("thinking",)),)

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from goose_agent.errors import ConfigError
from goose_agent.providers.catalogue import known_models
from goose_agent.providers.engines import ENGINES
from goose_agent.providers.shelf import Shelf

SHIPPED = {
    *("anthropic", "azure", "cerebras", "deepseek", "fireworks", "github", "groq", "huggingface"),
    *("litellm", "llamacpp", "lmstudio", "mistral", "moonshot", "nvidia", "ollama", "openai"),
    *("openrouter", "perplexity", "together", "vllm", "xai", "zai"),
}


def define(folder: Path, file: str, **more: object) -> Path:
    value = {"name": "acme", "engine": "openai", "base_url": "https://acme.example/v1"} | more
    folder.mkdir(exist_ok=True)
    path = folder / file
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_what_ships_is_there_and_sound() -> None:
    shelf = Shelf()

    assert set(shelf.definitions) >= SHIPPED
    assert (shelf.problems, shelf.warnings) == ((), ())
    for name, definition in shelf.definitions.items():
        assert definition.name == name
        assert definition.engine in ENGINES
        assert definition.api_key_env or definition.opened_by or not definition.requires_auth
        assert definition.key_url.startswith("https://") or not definition.requires_auth
        assert definition.start_hint or definition.requires_auth
        windows = [model.info.window or 0 for model in definition.models]
        assert all(window >= 8000 for window in windows)
        names = [*(model.info.name for model in definition.models), *known_models(name)]
        assert not definition.fast_model or f"{name}/{definition.fast_model}" in names
    assert len(shelf.key_variables) == len(set(shelf.key_variables))


def test_a_definition_of_the_user_takes_the_place_of_one_that_ships(tmp_path: Path) -> None:
    goose, own = tmp_path / "goose", tmp_path / "own"
    define(goose, "a.json", name="groq", display_name="of Goose")
    define(own, "b.yaml", name="groq", display_name="My own")

    found = Shelf((goose, own)).find("groq")

    assert found is not None
    assert found.display_name == "My own"


def test_a_wrong_file_hides_only_its_own_provider(tmp_path: Path) -> None:
    define(tmp_path, "good.json", name="good")
    define(tmp_path, "bad.json", name="bad", engine="none")
    shelf = Shelf((tmp_path,))

    assert shelf.find("good") is not None
    assert shelf.find("groq") is not None
    assert len(shelf.problems) == 1
    with pytest.raises(ConfigError, match=r"bad\.json:1: engine"):
        shelf.find("bad")
    with pytest.raises(ConfigError, match=r"bad\.json"):
        shelf.find("perhaps-in-the-bad-one")


def test_names_that_are_taken_are_refused(tmp_path: Path) -> None:
    define(tmp_path, "1.json")
    define(tmp_path, "2.json")
    define(tmp_path, "3.json", name="openai")
    messages = [problem.message for problem in Shelf((tmp_path,)).problems]

    assert "the name acme is taken" in messages[0]
    assert "openai is built in" in messages[1]


def test_pipes_huge_files_and_bytes_are_problems_and_never_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "huge.yaml").write_text("a" * 300_000, encoding="utf-8")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{}")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "notes.txt").write_text("not one", encoding="utf-8")

    problems = Shelf((tmp_path, tmp_path / "missing")).problems

    assert len(problems) == 4
    assert all(problem.hint for problem in problems)

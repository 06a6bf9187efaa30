from __future__ import annotations

from typing import get_args

import pytest

from goose_agent.providers.catalogue import known_models, lookup, thinking_of, trait
from goose_agent.providers.efforts import ThinkingKind, ThinkingMode
from goose_agent.providers.model import ModelInfo


def test_a_known_model_has_window_and_prices() -> None:
    assert lookup("anthropic/claude-sonnet-4-5") == ModelInfo(
        "anthropic/claude-sonnet-4-5",
        window=200_000,
        max_output=64_000,
        input_price=3,
        output_price=15,
        cache_read_price=0.3,
        cache_write_price=3.75,
    )


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("anthropic/claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4-20250514", "anthropic/claude-sonnet-4"),
        ("anthropic/claude-3-7-sonnet-latest", "anthropic/claude-3-7-sonnet"),
        ("openai/gpt-4.1-mini-2025-04-14", "openai/gpt-4.1-mini"),
        ("ollama/qwen3:8b", "ollama/qwen3"),
        ("ollama/qwen3-coder:30b-a3b-q4_K_M", "ollama/qwen3-coder"),
    ],
)
def test_dates_and_tags_do_not_hide_a_model(name: str, like: str) -> None:
    found, base = lookup(name), lookup(like)

    assert found.name == name
    assert found.window is not None
    assert (found.window, found.max_output, found.input_price, found.output_price) == (
        base.window,
        base.max_output,
        base.input_price,
        base.output_price,
    )


@pytest.mark.parametrize(
    "name",
    [
        "openai/gpt-5.9",
        "openai/gpt-5-of-another-kind",
        "openai/claude-sonnet-4-5",
        "anthropic/claude-opus-4-99",
        "nobody/x",
        "",
    ],
)
def test_an_unknown_model_is_not_guessed(name: str) -> None:
    assert lookup(name) == ModelInfo(name)


def test_every_entry_makes_sense() -> None:
    for provider in ("anthropic", "openai", "gemini", "ollama"):
        for name in known_models(provider):
            info = lookup(name)
            assert info.window is not None
            assert info.window >= 8_000
            assert info.max_output is None or info.max_output <= info.window
            assert info.input_price is not None
            assert info.output_price is not None
            assert 0 <= info.input_price <= info.output_price
            assert (info.cache_read_price or 0) <= info.input_price
            kind = thinking_of(name)
            assert kind is not None
            assert kind.mode in get_args(ThinkingMode)
            assert (kind.mode == "budget" and provider == "gemini") == (kind.budget != (0, 0))
            assert set(kind.efforts) <= {"none", "minimal", "low", "medium", "high", "xhigh", "max"}
            assert kind.efforts or kind.mode in {"", "budget", "switch"}
            assert trait(name, "effort_with_tools") in {"", "none"}


def test_how_a_model_thinks_is_known_by_its_name() -> None:
    assert thinking_of("anthropic/claude-sonnet-5-5") == ThinkingKind(
        "bound", ("low", "medium", "high", "xhigh", "max"), "between_tools"
    )
    assert thinking_of("openai/gpt-5-2025-08-07") == ThinkingKind(
        "levels", ("minimal", "low", "medium", "high")
    )
    assert thinking_of("gemini/gemini-2.5-pro") == ThinkingKind("budget", budget=(128, 32_768))
    assert thinking_of("openai/gpt-4o") == ThinkingKind()
    assert thinking_of("openai/gpt-17") is None

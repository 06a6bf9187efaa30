"""How compaction is set: thresholds, strategies, reviews."""

from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.config.compaction import CompactionSettings, Review, Strategy, unattended
from goose_agent.config.settings import load_settings
from goose_agent.errors import ConfigError


def loaded(base: Path, text: str = "", **environ: str) -> CompactionSettings:
    file = base / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, base, environ, {}).settings.compaction


def test_each_can_be_set_in_the_file(tmp_path: Path) -> None:
    text = """
auto_compact_threshold: 0.6
context_strategy: truncate
compaction_review: always
compact_results: off
"""
    assert loaded(tmp_path, text) == CompactionSettings(0.6, "truncate", Review(None), False)
    assert loaded(tmp_path) == CompactionSettings(0.8, "summarize", Review(60.0), True)


def test_the_environment_and_goose_s_own_keys_set_them_too(tmp_path: Path) -> None:
    text = "GOOSE_AUTO_COMPACT_THRESHOLD: 0.5\nGOOSE_CONTEXT_STRATEGY: clear\n"
    assert loaded(tmp_path, text).threshold == 0.5
    over = loaded(
        tmp_path,
        text,
        GOOSE_AUTO_COMPACT_THRESHOLD="0",
        GOOSE_CONTEXT_STRATEGY="prompt",
        GOOSE_TOOL_PAIR_SUMMARIZATION="false",
    )
    assert over == CompactionSettings(0.0, "prompt", Review(), False)


@pytest.mark.parametrize(
    ("word", "review"),
    [
        ("always", Review(None)),
        ("attended", Review(60.0)),
        ("automatic", Review(None, automatic=True)),
        ("90s", Review(90.0)),
        ("5", Review(5.0)),
    ],
)
def test_a_review_is_a_word_or_a_time(tmp_path: Path, word: str, review: Review) -> None:
    assert loaded(tmp_path, f"compaction_review: {word}\n").review == review


@pytest.mark.parametrize(
    "line",
    [
        "auto_compact_threshold: often",
        "auto_compact_threshold: .nan",
        "auto_compact_threshold: true",
        "context_strategy: forget",
        "compaction_review: perhaps",
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, f"{line}\n")
    assert "config.yaml" in str(caught.value)


@pytest.mark.parametrize(("strategy", "then"), [("prompt", "summarize"), ("clear", "clear")])
def test_where_nobody_is_there_nobody_is_asked(strategy: Strategy, then: Strategy) -> None:
    alone = unattended(CompactionSettings(strategy=strategy))
    assert (alone.strategy, alone.review.automatic) == (then, True)

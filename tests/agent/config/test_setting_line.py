from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.config.setting_line import set_setting
from goose_agent.config.settings import load_settings
from goose_agent.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "model: groq/a-b\n"),
        ("# mine\nmode: plan\n", "# mine\nmode: plan\nmodel: groq/a-b\n"),
        ("model: old # why\nmode: plan", "model: groq/a-b\nmode: plan"),
        ("keys:\n  model: f2", "keys:\n  model: f2\nmodel: groq/a-b\n"),
    ],
)
def test_one_line_changes_and_the_others_stay(
    tmp_path: Path, before: str | None, after: str
) -> None:
    path = tmp_path / "config" / "config.yaml"
    if before is not None:
        path.parent.mkdir()
        path.write_text(before, encoding="utf-8")

    set_setting(path, "model", "groq/a-b")

    assert path.read_text(encoding="utf-8") == after


@pytest.mark.parametrize("value", ["groq/a:b", "a/b # c", "x/\\1", 'o/"q"', "azure/é"])
def test_a_value_is_read_back_as_it_was(tmp_path: Path, value: str) -> None:
    path = tmp_path / "config.yaml"
    for _ in range(2):
        set_setting(path, "model", value)

    assert load_settings(path, tmp_path, {}, {}).settings.model == value


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file", encoding="utf-8")

    with pytest.raises(ConfigError, match="cannot be changed"):
        set_setting(tmp_path / "config" / "config.yaml", "model", "a/b")

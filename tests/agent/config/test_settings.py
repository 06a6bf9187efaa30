"""Settings in their layers, and errors that say where."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from goose_agent.config.places import Places
from goose_agent.config.settings import LoadedSettings, Settings, load_settings, parse_mode
from goose_agent.errors import ConfigError


class Layers:
    def __init__(self, base: Path) -> None:
        self.user = base / "config.yaml"
        self.folder = base / "work"
        self.folder.mkdir()
        self.environ: dict[str, str] = {}

    def project(self, text: str) -> None:
        path = self.folder / ".goose-tui" / "config.yaml"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")

    def load(self, text: str | None = None, **flags: object) -> LoadedSettings:
        if text is not None:
            self.user.write_text(text, encoding="utf-8")
        return load_settings(self.user, self.folder, self.environ, flags)


@pytest.fixture
def layers(tmp_path: Path) -> Layers:
    return Layers(tmp_path)


def test_without_any_source_the_defaults_hold(layers: Layers) -> None:
    assert layers.load() == LoadedSettings(Settings())
    assert layers.load("") == LoadedSettings(Settings())
    assert layers.load("# nothing yet\n") == LoadedSettings(Settings())


def test_the_users_file_sets_everything(layers: Layers) -> None:
    text = """
model: openai/gpt
mode: plan
theme: moss
max_turns: 7
effort: off
max_cost: 2.5
max_tokens: 1000000
max_time: 1.5h
stream_timeout: 90
tool_shim: on
add_dirs: [../lib]
pass_env: [KUBE_CTX]
bandwidth: low
notify: off
judge: fast
keys: {app.quit: "ctrl+q, f10"}
"""
    assert layers.load(text) == LoadedSettings(
        Settings(
            model="openai/gpt",
            mode="plan",
            theme="moss",
            effort="off",
            max_turns=7,
            max_cost=2.5,
            max_tokens=1_000_000,
            max_time=5400.0,
            stream_timeout=90.0,
            tool_shim="on",
            add_dirs=("../lib",),
            pass_env=("KUBE_CTX",),
            bandwidth="low",
            notify="off",
            judge="fast",
            keys={"app.quit": "ctrl+q, f10"},
        )
    )


def test_flags_come_before_the_environment_and_that_before_the_file(layers: Layers) -> None:
    layers.environ = {"GOOSE_MODE": "approve", "GOOSE_MODEL": "anthropic/b", "GOOSE_MAX_TURNS": "5"}
    settings = layers.load("model: openai/a\nmax_turns: 9\n", mode="edits", model=None).settings
    assert (settings.model, settings.max_turns, settings.mode) == ("anthropic/b", 5, "edits")


def test_gooses_variables_for_models_count(layers: Layers) -> None:
    layers.environ = {"GOOSE_STREAM_TIMEOUT": "45", "GOOSE_TOOLSHIM": "true"}
    settings = layers.load("stream_timeout: 10\ntool_shim: off\n").settings
    assert (settings.stream_timeout, settings.tool_shim) == (45.0, "on")


@pytest.mark.parametrize(
    ("environ", "model"),
    [
        ({"GOOSE_PROVIDER": "openai", "GOOSE_MODEL": "gpt"}, "openai/gpt"),
        ({"GOOSE_PROVIDER": "openai", "GOOSE_MODEL": "openai/gpt"}, "openai/gpt"),
        ({"GOOSE_PROVIDER": "openai", "GOOSE_MODEL": "meta/llama"}, "openai/meta/llama"),
        ({"GOOSE_MODEL": "openai/gpt"}, "openai/gpt"),
        ({"GOOSE_PROVIDER": "openai"}, ""),
    ],
)
def test_gooses_own_variables_name_the_model(
    layers: Layers, environ: Mapping[str, str], model: str
) -> None:
    layers.environ = dict(environ)
    assert layers.load().settings.model == model


def test_gooses_own_keys_are_read(layers: Layers) -> None:
    text = "GOOSE_PROVIDER: openai\nGOOSE_MODEL: gpt\nGOOSE_MODE: smart_approve\nextensions: {}\n"
    assert layers.load(text) == LoadedSettings(Settings(model="openai/gpt", mode="smart"))


@pytest.mark.parametrize(
    ("mine", "theirs", "holds"),
    [
        ("smart", "plan", "plan"),
        ("smart", "auto", "smart"),
        ("auto", "approve", "approve"),
        ("chat", "auto", "chat"),
    ],
)
def test_a_folder_can_only_tighten_the_mode(
    layers: Layers, mine: str, theirs: str, holds: str
) -> None:
    layers.project(f"mode: {theirs}\n")
    assert layers.load(f"mode: {mine}\n").settings.mode == holds


def test_a_folder_sets_nothing_else(layers: Layers) -> None:
    layers.project("model: evil/x\nadd_dirs: [/]\npass_env: [AWS_SECRET]\nmax_turns: 5\n")
    assert layers.load().settings == Settings()


def test_an_unknown_key_is_a_warning_with_its_line_and_the_nearest_name(layers: Layers) -> None:
    loaded = layers.load("mode: plan\nmodell: x\n")
    assert loaded.settings.mode == "plan"
    (warning,) = loaded.warnings
    assert "config.yaml:2: modell" in warning
    assert "`model`" in warning


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mode: wild\n", "config.yaml:1: mode: there is no mode 'wild'"),
        ("theme: x\nmode: [plan]\n", "config.yaml:2: mode must be text"),
        ("max_turns: 0\n", "whole number from 1"),
        ("max_cost: 0\n", "max_cost must be a number above 0"),
        ("max_cost: true\n", "max_cost must be a number above 0"),
        ("max_tokens: 1.5\n", "max_tokens must be a whole number"),
        ("max_time: soon\n", "max_time must be a time such as 90s"),
        ("max_time: -5\n", "max_time must be a time"),
        ("tool_shim: maybe\n", "tool_shim must be auto, on or off"),
        ("max_turns: true\n", "whole number from 1"),
        ("max_turns: '3'\n", "whole number from 1"),
        ("add_dirs: here\n", "must be a list of texts"),
        ("add_dirs: [1]\n", "must be a list of texts"),
        ("bandwidth: slow\n", "must be one of auto, low, full"),
        ("notify: loud\n", "must be one of auto, bell, osc9, osc777, off"),
        ("keys: [a]\n", "must map ids of bindings to keys"),
        ("keys: {a: 1}\n", "must map ids of bindings to keys"),
        ("model: 5\n", "model must be text"),
        ("- a\n- b\n", "settings are `name: value` lines"),
        ("just words\n", "settings are `name: value` lines"),
        ("effort: hard\n", "config.yaml:1: effort must be one of off, low"),
        ("a: b: c\n", "config.yaml:1"),
        ("mode: plan\n\tx: 1\n", "config.yaml:2"),
        ("? [a]\n: b\n", "config.yaml"),
        ("when: 2026-13-45\n", "config.yaml"),
        ("x: !!python/object/apply:os.system [ls]\n", "config.yaml:1"),
        ("[" * 5000, "config.yaml"),
        ("a: &a [x]\nb: *c\n", "config.yaml:2"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(layers: Layers, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        layers.load(text)
    assert words in raised.value.message


def test_a_file_that_is_no_text_is_an_error(layers: Layers) -> None:
    layers.user.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"config\.yaml cannot be read"):
        layers.load()


def test_a_file_that_is_a_folder_is_an_error(layers: Layers) -> None:
    layers.user.mkdir()
    with pytest.raises(ConfigError, match=r"config\.yaml cannot be read"):
        layers.load()


@pytest.mark.parametrize("turns", ["0", "-1", "many", "²"])
def test_a_wrong_variable_is_named(layers: Layers, turns: str) -> None:
    layers.environ = {"GOOSE_MAX_TURNS": turns}
    with pytest.raises(ConfigError, match="GOOSE_MAX_TURNS"):
        layers.load()
    layers.environ = {"GOOSE_MODE": "wild"}
    with pytest.raises(ConfigError, match="GOOSE_MODE"):
        layers.load()


def test_modes_have_one_alias() -> None:
    assert parse_mode("smart_approve", "--mode") == "smart"
    with pytest.raises(ConfigError) as raised:
        parse_mode("", "--mode")
    assert "approve" in raised.value.hint


def test_one_variable_puts_everything_below_one_folder(tmp_path: Path) -> None:
    places = Places.of({"GOOSE_TUI_HOME": str(tmp_path)})
    assert places.sessions == tmp_path / "data" / "sessions"
    assert places.settings == tmp_path / "config" / "config.yaml"


def test_without_it_the_platform_decides() -> None:
    places = Places.of({})
    assert len({places.config, places.data, places.cache}) >= 2
    assert all("goose-tui" in str(place) for place in (places.config, places.data, places.cache))


def test_a_pipe_in_the_place_of_the_settings_does_not_hang(tmp_path: Path) -> None:
    layers = Layers(tmp_path)
    place = layers.folder / ".goose-tui"
    place.mkdir()
    os.mkfifo(place / "config.yaml")
    with pytest.raises(ConfigError, match="is not a file"):
        layers.load()


def test_a_huge_settings_file_is_not_read(tmp_path: Path) -> None:
    layers = Layers(tmp_path)
    with pytest.raises(ConfigError, match="larger than"):
        layers.load("# " + "x" * 1_000_001)


@pytest.mark.parametrize("text", ["judge: main", "judge: on", "profiles: {default: {judge: slow}}"])
def test_a_judge_is_the_fast_model_or_nobody(layers: Layers, text: str) -> None:
    with pytest.raises(ConfigError, match=r"judge.* must be one of off, fast"):
        layers.load(text)


def test_a_folders_own_settings_set_no_judge(layers: Layers) -> None:
    layers.project("judge: fast")
    assert layers.load("mode: smart").settings.judge == "off"

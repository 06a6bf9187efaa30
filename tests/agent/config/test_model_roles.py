"""Which model is there for what, from files, profiles, variables and flags."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.config.model_roles import ROLES, Lead, full_name
from goose_agent.config.settings import LoadedSettings, Settings, load_settings
from goose_agent.errors import ConfigError
from goose_agent.messages import ModelRole
from goose_agent.state.session_state import SessionState

PROFILES = """
model: a/plain
models: {planning: a/planner, fast: a/quick}
profiles:
  default: {models: {main: b/main, review: b/reviewer}}
  careful:
    models: {main: c/main, planning: c/planner}
    mode: approve
    lead: {turns: 2}
"""


def load(
    base: Path, text: str, environ: Mapping[str, str] | None = None, **flags: object
) -> LoadedSettings:
    file = base / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, base / "work", environ or {}, flags)


def roles(settings: Settings) -> dict[str, str]:
    others = {str(role): name for role, name in settings.models.items()}
    return {"main": settings.model} | others


@pytest.mark.parametrize(
    ("environ", "flags", "wanted"),
    [
        ({}, {}, "b/main a/planner b/reviewer a/quick"),
        ({}, {"profile": "careful"}, "c/main c/planner - a/quick"),
        ({"GOOSE_TUI_PROFILE": "careful"}, {}, "c/main c/planner - a/quick"),
        # What is named closer to the person wins, and a model before a profile.
        ({"GOOSE_TUI_PROFILE": "careful"}, {"profile": "default"}, "b/main a/planner b/reviewer a/quick"),
        ({"GOOSE_MODEL": "e/main"}, {}, "e/main a/planner b/reviewer a/quick"),
        ({"GOOSE_TUI_PROFILE": "careful", "GOOSE_MODEL": "e/main"}, {}, "e/main c/planner - a/quick"),
        ({"GOOSE_MODEL": "e/main"}, {"profile": "careful"}, "c/main c/planner - a/quick"),
        ({}, {"profile": "careful", "model": "f/main"}, "f/main c/planner - a/quick"),
        ({"GOOSE_PLANNER_MODEL": "e/planner"}, {}, "b/main e/planner b/reviewer a/quick"),
        (
            {"GOOSE_PROVIDER": "e", "GOOSE_FAST_MODEL": "org/quick"},
            {},
            "b/main a/planner b/reviewer e/org/quick",
        ),
    ],
)  # fmt: skip
def test_the_layers_of_models(
    tmp_path: Path, environ: dict[str, str], flags: dict[str, object], wanted: str
) -> None:
    settings = load(tmp_path, PROFILES, environ, **flags).settings
    found = [roles(settings).get(role, "-") for role in ("main", "planning", "review", "fast")]
    assert found == wanted.split()


def test_a_profile_brings_its_mode_and_its_lead_and_flags_outrank_them(tmp_path: Path) -> None:
    careful = load(tmp_path, PROFILES, profile="careful").settings
    assert (careful.mode, careful.lead) == ("approve", Lead(turns=2))
    assert load(tmp_path, PROFILES, profile="careful", mode="plan").settings.mode == "plan"
    assert load(tmp_path, PROFILES).settings.lead is None


def test_a_folder_brings_no_models_and_no_profiles(tmp_path: Path) -> None:
    project = tmp_path / "work" / ".goose-tui" / "config.yaml"
    project.parent.mkdir(parents=True)
    project.write_text(
        "profile: theirs\nmodels: {main: x/y, planning: x/y}\nlead: on\n"
        "profiles: {default: {models: {main: x/y}}}\n",
        encoding="utf-8",
    )
    assert load(tmp_path, "model: a/b") == LoadedSettings(Settings(model="a/b"))


def test_a_profile_that_does_not_exist_is_told_with_who_named_it_and_those_there_are(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError, match=r"--profile: there is no profile 'x'.*default, careful"):
        load(tmp_path, PROFILES, profile="x")
    with pytest.raises(ConfigError, match="GOOSE_TUI_PROFILE: there is no profile 'x'"):
        load(tmp_path, PROFILES, {"GOOSE_TUI_PROFILE": "x"})
    assert load(tmp_path, "", profile="default").settings.models == {}
    assert load(tmp_path, "profiles: {'2': {models: {fast: a/b}}}", {"GOOSE_TUI_PROFILE": "2"})
    with pytest.raises(ConfigError, match=r"config.yaml:1: profile: there is no .*none yet"):
        load(tmp_path, "profile: x\n")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("models:\n  plannig: a/b\n", 2, "models.plannig is not a setting. Did you mean `planning`?"),
        ("profiles:\n  p:\n    plugins: []\n", 3, "profiles.p.plugins is not a setting."),
        ("lead:\n  turns: 2\n  fails: 3\n", 3, "lead.fails is not a setting."),
    ],
)  # fmt: skip
def test_an_unknown_name_deep_in_the_file_is_a_warning_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    (warning,) = load(tmp_path, text, profile="p" if "profiles" in text else None).warnings
    assert f"config.yaml:{line}: {words}" in warning


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models: a/b", "config.yaml:1: models must map"),
        ("models:\n  fast: 3", "config.yaml:2: models.fast must name a model"),
        ("profiles: [a]", "config.yaml:1: profiles must map"),
        ("profiles:\n  default: a/b", "config.yaml:2: profiles.default must map"),
        ("profiles:\n  default:\n    mode: wild", "config.yaml:3: profiles.default.mode: there is no"),
        ("lead: {turns: 0}", "config.yaml:1: lead.turns must be a whole number from 1"),
        ("lead: maybe", "config.yaml:1: lead must be on, off, or numbers"),
        ("GOOSE_PLANNER_MODEL: 3", "config.yaml:1: GOOSE_PLANNER_MODEL must be text"),
        ("titles: sometimes", "config.yaml:1: titles must be auto, on or off"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "moderator", ["moderator: truncate", "moderator: passive", "", "moderator: openai/o3"]
)
def test_a_profile_of_the_first_goose_is_understood(tmp_path: Path, moderator: str) -> None:
    text = f"""
profiles:
  default:
    provider: openai
    processor: gpt-5
    accelerator: gpt-5-mini
    {moderator}
"""
    loaded = load(tmp_path, text)
    planning = {"planning": "openai/o3"} if "/" in moderator else {}
    wanted = {"main": "openai/gpt-5", "fast": "openai/gpt-5-mini", **planning}
    assert (roles(loaded.settings), loaded.warnings) == (wanted, ())


@pytest.mark.parametrize("in_file", [True, False])
def test_gooses_names_for_a_lead_switch_it_on(tmp_path: Path, in_file: bool) -> None:
    said = {
        "GOOSE_PROVIDER": "openai",
        "GOOSE_MODEL": "gpt-5-mini",
        "GOOSE_LEAD_MODEL": "gpt-5",
        "GOOSE_LEAD_TURNS": "5",
        "GOOSE_LEAD_FAILURE_THRESHOLD": "4",
        "GOOSE_LEAD_FALLBACK_TURNS": "1",
    }
    text = "".join(f"{name}: {value}\n" for name, value in said.items()) if in_file else ""
    loaded = load(tmp_path, text, {} if in_file else said)
    wanted = {"main": "openai/gpt-5-mini", "lead": "openai/gpt-5"}
    assert (roles(loaded.settings), loaded.warnings) == (wanted, ())
    assert loaded.settings.lead == Lead(5, 4, 1)


def test_a_number_among_the_variables_outranks_the_file_and_switches_nothing_on(
    tmp_path: Path,
) -> None:
    environ = {"GOOSE_LEAD_TURNS": "7"}
    assert load(tmp_path, "lead: on", environ).settings.lead == Lead(turns=7)
    assert load(tmp_path, "lead: off", environ).settings.lead is None
    assert load(tmp_path, "", environ).settings.lead is None


@pytest.mark.parametrize(
    ("text", "environ", "titles"),
    [
        ("", {}, "auto"),
        ("titles: off", {}, "off"),
        ("titles: on", {"GOOSE_DISABLE_SESSION_NAMING": "true"}, "off"),
        ("GOOSE_DISABLE_SESSION_NAMING: true", {}, "off"),
        ("GOOSE_DISABLE_SESSION_NAMING: false", {}, "auto"),
    ],
)
def test_titles_by_a_model_can_be_switched_off(
    tmp_path: Path, text: str, environ: dict[str, str], titles: str
) -> None:
    assert load(tmp_path, text, environ).settings.titles == titles


_names = st.sampled_from(("a/one", "a/two", "b/three"))


@given(st.dictionaries(st.sampled_from(ROLES), _names), _names)
def test_every_role_has_a_model_its_own_or_the_main_one(
    models: dict[ModelRole, str], main: str
) -> None:
    models.pop("main", None)
    state = SessionState(model=main, models=models)
    for role in ROLES:
        own = models.get(role)
        if role == "lead" and own is None:
            own = models.get("planning")
        assert state.model_of(role) == (own or main)


@given(st.sampled_from(("", "openai", "meta")), st.sampled_from(("x", "meta/x", "openai/meta/x")))
def test_a_full_name_is_made_once(provider: str, model: str) -> None:
    name = full_name(provider, model)
    assert full_name(provider, name) == name
    assert name.endswith(model)


def test_a_large_file_of_nothing_known_is_read_in_good_time(tmp_path: Path) -> None:
    text = "".join(f"k{number}: 1\n" for number in range(5000))
    loaded = load(tmp_path, text)
    assert len(loaded.warnings) == 5000
    assert all(
        f":{line}: " in warning
        for line, warning in itertools.islice(enumerate(loaded.warnings, 1), 9)
    )

"""Settings in layers: defaults, the user's file, the folder's file, the environment, flags.

A folder's file comes from whoever made the folder, so that it can only tighten: of its keys only
`mode` counts, and only where it is stricter than what holds without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct, field

from goose_agent.config.amounts import Switch, amount, count, duration, switch
from goose_agent.config.compaction import (
    CompactionSettings,
    read_review,
    read_strategy,
    read_threshold,
)
from goose_agent.config.extension_choice import read_after_edit, read_extensions
from goose_agent.config.model_roles import (
    GOOSE_MODEL_KEYS,
    Lead,
    goose_lead,
    goose_models,
    read_lead,
    read_models,
)
from goose_agent.config.profiles import CHECKED_LATER, DEFAULT, profile_values
from goose_agent.config.source import Source, read_source
from goose_agent.errors import ConfigError
from goose_agent.events import Mode
from goose_agent.evolve import evolve
from goose_agent.messages import Effort, ModelRole

__all__ = [
    "HINT_NAMES",
    "STRICTNESS",
    "Bandwidth",
    "Judging",
    "LoadedSettings",
    "Notify",
    "Settings",
    "TokenCounting",
    "load_settings",
    "parse_mode",
]

STRICTNESS: tuple[Mode, ...] = ("chat", "plan", "approve", "smart", "edits", "auto")
"""The modes, the strictest first."""

HINT_NAMES = (".goosehints", "AGENTS.md")
"""What hint files are called, where nothing else is set."""

_MODE_ALIASES = {"smart_approve": "smart"}

Bandwidth = Literal["auto", "low", "full"]
Judging = Literal["off", "fast"]
"""Nobody, or the model for small things."""
TokenCounting = Literal["auto", "o200k", "provider", "estimate"]
"""`auto`: OpenAI's tokenizer for its models, an estimate for others. `o200k`: that tokenizer for all.
`provider`: the service itself where it counts for nothing, else as `auto`."""
Notify = Literal["auto", "bell", "osc9", "osc777", "off"]
"""How the terminal is asked to call a person who looks elsewhere."""


class Settings(Struct, frozen=True):
    """What a user can set."""

    profile: str = ""
    """The profile that is named; empty for `default`, where there is one."""
    model: str = ""
    """`provider/model`; empty to take what is found."""
    models: Mapping[ModelRole, str] = field(default_factory=dict)
    """Those of other roles than `main`; without a provider's name of the main model's."""
    lead: Lead | None = None
    """How another model leads; None for not at all."""
    titles: Switch = "auto"
    """Whether a model names sessions; `auto` where a fast one is there for small things."""
    mode: Mode = "smart"
    judge: Judging = "off"
    """Who says in mode smart whether a call only reads that nothing surer is known of."""
    theme: str = ""
    """Name of a theme; empty for the default."""
    effort: Effort | None = None
    """How hard the model is to think; None leaves it to the provider."""
    max_turns: int = 1000
    """Most model calls in one turn."""
    max_cost: float | None = None
    """US dollars a session may cost; None for no limit."""
    max_tokens: int | None = None
    """Tokens, input and output, that a session may use."""
    max_time: float | None = None
    """Seconds that models and tools may work in a session."""
    stream_timeout: float | None = None
    """Seconds for which a model may send nothing whole; None for the default."""
    tool_shim: Switch = "auto"
    """Whether calls are read from the model's text; `auto` for models known to need it."""
    lean: Switch = "auto"
    """Whether models get a short prompt and few tools; `auto` for those with a small window."""
    compaction: CompactionSettings = CompactionSettings()
    """When and how conversations are made smaller."""
    add_dirs: tuple[str, ...] = ()
    """Further folders the agent works in."""
    pass_env: tuple[str, ...] = ()
    """Further environment variables that programs started by tools may see."""
    token_counting: TokenCounting = "auto"
    """Who counts the tokens of a request before its model reports them."""
    bandwidth: Bandwidth = "auto"
    detach: float = 0.0
    """Seconds for which calls that run may go on after a hang-up; 0 for not at all."""
    notify: Notify = "auto"
    """`auto` takes what the terminal is known to understand, else its bell."""
    context_file_names: tuple[str, ...] = HINT_NAMES
    """What hint files are called; none for no hints."""
    after_edit: tuple[tuple[str, str], ...] = ()
    """Commands that look at files after an edit: a pattern of their names, and the command each."""
    private_hosts: tuple[str, ...] = ()
    """Hosts on a private network that pages may be fetched from."""
    extensions: tuple[str, ...] | None = None
    """The extensions there are to be, by name; None for the usual ones."""
    extensions_off: frozenset[str] = frozenset()
    """Usual ones that are not to be there."""
    extension_roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For the name of an extension the names of those that fill its roles."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Other keys for bindings, by the binding's id; several with commas."""


class LoadedSettings(Struct, frozen=True):
    """Settings and what was odd about their sources."""

    settings: Settings
    warnings: tuple[str, ...] = ()


def load_settings(
    user_file: Path, folder: Path, environ: Mapping[str, str], flags: Mapping[str, Any]
) -> LoadedSettings:
    """The settings that hold.

    Args:
        user_file: the user's settings; need not exist.
        folder: the working folder; its `.goose-tui/config.yaml` need not exist.
        environ: `GOOSE_PROVIDER`, `GOOSE_MODEL`, `GOOSE_MODE`, `GOOSE_MAX_TURNS`,
            `GOOSE_STREAM_TIMEOUT`, `GOOSE_THINKING_EFFORT`, `GOOSE_TOOLSHIM`,
            `GOOSE_DISABLE_SESSION_NAMING`, `GOOSE_AUTO_COMPACT_THRESHOLD`, `GOOSE_CONTEXT_STRATEGY`,
            `GOOSE_TOOL_PAIR_SUMMARIZATION`, `CONTEXT_FILE_NAMES`, `GOOSE_TUI_LEAN`, `GOOSE_TUI_NOTIFY`,
            `GOOSE_TUI_PROFILE`, and Goose's names for the models
            that plan, lead and do small things.
        flags: settings by name, from the command line; None counts as not given.

    Raises:
        ConfigError: a file or a value is wrong; says file, line and key.
    """
    warnings: list[str] = []
    source = read_source(user_file, warnings)
    file, named, given = _checked(source), _from_environ(environ), _given(flags)
    said = {**(source.values if source else {}), **environ}
    where = partial(_where, source, environ)
    named["models"] = goose_models(said, environ, where)
    layers = [file, named]
    # Who names a profile on the command line means it more than what the environment says.
    at = 2 if given.get("profile") else 1
    layers.insert(at, _profile(source, file, named, given))
    settings = Settings()
    for layer in (*layers, given):
        settings = _over(settings, layer)
    settings = evolve(settings, lead=goose_lead(settings.lead, said, where))
    project = _checked(read_source(folder / ".goose-tui" / "config.yaml", warnings))
    if (mode := project.get("mode")) is not None:
        settings = evolve(settings, mode=min(settings.mode, mode, key=STRICTNESS.index))
    return LoadedSettings(settings, tuple(warnings))


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def _over(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """Settings with those of a stronger layer; models are laid over one another by role."""
    models = {**settings.models, **values.get("models", {})}
    main = models.pop("main", "")
    own = {name: value for name, value in values.items() if name not in _COMPACTION}
    compaction = {_COMPACTION[name]: values[name] for name in values.keys() & _COMPACTION.keys()}
    own["compaction"] = evolve(settings.compaction, **compaction)
    changed = evolve(settings, **{**own, "models": models})
    return evolve(changed, model=main) if main else changed


def _where(source: Source | None, environ: Mapping[str, str], name: str) -> str:
    return name if name in environ or source is None else source.where(name)


def _profile(
    source: Source | None,
    file: Mapping[str, Any],
    named: Mapping[str, Any],
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """What the profile sets that the strongest of these layers names."""
    in_file = source.where("profile") if source is not None else ""
    named_by = ((given, "--profile"), (named, "GOOSE_TUI_PROFILE"), (file, in_file))
    name, where = next(
        ((layer["profile"], where) for layer, where in named_by if layer.get("profile")), ("", "")
    )
    values = profile_values(source, name, where)
    if source is not None:
        for key in CHECKED_LATER & values.keys():
            values[key] = _CHECKS[key](source.where("profiles", name or DEFAULT, key), values[key])
    return values


def parse_mode(text: str, where: str) -> Mode:
    """The mode called `text`.

    Raises:
        ConfigError: there is no such mode.
    """
    word = _MODE_ALIASES.get(text, text)
    for mode in STRICTNESS:
        if mode == word:
            return mode
    raise ConfigError(f"{where}: there is no mode {text!r}.", f"Modes: {', '.join(STRICTNESS)}.")


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    provider, model = environ.get("GOOSE_PROVIDER", ""), environ.get("GOOSE_MODEL", "")
    if model and provider and not model.startswith(f"{provider}/"):
        values["model"] = f"{provider}/{model}"
    elif model:
        values["model"] = model
    if mode := environ.get("GOOSE_MODE"):
        values["mode"] = parse_mode(mode, "GOOSE_MODE")
    for variable, name in (_VARIABLES | _OWN_VARIABLES).items():
        if word := environ.get(variable):
            number = word.isdecimal() and name != "profile"
            values[name] = _CHECKS[name](variable, int(word) if number else word)
    if word := environ.get(_NAMELESS):
        values["titles"] = _titles(_NAMELESS, word)
    return values


def _checked(source: Source | None) -> dict[str, Any]:
    """The settings in a file, by their names here."""
    values: dict[str, Any] = {}
    if source is None:
        return values
    for key, value in source.values.items():
        name = _GOOSE_KEYS.get(str(key), str(key))
        if (check := _CHECKS.get(name)) is not None:
            values[name] = check(source.where(key), value)
        elif name == "models":
            values[name] = read_models(source, value, key)
        elif name == "lead":
            values[name] = read_lead(source, value, key)
        elif name == _NAMELESS:
            values["titles"] = _titles(source.where(key), value)
        elif name == "extensions":
            values |= read_extensions(source.where(key), value)
        elif name not in _READ_ELSEWHERE:
            source.unknown((*_CHECKS, "models", "lead", "profiles", "extensions"), key)
    if "GOOSE_PROVIDER" in source.values and "model" in values and "/" not in values["model"]:
        values["model"] = f"{source.values['GOOSE_PROVIDER']}/{values['model']}"
    goose = goose_models(source.values, source.values, source.where)
    return {**values, "models": {**goose, **values.get("models", {})}}


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{where} must be text.")
    return value


def _texts(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where} must be a list of texts.")
    return tuple(value)


def _file_names(where: str, value: object) -> tuple[str, ...]:
    """Names as a list, or as JSON in a text: an environment has nothing else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ConfigError(f'{where} must be a JSON list, such as ["AGENTS.md"].') from None
    names = _texts(where, value)
    if any("/" in name or not name.strip(".") for name in names):
        raise ConfigError(f"{where} must be names of files, without folders.")
    return names


def _mode(where: str, value: object) -> Mode:
    return parse_mode(_text(where, value), where)


def _titles(where: str, value: object) -> Switch:
    """Whether sessions are named, where what is said is that they are not."""
    return "off" if switch(where, value) == "on" else "auto"


def _bandwidth(where: str, value: object) -> str:
    if value not in get_args(Bandwidth):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(Bandwidth))}.")
    return str(value)


def _notify(where: str, value: object) -> str:
    word = "off" if value is False else value
    if word not in get_args(Notify):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(Notify))}.")
    return str(word)


def _detach(where: str, value: object) -> float:
    return 0.0 if value in (False, 0, "off") else duration(where, value)


def _judge(where: str, value: object) -> str:
    # YAML takes `off` for a truth value.
    word = "off" if value is False else value
    if word not in get_args(Judging):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(Judging))}.")
    return str(word)


def _token_counting(where: str, value: object) -> str:
    if value not in get_args(TokenCounting):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(TokenCounting))}.")
    return str(value)


def _effort(where: str, value: object) -> str:
    # YAML takes `off` for a truth value.
    word = "off" if value is False else value
    if word not in get_args(Effort):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(Effort))}.")
    return str(word)


def _keys(where: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ConfigError(f"{where} must map ids of bindings to keys.")
    return {str(key): item for key, item in value.items()}


_CHECKS: dict[str, Callable[[str, object], Any]] = {
    "model": _text,
    "profile": _text,
    "mode": _mode,
    "judge": _judge,
    "theme": _text,
    "effort": _effort,
    "max_turns": count,
    "max_cost": amount,
    "max_tokens": count,
    "max_time": duration,
    "stream_timeout": duration,
    "tool_shim": switch,
    "lean": switch,
    "titles": switch,
    "auto_compact_threshold": read_threshold,
    "context_strategy": read_strategy,
    "compaction_review": read_review,
    "compact_results": lambda where, value: switch(where, value) != "off",
    "add_dirs": _texts,
    "pass_env": _texts,
    "private_hosts": _texts,
    "after_edit": read_after_edit,
    "token_counting": _token_counting,
    "bandwidth": _bandwidth,
    "notify": _notify,
    "detach": _detach,
    "context_file_names": _file_names,
    "keys": _keys,
}
_VARIABLES = {
    "GOOSE_MAX_TURNS": "max_turns",
    "GOOSE_THINKING_EFFORT": "effort",
    "GOOSE_STREAM_TIMEOUT": "stream_timeout",
    "GOOSE_TOOLSHIM": "tool_shim",
    "GOOSE_TUI_PROFILE": "profile",
    "CONTEXT_FILE_NAMES": "context_file_names",
    "GOOSE_AUTO_COMPACT_THRESHOLD": "auto_compact_threshold",
    "GOOSE_CONTEXT_STRATEGY": "context_strategy",
    "GOOSE_TOOL_PAIR_SUMMARIZATION": "compact_results",
}
"""Goose's own variables and keys, besides those of models and mode, and one of ours."""
_COMPACTION = {
    "auto_compact_threshold": "threshold",
    "context_strategy": "strategy",
    "compaction_review": "review",
    "compact_results": "results",
}
"""Settings that make up those of compaction, by their names there."""
_NAMELESS = "GOOSE_DISABLE_SESSION_NAMING"
_OWN_VARIABLES = {"GOOSE_TUI_LEAN": "lean", "GOOSE_TUI_NOTIFY": "notify"}
_GOOSE_KEYS = {"GOOSE_MODEL": "model", "GOOSE_MODE": "mode", **_VARIABLES}
_READ_ELSEWHERE = {"profiles", *GOOSE_MODEL_KEYS, "GOOSE_TELEMETRY_ENABLED"}
"""Keys that are read together with others, and those of Goose's own file that mean nothing yet."""

"""Settings in layers: defaults, the user's file, the folder's file, the environment, flags.

A folder's file comes from whoever made the folder, so that it can only tighten: of its keys only
`mode` counts, and only where it is stricter than what holds without it.
"""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct, field

from goose_agent.config.amounts import Switch, amount, count, duration, switch
from goose_agent.errors import ConfigError
from goose_agent.events import Mode
from goose_agent.evolve import evolve
from goose_agent.messages import Effort

__all__ = ["STRICTNESS", "Bandwidth", "LoadedSettings", "Settings", "load_settings", "parse_mode"]

STRICTNESS: tuple[Mode, ...] = ("chat", "plan", "approve", "smart", "edits", "auto")
"""The modes, the strictest first."""

_LARGEST = 1_000_000
"""Bytes of a settings file."""

_MODE_ALIASES = {"smart_approve": "smart"}

Bandwidth = Literal["auto", "low", "full"]


class Settings(Struct, frozen=True):
    """What a user can set."""

    model: str = ""
    """`provider/model`; empty to take what is found."""
    mode: Mode = "smart"
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
    add_dirs: tuple[str, ...] = ()
    """Further folders the agent works in."""
    pass_env: tuple[str, ...] = ()
    """Further environment variables that programs started by tools may see."""
    bandwidth: Bandwidth = "auto"
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
            `GOOSE_STREAM_TIMEOUT`, `GOOSE_THINKING_EFFORT`, `GOOSE_TOOLSHIM`.
        flags: settings by name, from the command line; None counts as not given.

    Raises:
        ConfigError: a file or a value is wrong; says file, line and key.
    """
    warnings: list[str] = []
    settings = Settings()
    if (values := _read(user_file, warnings)) is not None:
        settings = evolve(settings, **values)
    project = _read(folder / ".goose-tui" / "config.yaml", warnings)
    settings = evolve(settings, **_from_environ(environ))
    settings = evolve(settings, **{k: v for k, v in flags.items() if v is not None})
    if project and (mode := project.get("mode")) is not None:
        settings = evolve(settings, mode=min(settings.mode, mode, key=STRICTNESS.index))
    return LoadedSettings(settings, tuple(warnings))


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
    for variable, name in _VARIABLES.items():
        if word := environ.get(variable):
            values[name] = _CHECKS[name](variable, int(word) if word.isdecimal() else word)
    return values


def _read(path: Path, warnings: list[str]) -> dict[str, Any] | None:
    try:
        text = _content(path).decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    import yaml  # only where there is a file to read

    try:
        node = yaml.compose(text, yaml.SafeLoader)
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise ConfigError(f"{path}{line}: {problem}.") from error
    except (ValueError, RecursionError) as error:  # a date that does not exist, and the like
        raise ConfigError(f"{path}: {error}.") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict) or not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{path}:1: settings are `name: value` lines.")
    lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
    return _checked(path, lines, loaded, warnings)


def _content(path: Path) -> bytes:
    """What a file holds; a pipe that somebody left there does not hang us, nor a huge file."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ConfigError(f"{path} is not a file.")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ConfigError(f"{path} is larger than {_LARGEST} bytes.")
    return content


def _checked(
    path: Path, lines: Mapping[str, int], loaded: Mapping[Any, Any], warnings: list[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in loaded.items():
        where = f"{path}:{lines.get(str(key), 1)}: {key}"
        name = _GOOSE_KEYS.get(str(key), str(key))
        check = _CHECKS.get(name)
        if check is None:
            if str(key) in _GOOSE_ONLY:
                continue
            near = difflib.get_close_matches(str(key), _CHECKS, 1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            warnings.append(f"{where} is not a setting.{meant}")
            continue
        values[name] = check(where, value)
    if "GOOSE_PROVIDER" in loaded and "model" in values and "/" not in values["model"]:
        values["model"] = f"{loaded['GOOSE_PROVIDER']}/{values['model']}"
    return values


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{where} must be text.")
    return value


def _texts(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where} must be a list of texts.")
    return tuple(value)


def _mode(where: str, value: object) -> Mode:
    return parse_mode(_text(where, value), where)


def _bandwidth(where: str, value: object) -> str:
    if value not in get_args(Bandwidth):
        raise ConfigError(f"{where} must be one of {', '.join(get_args(Bandwidth))}.")
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
    "mode": _mode,
    "theme": _text,
    "effort": _effort,
    "max_turns": count,
    "max_cost": amount,
    "max_tokens": count,
    "max_time": duration,
    "stream_timeout": duration,
    "tool_shim": switch,
    "add_dirs": _texts,
    "pass_env": _texts,
    "bandwidth": _bandwidth,
    "keys": _keys,
}
_VARIABLES = {
    "GOOSE_MAX_TURNS": "max_turns",
    "GOOSE_THINKING_EFFORT": "effort",
    "GOOSE_STREAM_TIMEOUT": "stream_timeout",
    "GOOSE_TOOLSHIM": "tool_shim",
}
"""Goose's own variables and keys, besides those of model and mode."""
_GOOSE_KEYS = {"GOOSE_MODEL": "model", "GOOSE_MODE": "mode", **_VARIABLES}
_GOOSE_ONLY = {"GOOSE_PROVIDER", "extensions", "GOOSE_TELEMETRY_ENABLED"}
"""Keys of Goose's own file that mean nothing here yet."""

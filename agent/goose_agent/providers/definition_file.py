"""Reading a provider's definition: YAML or JSON, our own keys and those of Goose's custom providers.

    name: acme
    engine: openai
    display_name: Acme
    base_url: https://${ACME_REGION}.acme.example/v1
    api_key_env: ACME_API_KEY
    models:
    - {name: acme-large, context_limit: 200000, input_price: 1.5, output_price: 6}

Prices are US dollars for a million tokens; Goose's `input_token_cost` is for one token.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from goose_agent.errors import ConfigError
from goose_agent.providers.definition import CREDENTIALS, Definition, ListedModel, Variable
from goose_agent.providers.definition_values import (
    Steps,
    Wrong,
    read_address,
    read_count,
    read_flag,
    read_header,
    read_headers,
    read_name,
    read_price,
    read_seconds,
    read_text,
    read_texts,
    read_token_cost,
    read_variable,
)
from goose_agent.providers.model import ModelInfo

__all__ = ["Parsed", "parse_definition"]

_ENGINE_ALIASES = {
    "openai_compatible": "openai",
    "anthropic_compatible": "anthropic",
    "ollama_compatible": "ollama",
}
_ABILITIES = {"tools", "vision", "thinking"}
_SILENT = frozenset(
    """
    base_path catalog_provider_id skip_canonical_filtering default_model is_custom
    session_id_header_override requires_reasoning_content_on_all_messages
    """.split()  # noqa: SIM905 # names read better as words in lines than as literals
)
"""Goose's keys that change nothing here, or are read beside another."""


class Parsed(NamedTuple):
    """A definition, and what was odd about its file."""

    definition: Definition
    warnings: tuple[str, ...]


class _Check(NamedTuple):
    field: str
    read: Callable[[Steps, object], object]


def parse_definition(text: str, source: str, engines: tuple[str, ...]) -> Parsed:
    """The definition in a file; keys that mean nothing are told and passed over.

    Args:
        text: what the file holds.
        source: its path, for messages; a name that ends in `.json` is read as JSON.
        engines: the wire formats there are.

    Raises:
        ConfigError: it is no definition; says file, line and key, and what to write.
    """
    value = _loaded(text, source)
    try:
        if not isinstance(value, dict):
            raise Wrong((), "a provider is `key: value` lines", "See docs/providers.md.")
        odd: list[Wrong] = []
        definition = _definition(value, source, engines, odd)
    except Wrong as wrong:
        raise ConfigError(
            f"{_where(text, source, wrong.path)}: {wrong.problem}.", wrong.hint
        ) from None
    warnings = (f"{_where(text, source, w.path)}: {w.problem}. {w.hint}" for w in odd)
    return Parsed(definition, tuple(warnings))


def _where(text: str, source: str, path: Steps) -> str:
    key = ".".join(step for step in path if isinstance(step, str))
    return f"{source}:{_line(text, path)}" + (f": {key}" if key else "")


def _loaded(text: str, source: str) -> object:
    if source.endswith(".json"):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise ConfigError(
                f"{source}:{error.lineno}: this is not JSON: {error.msg}.", "Mend that line."
            ) from None
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{source}: this is not JSON: {error}.", "Mend the file.") from None
    import yaml  # only where there is a YAML file to read

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "characters that it may not have"
        raise ConfigError(
            f"{source}{line}: this is not YAML: {problem}.", "Mend that line."
        ) from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{source}: this is not YAML: {error}.", "Mend the file.") from None


def _line(text: str, path: Steps) -> int:
    """The line, from 1, where the value at a path stands, or the nearest thing around it."""
    import yaml  # only where there is an error to place

    try:
        # JSON is YAML but for tabs.
        node = yaml.compose(text.replace("\t", " "), yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return 1
    line = 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == step]
            if not found:
                break
            key, node = found[-1]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _read(
    here: Steps, item: Mapping[Any, Any], checks: Mapping[str, _Check], odd: list[Wrong]
) -> dict[str, Any]:
    """The values of a mapping by our fields; `null` counts as not there, as Goose writes it."""
    found: dict[str, Any] = {}
    for key, value in item.items():
        path = (*here, str(key))
        check = checks.get(str(key))
        if check is None:
            if str(key) not in _SILENT:
                odd.append(_unknown(path, str(key), checks))
        elif value is not None:
            read = check.read(path, value)
            if check.field:
                found[check.field] = read
    return found


def _definition(
    value: dict[Any, Any], source: str, engines: tuple[str, ...], odd: list[Wrong]
) -> Definition:
    found = _read((), value, _CHECKS, odd)
    for key in ("name", "engine", "base_url"):
        if not found.get(key):
            raise Wrong((), f"{key} is missing", f"Add a line `{key}: …`.")
    found["engine"] = _engine(found["engine"], engines)
    found.setdefault("display_name", found["name"])
    if base_path := value.get("base_path"):
        path = read_text(("base_path",), base_path)
        found["base_url"] = _joined(found["base_url"], path)
    if not found.get("api_key_env") and found["engine"] not in CREDENTIALS:
        found["requires_auth"] = False
    name = found["name"]
    found["models"] = tuple(_model(name, at, item, odd) for at, item in found.pop("models", ()))
    variables = found.pop("variables", ())
    found["variables"] = tuple(_variable(at, item, odd) for at, item in variables)
    return Definition(**found, source=source)


def _engine(word: str, engines: tuple[str, ...]) -> str:
    engine = _ENGINE_ALIASES.get(word.strip().lower(), word.strip().lower())
    if engine not in engines:
        raise Wrong(("engine",), f"there is no engine {word}", f"Engines: {', '.join(engines)}.")
    return engine


def _joined(base_url: str, base_path: str) -> str:
    """Goose's `base_path` takes the place of the address's own path."""
    scheme, colons, rest = base_url.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}{colons}{host}/{base_path.lstrip('/')}"


def _unknown(path: Steps, key: str, known: Mapping[str, object]) -> Wrong:
    near = difflib.get_close_matches(key, known, 1)
    hint = f"Did you mean `{near[0]}`?" if near else "Remove it; docs/providers.md has them all."
    return Wrong(path, "there is no such key", hint)


def _items(path: Steps, value: object) -> tuple[tuple[int, dict[str, Any]], ...]:
    if not isinstance(value, list):
        raise Wrong(path, "this must be a list", "Begin each entry with a dash.")
    entries = []
    for at, item in enumerate(value):
        entry = {"name": item} if isinstance(item, str) else item
        if not isinstance(entry, dict):
            raise Wrong((*path, at), "an entry is `key: value` lines", "Give it at least a name.")
        entries.append((at, entry))
    return tuple(entries)


def _variable(at: int, item: dict[str, Any], odd: list[Wrong]) -> Variable:
    here: Steps = ("env_vars", at)
    read = _read(here, item, _VARIABLE_KEYS, odd)
    if not read.get("name"):
        raise Wrong(here, "a variable needs a name", "Add `name: …`.")
    read.setdefault("required", not read.get("default"))
    return Variable(**read)


def _model(provider: str, at: int, item: dict[str, Any], odd: list[Wrong]) -> ListedModel:
    here: Steps = ("models", at)
    read = _read(here, item, _MODEL_KEYS, odd)
    name = read.pop("name", "")
    if not name:
        raise Wrong(here, "a model needs a name", "Add `name: …`.")
    abilities = read.pop("abilities", ())
    if unknown := set(abilities) - _ABILITIES:
        hint = f"Abilities: {', '.join(sorted(_ABILITIES))}."
        raise Wrong((*here, "abilities"), f"there is no ability {min(unknown)}", hint)
    read["sees"] = not abilities or "vision" in abilities
    if read.pop("reasoning", False):
        abilities = tuple(dict.fromkeys((*abilities, "thinking")))
    if read.pop("currency", "$") not in ("$", "USD", "usd"):
        read = {key: value for key, value in read.items() if not key.endswith("_price")}
    return ListedModel(ModelInfo(f"{provider}/{name}", **read), abilities)


def _anything(path: Steps, value: object) -> object:
    return value


_CHECKS: Mapping[str, _Check] = {
    "name": _Check("name", read_name),
    "engine": _Check("engine", read_text),
    "display_name": _Check("display_name", read_text),
    "description": _Check("description", read_text),
    "base_url": _Check("base_url", read_address),
    "api_key_env": _Check("api_key_env", read_variable),
    "api_key_header": _Check("api_key_header", read_header),
    "requires_auth": _Check("requires_auth", read_flag),
    "headers": _Check("headers", read_headers),
    "env_vars": _Check("variables", _items),
    "models": _Check("models", _items),
    "models_url": _Check("models_url", read_address),
    "dynamic_models": _Check("dynamic_models", read_flag),
    "timeout_seconds": _Check("timeout_seconds", read_seconds),
    "supports_streaming": _Check("supports_streaming", read_flag),
    "supports_stream_options": _Check("supports_stream_options", read_flag),
    "holds_schemas": _Check("holds_schemas", read_flag),
    "preserves_thinking": _Check("preserves_thinking", read_flag),
    "fast_model": _Check("fast_model", read_text),
    "key_url": _Check("key_url", read_address),
    "model_doc_link": _Check("model_doc_link", read_text),
    "setup_steps": _Check("setup_steps", read_texts),
    "start_hint": _Check("start_hint", read_text),
}
_VARIABLE_KEYS: Mapping[str, _Check] = {
    "name": _Check("name", read_variable),
    "default": _Check("default", read_text),
    "required": _Check("required", read_flag),
    "secret": _Check("secret", read_flag),
    "primary": _Check("", _anything),
    "also": _Check("also", read_texts),
    "description": _Check("description", read_text),
}
_MODEL_KEYS: Mapping[str, _Check] = {
    "name": _Check("name", read_text),
    "context_limit": _Check("window", read_count),
    "output_limit": _Check("max_output", read_count),
    "max_tokens": _Check("max_output", read_count),
    "input_price": _Check("input_price", read_price),
    "output_price": _Check("output_price", read_price),
    "cache_read_price": _Check("cache_read_price", read_price),
    "cache_write_price": _Check("cache_write_price", read_price),
    "input_token_cost": _Check("input_price", read_token_cost),
    "output_token_cost": _Check("output_price", read_token_cost),
    "abilities": _Check("abilities", read_texts),
    "reasoning": _Check("reasoning", read_flag),
    "tool_shim": _Check("tool_shim", read_flag),
    "tiny_prompt": _Check("tiny_prompt", read_flag),
    "currency": _Check("currency", _anything),
    "supports_cache_control": _Check("", _anything),
}

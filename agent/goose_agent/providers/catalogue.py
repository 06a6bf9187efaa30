"""What is known of models before they are asked: windows, longest answers, prices.

`catalogue.json` has them by provider, the ones to offer first first. `window` and `output` are in
tokens, prices in US dollars for a million tokens at the rate of short prompts. `thinking` is one of
`ThinkingMode`, and `levels` where only `efforts` are given; `off` and `budget` are as in
`ThinkingKind`. `effort_with_tools` is the one reasoning effort that goes with tools over Chat
Completions. `sees` is false for a model that cannot be shown pictures. `tool_shim` is true
for a model whose calls are to be read from its text, `tiny_prompt` for one that wants the short
prompt. It is JSON and not YAML since the first model of a
session waits for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from goose_agent.providers.efforts import ThinkingKind
from goose_agent.providers.model import ModelInfo

__all__ = ["known_models", "lookup", "lookup_like", "thinking_of", "trait"]

_FIELDS = {
    "window": "window",
    "output": "max_output",
    "input_price": "input_price",
    "output_price": "output_price",
    "cache_read_price": "cache_read_price",
    "cache_write_price": "cache_write_price",
    "sees": "sees",
    "tool_shim": "tool_shim",
    "tiny_prompt": "tiny_prompt",
}
# What may follow a known name and still mean the same model: a date, a channel, a tag.
_VERSION = re.compile(
    r"([-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|\d{3}|latest|preview)|:[\w.\-]+)*\Z", re.ASCII
)


def lookup(name: str) -> ModelInfo:
    """What is known of a model; an unknown one has None everywhere.

    Args:
        name: `provider/model`; dated versions and tags are found by the name they begin with.
    """
    found = _find(name)
    values = {field: found[key] for key, field in _FIELDS.items() if key in found}
    return ModelInfo(name, **values)


def lookup_like(name: str, original: str) -> ModelInfo:
    """What is known of a model that another provider serves under its own name; prices differ.

    Args:
        name: `provider/model`.
        original: the same of the one it is; empty for none.
    """
    found = lookup(original)
    return ModelInfo(name, window=found.window, max_output=found.max_output, sees=found.sees)


def trait(name: str, key: str) -> str:
    """A peculiarity of a model's wire format that is known by name; empty where there is none.

    Args:
        name: `provider/model`.
        key: `effort_with_tools`.
    """
    return str(_find(name).get(key, ""))


def thinking_of(name: str) -> ThinkingKind | None:
    """How a model thinks; None for a model that is not known.

    Args:
        name: `provider/model`.
    """
    found = _find(name)
    if not found:
        return None
    efforts = tuple(found.get("efforts", ()))
    least, most = found.get("budget", (0, 0))
    return ThinkingKind(
        found.get("thinking", "levels" if efforts else ""),
        efforts,
        found.get("off", ""),
        (least, most),
    )


def known_models(provider: str) -> tuple[str, ...]:
    """The models of a provider, as `provider/model`, the ones to offer first first."""
    return tuple(f"{provider}/{model}" for model in _models().get(provider, {}))


def _find(name: str) -> Mapping[str, Any]:
    provider, _, model = name.partition("/")
    models = _models().get(provider, {})
    fitting = (
        known
        for known in models
        if model.startswith(known) and _VERSION.match(model, len(known)) is not None
    )
    best = max(fitting, key=len, default=None)
    return models[best] if best is not None else {}


@cache
def _models() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    text = files("goose_agent.providers").joinpath("catalogue.json").read_text(encoding="utf-8")
    models: dict[str, dict[str, dict[str, Any]]] = json.loads(text)
    return models

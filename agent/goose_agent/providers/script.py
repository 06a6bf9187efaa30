"""The script of a scripted model: what it holds, and reading it from YAML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from goose_agent.decoding import converted
from goose_agent.errors import ConfigError
from goose_agent.messages import Usage
from goose_agent.providers.model import StopReason

__all__ = ["Script", "ScriptedAnswer", "ScriptedCall", "ScriptedError", "parse_script"]

ErrorKind = Literal[
    "auth", "quota", "rate_limit", "overflow", "connection", "bad_answer", "provider"
]


_NAMED = re.compile(r"(?:required|unknown) field `([^`]*)`")


class ScriptedCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A tool call."""

    tool: str
    arguments: dict[str, Any] | None = None
    raw: str | None = None
    """The arguments as text, for malformed ones; instead of `arguments`."""

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.tool

    @property
    def text(self) -> str:
        """The arguments as they go over the wire."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.arguments or {}, ensure_ascii=False)


class ScriptedError(Struct, frozen=True, forbid_unknown_fields=True):
    """A failure."""

    kind: ErrorKind
    message: str
    hint: str = ""
    status: int = 0
    retry_after: float | None = None
    """Seconds."""
    times: int | None = None
    """How many tries fail before the answer is given; none given: every try."""
    after: int = 0
    """How many words arrive before it."""


class ScriptedAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """One answer."""

    text: str = ""
    thinking: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    usage: Usage | None = None
    """Estimated where none is given."""
    error: ScriptedError | None = None
    stop: StopReason | None = None
    """Follows from the calls where none is given."""
    wait: float = 0.0
    """Seconds before the first word."""
    pace: float = 0.0
    """Seconds between two words; 0 sends all at once."""


class Script(Struct, frozen=True, forbid_unknown_fields=True):
    """Answers in their order, and what the model pretends to be."""

    answers: tuple[ScriptedAnswer, ...]
    closing: str = "That is the end of the script."
    """What it says when all answers are given."""
    window: int | None = None
    """Context window, in tokens."""
    max_output: int | None = None
    input_price: float | None = None
    """US dollars for a million tokens, as the prices below."""
    output_price: float | None = None
    cache_read_price: float | None = None
    cache_write_price: float | None = None


def parse_script(source: Path | str) -> Script:
    """Read a script.

    Args:
        source: the file, or the YAML itself; a list of answers, or a mapping with `answers`.

    Raises:
        ConfigError: it cannot be read or is wrong; the message names file, key and what is wrong.
    """
    import yaml  # only scripted models need it

    place, text = _read(source)
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise ConfigError(f"{place} is not valid YAML: {problem}.", "Mend the file.") from error
    if isinstance(value, list):
        value = {"answers": value}
    try:
        script = converted(value, Script)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{place}: {_problem(str(error))}", "Mend the file.") from error
    for number, answer in enumerate(script.answers):
        if fault := _fault(answer):
            raise ConfigError(f"{place}: `answers.{number}.{fault}.", "Mend the file.")
    return script


def _fault(answer: ScriptedAnswer) -> str:
    """What is wrong with an answer whose parts are each right."""
    if answer.wait < 0:
        return "wait`: less than no time"
    if answer.pace < 0:
        return "pace`: less than no time"
    for index, call in enumerate(answer.calls):
        if call.arguments is not None and call.raw is not None:
            return f"calls.{index}` has both `arguments` and `raw`"
    return ""


def _read(source: Path | str) -> tuple[str, str]:
    if isinstance(source, str):
        return "The script", source
    try:
        return str(source), source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(
            f"The script {source} cannot be read: {reason}.", "Check the path."
        ) from error


def _problem(error: str) -> str:
    wish, _, place = error.partition(" - at `$")
    steps = re.findall(r"[^\[\].`]+", place)
    if named := _NAMED.search(wish):
        key = ".".join([*steps, named[1]])
        return f"`{key}` is missing." if "missing" in wish else f"`{key}` is no known key."
    key = ".".join(steps) or "the top level"
    return f"`{key}`: {wish[:1].lower()}{wish[1:]}."

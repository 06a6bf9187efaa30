"""Tool calls that a model prints into its text: found while the text streams by.

Models that were not trained for a service's own way of calling, or served without it, write their
calls in the shape they have learned: Hermes and Qwen between `<tool_call>` tags, Llama behind
`<|python_tag|>`, as `<function=name>` or bare, Mistral behind `[TOOL_CALLS]`, many in a JSON fence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Set
from typing import Any

from msgspec import Struct

__all__ = ["PrintedCall", "PrintedCalls", "broken_call", "calls_in"]

_CLOSINGS = {
    "<tool_call>": "</tool_call>",
    "<function=": "</function>",
    "```": "\n```",
    "<|python_tag|>": None,
    "[TOOL_CALLS]": None,
}
"""What begins a call, and what ends it; None for the end of the answer."""
_BEGINS = re.compile("|".join(map(re.escape, _CLOSINGS)))
_SHORT = max(map(len, _CLOSINGS)) - 1

_FUNCTION = re.compile(r"\s*<function=([\w.:-]+)>(.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(
    r"<parameter=([\w.-]+)>\n?(.*?)\n?(?:</parameter>|(?=<parameter=)|\Z)", re.S
)
_MISTRAL = re.compile(r"\s*([\w.:-]+)\s*(?:\[ARGS\])?\s*(?=\{)")
_LANGUAGE = re.compile(r"\A```[\w-]*[ \t]*\n")
_NAME = re.compile(r'"(?:name|tool)"\s*:\s*"([\w.:-]+)"')
_ARGUMENTS = re.compile(r'"(?:arguments|parameters|args|input)"\s*:\s*')

_scan = json.JSONDecoder().raw_decode


class PrintedCall(Struct, frozen=True):
    """A call as it was printed."""

    name: str
    arguments: str
    """JSON, or what stood in its place: it may be malformed."""


class PrintedCalls:
    """Takes a text as it arrives, gives it back without its calls, and the calls.

    Args:
        names: of the tools on offer: what is not marked as a call is one only if it names one.
    """

    def __init__(self, names: Set[str]) -> None:
        self._names = names
        self._held = ""
        self._begun = False

    def feed(self, text: str) -> Iterator[str | PrintedCall]:
        """What is certain once `text` has come."""
        self._held += text
        if not self._begun:
            self._held = self._held.lstrip()
            bare = self._held[:1] in ("{", "[") and not self._held.startswith("[TOOL_CALLS]")
            if bare or not self._held:
                return  # perhaps a call without any mark: its end tells
            self._begun = True
        yield from self._certain()

    def finish(self) -> Iterator[str | PrintedCall]:
        """What the end of the text makes certain."""
        if not self._begun and (calls := self._known(self._held)):
            yield from calls
            return
        yield from self._certain()
        begins = _BEGINS.match(self._held)
        if begins:
            yield from self._read(begins[0], self._held)
        elif self._held:
            yield self._held
        self._held = ""

    def rest(self) -> str:
        """What was held back, where the text has come to no proper end."""
        return self._held

    def _known(self, text: str) -> list[PrintedCall]:
        """The calls that an unmarked text consists of: only of tools there are."""
        calls = calls_in(text)
        return calls if all(call.name in self._names for call in calls) else []

    def _certain(self) -> Iterator[str | PrintedCall]:
        while self._held:
            found = _BEGINS.search(self._held)
            if found is None:
                safe = len(self._held) - self._unsure()
                if safe:
                    yield self._held[:safe]
                self._held = self._held[safe:]
                return
            if found.start():
                yield self._held[: found.start()]
                self._held = self._held[found.start() :]
            closing = _CLOSINGS[found[0]]
            end = self._held.find(closing, len(found[0])) if closing else -1
            if closing is None or end < 0:
                return
            block, self._held = self._held[: end + len(closing)], self._held[end + len(closing) :]
            yield from self._read(found[0], block)

    def _unsure(self) -> int:
        """How many characters at the end may be the start of what begins a call."""
        for size in range(min(_SHORT, len(self._held)), 0, -1):
            tail = self._held[-size:]
            if any(begin.startswith(tail) for begin in _CLOSINGS):
                return size
        return 0

    def _read(self, begin: str, block: str) -> Iterator[str | PrintedCall]:
        """What a block is that begins like a call: calls, one that cannot be read, or text."""
        inner = block.removesuffix(_CLOSINGS[begin] or "")
        if begin == "```":
            calls = self._known(_LANGUAGE.sub("", inner))
        else:
            inner = inner if begin == "<function=" else inner.removeprefix(begin)
            calls = calls_in(inner) or broken_call(inner)
        if calls:
            yield from calls
        else:
            yield block


def calls_in(text: str) -> list[PrintedCall]:
    """The calls that a text consists of; none where it holds anything else.

    Args:
        text: without the marks around it.
    """
    found: list[PrintedCall] = []
    at = 0
    while text[at:].strip(" \t\r\n,;"):
        while text[at] in " \t\r\n,;":
            at += 1
        read = _function_at(text, at) or _mistral_at(text, at) or _json_at(text, at)
        if read is None:
            return []
        calls, at = read
        found += calls
    return found


_Read = tuple[list[PrintedCall], int]
"""Calls, and where the text goes on behind them."""


def _function_at(text: str, at: int) -> _Read | None:
    """`<function=name>{…}</function>`, or with a `<parameter=…>` for each argument."""
    found = _FUNCTION.match(text, at)
    if found is None:
        return None
    body = found[2].strip()
    if not body.startswith("<parameter="):
        return [PrintedCall(found[1], body or "{}")], found.end()
    values = {name: _value(value) for name, value in _PARAMETER.findall(body)}
    return [PrintedCall(found[1], json.dumps(values, ensure_ascii=False))], found.end()


def _value(text: str) -> object:
    """An argument without quotes: structures and numbers are JSON, all else is text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, str) else value


def _mistral_at(text: str, at: int) -> _Read | None:
    """`name{…}` or `name[ARGS]{…}`."""
    found = _MISTRAL.match(text, at)
    if found is None:
        return None
    try:
        value, end = _scan(text, found.end())
    except (ValueError, RecursionError):
        return None
    return [PrintedCall(found[1], json.dumps(value, ensure_ascii=False))], end


def _json_at(text: str, at: int) -> _Read | None:
    """One call as an object, or several in a list."""
    try:
        value, end = _scan(text, at)
    except (ValueError, RecursionError):
        return None
    calls = [_call(item) for item in (value if isinstance(value, list) else [value])]
    known = [call for call in calls if call is not None]
    return (known, end) if known and len(known) == len(calls) else None


def _call(value: object) -> PrintedCall | None:
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    fields: dict[str, Any] = inner if isinstance(inner, dict) else value
    names = [fields.get(key) for key in ("name", "tool", "function")]
    name = next((name for name in names if isinstance(name, str) and name), None)
    keys = [key for key in ("arguments", "parameters", "args", "input") if key in fields]
    if name is None or not keys:
        return None
    arguments = fields[keys[0]]
    if isinstance(arguments, str):  # JSON in a string, as it goes over the wire elsewhere
        return PrintedCall(name, arguments)
    return PrintedCall(name, json.dumps(arguments or {}, ensure_ascii=False))


def broken_call(text: str) -> list[PrintedCall]:
    """A marked call that cannot be read, with what there is of its arguments: the model is told."""
    name = _NAME.search(text)
    if name is None:
        return []
    arguments = _ARGUMENTS.search(text, name.end())
    return [PrintedCall(name[1], text[arguments.end() :].strip() if arguments else text.strip())]

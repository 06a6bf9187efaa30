"""Facts that a compaction would lose: named in what goes, and nowhere in what stays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from goose_agent.context.conversation import Placed
from goose_agent.messages import Text, ToolCall

__all__ = ["Fact", "FactKind", "facts_at_risk"]

FactKind = Literal["instruction", "path", "identifier", "number"]

_ORDER: tuple[FactKind, ...] = ("instruction", "path", "identifier", "number")
_MOST = 60
"""Facts that are told: nobody reads more."""
_LONGEST = 200_000
"""Characters of a part that are looked at: a pasted log is no list of facts."""
_LONGEST_LINE = 300
"""Characters of an instruction that are told."""

_LONGEST_NAME = 200
"""Characters of a name: a longer run without a space is none, and would take long to be searched."""
_LOOKED_UP = 3_000
"""Facts that are looked up in what stays."""

_QUOTED = re.compile(r"`([^`\n]{2,80})`")
_PATH = re.compile(
    r"(?<![\w/.:])(?:~|\.{1,2})?(?:/?[\w.+@-]+)?(?:/[\w.+@-]+)+|\b[\w-]+\.[a-z]{1,4}\b"
)
_IDENTIFIER = re.compile(
    r"\b(?:(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*|[a-z]+(?:_[a-z0-9]+)+|[A-Z]+(?:_[A-Z0-9]+)+"
    r"|[a-z]+(?:[A-Z][a-z0-9]+)+|(?:[A-Z][a-z0-9]+){2,})\b"
)
_NUMBER = re.compile(r"(?<![\w.])(?:\d[\d.,:_]*\d(?:%|[kMG]?B|ms|s|min|h|px|€|\$)?|\d+%)(?!\w)")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_ORDERS = re.compile(
    r"\b(?:must|always|never|don'?t|do not|should|shall|only|please|make sure|ensure|remember|keep|use|"
    r"avoid|without|instead|prefer|need to|has to|have to|want|not|"
    r"muss|müssen|soll|immer|nie|niemals|nicht|kein|bitte|nur)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w{3,}")
_TOLD = 0.75
"""Share of an instruction's words that stand in what stays: then it is taken to be told."""


class Fact(Struct, frozen=True):
    """Something that would be lost."""

    kind: FactKind
    text: str
    origin: int
    """`seq` of the event that said it first."""


def facts_at_risk(goes: Iterable[Placed], stays: str) -> tuple[Fact, ...]:
    """Instructions, paths, identifiers and numbers that are only in what goes. May take long.

    What only results of tools say is not looked for: they are full of names nobody needs.

    Args:
        goes: the parts that are left out.
        stays: all that a model will read of the conversation, in one text.
    """
    folded = " ".join(stays.lower().split())
    words = frozenset(_WORD.findall(folded))
    found: dict[tuple[FactKind, str], Fact] = {}
    named: Counter[tuple[FactKind, str]] = Counter()
    for item in goes:
        for kind, text in _facts(item):
            key = kind, text
            named[key] += 1
            if key not in found and len(found) < _LOOKED_UP:
                found[key] = Fact(kind, text, item.origin)
    paths = " ".join(text for kind, text in found if kind == "path")
    lost = [
        fact
        for fact in found.values()
        if not _is_told(fact, folded, words)
        and not (fact.kind == "identifier" and fact.text in paths)
    ]
    lost.sort(key=lambda fact: (_ORDER.index(fact.kind), -named[fact.kind, fact.text], fact.origin))
    return tuple(lost[:_MOST])


def _facts(item: Placed) -> Iterator[tuple[FactKind, str]]:
    match item.part:
        case Text(text) if item.kind in ("user", "assistant", "summary"):
            text = text[:_LONGEST]
        case ToolCall(arguments=arguments):
            text = arguments[:_LONGEST]
        case _:
            return
    if item.kind == "user":
        for sentence in _SENTENCE.split(text):
            if _ORDERS.search(sentence):
                yield "instruction", " ".join(sentence.split())[:_LONGEST_LINE]
    for quoted in _QUOTED.finditer(text):
        yield "identifier", quoted[1]
    for word in text.split():
        if len(word) <= _LONGEST_NAME:
            yield from _names(word)


def _names(word: str) -> Iterator[tuple[FactKind, str]]:
    for match in _PATH.finditer(word):
        yield "path", match[0].rstrip(".")
    for match in _IDENTIFIER.finditer(word):
        yield "identifier", match[0]
    for match in _NUMBER.finditer(word):
        yield "number", match[0]


def _is_told(fact: Fact, stays: str, words: frozenset[str]) -> bool:
    text = " ".join(fact.text.lower().split())
    if text in stays:
        return True
    if fact.kind != "instruction":
        return False
    own = set(_WORD.findall(text))
    return bool(own) and len(own & words) >= _TOLD * len(own)

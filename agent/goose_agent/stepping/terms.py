"""What conditions are made of, and whether they hold; read from text by `condition`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Literal

from msgspec import Struct

from goose_agent.events import PlanState
from goose_agent.stepping.facts import Facts
from goose_agent.stepping.matching import contains, matches_name, matches_path

__all__ = [
    "And",
    "CommandWord",
    "Failed",
    "Not",
    "Number",
    "NumberName",
    "Or",
    "PlanItemIs",
    "Term",
    "TextName",
    "Touches",
    "Words",
    "holds",
]

NumberName = Literal["cost", "context", "tokens", "request", "turn", "exit"]
TextName = Literal["tool", "path", "command", "effect", "text", "arg"]
_NUMBERS = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


class Number(Struct, frozen=True):
    """A number compared."""

    name: NumberName
    operator: str
    value: float


class Words(Struct, frozen=True):
    """A text compared: `==`, `!=`, `~` (has this form), `!~`."""

    name: TextName
    operator: str
    value: str
    argument: str = ""
    """Which argument of the call, for `arg`."""


class CommandWord(Struct, frozen=True):
    """A word of a command compared."""

    at: int
    operator: str
    value: str


class Failed(Struct, frozen=True):
    """The call failed."""


class PlanItemIs(Struct, frozen=True):
    """An item of the plan is in a state."""

    state: PlanState
    number: int
    """From 1."""


class Touches(Struct, frozen=True):
    """The call names such a path, and none before it did."""

    pattern: str


class Not(Struct, frozen=True):
    """The opposite."""

    term: Term


class And(Struct, frozen=True):
    """All of them."""

    terms: tuple[Term, ...]


class Or(Struct, frozen=True):
    """One of them."""

    terms: tuple[Term, ...]


Term = Number | Words | CommandWord | Failed | PlanItemIs | Touches | Not | And | Or


def holds(term: Term, facts: Facts) -> bool:
    """Whether it holds here, for one of the commands where there are several."""
    return any(_holds(term, facts, words) for words in facts.commands or ((),))


def _holds(term: Term, facts: Facts, command: Sequence[str]) -> bool:
    match term:
        case And(terms):
            return all(_holds(each, facts, command) for each in terms)
        case Or(terms):
            return any(_holds(each, facts, command) for each in terms)
        case Not(inner):
            return not _holds(inner, facts, command)
        case CommandWord(at, operator, value):
            words = command[at : at + 1]
            return _compare(operator, words, value, matches_name)
        case _:
            return _holds_here(term, facts)


def _holds_here(term: Number | Words | Failed | PlanItemIs | Touches, facts: Facts) -> bool:
    match term:
        case Number(name, operator, value):
            number = _number(name, facts)
            return number is not None and bool(_NUMBERS[operator](number, value))
        case Words():
            return _words_hold(term, facts)
        case Failed():
            return facts.failed
        case PlanItemIs(state, number):
            return number <= len(facts.plan) and facts.plan[number - 1].state == state
        case Touches(pattern):
            named = {path for path in facts.paths if matches_path(path, pattern)}
            return bool(named) and not named <= facts.touched()


def _number(name: NumberName, facts: Facts) -> float | None:
    match name:
        case "cost":
            return facts.cost
        case "context":
            return 100 * facts.tokens / facts.window if facts.window else None
        case "tokens":
            return facts.tokens
        case "request":
            return facts.request
        case "turn":
            return facts.turn
        case "exit":
            return facts.exit_code


def _words_hold(term: Words, facts: Facts) -> bool:
    operator, value = term.operator, term.value
    match term.name:
        case "tool":
            return _compare(operator, (facts.tool,), value, matches_name)
        case "effect":
            return _compare(operator, (facts.effect,), value, matches_name)
        case "path":
            return _compare(operator, facts.paths, value.removeprefix("./"), matches_path)
        case "command":
            return _compare(operator, (facts.command,), value, contains)
        case "text":
            return _compare(operator, (facts.text,), value, contains)
        case "arg":
            found = facts.arguments.get(term.argument)
            return _compare(operator, (_as_text(found),), value, contains)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _compare(
    operator: str, texts: Sequence[str], value: str, has_form: Callable[[str, str], bool]
) -> bool:
    """Compare with each; where there is nothing to compare with, nothing holds."""
    there = [text for text in texts if text]
    if not there:
        return False
    form = has_form if operator in ("~", "!~") else eq
    return any(form(text, value) for text in there) != operator.startswith("!")

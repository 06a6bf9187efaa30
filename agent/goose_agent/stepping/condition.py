"""The language of breakpoints: what a person writes, read once and never evaluated as code.

    tool == shell and argv[0] == "git"        path ~ "src/**" and not tool == read
    cost > 1.50      context > 80%      tokens > 50k      request == 3      turn == 2
    error            exit != 0          plan done 2       touch "src/*.py"
    text ~ "password"                   arg.pattern ~ "secret"              effect == edit

`and`, `or`, `not` and brackets join; `==` and `!=` compare whole texts, `~` and `!~` forms. For
`tool`, `effect` and `argv[N]` a form is a whole name with `*` and `?`; for `path` a path, where `**`
reaches into folders; for `text`, `command` and `arg.NAME` a piece of the text, in any case of
letters. A command line with several commands is looked at command by command.

Where a condition is looked at follows from what it speaks of: a call before it runs, `error` and
`exit` after it ran, `request` before the model is called, `text` wherever there is new text (before
a model call what was said since the one before, before a tool call its arguments, after it its
result). What speaks of nothing but cost, context, tokens, turn and plan is looked at everywhere, and
hits when it comes to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NoReturn, get_args

from msgspec import Struct

from goose_agent.errors import UsageError
from goose_agent.events import PlanState, StopPlace
from goose_agent.stepping.facts import Facts
from goose_agent.stepping.terms import (
    And,
    CommandWord,
    Failed,
    Not,
    Number,
    NumberName,
    Or,
    PlanItemIs,
    Term,
    TextName,
    Touches,
    Words,
    holds,
)

__all__ = ["Condition", "ConditionError", "parse_condition"]

_EXAMPLES = 'Such as: tool == shell, path ~ "src/**", cost > 1.50, error.'
_LONGEST = 500
_DEEPEST = 20
"""Brackets and `not` within one another."""

_TOKEN = re.compile(
    r"""(?P<operator>==|!=|!~|~|<=|>=|<|>|\(|\))
    |"(?P<double>(?:[^"\\]|\\.)*)"
    |'(?P<single>(?:[^'\\]|\\.)*)'
    |(?P<word>[^\s()"'=!~<>]+)
    |(?P<odd>\S)""",
    re.VERBOSE,
)
_ARGV = re.compile(r"argv\[(\d{1,3})\]")
_NUMBER = re.compile(r"\$?(\d{1,12}(?:\.\d{1,6})?)([kKM%]?)")
_SCALES = {"": 1, "k": 1000, "K": 1000, "M": 1_000_000, "%": 1}
_TEXT_OPERATORS = ("==", "!=", "~", "!~")
_NUMBER_OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
_RESERVED = ("and", "or", "not", "error", "plan", "touch")
_OF_RESULT = ("error", "exit")
_OF_SESSION = ("cost", "context", "tokens", "turn", "plan")


class ConditionError(UsageError):
    """A condition cannot be read.

    Args:
        problem: what is wrong, as a sentence without its end.
        at: where, in characters from 0.
    """

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(f"{problem}, at character {at + 1}.", _EXAMPLES)
        self.at = at


class Condition(Struct, frozen=True):
    """A condition that was read."""

    term: Term
    names: frozenset[str]
    """What it speaks of."""

    @property
    def of_session(self) -> bool:
        """Whether it speaks of the session alone: then it hits when it comes to hold."""
        return self.names <= set(_OF_SESSION)

    @property
    def places(self) -> tuple[StopPlace, ...]:
        """Where it is looked at."""
        rest = self.names - set(_OF_SESSION)
        if rest & set(_OF_RESULT):
            return ("after_call",)
        if rest - {"request", "text"}:
            return ("before_call", "after_call") if "text" in rest else ("before_call",)
        if "request" in rest:
            return ("before_request",)
        return get_args(StopPlace)

    def holds(self, facts: Facts) -> bool:
        """Whether it holds at a stop."""
        return facts.place in self.places and holds(self.term, facts)


def parse_condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        ConditionError: it cannot be read; says what is wrong and where.
    """
    if len(text) > _LONGEST:
        raise ConditionError(f"A condition has at most {_LONGEST} characters", _LONGEST)
    parser = _Parser(text)
    term = parser.whole()
    return Condition(term, frozenset(parser.names))


class _Token(Struct, frozen=True):
    text: str
    at: int
    kind: str
    """`operator`, `text` (in quotes), `word` or `end`."""


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        match found.lastgroup:
            case "odd":
                if found[0] in "\"'":
                    raise ConditionError("This quote is never closed", found.start())
                raise ConditionError(f"{found[0]} means nothing here", found.start())
            case "double" | "single" as kind:
                yield _Token(re.sub(r"\\(.)", r"\1", found[kind]), found.start(), "text")
            case kind:
                yield _Token(found[0], found.start(), str(kind))
    yield _Token("", len(text), "end")


class _Parser:
    """Reads a condition from its tokens."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0
        self.names: set[str] = set()

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._now
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _took(self, word: str) -> bool:
        """Whether a word or bracket comes next; it is taken then."""
        if self._now.kind == "text" or self._now.text != word:
            return False
        self._take()
        return True

    def _wrong(self, problem: str, token: _Token | None = None) -> NoReturn:
        raise ConditionError(problem, (token or self._now).at)

    def whole(self) -> Term:
        """The whole of it."""
        term = self._any()
        if self._now.kind != "end":
            self._wrong(f"Expected `and`, `or` or the end, not `{self._now.text}`")
        return term

    def _any(self) -> Term:
        terms = self._joined("or", self._all)
        return terms[0] if len(terms) == 1 else Or(terms)

    def _all(self) -> Term:
        terms = self._joined("and", self._one)
        return terms[0] if len(terms) == 1 else And(terms)

    def _joined(self, word: str, read: Callable[[], Term]) -> tuple[Term, ...]:
        terms = [read()]
        while self._took(word):
            terms.append(read())
        return tuple(terms)

    def _one(self) -> Term:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._wrong("Too much is nested here")
        try:
            if self._took("not"):
                return Not(self._one())
            if self._took("("):
                term = self._any()
                if not self._took(")"):
                    self._wrong("Expected `)`")
                return term
            return self._plain()
        finally:
            self._depth -= 1

    def _plain(self) -> Term:
        name = self._take()
        if name.kind != "word":
            what = f"not `{name.text}`" if name.text else "but it ends"
            self._wrong(f"Expected something to look at, such as `tool`, {what}", name)
        match name.text:
            case "error":
                self.names.add("error")
                return Failed()
            case "plan":
                return self._plan()
            case "touch":
                self.names.add("touch")
                return Touches(self._value("touch").removeprefix("./"))
            case _:
                return self._comparison(name)

    def _plan(self) -> PlanItemIs:
        self.names.add("plan")
        state = self._take()
        for known in get_args(PlanState):
            if state.text == known:
                number = self._take()
                if not number.text.isdecimal() or not 0 < int(number.text[:6]) < 10_000:
                    self._wrong("Expected the number of an item of the plan, from 1", number)
                return PlanItemIs(known, int(number.text))
        return self._wrong(f"Expected {', '.join(get_args(PlanState))} after `plan`", state)

    def _comparison(self, name: _Token) -> Term:
        if found := _ARGV.fullmatch(name.text):
            self.names.add("argv")
            return CommandWord(int(found[1]), self._operator(name, _TEXT_OPERATORS), self._value())
        if name.text.startswith("arg.") and len(name.text) > len("arg."):
            self.names.add("arg")
            operator = self._operator(name, _TEXT_OPERATORS)
            return Words("arg", operator, self._value(), name.text.removeprefix("arg."))
        for text_name in get_args(TextName):
            if name.text == text_name != "arg":
                self.names.add(text_name)
                operator = self._operator(name, _TEXT_OPERATORS)
                return Words(text_name, operator, self._value())
        for number_name in get_args(NumberName):
            if name.text == number_name:
                self.names.add(number_name)
                operator = self._operator(name, _NUMBER_OPERATORS)
                return Number(number_name, operator, self._number(number_name))
        return self._wrong(f"There is nothing called `{name.text}`", name)

    def _operator(self, name: _Token, known: tuple[str, ...]) -> str:
        token = self._take()
        if token.kind != "operator" or token.text not in known:
            self._wrong(f"Expected {', '.join(known)} after `{name.text}`", token)
        return token.text

    def _value(self, after: str = "") -> str:
        token = self._take()
        if token.kind not in ("word", "text") or not token.text:
            behind = f" after `{after}`" if after else ""
            self._wrong(f"Expected a text{behind}", token)
        if token.kind == "word" and token.text in _RESERVED:
            self._wrong(f"Expected a text, not `{token.text}`: put it in quotes", token)
        return token.text

    def _number(self, name: NumberName) -> float:
        token = self._take()
        found = _NUMBER.fullmatch(token.text) if token.kind == "word" else None
        if found is None:
            self._wrong(f"Expected a number to compare `{name}` with", token)
        if (found[2] == "%") != (name == "context"):
            share = "a share of the window, such as 80%" if name == "context" else "no share"
            self._wrong(f"`{name}` is {share}", token)
        return float(found[1]) * _SCALES[found[2]]

"""What is known where a turn may pause: conditions are about this."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from goose_agent.events import PlanItem, StopPlace

__all__ = ["Effect", "Facts", "commands_of"]

Effect = Literal["", "read", "edit", "net", "run", "session"]

_LONGEST = 8_000
"""Characters of a command line that are taken apart."""
_OPERATORS = "();<>|&\n"
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


class Facts(Struct, frozen=True, dict=True, kw_only=True):
    """All there is to be known at one stop."""

    place: StopPlace
    agent: str = "main"
    """Who is at work: `main`, `main/sub-2`."""
    turn: int
    request: int
    """Number of the model call that comes next, or that led here; from 1 in the session."""
    cost: float
    """US dollars so far."""
    tokens: int
    """Tokens of the conversation."""
    window: int | None
    """Tokens the model can take; None where that is not known."""
    plan: Sequence[PlanItem]
    text: str
    """What is new here: see `goose_agent.stepping.condition`."""
    tool: str = ""
    effect: Effect = ""
    only_reads: bool = False
    """Whether it is a command of which it is proven that it only reads."""
    arguments: Mapping[str, Any] = {}
    command: str = ""
    """The shell command line, for tools that run one."""
    paths: tuple[str, ...] = ()
    """The paths that the call names: relative to the working folder where they lie in it."""
    failed: bool = False
    exit_code: int | None = None
    touched: Callable[[], frozenset[str]] = frozenset
    """The paths that earlier calls named; costs time."""

    @cached_property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """The words of each command of the command line."""
        return commands_of(self.command)


def commands_of(line: str) -> tuple[tuple[str, ...], ...]:
    """The commands of a command line, each as its words, without assignments before them.

    They are what a shell would most likely read; nothing is expanded. What cannot be read as words
    is split at blanks.

    Args:
        line: for a POSIX shell.
    """
    line = line[:_LONGEST]
    lexer = shlex.shlex(line, posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # a quote that never ends
        words = line.split()
    found: list[list[str]] = [[]]
    for word in words:
        if word and all(character in _OPERATORS for character in word):
            found.append([])
        elif found[-1] or not _ASSIGNMENT.match(word):
            found[-1].append(word)
    return tuple(tuple(command) for command in found if command)

"""What bash does itself, and programs of the same kind: printing, testing, asking what a name is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from goose_agent.permissions.shell.effects import Effect, Read, Unproven
from goose_agent.permissions.shell.programs.program import Folders, Program, Reader, table
from goose_agent.permissions.shell.script import Word

__all__ = ["BUILTINS"]

_FILE_TESTS = frozenset("-e -f -d -r -w -x -s -L -h -S -p -b -c -g -u -k -O -G -N".split())
_FILE_COMPARISONS = frozenset("-nt -ot -ef".split())
_TEST_OPERATORS = _FILE_TESTS | _FILE_COMPARISONS | {"-z", "-n", "-a", "-o"}
_PERCENT_N = re.compile(r"%[^A-Za-z%]*n")


def _echo(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """Words are only printed."""
    for word in words[1:]:
        if word.glob == 0:
            raise Unproven(f"file names take the place of `{word.text}`")
    return []


def _printf(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """`-v` and `%n` set a variable, and what names it may run a command."""
    rest = [word.text for word in words[1:]]
    if rest and rest[0] == "--":
        rest.pop(0)
    elif rest and rest[0].startswith("-"):
        raise Unproven(f"`printf {rest[0]}` may set a variable")
    if any(word.has_glob for word in words) or (
        rest and _PERCENT_N.search(rest[0].replace("%%", ""))
    ):
        raise Unproven("the format of `printf` may set a variable")
    return []


def _test(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """File tests and comparisons of text; numbers and variables are evaluated, and may run commands."""
    texts = [word.text for word in words[1:]]
    if words[0].text == "[" and (not texts or texts.pop() != "]"):
        raise Unproven("`[` without `]`")
    if any(word.has_glob for word in words[1:]):
        raise Unproven("file names take the place of a word of the test")
    for text in texts:
        if text.startswith("-") and text not in _TEST_OPERATORS:
            raise Unproven(f"the test `{text}` may evaluate what it names")
    return [*_tested(texts)]


def _tested(texts: Sequence[str]) -> Iterator[Effect]:
    """The files that a test looks at."""
    for at, text in enumerate(texts):
        if text in _FILE_TESTS or text in _FILE_COMPARISONS:
            yield from map(Read, texts[at + 1 : at + 2])
        if text in _FILE_COMPARISONS:
            yield from map(Read, texts[max(at - 1, 0) : at])


def _command(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """`command -v NAME` tells what a name is; without it, the name is run."""
    if len(words) < 2 or words[1].text not in ("-v", "-V"):
        raise Unproven("`command` runs what it names")
    if any(word.has_glob or word.text.startswith("-") for word in words[2:]):
        raise Unproven("`command` may run what it names")
    return []


def _nothing(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """`true` and its like do nothing with any word."""
    return []


def _expression(words: Sequence[Word], folders: Folders) -> list[Effect]:
    """`expr` computes with its words."""
    if any(word.has_glob for word in words):
        raise Unproven("file names take the place of a word of the expression")
    return []


BUILTINS: dict[str, Reader] = {
    "echo": _echo,
    "printf": _printf,
    "test": _test,
    "[": _test,
    "command": _command,
    "true": _nothing,
    "false": _nothing,
    ":": _nothing,
    "expr": _expression,
    **table(
        Program("pwd", short="LP", operands="none"),
        Program("type", short="aftpP", operands="text"),
    ),
}

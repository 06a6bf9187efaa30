"""A program that only reads, as data: the options it may be given and what its operands are.

An option that is not in the table is not allowed, and an abbreviation is not in the table. So a
table lists what is known to only read; what it lacks costs a question, never a file.

    Program(
        "head",
        short="qvzn:c:",                        # as in getopt: `:` takes a value, `::` only an attached one
        long="quiet silent verbose lines= bytes= color[=]",   # `=` takes a value, `[=]` may take one
        digits=True,                            # `-20`
    )
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from goose_agent.permissions.shell.effects import Effect, Read, Unproven
from goose_agent.permissions.shell.script import Word

__all__ = ["Call", "Folders", "Given", "Program", "Reader", "table"]

Folders = frozenset[Path]
"""The folders a command may run in: more than one where a `cd` before it may have failed."""
Operands = Literal["read", "text", "none"]
Argument = Literal["none", "value", "attached"]

_OPTION = re.compile(r"-[A-Za-z-]")


class Reader(Protocol):
    """Knows one program."""

    def __call__(self, words: Sequence[Word], folders: Folders) -> Iterable[Effect]:
        """What a command reads.

        Args:
            words: the command's words, the program's name first.
            folders: where it may run.

        Raises:
            Unproven: it may do more than read.
        """
        ...


class Given(Struct, frozen=True):
    """An option as it was given."""

    name: str
    """Without dashes."""
    value: str | None
    """What it was given, where it takes something."""


class Call(Struct, frozen=True):
    """The words of a command, sorted."""

    options: tuple[Given, ...]
    """In the order they were given."""
    operands: tuple[Word, ...]
    """The words that are no options."""

    def has(self, *names: str) -> bool:
        """Whether one of these options was given."""
        return any(option.name in names for option in self.options)

    def values(self, *names: str) -> Iterator[str]:
        """What these options were given."""
        for option in self.options:
            if option.name in names and option.value is not None:
                yield option.value


class Program:
    """Reads calls of one program by a table of its options.

    Args:
        names: what it is called, separated by blanks.
        short: short options, as in getopt.
        long: long options.
        reads: options, without dashes, whose value is a file that is read.
        operands: what operands are: files to read, plain text, or not allowed.
        text: how many operands come before files, such as a pattern.
        text_options: options that stand for those operands.
        most: operands at most; then no option may follow one, since where options must come first
            it would be an operand too.
        digits: whether `-20` is an option.
        globs: whether operands may be file name patterns.
        glob_values: long options whose value may hold a pattern.
        here: whether the working folder is read where no operand names a file.
        here_options: options without which it is not.
        links: options with which the tree below operands is read through symbolic links.
        helps: whether `--help` and `--version` only print.
        check: raises `Unproven` for calls that options alone do not tell.
    """

    def __init__(
        self,
        names: str,
        short: str = "",
        long: str = "",
        *,
        reads: str = "",
        operands: Operands = "read",
        text: int = 0,
        text_options: str = "",
        most: int | None = None,
        digits: bool = False,
        globs: bool = True,
        glob_values: str = "",
        here: bool = False,
        here_options: str = "",
        links: str = "",
        helps: bool = True,
        check: Callable[[Call], object] | None = None,
    ) -> None:
        self.names = tuple(names.split())
        self._short_source, self._long_source = short, long
        self._reads = frozenset(reads.split())
        self._operands = operands
        self._text, self._text_options = text, tuple(text_options.split())
        self._most = most
        self._digits = digits
        self._globs = globs
        self._glob_values = frozenset(glob_values.split())
        self._here, self._here_options = here, tuple(here_options.split())
        self._links = tuple(links.split())
        self._helps = helps
        self._check = check

    def __call__(self, words: Sequence[Word], folders: Folders) -> list[Effect]:
        """What a call reads.

        Raises:
            Unproven: it may do more than read.
        """
        call = self.parse(words[1:])
        if self._check is not None:
            self._check(call)
        return [*self._effects(call)]

    def parse(self, words: Sequence[Word]) -> Call:
        """Sort the words behind the program's name into options and operands.

        Raises:
            Unproven: one is not in the table.
        """
        options: list[Given] = []
        operands: list[Word] = []
        rest = [*reversed(words)]
        while rest:
            word = rest.pop()
            if word.text == "--" and not word.has_glob:
                operands += reversed(rest)
                break
            if word.text.startswith("-") and word.text != "-":
                if operands and self._most is not None:
                    raise Unproven(f"`{word.text}` may be written")
                options += self._option(word, rest)
            else:
                operands.append(word)
        self._check_operands(operands)
        return Call(tuple(options), tuple(operands))

    def _option(self, word: Word, rest: list[Word]) -> Iterator[Given]:
        text = word.text
        name, equals, value = text[2:].partition("=")
        if word.has_glob and not (name in self._glob_values and word.glob > text.find("=") > 0):
            raise Unproven(f"file names may take the place of `{text}`")
        if self._digits and text[1:].isdecimal() and text.isascii():
            yield Given("digits", text[1:])
        elif text.startswith("--"):
            yield self._long_option(name, value if equals else None, rest)
        else:
            yield from self._letters(text[1:], rest)

    def _long_option(self, name: str, value: str | None, rest: list[Word]) -> Given:
        argument = self._long.get(name)
        if argument is None or (argument == "none" and value is not None):
            raise Unproven(f"the option `--{name}` is not known to only read")
        if argument == "value" and value is None:
            value = _next(rest, f"--{name}")
        return Given(name, value)

    def _letters(self, letters: str, rest: list[Word]) -> Iterator[Given]:
        for at, letter in enumerate(letters, 1):
            argument = self._short.get(letter)
            if argument is None:
                raise Unproven(f"the option `-{letter}` is not known to only read")
            if argument == "none":
                yield Given(letter, None)
                continue
            value = letters[at:]
            if argument == "value" and not value:
                value = _next(rest, f"-{letter}")
            yield Given(letter, value)
            return

    def _check_operands(self, operands: Sequence[Word]) -> None:
        if operands and self._operands == "none":
            raise Unproven(f"`{operands[0].text}` is not known to only be read")
        if self._most is not None and len(operands) > self._most:
            raise Unproven(f"`{operands[self._most].text}` may be written")
        for word in operands:
            if word.has_glob and (not self._globs or self._most is not None or word.glob == 0):
                raise Unproven(f"file names take the place of `{word.text}`")

    def _effects(self, call: Call) -> Iterator[Effect]:
        for option in call.options:
            if option.name in self._reads and option.value not in (None, "-"):
                yield Read(option.value or "")
        if self._operands != "read":
            return
        skipped = 0 if call.has(*self._text_options) else self._text
        if any(word.has_glob for word in call.operands[:skipped]):
            raise Unproven("file names take the place of a pattern")
        follows = call.has(*self._links)
        files = call.operands[skipped:]
        yield from (Read(word.text, follows) for word in files if word.text != "-")
        if not files and self._here and (not self._here_options or call.has(*self._here_options)):
            yield Read(".", follows)

    @property
    def valued(self) -> tuple[str, ...]:
        """The options that take the next word as their value, as they are written."""
        short = (f"-{letter}" for letter, kind in self._short.items() if kind == "value")
        long = (f"--{name}" for name, kind in self._long.items() if kind == "value")
        return (*short, *long)

    @cached_property
    def _short(self) -> dict[str, Argument]:
        found = re.findall(r"([^:\s])(:{0,2})", self._short_source)
        kinds: tuple[Argument, ...] = ("none", "value", "attached")
        return {letter: kinds[len(colons)] for letter, colons in found}

    @cached_property
    def _long(self) -> dict[str, Argument]:
        kinds: dict[str, Argument] = {"": "none", "=": "value", "[=]": "attached"}
        found = re.findall(r"([^\s=\[]+)(=|\[=\])?", self._long_source)
        helps: dict[str, Argument] = {"help": "none", "version": "none"} if self._helps else {}
        return {name: kinds[mark] for name, mark in found} | helps


def table(*programs: Program) -> dict[str, Reader]:
    """Programs by all their names."""
    return {name: program for program in programs for name in program.names}


def _next(rest: list[Word], option: str) -> str:
    """The value of an option, from the next word.

    What looks like an option is none: another release of the program may take it for one.
    """
    if not rest or rest[-1].has_glob or _OPTION.match(rest[-1].text):
        raise Unproven(f"the value of `{option}` is not plain")
    return rest.pop().text

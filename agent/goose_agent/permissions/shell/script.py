"""A script as the strict lexer reads it: simple commands, their words, and what joins them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["Command", "Joint", "Refusal", "Script", "Span", "Word"]

Joint = Literal["&&", "||", "|", ";"]
"""How a command is joined to the one before it; a newline counts as `;`."""


class Span(Struct, frozen=True):
    """A piece of the text."""

    start: int
    """Index of its first character."""
    stop: int
    """Index after its last character."""


class Word(Struct, frozen=True):
    """One word: what the program gets, after the shell took the quotes away."""

    text: str
    span: Span
    glob: int = -1
    """Where in `text` the first character stands that the shell may expand to file names; -1: none."""

    @property
    def has_glob(self) -> bool:
        """Whether the shell may put file names in its place."""
        return self.glob >= 0


class Command(Struct, frozen=True):
    """A simple command; harmless redirections are left out."""

    words: tuple[Word, ...]
    span: Span
    joint: Joint = ";"
    """How it is joined to the command before it."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The words as text."""
        return tuple(word.text for word in self.words)


class Refusal(Struct, frozen=True):
    """Why the text is not read: it is not plain enough to say what the shell will run."""

    text: str
    """A few words, to stand behind "not plain: "."""
    span: Span
    hidden: bool = False
    """Whether the text has characters that a person cannot see: then showing it is not enough."""


class Script(Struct, frozen=True):
    """Every command that the shell would run, in the order of the text."""

    commands: tuple[Command, ...]

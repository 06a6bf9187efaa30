"""Commands that people wrote, and shell commands that a person, or such a command, runs."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = ["CommandsListed", "ListedCommand", "ShellFinished", "ShellStarted"]


class ListedCommand(Struct, frozen=True):
    """A command that can be typed behind a slash."""

    name: str
    words: str = ""
    """What it is for."""
    argument: str = ""
    """What may follow its name, as help shows it."""
    kind: Literal["command", "skill"] = "command"
    source: str = ""
    """The file it is from; empty for the program."""


class CommandsListed(Struct, frozen=True):
    """The commands there are, for whoever offers them."""

    type: ClassVar[str] = "commands.listed"
    durability: ClassVar[Durability] = "transient"

    commands: tuple[ListedCommand, ...]


class ShellStarted(Struct, frozen=True):
    """A shell command starts that no model asked for."""

    type: ClassVar[str] = "shell.started"
    durability: ClassVar[Durability] = "act"

    run_id: str
    command: str
    asked_by: str = ""
    """The command of which it is a part; empty where the person typed it."""


class ShellFinished(Struct, frozen=True):
    """It has ended. Blob `output` is all that it put out, where `text` is less."""

    type: ClassVar[str] = "shell.finished"
    durability: ClassVar[Durability] = "act"

    run_id: str
    text: str
    """What a model reads of it."""
    exit_code: int | None
    """None where it was stopped."""
    seconds: float
    total: int = 0
    """Bytes it put out in all."""

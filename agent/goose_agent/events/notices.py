"""Words of the program itself, and answers to a face that asked for something."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = [
    "BlobRead",
    "FilesFound",
    "Level",
    "ListedTool",
    "MessageRefused",
    "Notice",
    "RequestRead",
    "Status",
    "ToolsListed",
]

Level = Literal["info", "warning", "error"]


class Notice(Struct, frozen=True):
    """Something a person should read."""

    type: ClassVar[str] = "notice"
    durability: ClassVar[Durability] = "shown"

    level: Level
    text: str
    """What happened."""
    hint: str = ""
    """What to do next."""


class Status(Struct, frozen=True):
    """What the session is busy with right now."""

    type: ClassVar[str] = "status"
    durability: ClassVar[Durability] = "transient"

    text: str


class BlobRead(Struct, frozen=True):
    """The content of a blob that a face asked for."""

    type: ClassVar[str] = "blob.read"
    durability: ClassVar[Durability] = "transient"

    sha: str
    text: str
    """Decoded as UTF-8 with replacement, a line between start and end for what is left out.

    Empty where there is no such blob.
    """
    found: bool
    size: int
    """Bytes of the whole blob."""


class RequestRead(Struct, frozen=True):
    """The request that a face asked for, made anew from the record."""

    type: ClassVar[str] = "request.read"
    durability: ClassVar[Durability] = "transient"

    seq: int = 0
    """Number of the event with which it was sent."""
    model: str = ""
    text: str = ""
    """Its body, laid out in lines; of a large one start and end."""
    size: int = 0
    """Bytes of the body."""
    sha: str = ""
    """sha256 of the body."""
    exact: bool = False
    """Whether that is what was recorded when it was sent."""
    problem: str = ""
    """Why there is none, in a sentence."""


class ListedTool(Struct, frozen=True):
    """A tool that the model has."""

    name: str
    effect: str
    """What it may do to the world: `read`, `edit`, `run` or `session`."""
    extension: str
    """What it belongs to."""
    words: str
    """The first line of its description."""
    hints: tuple[str, ...] = ()
    """What is to be known of its effect, in a word or two each: `read only`, `destructive`,
    `idempotent`, `open world`."""


class ToolsListed(Struct, frozen=True):
    """The tools that a face asked for."""

    type: ClassVar[str] = "tools.listed"
    durability: ClassVar[Durability] = "transient"

    tools: tuple[ListedTool, ...]


class FilesFound(Struct, frozen=True):
    """The files that a face looked for."""

    type: ClassVar[str] = "files.found"
    durability: ClassVar[Durability] = "transient"

    query: str
    """What it looked for."""
    paths: tuple[str, ...]
    """As they can be mentioned, the best first."""
    total: int
    """How many fit in all."""


class MessageRefused(Struct, frozen=True):
    """A message was not taken: the person has it back."""

    type: ClassVar[str] = "message.refused"
    durability: ClassVar[Durability] = "transient"

    text: str
    """The message."""
    reason: str
    hint: str = ""
    """What to do next."""

"""Words of the program itself, and answers to a face that asked for data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from goose_agent.events.durability import Durability

__all__ = ["BlobRead", "Level", "Notice", "Status"]

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should read."""

    type: ClassVar[str] = "notice"
    durability: ClassVar[Durability] = "shown"

    level: Level
    text: str
    """What happened."""
    hint: str = ""
    """What to do next."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the session is busy with right now."""

    type: ClassVar[str] = "status"
    durability: ClassVar[Durability] = "transient"

    text: str


@dataclass(frozen=True, slots=True)
class BlobRead:
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

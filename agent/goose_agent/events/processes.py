"""Commands that run on in the background, as a person looks through them."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = ["ListedProcess", "ProcessesListed"]


class ListedProcess(Struct, frozen=True):
    """One of them."""

    process_id: str
    command: str
    words: str
    """How it stands."""
    seconds: float
    """Since it was started."""
    tail: str = ""
    """The last lines of its output."""


class ProcessesListed(Struct, frozen=True):
    """The commands in the background that a face asked for."""

    type: ClassVar[str] = "processes.listed"
    durability: ClassVar[Durability] = "transient"

    processes: tuple[ListedProcess, ...]

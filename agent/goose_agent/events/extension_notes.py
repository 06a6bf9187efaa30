"""What an extension keeps in the record, and says in passing."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = ["ExtensionKept", "ExtensionSaid"]


class ExtensionKept(Struct, frozen=True):
    """An extension put its state on record, in the place of what it kept before."""

    type: ClassVar[str] = "extension.kept"
    durability: ClassVar[Durability] = "shown"

    extension: str
    state: dict[str, Any]


class ExtensionSaid(Struct, frozen=True):
    """What an extension is busy with right now."""

    type: ClassVar[str] = "extension.said"
    durability: ClassVar[Durability] = "transient"

    extension: str
    text: str

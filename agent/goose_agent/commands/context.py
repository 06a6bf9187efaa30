"""What the model sees of the conversation."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

__all__ = ["Compact", "ListHints", "RedoCompaction", "SwitchHints", "UndoCompaction"]


class Compact(Struct, frozen=True):
    """Make the conversation smaller, now or before the model is called next."""

    name: ClassVar[str] = "compact"

    focus: str = ""
    """What the summary is to attend to."""


class UndoCompaction(Struct, frozen=True):
    """Let the model see again what it saw before the last compaction."""

    name: ClassVar[str] = "undo_compaction"


class RedoCompaction(Struct, frozen=True):
    """Let the compaction hold again that was undone last."""

    name: ClassVar[str] = "redo_compaction"


class ListHints(Struct, frozen=True):
    """Tell which hint files there are; they come back as a transient `hints.listed`."""

    name: ClassVar[str] = "list_hints"


class SwitchHints(Struct, frozen=True):
    """Let the model read a hint file or not, from the next request on; `hints.listed` follows."""

    name: ClassVar[str] = "switch_hints"

    hint: str
    """Its path or its name, as it was listed, or its number in the list, from 1."""
    on: bool

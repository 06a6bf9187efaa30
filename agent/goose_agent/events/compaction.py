"""A conversation made smaller: what was put in the place of what, and what became of that."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = [
    "CompactionApplied",
    "CompactionFailed",
    "CompactionRedone",
    "CompactionTrigger",
    "CompactionUndone",
    "CompactionWay",
]

CompactionTrigger = Literal["manual", "threshold", "overflow"]
"""Why: a person asked for it, the window was nearly full, or a request did not fit."""
CompactionWay = Literal["summarize", "truncate", "clear", "results"]
"""`summarize`: a summary stands for what is left out. `truncate`: the oldest is left out. `clear`: all
is. `results`: only old results of tools are, a note in the place of each."""


class CompactionApplied(Struct, frozen=True):
    """From now on the model sees less; the record keeps everything."""

    type: ClassVar[str] = "compaction.applied"
    durability: ClassVar[Durability] = "act"

    compaction_id: str
    trigger: CompactionTrigger
    way: CompactionWay
    upto: int
    """`seq` up to which pieces of the conversation are left out, unless they are kept."""
    kept: tuple[str, ...]
    """Keys of the segments up to there that stay as they are."""
    results: tuple[str, ...]
    """Ids of the calls whose results became notes."""
    summary: str
    """What stands in the place of all that; empty for nothing."""
    tokens_before: int
    """Tokens of a request before it, estimated."""
    tokens_after: int
    cost: float | None
    """US dollars that the summary cost; None where no price is known or none was made."""


class CompactionUndone(Struct, frozen=True):
    """The model sees again what it saw before a compaction."""

    type: ClassVar[str] = "compaction.undone"
    durability: ClassVar[Durability] = "act"

    compaction_id: str
    """The last one that holds."""


class CompactionRedone(Struct, frozen=True):
    """A compaction that was undone holds again."""

    type: ClassVar[str] = "compaction.redone"
    durability: ClassVar[Durability] = "act"

    compaction_id: str
    """The one that was undone last."""


class CompactionFailed(Struct, frozen=True):
    """The conversation could not be made smaller: it is as it was."""

    type: ClassVar[str] = "compaction.failed"
    durability: ClassVar[Durability] = "act"

    trigger: CompactionTrigger
    message: str
    hint: str = ""
    """What to do next."""

"""How a conversation was made smaller: plain data, never changed in place."""

from __future__ import annotations

from msgspec import Struct

from goose_agent.events.compaction import CompactionApplied

__all__ = ["Fold", "Folding"]


class Fold(Struct, frozen=True):
    """A compaction and where it is on record."""

    seq: int
    applied: CompactionApplied

    @property
    def leaves_out(self) -> bool:
        """Whether it left out pieces of the conversation, and not only results of tools."""
        return self.applied.way != "results"


class Folding(Struct, frozen=True):
    """The compactions of a session."""

    applied: tuple[Fold, ...] = ()
    """Those that hold, in order."""
    undone: tuple[Fold, ...] = ()
    """Those that can be redone; the last one was undone last."""
    failures: int = 0
    """How many in a row failed that nobody asked for."""

    @property
    def fold(self) -> Fold | None:
        """The one that says what of the conversation is left out; None where all of it is there."""
        return next((fold for fold in reversed(self.applied) if fold.leaves_out), None)

    @property
    def saved(self) -> int:
        """Tokens that those which hold keep out of each request, as they were estimated."""
        return sum(
            max(0, fold.applied.tokens_before - fold.applied.tokens_after) for fold in self.applied
        )

    @property
    def results(self) -> frozenset[str]:
        """Ids of the calls whose results are notes."""
        return frozenset(call for fold in self.applied for call in fold.applied.results)

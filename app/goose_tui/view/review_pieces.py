"""A proposed compaction, piece by piece: what stays, what goes, and what would be lost with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from goose_agent.messages import Image, Text, Thinking, ToolCall, ToolResult

if TYPE_CHECKING:
    from goose_agent.context.conversation import Placed
    from goose_agent.context.proposal import Sizes
    from goose_agent.context.risk import Fact
    from goose_agent.events import CompactionReview
    from goose_agent.state.session_state import SessionState

__all__ = ["Fate", "ReviewPieces", "text_of"]

Fate = Literal["goes", "keep", "pin", "drop"]
"""`goes`: into the summary. `drop`: the summary need not tell of it."""


class ReviewPieces(Struct, frozen=True):
    """The pieces of a conversation that is to be made smaller."""

    view: tuple[Placed, ...]
    """All that the model sees of it now."""
    then: tuple[Placed, ...]
    """The same with notes in the place of results that are too large in any case."""
    review: CompactionReview
    pinned: frozenset[str]
    """Keys of those that stay whenever it is made smaller."""
    sizes: Sizes
    """Measures it."""

    @classmethod
    def of(cls, state: SessionState, review: CompactionReview) -> ReviewPieces:
        """The pieces that a proposal is about. May take long.

        Args:
            state: the session.
            review: the proposal.
        """
        from goose_agent.context.folding import noted_parts, view_of
        from goose_agent.context.proposal import Sizes

        view = tuple(item for item in view_of(state) if item.origin <= review.upto)
        pinned = frozenset(key for key, edit in state.edits.items() if edit.pinned)
        then = noted_parts(view, review.results)
        return cls(view, then, review, pinned, Sizes.of_state(state, review.tokens_before))

    def first_fates(self) -> dict[str, Fate]:
        """What is proposed for each piece."""
        kept = {item.key for item in self.stay(self.review.kept)}
        fates: dict[str, Fate] = {}
        for item in self.view:
            if item.key in self.pinned:
                fates[item.key] = "pin"
            else:
                fates[item.key] = "keep" if item.key in kept else "goes"
        return fates

    def tokens_of(self, item: Placed) -> int:
        """Tokens of a piece, about."""
        return self.sizes.of([item])

    def tokens_after(self, kept: Collection[str], summary: str) -> int:
        """Tokens of a request afterwards, about.

        Args:
            kept: keys of what stays.
            summary: what stands for the rest.
        """
        review = self.review
        return self.sizes.after(self.view, kept, review.way, summary, review.results)

    def stay(self, kept: Collection[str]) -> tuple[Placed, ...]:
        """The pieces that stay, as the model would see them.

        Args:
            kept: keys of what stays.
        """
        from goose_agent.context.proposal import stays

        return stays(self.then, kept)

    def at_risk(self, kept: Collection[str], summary: str) -> tuple[Fact, ...]:
        """What would be lost. May take long.

        Args:
            kept: keys of what stays.
            summary: what stands for the rest.
        """
        from goose_agent.context.risk import facts_at_risk

        there = self.stay(kept)
        keys = {item.key for item in there}
        goes = (item for item in self.view if item.key not in keys)
        return facts_at_risk(goes, "\n".join((summary, *_texts(there))))


def _texts(placed: Iterable[Placed]) -> Iterable[str]:
    return (text_of(item) for item in placed)


def text_of(item: Placed) -> str:
    """What a piece says."""
    match item.part:
        case Text(text) | Thinking(text):
            return text
        case ToolCall(_, name, arguments):
            return f"{name} {arguments}"
        case ToolResult(text=text):
            return text
        case Image(name=name):
            return name

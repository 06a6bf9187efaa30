"""What a compaction leaves of a conversation: a summary, what was kept, notes for old results.

Calls go with their results, and thoughts only stay where all that followed from them does: services
refuse one without the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from goose_agent.context.conversation import Exchange, Placed, conversation, parts_of
from goose_agent.context.edits import edited_parts
from goose_agent.context.summary_words import summary_key, summary_text
from goose_agent.evolve import evolve
from goose_agent.messages import Text, ToolResult
from goose_agent.state.folds import Fold, Folding
from goose_agent.state.records import CallRecord
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit

__all__ = [
    "NOTED",
    "as_note",
    "kept_parts",
    "noted_parts",
    "opening_parts",
    "shown_parts",
    "view_of",
]

NOTED = 1_500
"""Bytes from which on a result may give way to a note: a shorter one hardly costs more."""
_EXCERPT = 200
"""Characters of the start and of the end of a result that its note keeps."""


def opening_parts(folding: Folding, edits: Mapping[str, SegmentEdit]) -> tuple[Placed, ...]:
    """The parts that begin a conversation that was made smaller; none for a whole one.

    Args:
        folding: how it was made smaller.
        edits: what a person changed, by key.
    """
    last = folding.fold
    if last is None:
        return ()
    kept = set(last.applied.kept)
    folds = [fold for fold in folding.applied if fold.leaves_out]
    told = (fold for fold in folds if fold is last or summary_key(fold.seq) in kept)
    return edited_parts(tuple(map(_summary, told)), edits)


def _summary(fold: Fold) -> Placed:
    text = summary_text(fold.applied.way, fold.applied.summary)
    return Placed("user", f"summary{fold.seq}", "summary", fold.seq, Text(text))


def shown_parts(
    exchange: Exchange, edits: Mapping[str, SegmentEdit], folding: Folding
) -> tuple[Placed, ...]:
    """The parts of one exchange as the model is to see them; those that were dropped say so.

    Args:
        exchange: what was said.
        edits: what a person changed, by key.
        folding: how the conversation was made smaller.
    """
    placed = tuple(parts_of(exchange))
    fold, results = folding.fold, folding.results
    if fold is not None and exchange.records[0].seq <= fold.applied.upto:
        placed = kept_parts(placed, frozenset(fold.applied.kept))
    if results:
        blobs = {each.key: each.output for each in exchange.records if isinstance(each, CallRecord)}
        placed = tuple(
            as_note(item, blobs.get(item.ref, ""))
            if item.kind == "tool_result" and item.ref in results
            else item
            for item in placed
        )
    return edited_parts(placed, edits)


def kept_parts(placed: tuple[Placed, ...], kept: frozenset[str]) -> tuple[Placed, ...]:
    """What stays of the parts of one exchange.

    Args:
        placed: all of them.
        kept: keys of those that are to stay; a call or its result names both.
    """
    if not any(item.key in kept for item in placed):
        return ()
    pairs = {item.ref for item in placed if _is_paired(item) and item.key in kept}
    stays = [
        item.ref in pairs if _is_paired(item) else item.kind == "thinking" or item.key in kept
        for item in placed
    ]
    whole = all(stays)
    told = zip(placed, stays, strict=True)
    left = tuple(item for item, stay in told if stay and (whole or item.kind != "thinking"))
    return left if any(item.kind != "thinking" for item in left) else ()


def _is_paired(item: Placed) -> bool:
    return item.kind in ("tool_call", "tool_result")


def as_note(item: Placed, blob: str = "") -> Placed:
    """A result as a note that says how to get it back.

    Args:
        item: the result.
        blob: sha256 of the full output, where it is kept apart.
    """
    part = item.part
    if not isinstance(part, ToolResult):
        return item
    size = len(part.text.encode())
    named = f", blob {blob[:12]}" if blob else ""
    text = part.text
    if len(text) > 3 * _EXCERPT:
        text = f"{text[:_EXCERPT]}\n[…]\n{text[-_EXCERPT:]}"
    note = (
        f"{text}\n[This result of {part.name} was cut to save room: {size:,} bytes{named}. "
        f'recall(id="{part.call_id}") reads all of it again.]'
    )
    return evolve(item, part=evolve(part, text=note, images=()), altered="note")


def noted_parts(view: Iterable[Placed], results: Collection[str]) -> tuple[Placed, ...]:
    """A conversation with notes in the place of some results.

    Args:
        view: its parts.
        results: ids of the calls whose results give way.
    """
    return tuple(
        as_note(item) if item.kind == "tool_result" and item.ref in results else item
        for item in view
    )


def view_of(state: SessionState) -> tuple[Placed, ...]:
    """All that a model sees of the conversation now, in order. Blocks: call it in a thread."""
    said: Iterable[tuple[Placed, ...]] = (
        shown_parts(exchange, state.edits, state.folding)
        for exchange in conversation(state.records)
    )
    return tuple(_there(chain(opening_parts(state.folding, state.edits), *said)))


def _there(placed: Iterable[Placed]) -> Iterator[Placed]:
    return (item for item in placed if item.altered != "dropped")

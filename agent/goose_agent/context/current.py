"""What the model sees now, where a compaction, or its undoing, came after the last request."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, takewhile

from goose_agent.context.build import segment_of
from goose_agent.context.conversation import Placed, conversation, parts_of
from goose_agent.context.estimate import estimate_tokens, ratio_of
from goose_agent.context.folding import opening_parts, shown_parts
from goose_agent.events import Segment
from goose_agent.evolve import evolve
from goose_agent.state.folds import Folding
from goose_agent.state.session_state import ContextUse, SessionState

__all__ = ["current_use", "said_since"]

_OPENING = ("system", "tools", "hints")
_ANSWER = ("assistant", "thinking", "tool_call")


def current_use(state: SessionState) -> ContextUse:
    """The last request, as far as the next one will have it; itself where no compaction came since.

    Args:
        state: the session.
    """
    use = state.context
    if state.folding == Folding() or not _is_folded_anew(state):
        return use
    parts = tuple(_parts(state))
    there = [
        segment_of(item) for item in parts if item.kind == "summary" or item.origin < use.built
    ]
    known = {segment.key: at for at, segment in enumerate(use.segments)}
    ratio = ratio_of(use.ratios, state.answering)
    opening = list(takewhile(lambda segment: segment.kind in _OPENING, use.segments))
    ending = [segment for segment in use.segments[-1:] if segment.kind == "turn"]
    segments, since = list[Segment](), list[int]()
    for segment in (*opening, *there, *ending):
        at = known.get(segment.key)
        old = use.segments[at] if at is not None else None
        if at is not None and old is not None and _is_same(old, segment):
            segments.append(old)
            since.append(use.since[at] if at < len(use.since) else use.sent)
        else:
            segments.append(evolve(segment, tokens=estimate_tokens(segment.size, ratio)))
            since.append(use.sent + 1)
    left = {segment.key for segment in segments}
    gone = (each for each in use.segments if each.key not in left and each.altered != "dropped")
    answered = any(item.kind in _ANSWER and item.origin > use.built for item in parts)
    return evolve(
        use,
        segments=tuple(segments),
        since=tuple(since),
        gone=tuple(gone),
        answer=use.answer if answered else 0,
    )


def said_since(state: SessionState) -> tuple[Segment, ...]:
    """What was said since the last request: the next one will have it. Its tokens are not counted.

    Args:
        state: the session.
    """
    built = state.context.built
    later = list(takewhile(lambda record: record.seq > built, reversed(state.records)))[::-1]
    parts = chain.from_iterable(map(parts_of, conversation(later)))
    return tuple(segment_of(item) for item in parts if item.origin > built)


def _is_folded_anew(state: SessionState) -> bool:
    """Whether the last request had another summary, or other notes, than the next one will have."""
    segments, folding = state.context.segments, state.folding
    told = {segment.key for segment in segments if segment.kind == "summary"}
    if told != {item.key for item in opening_parts(folding, state.edits)}:
        return bool(segments)
    results = folding.results
    return any(
        (segment.ref in results) != (segment.altered == "note")
        for segment in segments
        if segment.kind == "tool_result" and segment.altered in ("", "note")
    )


def _parts(state: SessionState) -> Iterator[Placed]:
    edits, folding = state.edits, state.folding
    said = (shown_parts(exchange, edits, folding) for exchange in conversation(state.records))
    return chain(opening_parts(folding, edits), *said)


def _is_same(old: Segment, now: Segment) -> bool:
    if old.kind == "thinking":  # not all models are sent those
        return True
    return (old.ref, old.size, old.altered) == (now.ref, now.size, now.altered)

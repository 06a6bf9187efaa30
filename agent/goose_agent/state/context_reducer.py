"""How a session's state knows what the model sees, and how much that is."""

from __future__ import annotations

from collections.abc import Mapping

from goose_agent.events import (
    AnyData,
    ContextBuilt,
    ContextCounted,
    Event,
    ModelResponded,
    ResultEdited,
    Segment,
    SegmentEdited,
    ToolFinished,
    ToolOutcomeUnknown,
    UserMessage,
)
from goose_agent.evolve import evolve
from goose_agent.state.session_state import ContextUse, SessionState

__all__ = ["FIRST_RATIO", "ratio_of", "reduce_context", "refreshed"]

FIRST_RATIO = 4.0
"""Bytes for a token before a model has reported: a mean over English and code."""
_ADDS = UserMessage | ToolFinished | ToolOutcomeUnknown | SegmentEdited | ResultEdited
"""What the next request has and the last one had not."""


def ratio_of(ratios: Mapping[str, float], model: str) -> float:
    """Bytes for a token of a model, as far as it is known.

    Of one that has not reported yet it is taken to be as with the others: what is said in a session
    makes more of a difference than who reads it.

    Args:
        ratios: what was learned of models.
        model: `provider/model`.
    """
    if model in ratios:
        return ratios[model]
    return sum(ratios.values()) / len(ratios) if ratios else FIRST_RATIO


def reduce_context(
    state: SessionState, event: Event, data: ContextBuilt | ContextCounted
) -> SessionState:
    """A request was built, or its tokens were counted."""
    match data:
        case ContextBuilt():
            return evolve(state, context=_built(state.context, event.seq, data))
        case ContextCounted(built) if built == state.context.built:
            return evolve(state, context=_counted(state.context, data))
        case ContextCounted():
            return state  # the next request came first


def _built(use: ContextUse, seq: int, data: ContextBuilt) -> ContextUse:
    keep = data.keep if data.base else 0
    number = use.sent + 1
    since = [number] * len(data.added)
    gone: tuple[Segment, ...] = ()
    if keep < len(use.segments):
        # Something in the middle changed: what stands behind it is there as before.
        before = dict(zip(map(_content, use.segments[keep:]), use.since[keep:], strict=False))
        since = [before.get(_content(segment), number) for segment in data.added]
        there = {segment.key for segment in data.added if segment.altered != "dropped"}
        gone = tuple(
            segment
            for segment in use.segments[keep:]
            if segment.key not in there and segment.altered != "dropped"
        )
    return evolve(
        use,
        tokens=data.tokens,
        answer=0,
        source="estimate",
        stale=False,
        segments=(*use.segments[:keep], *data.added),
        since=(*use.since[:keep], *since),
        gone=gone,
        built=seq,
        size=data.size,
        folded=0,
    )


def _content(segment: Segment) -> tuple[str, str, int, str]:
    """What is the same where a segment stands for the same content."""
    return segment.key, segment.ref, segment.size, segment.altered


def _counted(use: ContextUse, data: ContextCounted) -> ContextUse:
    segments = list(use.segments)
    for place, count in zip(data.places, data.counts, strict=False):
        if 0 <= place < len(segments):
            segments[place] = evolve(segments[place], tokens=count, source="tokenizer")
    counted = evolve(use, segments=tuple(segments))
    if use.source == "provider" or not data.tokens:
        return counted  # who answers has said it by now
    return evolve(counted, tokens=data.tokens, source=data.source)


def refreshed(before: SessionState, now: SessionState, data: AnyData) -> SessionState:
    """The state with a count of tokens that says whether it still holds.

    Args:
        before: the state before an event.
        now: the state after it.
        data: what happened.
    """
    use = now.context
    pins = isinstance(data, SegmentEdited) and data.change in ("pin", "unpin")
    if isinstance(data, _ADDS) and use.built and not use.stale and not pins:
        return evolve(now, context=evolve(use, stale=True))
    if now.answering != before.answering and use.tokens:
        return evolve(now, context=_recounted(use, before.answering, now.answering))
    if isinstance(data, ModelResponded) and data.usage is not None:
        return evolve(now, context=_caught_up(use, now))
    return now


def _recounted(use: ContextUse, theirs: str, ours: str) -> ContextUse:
    """Another model counts otherwise: what its own reports have taught holds at once."""
    factor = ratio_of(use.ratios, theirs) / ratio_of(use.ratios, ours)
    words = max(0, use.tokens - use.picture_tokens)
    tokens = round(words * factor) + use.picture_tokens
    answer = min(tokens, round(use.answer * factor))
    return evolve(use, tokens=tokens, answer=answer, source="estimate")


def _caught_up(use: ContextUse, state: SessionState) -> ContextUse:
    """What was reported of a request, after all that happened while it was answered."""
    if use.folded:
        use = evolve(use, tokens=max(use.answer, use.tokens - use.folded), source="estimate")
    if state.switched > use.built and state.asked != state.answering:
        use = _recounted(use, state.asked, state.answering)
    return use

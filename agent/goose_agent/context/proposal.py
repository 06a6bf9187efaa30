"""What of a conversation is to stay when it is made smaller, and how large it is then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from goose_agent.context.build import part_size
from goose_agent.context.conversation import Placed
from goose_agent.context.estimate import ratio_of
from goose_agent.context.folding import NOTED, as_note, kept_parts, noted_parts
from goose_agent.context.summary_words import summary_text
from goose_agent.context.thoughts import thoughts_are_sent
from goose_agent.events.compaction import CompactionWay
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit

__all__ = [
    "Sizes",
    "bulky_results",
    "cleared",
    "exchanges_of",
    "last_exchange",
    "oldest_out",
    "stays",
    "what_stays",
]

_UNTOUCHED = SegmentEdit()


class Sizes(Struct, frozen=True):
    """How large a conversation is, and by how much it becomes smaller."""

    tokens: int
    """Of the whole request as it is, estimated."""
    ratio: float
    """Bytes for a token."""
    thoughts: bool = True
    """Whether the model is sent those of its earlier answers."""

    @classmethod
    def of_state(cls, state: SessionState, tokens: int) -> Sizes:
        """The sizes of a session's conversation, as its model counts.

        Args:
            state: the session.
            tokens: of a request as it is.
        """
        use = state.context
        thoughts = thoughts_are_sent(use.segments, state.edits)
        return cls(tokens, ratio_of(use.ratios, state.answering), thoughts)

    def of(self, placed: Iterable[Placed]) -> int:
        """Tokens of these parts."""
        sent = (item for item in placed if self.thoughts or item.kind != "thinking")
        return round(sum(part_size(item.part) for item in sent) / self.ratio)

    def after(
        self,
        view: Sequence[Placed],
        kept: Collection[str],
        way: CompactionWay,
        summary: str,
        results: Collection[str] = (),
    ) -> int:
        """Tokens of the request once a conversation was made smaller.

        Args:
            view: all that the model sees of the conversation.
            kept: keys of what stays of it.
            way: how it is made smaller.
            summary: what stands for the rest.
            results: ids of the calls whose results become notes.
        """
        noted = noted_parts(view, results)
        left = noted if way == "results" else stays(noted, kept)
        words = len(summary_text(way, summary).encode())
        return max(0, self.tokens - self.of(view) + self.of(left) + round(words / self.ratio))


def exchanges_of(view: Iterable[Placed]) -> list[tuple[Placed, ...]]:
    """The parts by exchange: a message of a person, or an answer with the results of its calls."""
    return [tuple(run) for _, run in groupby(view, key=lambda item: item.group)]


def stays(view: Iterable[Placed], kept: Collection[str]) -> tuple[Placed, ...]:
    """The parts that stay as they are, calls with their results."""
    keys = frozenset(kept)
    return tuple(item for said in exchanges_of(view) for item in kept_parts(said, keys))


def _pinned(view: Iterable[Placed], edits: Mapping[str, SegmentEdit]) -> set[str]:
    return {item.key for item in view if edits.get(item.key, _UNTOUCHED).pinned}


def last_exchange(view: Sequence[Placed]) -> tuple[Placed, ...]:
    """The exchange that the model has not gone beyond yet; nothing where there is none."""
    said = exchanges_of(view)
    return said[-1] if said else ()


def _last_said(view: Iterable[Placed]) -> set[str]:
    """The last message of the person."""
    said = [each for each in exchanges_of(view) if each[0].kind in ("user", "image")]
    return {item.key for item in said[-1]} if said else set()


def what_stays(
    view: Sequence[Placed], edits: Mapping[str, SegmentEdit], sizes: Sizes, recent: int
) -> tuple[str, ...]:
    """Keys of what stays word for word: what is pinned, said last, unread or recent.

    Args:
        view: all that the model sees of the conversation.
        edits: what a person changed, by key.
        sizes: measures it.
        recent: tokens of the latest exchanges that stay.
    """
    keys = _pinned(view, edits) | _last_said(view) | _latest(view, sizes, recent)
    return _in_order(view, keys)


def _latest(view: Sequence[Placed], sizes: Sizes, recent: int) -> set[str]:
    """The latest exchanges, the last one in any case where the model has not read its results."""
    keys: set[str] = set()
    for at, said in enumerate(reversed(exchanges_of(view))):
        recent -= sizes.of(said)
        unread = at == 0 and any(item.kind == "tool_result" for item in said)
        if recent < 0 and not unread:
            break
        keys |= {item.key for item in said if item.kind != "summary"}
    return keys


def oldest_out(
    view: Sequence[Placed], edits: Mapping[str, SegmentEdit], sizes: Sizes, target: int
) -> tuple[str, ...]:
    """Keys of what stays when the oldest is left out until the request is small enough.

    Args:
        view: all that the model sees of the conversation.
        edits: what a person changed, by key.
        sizes: measures it.
        target: tokens of the request then.
    """
    always = _pinned(view, edits) | _last_said(view) | {i.key for i in last_exchange(view)}
    tokens, keys = sizes.tokens, {item.key for item in view}
    for said in exchanges_of(view):
        if tokens <= target:
            break
        goes = {item.key for item in said} - always
        tokens -= sizes.of(item for item in said if item.key in goes)
        keys -= goes
    return _in_order(view, keys)


def cleared(view: Sequence[Placed], edits: Mapping[str, SegmentEdit]) -> tuple[str, ...]:
    """Keys of what stays when all is left out that need not stay."""
    unread = last_exchange(view)
    keys = _pinned(view, edits) | _last_said(view)
    if any(item.kind == "tool_result" for item in unread):
        keys |= {item.key for item in unread}
    return _in_order(view, keys)


def _in_order(view: Iterable[Placed], keys: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.key for item in view if item.key in keys))


def bulky_results(
    view: Sequence[Placed],
    edits: Mapping[str, SegmentEdit],
    sizes: Sizes,
    *,
    recent: int,
    unread: int,
) -> tuple[tuple[str, ...], int]:
    """Calls whose results may give way to notes, and the tokens that this saves.

    Args:
        view: all that the model sees of the conversation.
        edits: what a person changed, by key.
        sizes: measures it.
        recent: tokens of the latest exchanges whose results stay.
        unread: tokens from which on even one of those goes.
    """
    latest = _latest(view, sizes, recent)
    calls, saved = [], 0
    for item in view:
        least = unread * sizes.ratio if item.key in latest else NOTED
        if item.kind != "tool_result" or item.altered or part_size(item.part) < least:
            continue
        if edits.get(item.key, _UNTOUCHED) == _UNTOUCHED:
            calls.append(item.ref)
            saved += sizes.of([item]) - sizes.of([as_note(item)])
    return tuple(calls), saved

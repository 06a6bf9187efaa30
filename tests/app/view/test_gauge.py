"""What the context gauge says of a session."""

from __future__ import annotations

import pytest

from goose_agent.events import CompactionApplied, Segment, SegmentKind
from goose_agent.evolve import evolve
from goose_agent.messages import Usage
from goose_agent.state.folds import Fold, Folding
from goose_agent.state.session_state import ContextUse, SessionState
from goose_tui.view.gauge import GaugeReader, read_gauge

HEAD = (Segment("system", 0, size=3000), Segment("tools", 0, size=3000))


def filled(*kinds: SegmentKind, tokens: int, window: int | None = 10_000) -> SessionState:
    """A session whose conversation is made of these, a thousand bytes each."""
    said = (Segment(kind, at, size=1000) for at, kind in enumerate(kinds, 2))
    use = ContextUse(tokens=tokens, source="provider", segments=(*HEAD, *said), built=9)
    return SessionState(model="a/b", window=window, context=use)


def test_the_shares_sum_to_what_was_counted() -> None:
    reading = read_gauge(filled("user", "assistant", "tool_call", "tool_result", tokens=7001))
    names = ["sys", "tools", "you", "model", "results", "framing"]
    assert [share.name for share in reading.shares] == names
    assert sum(share.tokens for share in reading.shares) == 7001


@pytest.mark.parametrize(
    ("tokens", "turns"), [(1200, None), (4000, 6), (7000, 1), (7999, 1), (8000, 0), (12_000, 0)]
)
def test_it_tells_how_many_turns_fit_until_the_conversation_is_made_smaller(
    tokens: int, turns: int | None
) -> None:
    state = filled("user", "assistant", "user", "assistant", tokens=tokens)
    assert read_gauge(state, 0.8).turns_left == turns


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_it_foretells_nothing_where_that_never_happens(threshold: float) -> None:
    state = filled("user", "assistant", tokens=7000)
    reading = read_gauge(state, threshold)
    assert (reading.threshold, reading.turns_left) == (None, None)
    assert read_gauge(filled("user", tokens=7000, window=None), 0.8).turns_left is None


def test_it_tells_how_much_came_from_the_cache() -> None:
    state = filled("user", tokens=1000)
    used = evolve(state.context, usage=Usage(1000, 10, cache_read_tokens=250))
    assert read_gauge(evolve(state, context=used)).cached == 0.25
    assert read_gauge(state).cached is None


def test_it_is_read_anew_only_where_something_changed() -> None:
    reader, state = GaugeReader(), filled("user", tokens=1000)
    first = reader.read(state, 0.8)
    assert reader.read(evolve(state, title="Another"), 0.8) is first
    assert reader.read(evolve(state, window=99_000), 0.8).window == 99_000


def test_it_tells_what_compactions_that_hold_keep_out() -> None:
    applied = CompactionApplied(
        "c1", "manual", "summarize", 9, (), (), "In short.", 9000, 2500, None
    )
    state = evolve(
        filled("user", tokens=1000), folding=Folding(applied=(Fold(12, applied),), undone=())
    )
    assert read_gauge(state).saved == 6500
    undone = Folding(applied=(), undone=(Fold(12, applied),))
    assert read_gauge(evolve(state, folding=undone)).saved == 0

"""The tokens of segments sum to what was counted, whoever counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.context.spread import spread
from goose_agent.events import Segment
from goose_agent.state.session_state import ContextUse


def use(*segments: Segment, tokens: int, answer: int = 0) -> ContextUse:
    return ContextUse(tokens=tokens, source="provider", segments=segments, answer=answer)


@given(
    st.lists(st.builds(Segment, st.just("user"), st.just(1), size=st.integers(0, 10**6),
                       tokens=st.integers(0, 10**6),
                       source=st.sampled_from(["estimate", "tokenizer"]))),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)  # fmt: skip
def test_nothing_is_lost_and_nothing_is_added(
    segments: list[Segment], tokens: int, answer: int
) -> None:
    found = spread(use(*segments, tokens=tokens, answer=answer), "a/b")
    assert found.total == tokens
    assert len(found.segments) == len(segments)
    assert min((*found.segments, found.framing, found.answer)) >= 0


def test_what_a_tokenizer_counted_stays_and_the_rest_is_framing() -> None:
    one = Segment("system", 0, size=400, tokens=100, source="tokenizer")
    two = Segment("user", 3, size=40, tokens=10, source="tokenizer")
    assert spread(use(one, two, tokens=150, answer=20), "a/b").segments == (100, 10)
    assert spread(use(one, two, tokens=150, answer=20), "a/b").framing == 20


def test_a_count_that_is_more_than_was_reported_is_made_smaller() -> None:
    one = Segment("system", 0, size=400, tokens=100, source="tokenizer")
    two = Segment("user", 3, size=40, tokens=10, source="tokenizer")
    found = spread(use(one, two, tokens=55), "a/b")
    assert (found.segments, found.framing) == ((50, 5), 0)


@pytest.mark.parametrize("answer", [0, 40])
def test_estimates_share_what_was_reported(answer: int) -> None:
    one, two = Segment("system", 0, size=3000), Segment("user", 3, size=1000)
    found = spread(use(one, two, tokens=1000 + answer, answer=answer), "a/b")
    assert (found.segments, found.framing, found.answer) == ((744, 248), 8, answer)

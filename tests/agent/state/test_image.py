"""An image of a state says what the events say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from goose_agent.errors import StoreError
from goose_agent.events import Event
from goose_agent.state.image import state_from, state_to
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from support.events import logs


@settings(max_examples=60, deadline=None)
@given(logs())
def test_an_image_is_the_state_of_any_log(log: list[Event]) -> None:
    state = SessionState()
    for event in log:
        state = reduce(state, event)
    assert state_from(state_to(state)) == state


@settings(max_examples=20, deadline=None)
@given(logs(), logs())
def test_events_go_on_from_an_image_as_from_the_state(
    before: list[Event], after: list[Event]
) -> None:
    state = SessionState()
    for event in before:
        state = reduce(state, event)
    imaged = state_from(state_to(state))
    for event in after:
        state, imaged = reduce(state, event), reduce(imaged, event)
    assert imaged == state


@pytest.mark.parametrize("garbage", [b"", b"[]", b'{"records": 1}', b"\xff"])
def test_what_is_no_image_is_refused(garbage: bytes) -> None:
    with pytest.raises(StoreError):
        state_from(garbage)

from __future__ import annotations

import pytest

from goose_agent.errors import (
    AuthError,
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    ProviderError,
    QuotaError,
    RateLimited,
)
from goose_agent.providers.retry import RetryPolicy, next_delay


def test_delays_double_and_the_fourth_attempt_is_the_last() -> None:
    error = ConnectionLost("gone")

    assert [next_delay(error, attempt, 1.0) for attempt in range(1, 5)] == [1.0, 2.0, 4.0, None]


def test_chance_takes_away_up_to_half_of_a_delay() -> None:
    assert next_delay(ConnectionLost("gone"), 2, 0.0) == 1.0
    assert next_delay(ConnectionLost("gone"), 2, 0.5) == 1.5


def test_a_delay_does_not_grow_for_ever() -> None:
    policy = RetryPolicy(attempts=100, longest_delay=8.0)

    assert next_delay(ConnectionLost("gone"), 60, 1.0, policy) == 8.0


def test_a_service_is_never_asked_again_earlier_than_it_wants() -> None:
    error = RateLimited("slow down", retry_after=20.0)

    assert next_delay(error, 1, 0.0) == pytest.approx(20.05)
    assert next_delay(error, 1, 1.0) == pytest.approx(20.1)


def test_a_wait_of_many_minutes_is_left_to_a_person() -> None:
    assert next_delay(RateLimited("tomorrow", retry_after=3600.0), 1, 0.5) is None


@pytest.mark.parametrize("kind", [AuthError, QuotaError, ContextOverflow, BadAnswer, ProviderError])
def test_what_waiting_does_not_mend_is_not_tried_again(kind: type[ProviderError]) -> None:
    assert next_delay(kind("no"), 1, 0.5) is None

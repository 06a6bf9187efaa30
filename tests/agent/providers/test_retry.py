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
    StreamLost,
)
from goose_agent.providers.retry import Failures, RetryPolicy, next_delay

LOST = ConnectionLost("gone")


def test_delays_double_and_the_fourth_retry_is_the_last() -> None:
    delays = [next_delay(LOST, Failures(requests=count), 1.0) for count in range(1, 6)]

    assert delays == [1.0, 2.0, 4.0, 8.0, None]


def test_an_answer_that_broke_off_is_asked_for_five_times_more() -> None:
    lost = StreamLost("silent")
    delays = [next_delay(lost, Failures(streams=count), 1.0) for count in range(1, 7)]

    assert delays == [1.0, 2.0, 4.0, 8.0, 16.0, None]


def test_both_kinds_of_failure_are_counted_apart() -> None:
    failures = Failures()
    for error in (LOST, StreamLost("silent"), RateLimited("busy"), StreamLost("silent")):
        failures = failures.after(error)

    assert failures == Failures(requests=2, streams=2)
    assert failures.total == 4
    assert next_delay(LOST, Failures(requests=1, streams=5), 1.0) == 1.0


def test_chance_takes_away_up_to_half_of_a_delay() -> None:
    assert next_delay(LOST, Failures(2), 0.0) == 1.0
    assert next_delay(LOST, Failures(2), 0.5) == 1.5


def test_a_delay_does_not_grow_for_ever() -> None:
    policy = RetryPolicy(requests=100, longest_delay=8.0)

    assert next_delay(LOST, Failures(60), 1.0, policy) == 8.0


def test_a_service_is_never_asked_again_earlier_than_it_wants() -> None:
    error = RateLimited("slow down", retry_after=20.0)

    assert next_delay(error, Failures(1), 0.0) == pytest.approx(20.05)
    assert next_delay(error, Failures(1), 1.0) == pytest.approx(20.1)


def test_a_wait_of_many_minutes_is_left_to_a_person() -> None:
    assert next_delay(RateLimited("tomorrow", retry_after=3600.0), Failures(1), 0.5) is None


@pytest.mark.parametrize("kind", [AuthError, QuotaError, ContextOverflow, BadAnswer, ProviderError])
def test_what_waiting_does_not_mend_is_not_tried_again(kind: type[ProviderError]) -> None:
    assert next_delay(kind("no"), Failures(1), 0.5) is None

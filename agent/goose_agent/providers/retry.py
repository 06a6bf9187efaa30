"""When a failed request is sent again, and after how long: pure functions, the loop waits."""

from __future__ import annotations

from dataclasses import dataclass

from goose_agent.errors import ProviderError

__all__ = ["RetryPolicy", "next_delay"]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be."""

    attempts: int = 4
    """How often a request is sent at most, the first time included."""
    first_delay: float = 1.0
    """Seconds before the second attempt; each later delay is twice the one before."""
    longest_delay: float = 30.0
    """Seconds that our own delays do not exceed."""
    longest_wait: float = 120.0
    """Seconds a service may ask us to wait; where it asks for more, a person should decide."""


DEFAULT = RetryPolicy()


def next_delay(
    error: ProviderError, attempt: int, chance: float, policy: RetryPolicy = DEFAULT
) -> float | None:
    """Seconds until the next attempt, or None where there should be none.

    Args:
        error: why the last attempt failed.
        attempt: the number of the attempt that failed, from 1.
        chance: a random number from 0 up to 1, so that many clients do not return at once.
        policy: how patient to be.
    """
    if not error.retryable or attempt >= policy.attempts:
        return None
    own = min(policy.longest_delay, policy.first_delay * 2.0 ** (attempt - 1))
    own *= 0.5 + 0.5 * chance
    asked = error.retry_after
    if asked is None:
        return own
    # Never earlier than asked; a little later for the same reason as above.
    return None if asked > policy.longest_wait else asked + own * 0.1

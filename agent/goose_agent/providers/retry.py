"""When a failed request is sent again, and after how long: pure functions, the loop waits."""

from __future__ import annotations

from msgspec import Struct

from goose_agent.errors import ProviderError, StreamLost
from goose_agent.evolve import evolve

__all__ = ["DEFAULT", "Failures", "RetryPolicy", "next_delay"]


class RetryPolicy(Struct, frozen=True):
    """How patient to be."""

    requests: int = 4
    """How often a request that was refused or did not arrive is sent again."""
    streams: int = 5
    """How often a request is sent again whose answer broke off or fell silent."""
    first_delay: float = 1.0
    """Seconds before the first retry; each later delay is twice the one before."""
    longest_delay: float = 30.0
    """Seconds that our own delays do not exceed."""
    longest_wait: float = 120.0
    """Seconds a service may ask us to wait; where it asks for more, a person should decide."""


DEFAULT = RetryPolicy()


class Failures(Struct, frozen=True):
    """How one request has failed so far."""

    requests: int = 0
    streams: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.requests + self.streams

    def after(self, error: ProviderError) -> Failures:
        """The count with one more."""
        if isinstance(error, StreamLost):
            return evolve(self, streams=self.streams + 1)
        return evolve(self, requests=self.requests + 1)


def next_delay(
    error: ProviderError, failures: Failures, chance: float, policy: RetryPolicy = DEFAULT
) -> float | None:
    """Seconds until the next attempt, or None where there should be none.

    An answer that broke off may be asked for again because no tool runs before an answer is whole.

    Args:
        error: why the last attempt failed.
        failures: all failures of this request, this one included.
        chance: a random number from 0 up to 1, so that many clients do not return at once.
        policy: how patient to be.
    """
    broke_off = isinstance(error, StreamLost)
    count = failures.streams if broke_off else failures.requests
    if not error.retryable or count > (policy.streams if broke_off else policy.requests):
        return None
    own = min(policy.longest_delay, policy.first_delay * 2.0 ** (count - 1))
    own *= 0.5 + 0.5 * chance
    asked = error.retry_after
    if asked is None:
        return own
    # Never earlier than asked; a little later for the same reason as above.
    return None if asked > policy.longest_wait else asked + own * 0.1

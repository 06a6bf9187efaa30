"""From a failure of a service to our errors: statuses, error events, transport."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from goose_agent.errors import (
    AuthError,
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    ProviderError,
    QuotaError,
    RateLimited,
)
from goose_agent.providers.complaints import Complaint, complaint_of, status_of
from goose_agent.providers.service import Service

__all__ = ["refusal", "retry_after", "stream_refusal", "unproven", "unreachable"]

# What services answer to a request that is larger than the window.
_OVERFLOW = re.compile(
    r"context_length_exceeded|exceed_context_size|context_window|maximum context length"
    r"|context window|context limit|context size|prompt (is )?too long|input is too long"
    r"|input tokens exceeded|input token count.*exceeds|longer than the (model's )?(maximum )?context"
    r"|max context length|request too large for|request_too_large",
    re.IGNORECASE | re.DOTALL,
)
_QUOTA = re.compile(
    r"insufficient[_ ](quota|balance|funds|credit)|billing|credit balance|payment[_ ]required"
    r"|exceeded your current quota|spending limit|out of credits",
    re.IGNORECASE,
)
_WAIT = re.compile(
    r"(?:try again|retry) in\s+(?:(\d+)h)?\s*(?:(\d+)m(?!s))?\s*(?:([\d.]+)\s*(ms|s))?",
    re.IGNORECASE,
)


def refusal(
    service: Service, status: int, complaint: Complaint, wait: float | None = None
) -> ProviderError:
    """The error that a status and what came with it amount to.

    Args:
        service: who answered.
        status: the HTTP status, or its like for an error inside a stream; 0 for unknown.
        complaint: what the service says.
        wait: seconds it asks to wait, or None.
    """
    name = service.name
    if status in {401, 403}:
        return _not_allowed(service, status, complaint)
    if "api_key_invalid" in complaint.codes:
        return _not_allowed(service, 401, complaint)
    if _is_quota(status, complaint, wait):
        return QuotaError(
            _sentence(service, f"{name} has no credit left for this key", status, complaint),
            "Add credit there, or choose another model.",
            status=status,
        )
    if _is_overflow(status, complaint):
        return ContextOverflow(
            _sentence(service, f"The request is too large for {name}", status, complaint),
            "Compact the conversation, or choose a model with a larger window.",
            status=status,
        )
    if status == 429:
        return RateLimited(
            _sentence(service, f"{name} takes no more requests for now", status, complaint),
            "Wait a moment, then try again.",
            status=status,
            retry_after=wait if wait is not None else _wait_in(complaint.words),
        )
    if status in {0, 408, 409, 425} or status >= 500:
        return ConnectionLost(
            _sentence(service, f"{name} failed or is overloaded", status, complaint),
            "Try again in a moment.",
            status=status,
            retry_after=wait,
        )
    return _refused(service, status, complaint)


def stream_refusal(service: Service, value: object) -> ProviderError:
    """The error that an error event inside a stream amounts to."""
    complaint = complaint_of(value)
    return refusal(service, status_of(complaint), complaint)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a response asks to wait, or None.

    Args:
        headers: of the response, with names in any case.
        now: the time to count a date from where the response has none of its own.
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(lower[name]) / unit)
        except (KeyError, ValueError):
            continue
    until = _date(lower.get("retry-after", ""))
    if until is None:
        return None
    # The service's own clock, where it gives it, is the one its date belongs to.
    return max(0.0, (until - (_date(lower.get("date", "")) or now)).total_seconds())


def unreachable(service: Service, reason: str) -> ConnectionLost:
    """The error of a service that cannot be reached."""
    where = f"Check the network or {service.url_variable}." if service.url_variable else ""
    # A service without a name of its own is named by its address.
    named = service.place.startswith(service.name)
    place = service.place if named else f"{service.name} at {service.place}"
    return ConnectionLost(
        service.masked(f"Cannot reach {place}: {reason}."),
        service.start_hint or where,
    )


def unproven(service: Service, reason: str) -> ProviderError:
    """The error of a service whose certificate does not prove who it is: no try changes that."""
    return ProviderError(
        service.masked(f"{service.name} at {service.place} is not to be trusted: {reason}."),
        "Check the address and the clock; name a company's own certificates in SSL_CERT_FILE.",
    )


def _not_allowed(service: Service, status: int, complaint: Complaint) -> AuthError:
    if status == 403:
        lead = f"{service.name} does not allow this"
        hint = f"Check what the key in {service.key_variable} may use."
    else:
        lead = f"{service.name} refused the key"
        hint = f"Set {service.key_variable} to a valid key."
    if not service.key_variable:
        hint = f"Check the access to {service.place}."
    return AuthError(_sentence(service, lead, status, complaint), hint, status=status)


def _refused(service: Service, status: int, complaint: Complaint) -> ProviderError:
    if 300 <= status < 400:
        return BadAnswer(
            _sentence(service, f"{service.name} redirects elsewhere", status, complaint),
            f"Set {service.url_variable or 'the address'} to the final address.",
            status=status,
        )
    if status == 404:
        return ProviderError(
            _sentence(service, f"{service.name} does not know this model", status, complaint),
            f"Choose another model, or check {service.url_variable or 'the address'}.",
            status=status,
        )
    return ProviderError(
        _sentence(service, f"{service.name} refused the request", status, complaint),
        "Try another model, or start a new session if it persists.",
        status=status,
    )


def _is_quota(status: int, complaint: Complaint, wait: float | None) -> bool:
    if status == 402:
        return True
    # Some services say "quota" of limits by the minute; those name a time to wait.
    waits = wait is not None or _wait_in(complaint.words) is not None
    return status in {400, 429} and not waits and bool(_QUOTA.search(complaint.everything))


def _is_overflow(status: int, complaint: Complaint) -> bool:
    return status == 413 or (status != 404 and bool(_OVERFLOW.search(complaint.everything)))


def _wait_in(words: str) -> float | None:
    found = _WAIT.search(words)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, number, unit = found.groups()
    try:
        seconds = float(number or 0) / (1000.0 if unit and unit.lower() == "ms" else 1.0)
    except ValueError:
        return None
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds


def _date(text: str) -> datetime | None:
    # Only a date in a header needs it, and it loads the whole of `email`.
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _sentence(service: Service, lead: str, status: int, complaint: Complaint) -> str:
    head = f"{lead} ({status})" if status else lead
    words = service.masked(complaint.words).rstrip(". ")
    return f"{head}: {words}." if words else f"{head}."

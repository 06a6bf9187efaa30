"""From what a service says of a failure to our errors: statuses, bodies, error events, transport."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

from goose_agent.errors import (
    AuthError,
    BadAnswer,
    ConnectionLost,
    ContextOverflow,
    ProviderError,
    QuotaError,
    RateLimited,
)
from goose_agent.providers.service import Service

__all__ = [
    "Complaint",
    "complaint_in",
    "complaint_of",
    "refusal",
    "retry_after",
    "status_of",
    "stream_refusal",
    "unreachable",
]

_LONGEST_WORDS = 400

# What services answer to a request that is larger than the window.
_OVERFLOW = re.compile(
    r"context_length_exceeded|exceed_context_size|context_window|maximum context length"
    r"|context window|context limit|context size|prompt (is )?too long|input is too long"
    r"|input token count.*exceeds|longer than the (model's )?(maximum )?context"
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
_TAG = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)

# What services call an error inside a stream, where there is no status.
_STATUS_OF = {
    "authentication_error": 401,
    "invalid_api_key": 401,
    "billing_error": 402,
    "insufficient_quota": 402,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "invalid_request_error": 400,
    "bad_request": 400,
    "context_length_exceeded": 400,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "api_error": 500,
    "server_error": 500,
    "internal_error": 500,
    "internal_server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a service says of a failure."""

    words: str = ""
    """Its own message, on one line."""
    codes: tuple[str, ...] = ()
    """Its names for the error, in lower case."""
    status: int = 0
    """A status given in the body; 0 for none."""

    @property
    def everything(self) -> str:
        """Codes and words, to search in."""
        return " ".join((*self.codes, self.words))


def complaint_in(body: bytes) -> Complaint:
    """What the body of a failed response says, be it JSON, a page or plain text."""
    text = body.decode("utf-8", "replace").strip()
    if text.startswith(("{", "[")):
        try:
            return complaint_of(json.loads(text))
        except (ValueError, RecursionError):
            pass
    if text.startswith("<"):
        titled = _TITLE.search(text)
        text = unescape(_TAG.sub(" ", titled[2] if titled else text))
    return Complaint(_one_line(text.strip().partition("\n")[0]))


def complaint_of(value: object) -> Complaint:
    """What a JSON value says of a failure; services differ in where they put it."""
    if isinstance(value, list):
        return complaint_of(value[0]) if value else Complaint()
    if not isinstance(value, dict):
        return Complaint(_one_line(str(value)))
    inner = value.get("error")
    if isinstance(inner, (dict, list)) and inner:
        return complaint_of(inner)
    words = next(
        (
            found if isinstance(found, str) else json.dumps(found)
            for key in ("message", "error", "detail", "error_description")
            if (found := value.get(key))
        ),
        "",
    )
    names = [value.get(key) for key in ("code", "type", "status")]
    numbers = [n for n in names if isinstance(n, int) and 400 <= n < 600]
    return Complaint(
        _one_line(words),
        tuple(name.lower() for name in names if isinstance(name, str) and name),
        numbers[0] if numbers else 0,
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


def status_of(complaint: Complaint) -> int:
    """The HTTP status that a complaint amounts to; 0 where it cannot be told."""
    known = (_STATUS_OF[code] for code in complaint.codes if code in _STATUS_OF)
    return complaint.status or next(known, 0)


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
    return ConnectionLost(
        service.masked(f"Cannot reach {service.name} at {service.place}: {reason}."),
        service.start_hint or where,
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


def _one_line(text: str) -> str:
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= _LONGEST_WORDS else clean[: _LONGEST_WORDS - 1] + "…"


def _sentence(service: Service, lead: str, status: int, complaint: Complaint) -> str:
    head = f"{lead} ({status})" if status else lead
    words = service.masked(complaint.words).rstrip(". ")
    return f"{head}: {words}." if words else f"{head}."

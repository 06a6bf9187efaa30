"""What services say of a failure, wherever they put it: in bodies, pages and error events."""

from __future__ import annotations

import json
import re
from html import unescape

from msgspec import Struct

__all__ = ["Complaint", "complaint_in", "complaint_of", "status_of"]

_LONGEST_WORDS = 400
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
    "vector_store_timeout": 504,
    "invalid_prompt": 400,
    "bio_policy": 400,
    "misalignment_policy_violation": 400,
    "data_residency_mismatch": 400,
    "api_key_invalid": 401,
    "accessdeniedexception": 403,
    "validationexception": 400,
    "throttlingexception": 429,
    "internalserverexception": 500,
    "modelstreamerrorexception": 500,
    "serviceunavailableexception": 503,
    "modeltimeoutexception": 504,
}
# Pictures are refused under many names, and trying again helps with none of them.
_PICTURE = re.compile(r"(^|_)image(_|$)")


class Complaint(Struct, frozen=True):
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
            for key in ("message", "Message", "error", "detail", "error_description")
            if (found := value.get(key))
        ),
        "",
    )
    names = [value.get(key) for key in ("code", "type", "__type", "status")]
    if isinstance(details := value.get("details"), list):
        names += [detail.get("reason") for detail in details if isinstance(detail, dict)]
    numbers = [n for n in names if isinstance(n, int) and 400 <= n < 600]
    return Complaint(
        _one_line(words),
        tuple(name.lower() for name in names if isinstance(name, str) and name),
        numbers[0] if numbers else 0,
    )


def status_of(complaint: Complaint) -> int:
    """The HTTP status that a complaint amounts to; 0 where it cannot be told."""
    known = (_STATUS_OF[code] for code in complaint.codes if code in _STATUS_OF)
    pictures = 400 if any(map(_PICTURE.search, complaint.codes)) else 0
    return complaint.status or next(known, pictures)


def _one_line(text: str) -> str:
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= _LONGEST_WORDS else clean[: _LONGEST_WORDS - 1] + "…"

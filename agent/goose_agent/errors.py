"""The exceptions of the engine.

GooseError
├── UsageError              the call itself is wrong                          exit 2
│   └── UnknownSession      no session has this id
├── ConfigError             configuration or credentials a person must mend   exit 3
│   └── NoModel             no model is configured and none was found
├── StoreError              the record cannot be read or written
│   ├── SessionBusy         another process writes this session
│   ├── NewerRecord         a newer version wrote it: it can only be read
│   └── NoRoom              the disk is full, or a quota is used up
└── ProviderError           the model's service failed
    ├── AuthError           the key is missing, wrong or not allowed
    ├── QuotaError          no credit, or a limit that waiting does not lift
    ├── RateLimited         too many requests for now
    ├── ContextOverflow     the request is larger than the model's window
    ├── NotRecorded         answers come from a file, which has none to this request
    ├── ConnectionLost      the service cannot be reached or is overloaded
    │   └── StreamLost      an answer began and broke off, or fell silent
    └── BadAnswer           an answer that does not follow the wire format
        └── GarbledAnswer   the service itself cannot read what the model wrote

What a model can mend (bad arguments, a failed command, a denial) is never an exception that leaves
the loop: it becomes a tool result the model reads.
"""

from __future__ import annotations

__all__ = [
    "AuthError",
    "BadAnswer",
    "ConfigError",
    "ConnectionLost",
    "ContextOverflow",
    "GarbledAnswer",
    "GooseError",
    "NewerRecord",
    "NoModel",
    "NoRoom",
    "NotRecorded",
    "ProviderError",
    "QuotaError",
    "RateLimited",
    "SessionBusy",
    "StoreError",
    "StreamLost",
    "UnknownSession",
    "UsageError",
]


class GooseError(Exception):
    """Something a person should read: one sentence, and what to do next.

    Args:
        message: what happened, in one sentence.
        hint: what to do next; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class UsageError(GooseError):
    """The command line or the call is wrong."""

    exit_code = 2


class UnknownSession(UsageError):
    """No session has this id."""


class ConfigError(GooseError):
    """Configuration or credentials that a person must mend."""

    exit_code = 3


class NoModel(ConfigError):
    """No model is configured and none was found."""


class StoreError(GooseError):
    """The record cannot be read or written."""


class SessionBusy(StoreError):
    """Another process writes this session."""


class NewerRecord(StoreError):
    """A newer version wrote this session: it can be read, and not written."""


class NoRoom(StoreError):
    """The disk is full, or a quota is used up: the same may succeed later."""


class ProviderError(GooseError):
    """The model's service failed.

    Args:
        message: what happened, with the service's own words.
        hint: what to do next.
        status: the HTTP status, or 0 where there was none.
        retry_after: seconds the service asked to wait, or None.
    """

    kind = "provider"
    retryable = False

    def __init__(
        self, message: str, hint: str = "", *, status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.retry_after = retry_after


class AuthError(ProviderError):
    """The key is missing, wrong or not allowed."""

    kind = "auth"
    exit_code = 3


class QuotaError(ProviderError):
    """No credit is left, or a limit that waiting does not lift."""

    kind = "quota"
    exit_code = 3


class RateLimited(ProviderError):
    """Too many requests for now."""

    kind = "rate_limit"
    retryable = True


class ContextOverflow(ProviderError):
    """The request is larger than the model's window."""

    kind = "overflow"


class NotRecorded(ProviderError):
    """Answers come from a file, which has none to this request."""

    kind = "not_recorded"


class ConnectionLost(ProviderError):
    """The service cannot be reached, is overloaded, or the stream broke off."""

    kind = "connection"
    retryable = True


class StreamLost(ConnectionLost):
    """An answer began, and broke off or fell silent before its end."""


class BadAnswer(ProviderError):
    """The service answered with something that does not follow its wire format."""

    kind = "bad_answer"


class GarbledAnswer(BadAnswer):
    """The service itself cannot read what the model wrote; the next try may go well."""

    retryable = True

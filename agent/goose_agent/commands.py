"""What a face may ask of a session: imperatives, plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goose_agent.events import Answer, EndReason, Mode

__all__ = [
    "COMMANDS",
    "AnswerRequest",
    "Close",
    "Command",
    "FetchBlob",
    "Interrupt",
    "Rename",
    "Retry",
    "SetMode",
    "SetModel",
    "SetStepping",
    "SteerQueued",
    "Submit",
    "Unqueue",
]


@dataclass(frozen=True, slots=True)
class Submit:
    """Send a message; while the agent works it is queued."""

    name: ClassVar[str] = "submit"

    text: str
    steer: bool = False
    """While the agent works: send it at the next pause instead of after the turn."""


@dataclass(frozen=True, slots=True)
class Unqueue:
    """Take a queued message back."""

    name: ClassVar[str] = "unqueue"

    message_id: str


@dataclass(frozen=True, slots=True)
class SteerQueued:
    """Send a queued message at the next pause of the turn under way, or now where there is none."""

    name: ClassVar[str] = "steer_queued"

    message_id: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop the turn under way."""

    name: ClassVar[str] = "interrupt"


@dataclass(frozen=True, slots=True)
class Retry:
    """Call the model again after a failure, with nothing new."""

    name: ClassVar[str] = "retry"


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """Answer a pending request."""

    name: ClassVar[str] = "answer"

    request_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class SetMode:
    """Let another permission mode hold."""

    name: ClassVar[str] = "set_mode"

    mode: Mode


@dataclass(frozen=True, slots=True)
class SetStepping:
    """Switch stepping on or off."""

    name: ClassVar[str] = "set_stepping"

    on: bool


@dataclass(frozen=True, slots=True)
class SetModel:
    """Let another model answer."""

    name: ClassVar[str] = "set_model"

    model: str
    """`provider/model`."""


@dataclass(frozen=True, slots=True)
class Rename:
    """Give the session a title."""

    name: ClassVar[str] = "rename"

    title: str


@dataclass(frozen=True, slots=True)
class FetchBlob:
    """Read a blob; it comes back as a transient `blob.read`."""

    name: ClassVar[str] = "fetch_blob"

    sha: str
    limit: int = 262_144
    """Bytes of it that come back, at most: of a larger one its start and its end."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the session in order; what is pending stays pending."""

    name: ClassVar[str] = "close"

    reason: EndReason = "quit"


Command = (
    Submit
    | Unqueue
    | SteerQueued
    | Interrupt
    | Retry
    | AnswerRequest
    | SetMode
    | SetStepping
    | SetModel
    | Rename
    | FetchBlob
    | Close
)

COMMANDS: dict[str, type[Command]] = {kind.name: kind for kind in Command.__args__}
"""Every command by its name."""

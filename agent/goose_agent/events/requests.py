"""Questions that only a person can answer: they stay pending until the answer is on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from goose_agent.events.durability import Durability
from goose_agent.events.tools import Reason

__all__ = [
    "Answer",
    "Approval",
    "ApprovalAnswer",
    "ApprovalChoice",
    "Preview",
    "Question",
    "QuestionAnswer",
    "RequestAnswered",
    "RequestAsked",
    "RequestWithdrawn",
    "Subject",
]

ApprovalChoice = Literal["once", "session", "deny", "stop"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen, complete and verbatim."""

    kind: Literal["command", "diff", "text"]
    """How to read `text`: a shell command, a unified diff, or plain text."""
    text: str
    path: str = ""
    """The file a diff is about."""


@dataclass(frozen=True, slots=True)
class Approval:
    """May this call run?"""

    call_id: str
    tool: str
    summary: str
    preview: Preview
    reasons: tuple[Reason, ...]
    rule: str
    """What "always" would allow for the rest of the session, in words; empty where it is not offered."""
    kind: Literal["approval"] = "approval"


@dataclass(frozen=True, slots=True)
class Question:
    """The model asks a person."""

    call_id: str
    text: str
    choices: tuple[str, ...]
    free_text: bool
    """Whether an answer outside the choices is welcome."""
    kind: Literal["question"] = "question"


Subject = Approval | Question


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """A person's decision about a call."""

    choice: ApprovalChoice
    reason: str = ""
    """What the model is told, with a denial."""
    kind: Literal["approval"] = "approval"


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """A person's answer to the model."""

    text: str
    declined: bool = False
    kind: Literal["question"] = "question"


Answer = ApprovalAnswer | QuestionAnswer


@dataclass(frozen=True, slots=True)
class RequestAsked:
    """The session waits for a person."""

    type: ClassVar[str] = "request.asked"
    durability: ClassVar[Durability] = "act"

    request_id: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """A person answered."""

    type: ClassVar[str] = "request.answered"
    durability: ClassVar[Durability] = "act"

    request_id: str
    answer: Answer
    seconds: float
    """How long it took."""


@dataclass(frozen=True, slots=True)
class RequestWithdrawn:
    """The question fell away before it was answered, because the turn was interrupted."""

    type: ClassVar[str] = "request.withdrawn"
    durability: ClassVar[Durability] = "act"

    request_id: str

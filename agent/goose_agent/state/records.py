"""The records of a conversation: what the transcript shows and what the model's view is built from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from goose_agent.events import FileChanged, Reason
from goose_agent.events.notices import Level

__all__ = [
    "AnswerRecord",
    "CallRecord",
    "CallState",
    "MarkRecord",
    "NoticeRecord",
    "Record",
    "ThinkingRecord",
    "UserRecord",
]

CallState = Literal[
    "streaming",
    "proposed",
    "waiting",
    "allowed",
    "running",
    "ok",
    "failed",
    "denied",
    "cancelled",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A message from a person."""

    key: str
    seq: int
    turn: int
    text: str
    steer: bool = False
    kind: Literal["user"] = "user"


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """A stretch of a model's text."""

    key: str
    seq: int
    turn: int
    agent: str
    request_id: str
    text: str
    open: bool = True
    """Whether more may come."""
    interrupted: bool = False
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class ThinkingRecord:
    """A stretch of a model's reasoning."""

    key: str
    seq: int
    turn: int
    agent: str
    request_id: str
    text: str
    open: bool = True
    signature: str = ""
    interrupted: bool = False
    kind: Literal["thinking"] = "thinking"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A tool call, from its first letters to its result."""

    key: str
    """The call's id."""
    seq: int
    turn: int
    agent: str
    request_id: str
    tool: str
    arguments_text: str = ""
    arguments: dict[str, Any] | None = None
    summary: str = ""
    state: CallState = "streaming"
    proposed: bool = False
    """Whether the answer that holds it is complete: only then does the model see it again."""
    reasons: tuple[Reason, ...] = ()
    started: float | None = None
    """Monotonic seconds."""
    seconds: float | None = None
    exit_code: int | None = None
    result: str = ""
    """What the model reads."""
    result_seq: int = 0
    output: str = ""
    """sha256 of the blob with the full output; empty where `result` is all."""
    total: int = 0
    """Bytes put out."""
    files: tuple[FileChanged, ...] = ()
    kind: Literal["call"] = "call"

    @property
    def settled(self) -> bool:
        """Whether it has its result."""
        return self.state in ("ok", "failed", "denied", "cancelled", "unknown")


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """Words of the program."""

    key: str
    seq: int
    turn: int
    level: Level
    text: str
    hint: str = ""
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True, slots=True)
class MarkRecord:
    """A line that marks a change in how things go: a mode, a model, the end of a turn."""

    key: str
    seq: int
    turn: int
    text: str
    kind: Literal["mark"] = "mark"


Record = UserRecord | AnswerRecord | ThinkingRecord | CallRecord | NoticeRecord | MarkRecord

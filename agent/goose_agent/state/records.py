"""The records of a conversation: what the transcript shows and what the model's view is built from."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from goose_agent.events import Attachment, FileChanged, HintsRead, Picture, Reason
from goose_agent.events.notices import Level

__all__ = [
    "AnswerRecord",
    "CallRecord",
    "CallState",
    "FoldRecord",
    "HintsRecord",
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


class UserRecord(Struct, frozen=True, tag_field="kind", tag="user"):
    """A message from a person, or from another agent."""

    key: str
    seq: int
    turn: int
    text: str
    steer: bool = False
    attachments: tuple[Attachment, ...] = ()
    by: str = ""
    """The agent that speaks, as its path; empty for a person."""


class AnswerRecord(Struct, frozen=True, tag_field="kind", tag="answer"):
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


class ThinkingRecord(Struct, frozen=True, tag_field="kind", tag="thinking"):
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


class CallRecord(Struct, frozen=True, tag_field="kind", tag="call"):
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
    asked: bool = False
    """Whether the gate left it to the person."""
    edited: dict[str, Any] | None = None
    """The arguments that it ran with, where a person changed them."""
    hunks: tuple[int, ...] | None = None
    """Numbers of the pieces of its change that a person let be made; None for all."""
    made_up: bool = False
    """Whether a person wrote the result, and nothing ran."""
    started: float | None = None
    """Monotonic seconds."""
    seconds: float | None = None
    exit_code: int | None = None
    result: str = ""
    """What the model reads."""
    result_seq: int = 0
    original: str | None = None
    """What the tool said, where a person put other words in its place."""
    output: str = ""
    """sha256 of the blob with the full output; empty where `result` is all."""
    total: int = 0
    """Bytes put out."""
    files: tuple[FileChanged, ...] = ()
    pictures: tuple[Picture, ...] = ()
    """What the model is shown besides `result`."""

    @property
    def settled(self) -> bool:
        """Whether it has its result."""
        return self.state in ("ok", "failed", "denied", "cancelled", "unknown")


class HintsRecord(Struct, frozen=True, tag_field="kind", tag="hints"):
    """A hint file as it was read."""

    key: str
    seq: int
    turn: int
    data: HintsRead


class NoticeRecord(Struct, frozen=True, tag_field="kind", tag="notice"):
    """Words of the program."""

    key: str
    seq: int
    turn: int
    level: Level
    text: str
    hint: str = ""


class MarkRecord(Struct, frozen=True, tag_field="kind", tag="mark"):
    """A line that marks a change in how things go: a mode, a model, the end of a turn."""

    key: str
    seq: int
    turn: int
    text: str


class FoldRecord(Struct, frozen=True, tag_field="kind", tag="fold"):
    """Here the conversation was made smaller: of what stands above the model sees less."""

    key: str
    """The compaction's id."""
    seq: int
    turn: int
    text: str
    """What was done, in a line."""
    summary: str
    undone: bool = False


Record = (
    UserRecord
    | AnswerRecord
    | ThinkingRecord
    | CallRecord
    | HintsRecord
    | NoticeRecord
    | MarkRecord
    | FoldRecord
)

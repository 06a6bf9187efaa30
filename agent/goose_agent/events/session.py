"""The life of a session, and what governs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from goose_agent.events.durability import Durability

__all__ = [
    "EndReason",
    "Mode",
    "ModeChanged",
    "ModelChanged",
    "RulesChanged",
    "SessionEnded",
    "SessionRecovered",
    "SessionResumed",
    "SessionRule",
    "SessionStarted",
    "SessionTitled",
    "SteppingChanged",
    "TurnEnd",
    "TurnEnded",
    "TurnStarted",
]

Mode = Literal["chat", "plan", "approve", "smart", "edits", "auto"]
EndReason = Literal["quit", "hangup", "terminated", "failed", "done"]
TurnEnd = Literal["done", "interrupted", "failed", "max_turns", "stopped", "recovered"]


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A session begins."""

    type: ClassVar[str] = "session.started"
    durability: ClassVar[Durability] = "act"

    folder: str
    """The working folder, absolute."""
    roots: tuple[str, ...]
    """All folders the agent works in, the working folder first."""
    model: str
    """`provider/model`."""
    window: int | None
    """The model's context window in tokens."""
    mode: Mode
    version: str
    platform: str
    git_branch: str = ""
    opened_in: str = ""
    """The folder the person was in, where that is another."""


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """A session goes on in a new process."""

    type: ClassVar[str] = "session.resumed"
    durability: ClassVar[Durability] = "act"

    version: str
    platform: str
    git_branch: str = ""
    roots: tuple[str, ...] = ()
    """All folders the agent works in from here on; empty for those it had."""


@dataclass(frozen=True, slots=True)
class SessionRecovered:
    """The process before this one did not end in order; what it left open is closed."""

    type: ClassVar[str] = "session.recovered"
    durability: ClassVar[Durability] = "act"

    dangling_calls: tuple[str, ...]
    """Ids of calls that had started and of which no end is on record."""
    damage: tuple[str, ...] = ()
    """What could not be read, one sentence each."""


@dataclass(frozen=True, slots=True)
class SessionTitled:
    """The session got a title."""

    type: ClassVar[str] = "session.titled"
    durability: ClassVar[Durability] = "shown"

    title: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The process that ran the session ended in order."""

    type: ClassVar[str] = "session.ended"
    durability: ClassVar[Durability] = "act"

    reason: EndReason


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """Another permission mode holds from here."""

    type: ClassVar[str] = "mode.changed"
    durability: ClassVar[Durability] = "act"

    mode: Mode


@dataclass(frozen=True, slots=True)
class SteppingChanged:
    """Stepping was switched on or off."""

    type: ClassVar[str] = "stepping.changed"
    durability: ClassVar[Durability] = "act"

    on: bool


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """Another model answers from here."""

    type: ClassVar[str] = "model.changed"
    durability: ClassVar[Durability] = "act"

    model: str
    window: int | None


@dataclass(frozen=True, slots=True)
class SessionRule:
    """Calls that a person allowed for the rest of the session."""

    tool: str
    argument: str = ""
    """The exact command or path it is limited to; empty for any."""

    def __str__(self) -> str:
        return f"{self.tool} {self.argument}" if self.argument else self.tool


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """A rule was added for the rest of the session."""

    type: ClassVar[str] = "rules.changed"
    durability: ClassVar[Durability] = "act"

    added: SessionRule


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The agent sets to work on a message."""

    type: ClassVar[str] = "turn.started"
    durability: ClassVar[Durability] = "shown"

    turn: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The agent stopped working."""

    type: ClassVar[str] = "turn.ended"
    durability: ClassVar[Durability] = "shown"

    turn: int
    reason: TurnEnd
    requests: int
    """How many times a model was called."""
    seconds: float

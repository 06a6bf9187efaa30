"""The life of a session, and what governs it."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability
from goose_agent.messages import Effort, ModelRole

__all__ = [
    "EffortChanged",
    "EndReason",
    "Mode",
    "ModeChanged",
    "ModelChanged",
    "ModelSwitched",
    "SessionEnded",
    "SessionForked",
    "SessionImported",
    "SessionRecovered",
    "SessionResumed",
    "SessionStarted",
    "SessionTitled",
    "SteppingChanged",
    "TurnEnd",
    "TurnEnded",
    "TurnMeasured",
    "TurnStarted",
]

Mode = Literal["chat", "plan", "approve", "smart", "edits", "auto"]
EndReason = Literal["quit", "hangup", "terminated", "failed", "done"]
TurnEnd = Literal["done", "interrupted", "failed", "max_turns", "stopped", "recovered", "budget"]


class SessionStarted(Struct, frozen=True):
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
    effort: Effort | None = None
    """How hard the model is to think; None leaves it to the provider."""
    models: dict[ModelRole, str] = {}
    """The models of other roles, `provider/model`; what is not there is done by `model`."""


class SessionResumed(Struct, frozen=True):
    """A session goes on in a new process."""

    type: ClassVar[str] = "session.resumed"
    durability: ClassVar[Durability] = "act"

    version: str
    platform: str
    git_branch: str = ""
    roots: tuple[str, ...] = ()
    """All folders the agent works in from here on; empty for those it had."""


class SessionRecovered(Struct, frozen=True):
    """The process before this one did not end in order; what it left open is closed."""

    type: ClassVar[str] = "session.recovered"
    durability: ClassVar[Durability] = "act"

    dangling_calls: tuple[str, ...]
    """Ids of calls that had started and of which no end is on record."""
    damage: tuple[str, ...] = ()
    """What could not be read, one sentence each."""


class SessionTitled(Struct, frozen=True):
    """The session got a title."""

    type: ClassVar[str] = "session.titled"
    durability: ClassVar[Durability] = "shown"

    title: str


class SessionImported(Struct, frozen=True):
    """Everything before this happened elsewhere; rules from there do not hold here."""

    type: ClassVar[str] = "session.imported"
    durability: ClassVar[Durability] = "act"

    source: str
    """Name of the file it came in."""


class SessionForked(Struct, frozen=True):
    """Everything before this is a copy of what happened in another session, which is as it was.

    What is otherwise here follows as events of its own. Files are not part of it: they are as they
    are, not as they were at that event.
    """

    type: ClassVar[str] = "session.forked"
    durability: ClassVar[Durability] = "act"

    parent: str
    """Id of the other session."""
    forked_at: int
    """`seq` of its last event that is here."""
    differs: tuple[str, ...] = ()
    """What is otherwise, in a few words each."""


class SessionEnded(Struct, frozen=True):
    """The process that ran the session ended in order."""

    type: ClassVar[str] = "session.ended"
    durability: ClassVar[Durability] = "act"

    reason: EndReason


class ModeChanged(Struct, frozen=True):
    """Another permission mode holds from here."""

    type: ClassVar[str] = "mode.changed"
    durability: ClassVar[Durability] = "act"

    mode: Mode


class EffortChanged(Struct, frozen=True):
    """The model is to think harder or less hard from here."""

    type: ClassVar[str] = "effort.changed"
    durability: ClassVar[Durability] = "act"

    effort: Effort | None
    """None leaves it to the provider."""


class SteppingChanged(Struct, frozen=True):
    """Stepping was switched on or off."""

    type: ClassVar[str] = "stepping.changed"
    durability: ClassVar[Durability] = "act"

    on: bool


class ModelChanged(Struct, frozen=True):
    """Another model was chosen, for the work or for another role."""

    type: ClassVar[str] = "model.changed"
    durability: ClassVar[Durability] = "act"

    model: str
    """Empty for a role that has no model of its own any more."""
    window: int | None
    role: ModelRole = "main"


class ModelSwitched(Struct, frozen=True):
    """The model of another role answers from here, as the roles have it."""

    type: ClassVar[str] = "model.switched"
    durability: ClassVar[Durability] = "act"

    role: ModelRole
    model: str
    window: int | None
    reason: str
    """Why, in a few words."""
    answers: int = 0
    """How many answers it is to give before it is looked at again; 0 for any number."""


class TurnStarted(Struct, frozen=True):
    """The agent sets to work on a message."""

    type: ClassVar[str] = "turn.started"
    durability: ClassVar[Durability] = "shown"

    turn: int


class TurnEnded(Struct, frozen=True):
    """The agent stopped working."""

    type: ClassVar[str] = "turn.ended"
    durability: ClassVar[Durability] = "shown"

    turn: int
    reason: TurnEnd
    requests: int
    """How many times a model was called."""
    seconds: float


class TurnMeasured(Struct, frozen=True):
    """What the work on a turn took, as far as this process did it."""

    type: ClassVar[str] = "turn.measured"
    durability: ClassVar[Durability] = "shown"

    turn: int
    provider: str
    model: str
    """Its name without the provider's; the last one where several answered."""
    requests: int
    """Answers that came to their end."""
    requests_failed: int
    """Attempts that failed, those that were tried again included."""
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost: float | None
    """US dollars; None where a price is not known."""
    calls: int
    """Tool calls that have their result."""
    calls_failed: int
    model_seconds: float
    """Waiting for the model, the time until a failed request is sent again included."""
    tool_seconds: float
    human_seconds: float
    """Waiting for answers of a person."""

"""What is known of a session after its events so far: plain data, never changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from goose_agent.events import (
    AgentEnd,
    Attachment,
    FolderTrust,
    Mode,
    PlanItem,
    Segment,
    SessionRule,
    Subject,
    TurnEnd,
    UserMessage,
)
from goose_agent.events.model import TokenSource
from goose_agent.messages import Effort, ModelRole, Usage
from goose_agent.state.changes import FileHistory
from goose_agent.state.extensions import ExtensionState
from goose_agent.state.folds import Folding
from goose_agent.state.records import CallRecord, Record
from goose_agent.state.stepping import Debugging, SegmentEdit
from goose_agent.state.vector import Vector

__all__ = [
    "FILES_STAY",
    "MAIN",
    "Agent",
    "ContextUse",
    "Fork",
    "Pending",
    "Phase",
    "Queued",
    "RuleUse",
    "Seat",
    "SessionState",
    "Spent",
    "TitledBy",
    "Turn",
    "said",
]

Phase = Literal["idle", "requesting", "answering", "tools", "retrying"]
TitledBy = Literal["message", "model", "person"]
MAIN = "main"
"""The agent that a session is opened with; what it delegates is done by `main/sub-1` and so on."""


class Turn(Struct, frozen=True):
    """One stretch of work on one message."""

    number: int
    first_record: int
    """Index of its first record."""
    started: float
    """Monotonic seconds."""
    text: str = ""
    """The first line of the message."""
    reason: TurnEnd | None = None
    """How it ended; None while it goes on."""
    seconds: float = 0.0
    calls: tuple[int, ...] = ()
    """Indexes of its calls among the records."""


class Pending(Struct, frozen=True):
    """A question that waits for a person."""

    request_id: str
    subject: Subject
    seq: int
    asked: float
    """Monotonic seconds."""
    held: bool = False
    """Whether somebody looks at it, so that nothing else may answer it."""
    agent: str = MAIN
    """Whose question it is."""


class Queued(Struct, frozen=True):
    """A message that waits for the agent."""

    message_id: str
    text: str
    steer: bool
    attachments: tuple[Attachment, ...] = ()


def said(item: Queued, *, steer: bool = False) -> UserMessage:
    """A message that need not wait any more."""
    return UserMessage(item.message_id, item.text, steer, item.attachments)


class Spent(Struct, frozen=True):
    """What the session has cost so far."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost: float = 0.0
    """US dollars, as far as prices are known."""
    unpriced: int = 0
    """Requests of which no price is known."""
    seconds: float = 0.0
    """Work of models and tools; waiting for a person is left out."""


FILES_STAY = "Files are as they are now, not as they were then."
"""What a person should know of every fork."""


class Fork(Struct, frozen=True):
    """Where a session was forked from another."""

    parent: str
    at: int
    """`seq` of the last event of the parent that is here."""
    differs: tuple[str, ...] = ()
    """What was otherwise from the start, in a few words each."""
    said: str = ""
    """The first words that were said here and not there."""
    cost: float = 0.0
    """US dollars that were paid before, there."""
    model: str = ""
    """The main model there."""

    def words(self, model: str) -> str:
        """What tells it from its parent and its siblings.

        Args:
            model: the main model here.
        """
        other = () if model == self.model else (f"model {model}",)
        return ", ".join(((self.said,) if self.said else self.differs) + other)


class Seat(Struct, frozen=True):
    """The model of a role that answers in the place of the main one."""

    role: ModelRole
    model: str
    window: int | None
    reason: str
    left: int
    """Answers that it still is to give; 0 where nobody counts."""


class RuleUse(Struct, frozen=True):
    """How often a rule decided, and when last."""

    hits: int = 0
    last: datetime | None = None


class ContextUse(Struct, frozen=True):
    """How full the model's window is."""

    tokens: int = 0
    source: TokenSource = "estimate"
    segments: tuple[Segment, ...] = ()
    """Those of the last request."""
    built: int = 0
    """`seq` of the `context.built` they come from."""
    size: int = 0
    """Bytes of the words of the last request; 0 where that is not known."""
    picture_tokens: int = 0
    """Tokens of the pictures of the last request, by our estimate."""
    ratios: Mapping[str, float] = field(default_factory=dict)
    """Bytes for a token, learned from each model's own reports."""
    answer: int = 0
    """Tokens of the answer to that request, which `tokens` includes once it is there."""
    stale: bool = False
    """Whether more was said since, which `tokens` does not include."""
    folded: int = 0
    """Tokens that compactions took out since it was built; below 0 where they were undone."""
    usage: Usage | None = None
    """What the provider reported last."""
    cost: float | None = None
    """US dollars of the last call; None where no price is known."""
    sent: int = 0
    """Requests so far; tries again do not count."""
    since: tuple[int, ...] = ()
    """For each segment the number, from 1, of the first request that it was in as it is."""
    gone: tuple[Segment, ...] = ()
    """Those of the request before the last that are not in the last one."""


class SessionState(Struct, frozen=True):
    """A session after some of its events."""

    session_id: str = ""
    seq: int = 0
    """The last durable event it knows."""
    folder: str = ""
    roots: tuple[str, ...] = ()
    git_branch: str = ""
    opened_in: str = ""
    title: str = ""
    titled_by: TitledBy = "message"
    title_asked: bool = False
    """Whether a model was asked for a title."""
    model: str = ""
    """The main one."""
    window: int | None = None
    """Its context window in tokens."""
    models: Mapping[ModelRole, str] = field(default_factory=dict)
    """Those of other roles, where they are not the main one."""
    seat: Seat | None = None
    """Who answers now; None for the main model."""
    switched: int = 0
    """`seq` of the event with which that changed last."""
    answers: int = 0
    """Answers so far, those of plan mode left out."""
    asked: str = ""
    """The model that the last request went to."""
    mode: Mode = "smart"
    mode_before: Mode = "smart"
    """The one that held before it since the session was opened."""
    stepping: bool = False
    """Whether turns are stepped through from their start."""
    debugging: Debugging = Debugging()
    edits: Mapping[str, SegmentEdit] = field(default_factory=dict)
    """What a person changed of what the model sees, by the key of the segment."""
    folding: Folding = Folding()
    """How the conversation was made smaller."""
    summarising: str = ""
    """The request for a summary that is under way; empty for none."""
    effort: Effort | None = None
    """How hard the model is to think; None leaves it to the provider."""
    rules: tuple[SessionRule, ...] = ()
    rule_uses: Mapping[str, RuleUse] = field(default_factory=dict)
    """How often each rule decided in this session, by its id."""
    fork: Fork | None = None
    """Where it was forked from another session, for the last time; None where it was not."""
    trust: FolderTrust | None = None
    """How the person stands to the folder's own files; None where it has none that matter."""
    started_at: datetime | None = None
    updated_at: datetime | None = None
    ended: bool = False
    """Whether the last process ended in order."""
    phase: Phase = "idle"
    retry_at: float = 0.0
    """Monotonic seconds at which a failed request is sent again."""
    records: Vector[Record] = field(default_factory=lambda: Vector[Record]())
    calls: Mapping[str, int] = field(default_factory=dict)
    """Where each call stands among the records, by its id."""
    parts: Mapping[int, int] = field(default_factory=dict)
    """Where each part of the answer under way stands among the records."""
    request_id: str = ""
    """The model request under way, or the last one."""
    turns: Vector[Turn] = field(default_factory=lambda: Vector[Turn]())
    pending: tuple[Pending, ...] = ()
    queue: tuple[Queued, ...] = ()
    plan: tuple[PlanItem, ...] = ()
    hints: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Where each hint file stands among the records, as often as it was read, by its path."""
    kept: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What each extension put on record last, by its name."""
    extensions: Mapping[str, ExtensionState] = field(default_factory=dict)
    """The servers of this run and how each is, by name."""
    files: FileHistory = field(default_factory=FileHistory)
    spent: Spent = Spent()
    spent_by: Mapping[str, Spent] = field(default_factory=dict)
    """What of it each model cost, without seconds."""
    spent_aside: Spent = Spent()
    """What of it was for requests beside the conversation, without seconds."""
    spent_agents: Spent = Spent()
    """What of it subagents cost, without seconds."""
    context: ContextUse = field(default_factory=ContextUse)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    """All subagents by their path, those of subagents too; only the session itself has them."""
    session_turn: int = 0
    """In the state of a subagent: the turn of the session."""

    @property
    def turn(self) -> Turn | None:
        """The last turn."""
        return self.turns[-1] if self.turns else None

    @property
    def working(self) -> bool:
        """Whether a turn is under way."""
        turn = self.turn
        return turn is not None and turn.reason is None

    @property
    def answering(self) -> str:
        """The model that answers now."""
        return self.seat.model if self.seat is not None else self.model

    @property
    def answering_window(self) -> int | None:
        """Its context window in tokens; None where it is not known."""
        return self.seat.window if self.seat is not None else self.window

    def model_of(self, role: ModelRole) -> str:
        """The model that is there for a role: its own, or else the main one."""
        if role == "lead" and role not in self.models:
            role = "planning"
        return self.models.get(role, self.model)

    @property
    def rule_turn(self) -> int:
        """The turn that rules of a turn hold in."""
        return self.session_turn or (self.turn.number if self.turn else 0)

    @property
    def questions(self) -> tuple[Pending, ...]:
        """All that waits for a person, whoever asks, in order."""
        asked = [item for agent in self.agents.values() for item in agent.state.pending]
        return tuple(sorted((*self.pending, *asked), key=_asked)) if asked else self.pending

    @property
    def running_agents(self) -> tuple[Agent, ...]:
        """The subagents that are at work, in the order in which they began."""
        return tuple(agent for agent in self.agents.values() if agent.end is None)

    def of_agent(self, path: str) -> SessionState:
        """The state of an agent; of one that is not known, that of the session."""
        agent = self.agents.get(path)
        return agent.state if agent is not None else self

    def agent_of_call(self, call_id: str) -> str:
        """The agent that made a call; empty where nobody did."""
        if call_id in self.calls:
            return MAIN
        found = (path for path, agent in self.agents.items() if call_id in agent.state.calls)
        return next(found, "")

    def find_call(self, call_id: str) -> CallRecord | None:
        """A call of any agent; None where nobody made it."""
        owner = self.agent_of_call(call_id)
        return self.of_agent(owner).call(call_id) if owner else None

    def agent_for(self, call_id: str) -> Agent | None:
        """The subagent that works for a call; None where there is none."""
        return next((agent for agent in self.agents.values() if agent.call_id == call_id), None)

    @property
    def waits(self) -> bool:
        """Whether the turn waits for a person; that of a subagent is not meant."""
        pause = self.debugging.pause
        return bool(self.pending) or (pause is not None and pause.agent == MAIN)

    @property
    def asks(self) -> bool:
        """Whether any of its agents waits for a person."""
        return bool(self.questions) or self.debugging.pause is not None

    def call(self, call_id: str) -> CallRecord:
        """The call with this id.

        Raises:
            KeyError: there is none.
        """
        record = self.records[self.calls[call_id]]
        assert isinstance(record, CallRecord)
        return record

    def calls_of_turn(self, turn: Turn) -> tuple[CallRecord, ...]:
        """The calls of a turn, in order."""
        found = (self.records[at] for at in turn.calls)
        return tuple(record for record in found if isinstance(record, CallRecord))

    def open_calls(self) -> tuple[CallRecord, ...]:
        """The calls of the turn under way that have no result yet."""
        turn = self.turn
        found: list[CallRecord] = []
        for at in reversed(turn.calls) if turn else ():
            record = self.records[at]
            if isinstance(record, CallRecord) and record.proposed:
                if record.settled and record.request_id != self.request_id:
                    break  # a model is asked again only once all its calls are settled
                if not record.settled:
                    found.append(record)
        return tuple(reversed(found))


class Agent(Struct, frozen=True):
    """A subagent: what it is there for, and all that its own conversation has come to."""

    path: str
    """Such as `main/sub-2`."""
    call_id: str
    """The call of its parent that it works for."""
    title: str
    name: str
    """Of the agent file that describes it; empty for none."""
    background: bool
    tools: tuple[str, ...]
    max_turns: int
    """Most calls of its model."""
    started: float
    """Monotonic seconds."""
    seq: int
    """With which it began."""
    end: AgentEnd | None = None
    """None while it is at work."""
    ended: int = 0
    """`seq` of its end."""
    result: str = ""
    """What its parent reads of it."""
    seconds: float = 0.0
    reported: bool = False
    """Whether its parent has read of its end."""
    state: SessionState = SessionState()

    @property
    def parent(self) -> str:
        """The agent that it works for."""
        return self.path.rpartition("/")[0]

    @property
    def short(self) -> str:
        """What it is called within the session, such as `sub-2` or `sub-2/sub-1`."""
        return self.path.partition("/")[2]


def _asked(item: Pending) -> int:
    return item.seq

"""Questions that only a person can answer: they stay pending until the answer is on record."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from msgspec import Struct

from goose_agent.events.compaction import CompactionTrigger, CompactionWay
from goose_agent.events.durability import Durability
from goose_agent.events.rules import Proposal, RuleScope
from goose_agent.events.session import Mode
from goose_agent.events.tools import Decision, Reason

__all__ = [
    "Answer",
    "Approval",
    "ApprovalAnswer",
    "ApprovalChoice",
    "ApprovalPart",
    "CompactionAnswer",
    "CompactionChoice",
    "CompactionReview",
    "Elicitation",
    "ElicitationAnswer",
    "PlanAnswer",
    "PlanChoice",
    "PlanReview",
    "Preview",
    "Question",
    "QuestionAbout",
    "QuestionAnswer",
    "RequestAnswered",
    "RequestAsked",
    "RequestExplained",
    "RequestHeld",
    "RequestWithdrawn",
    "Sampling",
    "SamplingAnswer",
    "SamplingMessage",
    "ServerAnswer",
    "ServerRequest",
    "SignIn",
    "SignInAnswer",
    "Subject",
    "question_words",
    "server_answer_words",
]

ApprovalChoice = Literal["once", "session", "edit", "hunks", "result", "deny", "stop"]
"""`session`: with a rule, of whatever scope; `edit`: with other arguments; `hunks`: only some of the
change; `result`: not at all, the model gets a result that the person made up."""


class Preview(Struct, frozen=True):
    """What would happen, complete and verbatim."""

    kind: Literal["command", "diff", "text"]
    """How to read `text`: a shell command, a unified diff, or plain text."""
    text: str
    path: str = ""
    """The file a diff is about."""


class ApprovalPart(Struct, frozen=True):
    """One command of a chain, with the gate's word on it."""

    text: str
    decision: Decision
    words: str
    """Why, in a few words."""


class Approval(Struct, frozen=True, tag_field="kind", tag="approval"):
    """May this call run?"""

    kind: ClassVar[Literal["approval"]] = "approval"

    call_id: str
    tool: str
    summary: str
    preview: Preview
    reasons: tuple[Reason, ...]
    rule: str
    """What "always" would allow for the rest of the session, in words; empty where it is not offered."""
    proposals: tuple[Proposal, ...] = ()
    """Rules that would answer it, the narrowest first."""
    effects: tuple[str, ...] = ()
    """What it would do, in words, the gravest first."""
    parts: tuple[ApprovalPart, ...] = ()
    """The commands of a chain; empty for a single one."""
    hunks: tuple[str, ...] = ()
    """Pieces of an edit that can be refused one by one, each as in a unified diff."""
    folder: str = ""
    """Where it would run, absolute."""
    sandbox: str = "none"
    arguments: dict[str, Any] | None = None
    """With what it would run."""
    schema: dict[str, Any] | None = None
    """JSON schema of its arguments."""
    provenance: tuple[str, ...] = ()
    """Where pieces of it that came from outside were seen first."""
    binding: str = ""
    """sha256 of what is approved: tool, arguments, folder and the files it changes."""


QuestionAbout = Literal["", "outcome", "model", "hangup"]
"""What a question of the program itself is about: how to go on with a call that ran when the process
ended, who is to answer where the model cannot be had any more, or whether to go on after the terminal
went away. Empty for one of the model, or of the work under way."""


class Question(Struct, frozen=True, tag_field="kind", tag="question"):
    """The model asks a person, or the program does."""

    kind: ClassVar[Literal["question"]] = "question"

    call_id: str
    text: str
    choices: tuple[str, ...]
    free_text: bool
    """Whether an answer outside the choices is welcome."""
    about: QuestionAbout = ""
    otherwise: str = ""
    """What is answered where nobody is there to be asked; empty lets it wait."""


PlanChoice = Literal["run", "revise", "refuse", "keep"]
"""`keep`: nothing is decided; the plan stays on record."""


class PlanReview(Struct, frozen=True, tag_field="kind", tag="plan"):
    """May this plan be carried out?"""

    kind: ClassVar[Literal["plan"]] = "plan"

    call_id: str
    text: str
    """Markdown."""
    modes: tuple[Mode, ...]
    """In which it may be carried out, the one to offer first first."""


class CompactionReview(Struct, frozen=True, tag_field="kind", tag="compaction"):
    """May the conversation be made smaller in this way?"""

    kind: ClassVar[Literal["compaction"]] = "compaction"
    call_id: ClassVar[str] = ""

    compaction_id: str
    trigger: CompactionTrigger
    way: CompactionWay
    upto: int
    """As in `compaction.applied`."""
    kept: tuple[str, ...]
    results: tuple[str, ...]
    summary: str
    tokens_before: int
    tokens_after: int
    window: int | None = None
    """Of the model that answers, in tokens."""
    model: str = ""
    """Who wrote the summary; empty where none was written."""
    cost: float | None = None
    """US dollars that it cost."""
    input_price: float | None = None
    """US dollars that a million tokens of a request cost; None where that is not known."""
    focus: str = ""
    """What the person wants it to attend to."""
    unread: int = 0
    """Percent of the tools' results that did not fit before the one who wrote it."""
    seconds: float | None = None
    """After so long without a person it is accepted as it is; None for never."""


class Elicitation(Struct, frozen=True, tag_field="kind", tag="elicitation"):
    """A server wants to know something of the person."""

    kind: ClassVar[Literal["elicitation"]] = "elicitation"

    call_id: str
    """Names the exchange with the server; no call has it."""
    server: str
    message: str
    schema: dict[str, Any] | None = None
    """JSON schema of what it wants to know; None where the person is to visit an address."""
    url: str = ""
    """That address, complete."""


class SamplingMessage(Struct, frozen=True):
    """A message that a server wants a model to answer."""

    role: Literal["user", "assistant"]
    text: str


class Sampling(Struct, frozen=True, tag_field="kind", tag="sampling"):
    """May a server have a model answer it?"""

    kind: ClassVar[Literal["sampling"]] = "sampling"

    call_id: str
    """Names the exchange with the server; no call has it."""
    server: str
    model: str
    """Who would answer."""
    messages: tuple[SamplingMessage, ...]
    system: str = ""
    tokens: int = 0
    """Of the request, by our estimate."""
    most: int = 0
    """Tokens that the answer may have."""
    cost: float | None = None
    """US dollars it may cost at most, by that estimate; None where no price is known."""


class SignIn(Struct, frozen=True, tag_field="kind", tag="sign_in"):
    """A server wants the person to sign in with a browser."""

    kind: ClassVar[Literal["sign_in"]] = "sign_in"

    call_id: str
    """Names the exchange with the server; no call has it."""
    server: str
    url: str
    """Where to sign in, complete."""


ServerRequest = Elicitation | Sampling | SignIn
"""What servers ask: nobody waits for it any more once the connection is gone."""

Subject = Approval | Question | PlanReview | CompactionReview | Elicitation | Sampling | SignIn


def question_words(
    subject: Question | PlanReview | CompactionReview | Elicitation | Sampling | SignIn,
) -> str:
    """What a person is asked, where that is not about a call."""
    match subject:
        case Elicitation():
            return "\n".join(filter(None, (f"{subject.server}: {subject.message}", subject.url)))
        case Sampling():
            said = "\n".join(f"{message.role}: {message.text}" for message in subject.messages)
            return f"{subject.server} wants {subject.model} to answer:\n{said}"
        case SignIn():
            return f"{subject.server} wants you to sign in: {subject.url}"
        case Question():
            return "\n".join([subject.text, *(f"- {choice}" for choice in subject.choices)])
        case PlanReview():
            return subject.text
        case CompactionReview():
            return subject.summary


class ApprovalAnswer(Struct, frozen=True, tag_field="kind", tag="approval"):
    """A person's decision about a call."""

    kind: ClassVar[Literal["approval"]] = "approval"

    choice: ApprovalChoice
    reason: str = ""
    """What the model is told, with a denial."""
    rule: str = ""
    """Which of the proposals, by its line; empty for the rule that was offered."""
    scope: RuleScope = "session"
    """How long that rule holds."""
    arguments: dict[str, Any] | None = None
    """With `edit`: what it is to run with."""
    hunks: tuple[int, ...] = ()
    """With `hunks`: numbers of those to make, from 0."""
    result: str = ""
    """With `result`: what the model reads."""


class QuestionAnswer(Struct, frozen=True, tag_field="kind", tag="question"):
    """A person's answer to the model."""

    kind: ClassVar[Literal["question"]] = "question"

    text: str
    declined: bool = False


class PlanAnswer(Struct, frozen=True, tag_field="kind", tag="plan"):
    """A person's word on a plan."""

    kind: ClassVar[Literal["plan"]] = "plan"

    choice: PlanChoice
    mode: Mode | None = None
    """With `run`: the mode from now on; None for the one that was offered first."""
    text: str = ""
    """With `run`: the plan as the person changed it, empty where they did not; with `revise`: what
    is to be different."""


CompactionChoice = Literal["accept", "cancel", "recompute"]


class CompactionAnswer(Struct, frozen=True, tag_field="kind", tag="compaction"):
    """A person's decision about a compaction."""

    kind: ClassVar[Literal["compaction"]] = "compaction"

    choice: CompactionChoice
    summary: str | None = None
    """With other words; None for those that were proposed."""
    kept: tuple[str, ...] | None = None
    """Keys of the segments that stay; None for those that were proposed."""
    pinned: tuple[str, ...] = ()
    """Keys of segments that are to stay from now on, whenever the conversation is made smaller."""
    dropped: tuple[str, ...] = ()
    """With `recompute`: keys of segments that a summary need not tell of."""
    focus: str = ""
    """With `recompute`: what the summary is to attend to."""


class ElicitationAnswer(Struct, frozen=True, tag_field="kind", tag="elicitation"):
    """A person's answer to a server."""

    kind: ClassVar[Literal["elicitation"]] = "elicitation"

    choice: Literal["accept", "decline", "cancel"]
    content: dict[str, Any] | None = None
    """With `accept`: what the schema wants."""


class SamplingAnswer(Struct, frozen=True, tag_field="kind", tag="sampling"):
    """A person's decision about what a server wants of a model."""

    kind: ClassVar[Literal["sampling"]] = "sampling"

    choice: Literal["once", "session", "deny"]
    """`session`: and all else that this server wants of a model in this session."""


class SignInAnswer(Struct, frozen=True, tag_field="kind", tag="sign_in"):
    """What came of signing in."""

    kind: ClassVar[Literal["sign_in"]] = "sign_in"

    address: str
    """Where the browser was sent in the end, as the person pasted it; empty for not at all.

    What it holds is a secret for a moment only: it is redeemed at once.
    """


Answer = (
    ApprovalAnswer
    | QuestionAnswer
    | PlanAnswer
    | CompactionAnswer
    | ElicitationAnswer
    | SamplingAnswer
    | SignInAnswer
)


ServerAnswer = ElicitationAnswer | SamplingAnswer | SignInAnswer
"""A person's answers to servers."""


def server_answer_words(answer: ElicitationAnswer | SamplingAnswer | SignInAnswer) -> str:
    """What a person answered a server, in a word or two."""
    match answer:
        case ElicitationAnswer(choice=choice, content=content):
            names = f" ({', '.join(content)})" if content else ""
            return f"{choice}{names}"
        case SamplingAnswer(choice=choice):
            return {"once": "allowed once", "session": "allowed for this session"}.get(
                choice, "denied"
            )
        case SignInAnswer(address=address):
            return "signed in" if address else "not signed in"


class RequestAsked(Struct, frozen=True):
    """The session waits for a person."""

    type: ClassVar[str] = "request.asked"
    durability: ClassVar[Durability] = "act"

    request_id: str
    subject: Subject


class RequestAnswered(Struct, frozen=True):
    """A person answered."""

    type: ClassVar[str] = "request.answered"
    durability: ClassVar[Durability] = "act"

    request_id: str
    answer: Answer
    seconds: float
    """How long it took."""


class RequestHeld(Struct, frozen=True):
    """Somebody looks at the question: it waits for them, however long they take."""

    type: ClassVar[str] = "request.held"
    durability: ClassVar[Durability] = "shown"

    request_id: str


class RequestWithdrawn(Struct, frozen=True):
    """The question fell away before it was answered, because the turn was interrupted."""

    type: ClassVar[str] = "request.withdrawn"
    durability: ClassVar[Durability] = "act"

    request_id: str


class RequestExplained(Struct, frozen=True):
    """What a model says about a pending call, because the person asked it to."""

    type: ClassVar[str] = "request.explained"
    durability: ClassVar[Durability] = "transient"

    request_id: str
    model: str
    text: str
    """All of it so far."""
    problem: str = ""
    """Why there is no explanation."""
    done: bool = False
    """Whether no more will come."""

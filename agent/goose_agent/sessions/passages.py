"""What of a session can be searched: stretches of text, each with the event it stands at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from goose_agent.characters import is_hidden
from goose_agent.events import (
    Answer,
    Approval,
    ApprovalAnswer,
    CompactionAnswer,
    ElicitationAnswer,
    Event,
    FileChanged,
    ModelCancelled,
    ModelDelta,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
    Notice,
    PlanAnswer,
    QuestionAnswer,
    RequestAnswered,
    RequestAsked,
    SamplingAnswer,
    SessionTitled,
    SignInAnswer,
    ToolFinished,
    ToolJudged,
    ToolOutcomeUnknown,
    ToolProposed,
    UserMessage,
)
from goose_agent.events.requests import question_words, server_answer_words

__all__ = ["Passage", "PassageKind", "Passages"]

PassageKind = Literal[
    "title", "you", "answer", "thinking", "question", "call", "file", "decision", "error"
]

_LONGEST = 32_000
"""Characters of a passage, at most."""
_LONGEST_ARGUMENT = 2_000
"""Characters of one argument of a call, at most: what a file is to hold is no passage."""


class Passage(Struct, frozen=True):
    """A stretch of text that can be found."""

    seq: int
    """The event at which it begins."""
    kind: PassageKind
    text: str


class _Stretch(Struct):
    """Text of a model that is still growing."""

    seq: int
    kind: PassageKind
    pieces: list[str]


class Passages:
    """Makes passages of events, one after another.

    Outputs of calls that went well are left out: they are most of a record, and come from files.
    """

    def __init__(self) -> None:
        self._growing: dict[tuple[str, int], _Stretch] = {}
        """By agent and part of the answer."""
        self._last = 0
        self._asked: dict[str, str] = {}

    @property
    def settled(self) -> int:
        """The last event all of whose passages, and of those before it, were made."""
        return min((stretch.seq - 1 for stretch in self._growing.values()), default=self._last)

    def take(self, event: Event) -> Iterator[Passage]:
        """The passages that are complete with this event."""
        self._last = event.seq
        for seq, kind, text in self._found(event):
            if text := _plain(text):
                yield Passage(seq, kind, text)

    def rest(self) -> Iterator[Passage]:
        """Those that are not complete yet."""
        for stretch in self._growing.values():
            if text := _plain("".join(stretch.pieces)):
                yield Passage(stretch.seq, stretch.kind, text)

    def _found(self, event: Event) -> Iterator[tuple[int, PassageKind, str]]:
        seq = event.seq
        match event.data:
            case SessionTitled(title):
                yield seq, "title", title
            case UserMessage(text=text):
                yield seq, "you", text
            case ModelDelta():
                self._grow(event, event.data)
            case (
                ModelRequested()
                | ModelResponded()
                | ModelCancelled()
                | ModelRetrying()
                | ModelFailed() as data
            ):
                for key in [key for key in self._growing if key[0] == event.agent]:
                    stretch = self._growing.pop(key)
                    yield stretch.seq, stretch.kind, "".join(stretch.pieces)
                if isinstance(data, ModelFailed):
                    yield seq, "error", data.message
            case Notice("error", text, hint):
                yield seq, "error", f"{text} {hint}"
            case _:
                yield from self._of_calls(event)

    def _grow(self, event: Event, delta: ModelDelta) -> None:
        if delta.kind == "call":
            return
        kind: PassageKind = "answer" if delta.kind == "text" else "thinking"
        stretch = self._growing.setdefault((event.agent, delta.part), _Stretch(event.seq, kind, []))
        stretch.pieces.append(delta.text)

    def _of_calls(self, event: Event) -> Iterator[tuple[int, PassageKind, str]]:
        seq = event.seq
        match event.data:
            case ToolProposed() as call:
                yield seq, "call", _call(call)
            case ToolJudged(decision="deny", reasons=reasons):
                yield seq, "decision", "deny: " + "; ".join(reason.text for reason in reasons)
            case ToolFinished(outcome="error" | "denied" | "cancelled", text=text):
                yield seq, "error", text
            case ToolOutcomeUnknown(text=text):
                yield seq, "error", text
            case FileChanged(path=path):
                yield seq, "file", path
            case RequestAsked(request_id, subject):
                if isinstance(subject, Approval):
                    self._asked[request_id] = f"{subject.tool} {subject.summary}"
                else:
                    yield seq, "question", question_words(subject)
            case RequestAnswered(request_id, answer):
                yield seq, "decision", _decision(answer, self._asked.pop(request_id, ""))
            case _:
                pass


def _call(call: ToolProposed) -> str:
    """What a call would do: its summary, then its arguments where these say more."""
    values = (call.arguments or {}).values()
    words = (str(value)[:_LONGEST_ARGUMENT] for value in values if isinstance(value, str | int))
    more = "\n".join(word for word in words if word not in call.summary)
    return f"{call.tool} {call.summary}\n{more}"


def _decision(answer: Answer, asked: str) -> str:
    match answer:
        case QuestionAnswer():
            return "declined" if answer.declined else answer.text
        case ApprovalAnswer():
            return " ".join(filter(None, (answer.choice, asked, answer.reason)))
        case PlanAnswer():
            return " ".join(filter(None, (answer.choice, answer.mode, answer.text)))
        case CompactionAnswer():
            return " ".join(filter(None, (answer.choice, answer.focus, answer.summary)))
        case ElicitationAnswer() | SamplingAnswer() | SignInAnswer():
            return server_answer_words(answer)


def _plain(text: str) -> str:
    """A text as a file can hold it, without what a terminal would obey."""
    cut = text[:_LONGEST].strip()
    if not is_hidden(cut):
        return cut
    return "".join(" " if is_hidden(letter) else letter for letter in cut)

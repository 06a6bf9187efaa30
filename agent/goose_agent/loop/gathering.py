"""From the pieces of an answer to events: as few deltas as a frame of the screen allows."""

from __future__ import annotations

from msgspec import Struct, field

from goose_agent.errors import ContextOverflow
from goose_agent.events import AnswerPart, ModelDelta
from goose_agent.events.model import DeltaPart
from goose_agent.messages import Usage
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    Piece,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSeal,
    UsageReport,
)
from goose_agent.sessions.log import SessionLog

__all__ = ["Answered", "CallDraft", "Gatherer"]


class CallDraft(Struct):
    """A tool call as it grows."""

    call_id: str
    tool: str
    part: int
    arguments: str = ""


class Answered(Struct):
    """A complete answer."""

    request_id: str
    seq: int
    """Number of its `model.responded`."""
    stop: StopReason
    calls: list[CallDraft]
    has_text: bool
    overflow: ContextOverflow | None = None
    """Where it was made from, or ended by, a window that was too small."""


class Gatherer(Struct):
    """Turns pieces into deltas, as few as a frame allows."""

    log: SessionLog
    request_id: str
    cause: int
    parts: list[AnswerPart] = field(default_factory=list)
    calls: dict[int, CallDraft] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    held_part: int = -1
    usage: Usage | None = None
    stop: StopReason | None = None
    first_at: float | None = None
    size: int = 0
    """Characters so far."""

    def take(self, piece: Piece) -> None:
        """One more piece."""
        match piece:
            case TextDelta(text):
                self._hold(self._open("text"), text)
            case ThinkingDelta(text):
                self._hold(self._open("thinking"), text)
            case ThinkingSeal(signature):
                self._seal(signature)
            case CallStart():
                self._start_call(piece)
            case CallDelta(index, text):
                draft = self.calls[index]
                draft.arguments += text
                self._hold(draft.part, text)
            case UsageReport(usage):
                self.usage = usage
            case AnswerEnd(reason):
                self.stop = reason

    def _open(self, kind: DeltaPart) -> int:
        if not self.parts or self.parts[-1].kind != kind or self.parts[-1].signature:
            self.parts.append(AnswerPart(len(self.parts), kind))
        return self.parts[-1].part

    def _seal(self, signature: str) -> None:
        """A seal without words before it seals reasoning the provider keeps to itself."""
        self.flush()
        part = self._open("thinking")
        if self.held_part != part:
            self._record(part, "")
        self.parts[part] = AnswerPart(part, "thinking", signature)

    def _start_call(self, start: CallStart) -> None:
        part = len(self.parts)
        self.parts.append(AnswerPart(part, "call"))
        taken = self.log.has_call(start.id) or any(
            draft.call_id == start.id for draft in self.calls.values()
        )
        # Ids join calls to results for the rest of the session; some services repeat or omit them.
        call_id = start.id if start.id and not taken else self.log.world.ids.new("call")
        self.calls[start.index] = CallDraft(call_id, start.name, part)
        self.flush()
        self._record(part, "")

    def _hold(self, part: int, text: str) -> None:
        if part != self.held_part:
            self.flush()
            self.held_part = part
        self.held.append(text)
        self.size += len(text)

    def flush(self) -> None:
        """Record what is held."""
        if self.held:
            text = "".join(self.held)
            self.held = []
            if text:
                self._record(self.held_part, text)

    def _record(self, part: int, text: str) -> None:
        if self.first_at is None:
            self.first_at = self.log.world.clock.mono()
        self.held_part = part
        kind = self.parts[part].kind
        draft = next((draft for draft in self.calls.values() if draft.part == part), None)
        self.log.record(
            ModelDelta(
                self.request_id,
                part,
                kind,
                text,
                draft.call_id if draft else "",
                draft.tool if draft else "",
            ),
            "model",
            cause=self.cause,
        )

"""One answer of a model: ask, gather its pieces into events, try again where that helps."""

from __future__ import annotations

import hashlib
from contextlib import aclosing
from dataclasses import dataclass, field

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream

from goose_agent.context.build import Built
from goose_agent.errors import ConnectionLost, ProviderError
from goose_agent.events import (
    AnswerPart,
    ModelCancelled,
    ModelDelta,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
)
from goose_agent.events.model import DeltaPart
from goose_agent.messages import Usage
from goose_agent.providers.cost import cost_of
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    Model,
    ModelRequest,
    Piece,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSeal,
    UsageReport,
)
from goose_agent.providers.retry import next_delay
from goose_agent.sessions.log import SessionLog

__all__ = ["Answered", "CallDraft", "answer"]

FRAME = 1 / 30
"""Seconds for which pieces are gathered into one delta."""

_BUFFER = 64
"""Most batches of pieces that wait between the network and the record."""


@dataclass(slots=True)
class CallDraft:
    """A tool call as it grows."""

    call_id: str
    tool: str
    part: int
    arguments: str = ""


@dataclass(slots=True)
class Answered:
    """A complete answer."""

    request_id: str
    seq: int
    """Number of its `model.responded`."""
    stop: StopReason
    calls: list[CallDraft]
    has_text: bool


@dataclass(slots=True)
class _Gatherer:
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
        taken = self.log.state.calls.keys() | {draft.call_id for draft in self.calls.values()}
        # Ids join calls to results for the rest of the session; some services repeat or omit them.
        call_id = start.id if start.id and start.id not in taken else self.log.world.ids.new("call")
        self.calls[start.index] = CallDraft(call_id, start.name, part)
        self.flush()
        self._record(part, "")

    def _hold(self, part: int, text: str) -> None:
        if part != self.held_part:
            self.flush()
            self.held_part = part
        self.held.append(text)

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


async def answer(log: SessionLog, model: Model, built: Built, cause: int) -> Answered | None:
    """Get one answer; None where it failed for good, which is then on record.

    Args:
        log: the session's record.
        model: who answers.
        built: the request.
        cause: number of its `context.built`.
    """
    request = ModelRequest(built.system, built.messages, built.tools)
    body = model.encode(request)
    request_id = built.event.request_id
    attempt = 1
    while True:
        sent = log.record(
            ModelRequested(request_id, model.info.name, _sha(body), len(body), attempt),
            "agent",
            cause=cause,
        )
        await log.settle()
        try:
            return await _attempt(log, model, request, request_id, sent)
        except ProviderError as error:
            delay = next_delay(error, attempt, log.world.chance())
            if delay is None:
                _failed(log, request_id, error, sent)
                return None
            attempt += 1
            log.record(
                ModelRetrying(request_id, error.message, attempt, round(delay, 3)),
                "agent",
                cause=sent,
            )
            await log.settle()
            await anyio.sleep(delay)
            request_id = log.world.ids.new("r")


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _failed(log: SessionLog, request_id: str, error: ProviderError, cause: int) -> None:
    log.record(
        ModelFailed(request_id, error.kind, error.message, error.hint, error.status),
        "agent",
        cause=cause,
    )


async def _attempt(
    log: SessionLog, model: Model, request: ModelRequest, request_id: str, cause: int
) -> Answered:
    clock = log.world.clock
    started = clock.mono()
    gatherer = _Gatherer(log, request_id, cause)
    try:
        await _stream(log, model, request, gatherer)
    except anyio.get_cancelled_exc_class():
        gatherer.flush()
        log.record(ModelCancelled(request_id), "user", cause=cause)
        raise
    except ProviderError:
        gatherer.flush()
        raise
    gatherer.flush()
    if gatherer.stop is None:
        raise ConnectionLost("The answer broke off.", "Try again with /retry.")
    seq = log.record(
        ModelResponded(
            request_id,
            tuple(gatherer.parts),
            gatherer.stop,
            gatherer.usage,
            cost_of(gatherer.usage, model.info),
            round(clock.mono() - started, 3),
            round((gatherer.first_at or clock.mono()) - started, 3),
        ),
        "model",
        cause=cause,
    )
    has_text = any(part.kind == "text" for part in gatherer.parts)
    calls = [gatherer.calls[index] for index in sorted(gatherer.calls)]
    return Answered(request_id, seq, gatherer.stop, calls, has_text)


async def _stream(
    log: SessionLog, model: Model, request: ModelRequest, gatherer: _Gatherer
) -> None:
    """Let pieces flow from the model into the record, a frame's worth at a time."""
    send, receive = anyio.create_memory_object_stream[tuple[Piece, ...]](_BUFFER)
    failure: list[ProviderError] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_pump, model, request, send, failure)
        await _gather(log, receive, gatherer)
    if failure:
        raise failure[0]


async def _pump(
    model: Model,
    request: ModelRequest,
    send: ObjectSendStream[tuple[Piece, ...]],
    failure: list[ProviderError],
) -> None:
    async with send:
        try:
            async with aclosing(model.stream(request)) as stream:
                async for pieces in stream:
                    await send.send(pieces)
        except ProviderError as error:
            failure.append(error)


async def _gather(
    log: SessionLog, receive: ObjectReceiveStream[tuple[Piece, ...]], gatherer: _Gatherer
) -> None:
    clock = log.world.clock
    flushed = -FRAME
    async with receive:
        while True:
            pieces: tuple[Piece, ...] | None = None
            wait = FRAME if gatherer.held else None
            try:
                with anyio.move_on_after(wait):
                    pieces = await receive.receive()
            except anyio.EndOfStream:
                return
            for piece in pieces or ():
                gatherer.take(piece)
            if gatherer.held and (pieces is None or clock.mono() - flushed >= FRAME):
                gatherer.flush()
                flushed = clock.mono()
                await log.settle()

"""One answer of a model: ask, gather its pieces into events, try again where that helps."""

from __future__ import annotations

import hashlib
from contextlib import aclosing

import anyio
from anyio import to_thread
from anyio.abc import ObjectReceiveStream, ObjectSendStream

from goose_agent.context.build import Built
from goose_agent.errors import BadAnswer, ProviderError, StreamLost
from goose_agent.events import ModelCancelled, ModelRequested, ModelResponded, ModelRetrying
from goose_agent.loop.closing import closed
from goose_agent.loop.counting import Counting
from goose_agent.loop.gathering import Answered, Gatherer
from goose_agent.loop.overflow import overflow_of
from goose_agent.loop.pictures import illustrated
from goose_agent.loop.tally import Tally
from goose_agent.providers.cost import cost_of
from goose_agent.providers.encoder import Encoded, encoder_to
from goose_agent.providers.model import Model, ModelRequest, Piece
from goose_agent.providers.retry import Failures, next_delay
from goose_agent.sessions.log import SessionLog

__all__ = ["answer"]

FRAME = 1 / 30
"""Seconds for which pieces are gathered into one delta."""

_LARGE = 256 * 2**10
"""Bytes of pictures from which on a request is encoded beside the event loop."""
_BUFFER = 64
"""Most batches of pieces that wait between the network and the record."""
_LONGEST = 8 * 2**20
"""Characters of an answer; no model's limit is near, so a longer one never ends by itself."""


async def answer(
    log: SessionLog,
    model: Model,
    built: Built,
    cause: int,
    tally: Tally,
    counting: Counting | None,
    *,
    may_compact: bool,
) -> Answered | ProviderError:
    """Get one answer, or the error for which there is none.

    The caller puts that error on record: until then the answer under way counts as open.

    Args:
        log: the session's record.
        model: who answers.
        built: the request.
        cause: number of its `context.built`.
        tally: counts what fails.
        counting: counts its tokens; None for nobody.
        may_compact: whether an answer that a small window spoiled is to be an error.
    """
    shown = await illustrated(log, model.info, built)
    request = ModelRequest(
        built.system,
        shown.messages,
        built.tools,
        effort=log.state.effort,
        turn_context=built.turn_context,
    )
    request = closed(request, model.info)
    if counting is not None:
        counting.wish(model, request, built, cause)
    body, sha = await _encoded(model, request, shown.size)
    encoder = _encoder(model)
    request_id = built.event.request_id
    failures = Failures()
    while True:
        sent = log.record(
            ModelRequested(
                request_id,
                model.info.name,
                sha,
                len(body),
                failures.total + 1,
                shown.size,
                shown.tokens,
                request.effort,
            ),
            "agent",
            cause=cause,
            blobs=encoder,
        )
        await log.settle()
        attempt = _Attempt(log, model, built, request_id, sent)
        try:
            return await attempt.run(request, may_compact=may_compact)
        except ProviderError as error:
            tally.failures += 1
            failures = failures.after(error)
            delay = next_delay(error, failures, log.world.chance())
            if delay is None:
                return error
            log.record(
                ModelRetrying(request_id, error.message, failures.total + 1, round(delay, 3)),
                "agent",
                cause=sent,
            )
            await log.settle()
            await anyio.sleep(delay)
            request_id = log.world.ids.new("r")


def _encoder(model: Model) -> dict[str, bytes]:
    """What says how a model encodes, by the name it has on record."""
    encoder = model.encoder if isinstance(model, Encoded) else None
    return {"encoder": encoder_to(encoder)} if encoder is not None else {}


async def _encoded(model: Model, request: ModelRequest, pictures: int) -> tuple[bytes, str]:
    """The body of a request and its sha256.

    Args:
        model: who encodes it.
        request: what is asked.
        pictures: bytes that its pictures take: many are encoded beside the event loop.
    """

    def encode() -> tuple[bytes, str]:
        body = model.encode(request)
        return body, hashlib.sha256(body).hexdigest()

    return await to_thread.run_sync(encode) if pictures > _LARGE else encode()


class _Attempt:
    """One request and what comes back.

    Args:
        log: the session's record.
        model: who answers.
        built: the request.
        request_id: names this attempt.
        cause: number of its `model.requested`.
    """

    def __init__(
        self, log: SessionLog, model: Model, built: Built, request_id: str, cause: int
    ) -> None:
        self._log = log
        self._model = model
        self._built = built
        self._cause = cause
        self._gatherer = Gatherer(log, request_id, cause)

    async def run(self, request: ModelRequest, *, may_compact: bool) -> Answered:
        """Send it and gather the answer.

        Raises:
            ProviderError: there is no whole answer; what came of it is on record.
        """
        clock, gatherer = self._log.world.clock, self._gatherer
        started = clock.mono()
        try:
            await self._stream(request)
        except anyio.get_cancelled_exc_class():
            gatherer.flush()
            self._log.record(ModelCancelled(gatherer.request_id), "user", cause=self._cause)
            raise
        finally:
            gatherer.flush()
        if gatherer.stop is None:
            raise StreamLost("The answer broke off.", "Try again with /retry.")
        overflow = overflow_of(
            self._model.info, self._built, self._log.state, gatherer.stop, gatherer.usage
        )
        if overflow is not None and may_compact:
            raise overflow
        seconds = clock.mono() - started
        seq = self._log.record(
            ModelResponded(
                gatherer.request_id,
                tuple(gatherer.parts),
                gatherer.stop,
                gatherer.usage,
                cost_of(gatherer.usage, self._model.info),
                round(seconds, 3),
                round((gatherer.first_at or clock.mono()) - started, 3),
            ),
            "model",
            cause=self._cause,
        )
        has_text = any(part.kind == "text" for part in gatherer.parts)
        calls = [gatherer.calls[index] for index in sorted(gatherer.calls)]
        return Answered(gatherer.request_id, seq, gatherer.stop, calls, has_text, overflow)

    async def _stream(self, request: ModelRequest) -> None:
        """Let pieces flow from the model into the record, a frame's worth at a time."""
        send, receive = anyio.create_memory_object_stream[tuple[Piece, ...]](_BUFFER)
        failure: list[ProviderError] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_pump, self._model, request, send, failure)
            await self._gather(receive)
            if self._gatherer.size > _LONGEST:
                failure.append(_endless(self._model))
                tasks.cancel_scope.cancel()
        if failure:
            raise failure[0]

    async def _gather(self, receive: ObjectReceiveStream[tuple[Piece, ...]]) -> None:
        clock, gatherer = self._log.world.clock, self._gatherer
        flushed = -FRAME
        async with receive:
            while gatherer.size <= _LONGEST:
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
                    if flushed >= 0:
                        await self._log.settle()  # a slow disk or a slow face slows the answer
                    gatherer.flush()
                    flushed = clock.mono()


async def _pump(
    model: Model,
    request: ModelRequest,
    send: ObjectSendStream[tuple[Piece, ...]],
    failure: list[ProviderError],
) -> None:
    # Where the answer has become too long, nobody reads any more.
    async with send:
        try:
            async with aclosing(model.stream(request)) as stream:
                async for pieces in stream:
                    await send.send(pieces)
        except ProviderError as error:
            failure.append(error)
        except anyio.BrokenResourceError:
            return


def _endless(model: Model) -> BadAnswer:
    return BadAnswer(
        f"{model.info.name} was stopped: its answer did not end ({_LONGEST >> 20} MB).",
        "Try again, or choose another model.",
    )

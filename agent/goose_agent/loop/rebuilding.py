"""The requests of a session made anew from its record: the very bytes that were sent, and the proof.

The segments of a request name what it was built from, the state at that moment holds the contents,
blobs hold the prompt and the tools, and another blob says how the model encoded it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from goose_agent.context.build import Built, ContextBuilder
from goose_agent.errors import StoreError
from goose_agent.events import (
    ContextBuilt,
    ContextCounted,
    Event,
    ModelRequested,
    ModelResponded,
    Segment,
    SegmentKind,
)
from goose_agent.loop.closing import closed
from goose_agent.loop.pictures import with_pictures
from goose_agent.messages import ToolSchema
from goose_agent.providers.encoder import encoder_from, encoding_model
from goose_agent.providers.model import Model, ModelRequest
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import MAIN, SessionState

__all__ = [
    "Blobs",
    "Rebuilder",
    "Sending",
    "SentRequest",
    "counted_at",
    "last_sending",
    "sendings",
]

Blobs = Callable[[str], bytes | None]
"""The content of a blob by its sha256; None where there is none."""


class Sending(Struct, frozen=True):
    """A request that was sent, and its agent's state at the moment it was built."""

    before: SessionState
    segments: tuple[Segment, ...]
    built: int
    """`seq` of its `context.built`."""
    requested: Event
    """Its `model.requested`."""

    @property
    def seq(self) -> int:
        """Number of the event with which it was sent."""
        return self.requested.seq

    @property
    def sent(self) -> ModelRequested:
        """How it was sent."""
        assert isinstance(self.requested.data, ModelRequested)
        return self.requested.data


class SentRequest(Struct, frozen=True):
    """A request as it was sent."""

    seq: int
    """Number of the event with which it was sent."""
    model: str
    segments: tuple[Segment, ...]
    body: bytes
    exact: bool
    """Whether the hash of the body is the one that was recorded when it was sent."""


def sendings(events: Iterable[Event], state: SessionState) -> Iterator[Sending]:
    """The requests that were sent, in order.

    Args:
        events: what happened.
        state: the session before the first of them.
    """
    opened: dict[str, tuple[SessionState, int]] = {}
    for event in events:
        if isinstance(event.data, ContextBuilt):
            opened[event.agent] = state.of_agent(event.agent), event.seq
        state = reduce(state, event)
        if isinstance(event.data, ModelRequested) and event.agent in opened:
            before, built = opened[event.agent]
            if event.cause == built:
                segments = state.of_agent(event.agent).context.segments
                yield Sending(before, segments, built, event)


def last_sending(
    events: Iterable[Event], state: SessionState, upto: int | None = None
) -> Sending | None:
    """The last request that had been built by then and was sent; None where there is none.

    Args:
        events: what happened.
        state: the session before the first of them.
        upto: number of an event: of the agent whose event it is; None for the main agent's last one.
    """
    whose = MAIN

    def heard() -> Iterator[Event]:
        nonlocal whose
        for event in events:
            if upto is not None and event.seq <= upto:
                whose = event.agent
            yield event

    found: dict[str, Sending] = {}
    for sending in sendings(heard(), state):
        if upto is not None and sending.built > upto:
            break
        found[sending.requested.agent] = sending
    return found.get(whose)


def counted_at(events: Iterable[Event], built: int) -> int:
    """Number of the event from which on nothing more was told of a request: its answer, mostly.

    Args:
        events: what happened, from the building of the request on or from earlier.
        built: number of its `context.built`.
    """
    last = built
    for event in events:
        if event.seq > built:
            match event.data:
                case ModelResponded():
                    return event.seq
                case ModelRequested() | ContextCounted():
                    last = event.seq
                case ContextBuilt():
                    break
                case _:
                    pass
    return last


class Rebuilder:
    """Makes requests of one session anew; best asked for them in their order.

    Args:
        blobs: reads the record's blobs.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._builders: dict[str, ContextBuilder] = {}
        """One for each agent."""
        self._models: dict[str, Model] = {}

    def rebuild(self, sending: Sending) -> SentRequest:
        """The request. Blocks: call it in a thread.

        Raises:
            StoreError: a part of the record is missing or cannot be read.
        """
        sent = sending.sent
        model = self._model(sending.requested)
        built = self._built(sending)
        contents = {image.sha: self._blobs(image.sha) for image in built.images}
        shown, _ = with_pictures(model.info, built, contents)
        request = ModelRequest(
            built.system,
            shown.messages,
            built.tools,
            effort=sent.effort,
            turn_context=built.turn_context,
        )
        body = model.encode(closed(request, model.info))
        exact = hashlib.sha256(body).hexdigest() == sent.body_sha
        return SentRequest(sending.seq, sent.model, sending.segments, body, exact)

    def _built(self, sending: Sending) -> Built:
        system = self._head(sending, "system").decode()
        tools = tuple(
            ToolSchema(*listed) for listed in json.loads(self._head(sending, "tools") or "[]")
        )
        now = self._head(sending, "turn").decode()
        builder = self._builders.setdefault(sending.requested.agent, ContextBuilder())
        return builder.build(sending.before, system, tools, sending.sent.request_id, now)

    def _head(self, sending: Sending, kind: SegmentKind) -> bytes:
        """What stands before or behind the conversation; where there is none, nothing."""
        segment = next((item for item in sending.segments if item.key == kind), None)
        if segment is None or segment.altered == "dropped":
            return b""
        return self._blob(segment.ref)

    def _model(self, requested: Event) -> Model:
        sha = requested.blobs.get("encoder", "")
        if sha not in self._models:
            self._models[sha] = encoding_model(encoder_from(self._blob(sha)))
        return self._models[sha]

    def _blob(self, sha: str) -> bytes:
        content = self._blobs(sha) if sha else None
        if content is None:
            raise StoreError(
                "A part of the request is not on record: it cannot be made anew.",
                "See its segments: goose-tui sessions show ID --context SEQ",
            )
        return content

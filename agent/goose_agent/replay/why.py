"""Why a call was made and ran: the answer it stands in, what was new to the model, who allowed it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from goose_agent.context.edits import contents
from goose_agent.events import (
    ContextBuilt,
    Decision,
    Event,
    FileChanged,
    ModelRequested,
    ModelResponded,
    Reason,
    RequestAnswered,
    RequestAsked,
    RequestWithdrawn,
    Segment,
    ToolFinished,
    ToolJudged,
    ToolOutcomeUnknown,
    ToolProposed,
    ToolStarted,
)
from goose_agent.replay.recording import Recording
from goose_agent.replay.sources import Source, likely_sources
from goose_agent.state.records import AnswerRecord, CallRecord, ThinkingRecord
from goose_agent.state.session_state import SessionState

__all__ = ["Asked", "NewPiece", "Why", "asked_about", "call_at", "why"]


class NewPiece(Struct, frozen=True):
    """A piece that a request had and the one before it had not."""

    segment: Segment
    text: str | None
    """None where it is a picture, or a blob has it."""


class Asked(Struct, frozen=True):
    """A question to the person, and what became of it."""

    asked: Event
    """Its data is `request.asked`."""
    ended: Event | None
    """Its data is `request.answered` or `request.withdrawn`; None where the record ends before."""


class Why(Struct, frozen=True):
    """All that the record knows about a call."""

    call: CallRecord
    """As it was in the end."""
    model: str
    built: int
    """`seq` of the `context.built` of the request; 0 where there is none."""
    responded: int
    """`seq` of the end of the answer; 0 where there is none."""
    thinking: str
    said: str
    """What the model said in the same answer."""
    new: tuple[NewPiece, ...]
    gone: tuple[Segment, ...]
    """What the request before had, and this one had not."""
    decision: Decision | None
    reasons: tuple[Reason, ...]
    judged: int
    """`seq` of the verdict; 0 where there is none."""
    asked: tuple[Asked, ...]
    sources: tuple[Source, ...]


def call_at(recording: Recording, place: int) -> str:
    """The call that the event at a place is about, or the last one before it; empty for none."""
    for at in range(min(place, len(recording) - 1), -1, -1):
        data = recording.events[at].data
        match data:
            case (
                ToolProposed(call_id=call_id)
                | ToolJudged(call_id=call_id)
                | ToolStarted(call_id=call_id)
                | ToolFinished(call_id=call_id)
                | ToolOutcomeUnknown(call_id=call_id)
                | FileChanged(call_id=call_id)
            ) if call_id:
                return call_id
            case RequestAsked(subject=subject) if subject.call_id:
                return subject.call_id
            case _:
                pass
    return ""


def asked_about(recording: Recording, call_id: str) -> Iterator[Asked]:
    """Every question about a call, in order."""
    ends = {
        event.data.request_id: event
        for event in recording.events
        if isinstance(event.data, RequestAnswered | RequestWithdrawn)
    }
    for event in recording.events:
        if isinstance(event.data, RequestAsked) and event.data.subject.call_id == call_id:
            yield Asked(event, ends.get(event.data.request_id))


def why(recording: Recording, call_id: str) -> Why | None:
    """What the record knows about a call; None where it knows of none. Blocks.

    Args:
        recording: a session.
        call_id: names the call.
    """
    last = recording.state_at(len(recording) - 1)
    owner = last.agent_of_call(call_id)
    if not owner:
        return None
    last = last.of_agent(owner)
    call = last.call(call_id)
    requested = _event_of(recording, ModelRequested, call.request_id)
    responded = _event_of(recording, ModelResponded, call.request_id)
    built = recording.event(requested.cause) if requested is not None and requested.cause else None
    judged = _judged(recording, call_id)
    verdict = judged.data if judged is not None else None
    new, gone, sources = _read(recording, built, call, owner)
    return Why(
        call,
        requested.data.model if requested and isinstance(requested.data, ModelRequested) else "",
        built.seq if built is not None else 0,
        responded.seq if responded is not None else 0,
        _texts(last, ThinkingRecord, call.request_id),
        _texts(last, AnswerRecord, call.request_id),
        new,
        gone,
        verdict.decision if isinstance(verdict, ToolJudged) else None,
        verdict.reasons if isinstance(verdict, ToolJudged) else (),
        judged.seq if judged is not None else 0,
        tuple(asked_about(recording, call_id)),
        sources,
    )


def _event_of(
    recording: Recording, kind: type[ModelRequested] | type[ModelResponded], request_id: str
) -> Event | None:
    for event in recording.events:
        if isinstance(event.data, kind) and event.data.request_id == request_id:
            return event
    return None


def _judged(recording: Recording, call_id: str) -> Event | None:
    """The last verdict on a call: a person may have changed its arguments after the first."""
    for event in reversed(recording.events):
        if isinstance(event.data, ToolJudged) and event.data.call_id == call_id:
            return event
    return None


def _texts(
    state: SessionState, kind: type[ThinkingRecord] | type[AnswerRecord], request_id: str
) -> str:
    found = (
        record.text.strip()
        for record in state.records
        if isinstance(record, kind) and record.request_id == request_id
    )
    return "\n\n".join(text for text in found if text)


def _read(
    recording: Recording, built: Event | None, call: CallRecord, owner: str
) -> tuple[tuple[NewPiece, ...], tuple[Segment, ...], tuple[Source, ...]]:
    """What the model read: new pieces, pieces that are gone, likely sources of the call."""
    if built is None or not isinstance(built.data, ContextBuilt):
        return (), (), ()
    place = recording.place_of(built.seq)
    state = recording.state_at(place).of_agent(owner)
    before = recording.state_at(place - 1).of_agent(owner).context.segments
    known = {_identity(segment) for segment in before}
    keys = {segment.key for segment in state.context.segments}
    texts = contents(state)
    texts |= {key: edit.text for key, edit in state.edits.items() if edit.text is not None}
    there = [segment for segment in state.context.segments if segment.altered != "dropped"]
    pieces = [
        (segment, text)
        for segment in there
        if segment.altered != "stub" and (text := texts.get(segment.key))
    ]
    return (
        tuple(
            NewPiece(segment, texts.get(segment.key))
            for segment in there
            if _identity(segment) not in known
        ),
        tuple(segment for segment in before if segment.key not in keys),
        likely_sources(call.arguments or {}, pieces),
    )


def _identity(segment: Segment) -> tuple[str, str, int, str]:
    return segment.key, segment.ref, segment.size, segment.altered

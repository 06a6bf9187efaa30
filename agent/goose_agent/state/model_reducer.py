"""How calls of a model change a session's state."""

from __future__ import annotations

from collections.abc import Mapping

from goose_agent.events import (
    AsideFailed,
    AsideRequested,
    AsideResponded,
    Event,
    ModelCancelled,
    ModelDelta,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelRetrying,
)
from goose_agent.evolve import evolve
from goose_agent.messages import Usage
from goose_agent.state.records import AnswerRecord, CallRecord, NoticeRecord, Record, ThinkingRecord
from goose_agent.state.session_state import SessionState, Spent

__all__ = ["charged", "more_spent", "reduce_aside", "reduce_model"]

_RATIO_BOUNDS = (1.0, 12.0)
"""Bytes for a token that are believable; what lies outside is a provider's odd report."""


def reduce_model(
    state: SessionState,
    event: Event,
    data: ModelRequested
    | ModelDelta
    | ModelResponded
    | ModelFailed
    | ModelRetrying
    | ModelCancelled,
) -> SessionState:
    """A model is called, answers, fails or is stopped."""
    match data:
        case ModelRequested():
            context = evolve(
                state.context,
                picture_tokens=data.picture_tokens,
                sent=state.context.sent + (data.attempt == 1),
            )
            return evolve(
                state,
                phase="requesting",
                request_id=data.request_id,
                asked=data.model,
                parts={},
                context=context,
            )
        case ModelDelta():
            return _delta(state, event, data)
        case ModelResponded():
            return _responded(state, data)
        case ModelFailed():
            closed = _closed(state)
            record = NoticeRecord(
                f"e{event.seq}", event.seq, event.turn, "error", data.message, data.hint
            )
            return evolve(closed, records=closed.records.append(record))
        case ModelRetrying():
            closed = _closed(state)
            text = f"{data.message} Trying again ({data.attempt})."
            record = NoticeRecord(f"e{event.seq}", event.seq, event.turn, "warning", text)
            return evolve(
                closed,
                records=closed.records.append(record),
                phase="retrying",
                retry_at=event.mono + data.delay,
            )
        case ModelCancelled():
            return _closed(state)


def _delta(state: SessionState, event: Event, data: ModelDelta) -> SessionState:
    at = state.parts.get(data.part)
    if at is None:
        return _opened(state, event, data)
    record = state.records[at]
    changed: Record
    match record:
        case AnswerRecord() | ThinkingRecord():
            changed = evolve(record, text=record.text + data.text)
        case CallRecord():
            changed = evolve(record, arguments_text=record.arguments_text + data.text)
        case _:
            return state
    return evolve(state, records=state.records.set(at, changed), phase="answering")


def _opened(state: SessionState, event: Event, data: ModelDelta) -> SessionState:
    state = _shut_parts(state)
    at = len(state.records)
    key = f"{data.request_id}.{event.seq}"
    record: Record
    calls, turns = state.calls, state.turns
    match data.kind:
        case "text":
            record = AnswerRecord(
                key, event.seq, event.turn, event.agent, data.request_id, data.text
            )
        case "thinking":
            record = ThinkingRecord(
                key, event.seq, event.turn, event.agent, data.request_id, data.text
            )
        case "call":
            record = CallRecord(
                data.call_id,
                event.seq,
                event.turn,
                event.agent,
                data.request_id,
                data.tool,
                data.text,
            )
            calls = {**calls, data.call_id: at}
            if turns:
                turn = turns[-1]
                turns = turns.set(len(turns) - 1, evolve(turn, calls=(*turn.calls, at)))
    return evolve(
        state,
        records=state.records.append(record),
        parts={**state.parts, data.part: at},
        calls=calls,
        turns=turns,
        phase="answering",
    )


def _shut_parts(state: SessionState) -> SessionState:
    """Text and thinking that came before a new part will not grow any more."""
    records = state.records
    for at in state.parts.values():
        record = records[at]
        if isinstance(record, AnswerRecord | ThinkingRecord) and record.open:
            records = records.set(at, evolve(record, open=False))
    return state if records is state.records else evolve(state, records=records)


def _responded(state: SessionState, data: ModelResponded) -> SessionState:
    records = _shut_parts(state).records
    for part in data.parts:
        at = state.parts.get(part.part)
        if at is not None and part.signature and isinstance(record := records[at], ThinkingRecord):
            records = records.set(at, evolve(record, signature=part.signature))
    context, seat = state.context, state.seat
    if data.usage is not None:
        used = data.usage.input_tokens + data.usage.output_tokens
        learned = _learned(state, data.usage.input_tokens)
        context = evolve(
            context,
            tokens=used,
            answer=data.usage.output_tokens,
            source="provider",
            ratios=learned,
            usage=data.usage,
        )
    context = evolve(context, cost=data.cost)
    planning = seat is not None and seat.role == "planning"
    if seat is not None:
        seat = evolve(seat, left=max(0, seat.left - 1))
    return evolve(
        charged(state, state.asked or state.model, data.usage, data.cost),
        records=records,
        context=context,
        phase="tools",
        seat=seat,
        answers=state.answers + (not planning),
    )


def reduce_aside(
    state: SessionState, data: AsideRequested | AsideResponded | AsideFailed
) -> SessionState:
    """A model is asked for something beside the conversation, and answers or fails."""
    match data:
        case AsideRequested() | AsideFailed():
            if data.aside == "compaction":
                begun = isinstance(data, AsideRequested)
                return evolve(state, summarising=data.request_id if begun else "")
            return evolve(state, title_asked=state.title_asked or data.aside == "title")
        case AsideResponded():
            if data.request_id == state.summarising:
                state = evolve(state, summarising="")
            paid = charged(state, data.model, data.usage, data.cost)
            return evolve(paid, spent_aside=more_spent(state.spent_aside, data.usage, data.cost))


def _learned(state: SessionState, input_tokens: int) -> Mapping[str, float]:
    """Bytes for a token of this model, now that it has counted a request."""
    context = state.context
    words = input_tokens - context.picture_tokens
    if words <= 0 or not context.size:
        return context.ratios
    ratio = min(_RATIO_BOUNDS[1], max(_RATIO_BOUNDS[0], context.size / words))
    return {**context.ratios, state.asked or state.model: ratio}


def charged(
    state: SessionState, model: str, usage: Usage | None, cost: float | None
) -> SessionState:
    """One more answer of this model is paid for."""
    own = more_spent(state.spent_by.get(model, Spent()), usage, cost)
    return evolve(
        state,
        spent=more_spent(state.spent, usage, cost),
        spent_by={**state.spent_by, model: own},
    )


def more_spent(spent: Spent, usage: Usage | None, cost: float | None) -> Spent:
    """What was spent with one more answer."""
    if usage is not None:
        spent = evolve(
            spent,
            input_tokens=spent.input_tokens + usage.input_tokens,
            output_tokens=spent.output_tokens + usage.output_tokens,
            cache_read_tokens=spent.cache_read_tokens + usage.cache_read_tokens,
            cache_write_tokens=spent.cache_write_tokens + usage.cache_write_tokens,
        )
    if cost is None:
        return evolve(spent, requests=spent.requests + 1, unpriced=spent.unpriced + 1)
    return evolve(spent, requests=spent.requests + 1, cost=spent.cost + cost)


def _closed(state: SessionState) -> SessionState:
    """The answer under way got no further; calls in it that are not complete never happened."""
    records = state.records
    for at in state.parts.values():
        record = records[at]
        if isinstance(record, AnswerRecord | ThinkingRecord):
            records = records.set(at, evolve(record, open=False, interrupted=True))
        elif isinstance(record, CallRecord) and not record.proposed:
            records = records.set(at, evolve(record, state="cancelled"))
    return evolve(state, records=records, parts={}, phase="requesting")

"""How events of a session's life and of its governing change its state."""

from __future__ import annotations

from goose_agent.events import (
    Event,
    MessageQueued,
    MessageUnqueued,
    ModeChanged,
    ModelChanged,
    Notice,
    PlanUpdated,
    RequestAnswered,
    RequestAsked,
    RequestWithdrawn,
    RulesChanged,
    SessionEnded,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    SessionTitled,
    SteppingChanged,
    TurnEnded,
    TurnStarted,
    UserCommand,
    UserMessage,
)
from goose_agent.state.evolve import evolve
from goose_agent.state.records import CallRecord, MarkRecord, NoticeRecord, Record, UserRecord
from goose_agent.state.session_state import Pending, Queued, SessionState, Turn
from goose_agent.state.vector import Vector

__all__ = [
    "reduce_conversation",
    "reduce_governing",
    "reduce_notice",
    "reduce_plan",
    "reduce_request",
    "reduce_session",
    "reduce_turn",
]

_TITLE = 60
"""Longest title made from the first message, in characters."""


def reduce_session(
    state: SessionState,
    event: Event,
    data: SessionStarted | SessionResumed | SessionRecovered | SessionTitled | SessionEnded,
) -> SessionState:
    """A session starts, goes on, is recovered, named or ended."""
    match data:
        case SessionStarted():
            return evolve(
                state,
                session_id=event.session_id,
                folder=data.folder,
                roots=data.roots,
                git_branch=data.git_branch,
                opened_in=data.opened_in,
                model=data.model,
                window=data.window,
                mode=data.mode,
                started_at=event.at,
            )
        case SessionResumed():
            roots = data.roots or state.roots
            return evolve(state, ended=False, git_branch=data.git_branch, roots=roots)
        case SessionRecovered():
            lost = len(data.dangling_calls)
            text = "The last run of this session was cut off"
            if lost:
                text += f" while {lost} call{'s' if lost > 1 else ''} ran: the outcome is unknown"
            return _noted(
                state,
                event,
                NoticeRecord(
                    _key(event), event.seq, event.turn, "warning", text + ".", " ".join(data.damage)
                ),
            )
        case SessionTitled():
            return evolve(state, title=data.title)
        case SessionEnded():
            return evolve(state, ended=True)


def reduce_governing(
    state: SessionState,
    event: Event,
    data: ModeChanged | SteppingChanged | ModelChanged | RulesChanged,
) -> SessionState:
    """Another mode, model or rule holds."""
    match data:
        case ModeChanged():
            return _marked(evolve(state, mode=data.mode), event, f"mode {data.mode}")
        case SteppingChanged():
            word = "on" if data.on else "off"
            return _marked(evolve(state, stepping=data.on), event, f"stepping {word}")
        case ModelChanged():
            changed = evolve(state, model=data.model, window=data.window)
            return _marked(changed, event, f"model {data.model}")
        case RulesChanged():
            rules = (*state.rules, data.added)
            return _marked(
                evolve(state, rules=rules), event, f"allowed for this session: {data.added}"
            )


def reduce_turn(state: SessionState, event: Event, data: TurnStarted | TurnEnded) -> SessionState:
    """A turn starts or ends."""
    match data:
        case TurnStarted():
            first = max(0, len(state.records) - 1)
            text = ""
            if state.records and isinstance(record := state.records[-1], UserRecord):
                text = record.text.strip().partition("\n")[0]
            turn = Turn(data.turn, first, event.mono, text)
            return evolve(state, turns=state.turns.append(turn), phase="requesting")
        case TurnEnded():
            if not state.turns:
                return evolve(state, phase="idle")
            turn = evolve(state.turns[-1], reason=data.reason, seconds=data.seconds)
            turns = state.turns.set(len(state.turns) - 1, turn)
            records = _without_streaming(state, turn)
            ended = evolve(state, turns=turns, records=records, phase="idle", parts={})
            words = {
                "interrupted": "interrupted",
                "max_turns": "stopped: the limit of model calls in one turn is reached",
                "stopped": "stopped",
                "recovered": "cut off",
            }
            return _marked(ended, event, words[data.reason]) if data.reason in words else ended


def reduce_conversation(
    state: SessionState,
    event: Event,
    data: UserMessage | MessageQueued | MessageUnqueued | UserCommand,
) -> SessionState:
    """A person speaks."""
    match data:
        case UserMessage():
            record = UserRecord(_key(event), event.seq, event.turn, data.text, data.steer)
            queue = tuple(item for item in state.queue if item.message_id != data.message_id)
            title = state.title or " ".join(data.text.split())[:_TITLE]
            return _noted(evolve(state, queue=queue, title=title), event, record)
        case MessageQueued():
            queued = Queued(data.message_id, data.text, data.steer)
            rest = tuple(item for item in state.queue if item.message_id != data.message_id)
            return evolve(state, queue=(*rest, queued))
        case MessageUnqueued():
            queue = tuple(item for item in state.queue if item.message_id != data.message_id)
            return evolve(state, queue=queue)
        case UserCommand():
            return state


def reduce_request(
    state: SessionState, event: Event, data: RequestAsked | RequestAnswered | RequestWithdrawn
) -> SessionState:
    """A question to the person is asked, answered or withdrawn."""
    rest = tuple(item for item in state.pending if item.request_id != data.request_id)
    match data:
        case RequestAsked():
            pending = Pending(data.request_id, data.subject, event.seq, event.mono)
            changed = evolve(state, pending=(*rest, pending))
            return _call_state(changed, data.subject.call_id, "waiting")
        case RequestAnswered() | RequestWithdrawn():
            for item in state.pending:
                if item.request_id == data.request_id:
                    state = _call_state(state, item.subject.call_id, "allowed")
            return evolve(state, pending=rest)


def reduce_plan(state: SessionState, event: Event, data: PlanUpdated) -> SessionState:
    """The plan is another."""
    return evolve(state, plan=data.items)


def reduce_notice(state: SessionState, event: Event, data: Notice) -> SessionState:
    """The program says something."""
    record = NoticeRecord(_key(event), event.seq, event.turn, data.level, data.text, data.hint)
    return _noted(state, event, record)


def _without_streaming(state: SessionState, turn: Turn) -> Vector[Record]:
    """Calls of which the process ended before the answer around them did never happened."""
    records = state.records
    for at in turn.calls:
        record = records[at]
        if isinstance(record, CallRecord) and record.state == "streaming":
            records = records.set(at, evolve(record, state="cancelled"))
    return records


def _key(event: Event) -> str:
    return f"e{event.seq}"


def _noted(state: SessionState, event: Event, record: Record) -> SessionState:
    return evolve(state, records=state.records.append(record))


def _marked(state: SessionState, event: Event, text: str) -> SessionState:
    return _noted(state, event, MarkRecord(_key(event), event.seq, event.turn, text))


def _call_state(state: SessionState, call_id: str, word: str) -> SessionState:
    at = state.calls.get(call_id)
    if at is None:
        return state
    record = state.records[at]
    # A question of a running call (ask_user) leaves the call running.
    if not isinstance(record, CallRecord) or record.settled or record.state == "running":
        return state
    changed = evolve(record, state="waiting" if word == "waiting" else "allowed")
    return evolve(state, records=state.records.set(at, changed))

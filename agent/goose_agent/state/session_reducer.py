"""How events of a session's life and of its governing change its state."""

from __future__ import annotations

from goose_agent.events import (
    EffortChanged,
    Event,
    FolderTrust,
    HookRan,
    MessageMoved,
    MessageQueued,
    MessageUnqueued,
    ModeChanged,
    ModelChanged,
    ModelSwitched,
    Notice,
    PlanUpdated,
    RequestAnswered,
    RequestAsked,
    RequestHeld,
    RequestWithdrawn,
    RulesChanged,
    RuleScope,
    SessionEnded,
    SessionForked,
    SessionImported,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    SessionTitled,
    Step,
    SteppingChanged,
    TurnEnded,
    TurnMeasured,
    TurnStarted,
    UserCommand,
    UserMessage,
)
from goose_agent.events.notices import Level
from goose_agent.evolve import evolve
from goose_agent.state.records import CallRecord, MarkRecord, NoticeRecord, Record, UserRecord
from goose_agent.state.session_state import (
    FILES_STAY,
    Fork,
    Pending,
    Queued,
    Seat,
    SessionState,
    Turn,
)
from goose_agent.state.vector import Vector

__all__ = [
    "reduce_conversation",
    "reduce_governing",
    "reduce_hook",
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
    data: SessionStarted
    | SessionResumed
    | SessionRecovered
    | SessionTitled
    | SessionImported
    | SessionForked
    | SessionEnded,
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
                effort=data.effort,
                models=data.models,
                started_at=event.at,
            )
        case SessionResumed():
            roots = data.roots or state.roots
            # What was loosened by hand before does not come back by leaving plan mode.
            return evolve(
                state,
                ended=False,
                summarising="",
                git_branch=data.git_branch,
                roots=roots,
                mode_before="smart",
                extensions={},
            )
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
            by_model = event.actor == "model"
            return evolve(state, title=data.title, titled_by="model" if by_model else "person")
        case SessionImported():
            debugging = evolve(state.debugging, breakpoints=())
            # What was taken out of the conversation stays out; what opens requests is ours.
            edits = {key: edit for key, edit in state.edits.items() if ":" in key}
            # Nor do files of elsewhere open our requests.
            changed = evolve(
                state, rules=(), trust=None, debugging=debugging, edits=edits, hints={}
            )
            return _marked(changed, event, f"imported from {data.source}")
        case SessionForked():
            return _forked(state, event, data)
        case SessionEnded():
            return evolve(state, ended=True)


def _forked(state: SessionState, event: Event, data: SessionForked) -> SessionState:
    """Another session begins here; nothing of the process that wrote the other one is left open."""
    before = state.spent.cost
    fork = Fork(data.parent, data.forked_at, data.differs, cost=before, model=state.model)
    differs = f": {', '.join(data.differs)}" if data.differs else ""
    text = f"Forked from {data.parent} at event {data.forked_at}{differs}."
    again = " /retry lets the model answer from here." if state.working else ""
    record = NoticeRecord(_key(event), event.seq, event.turn, "info", text, FILES_STAY + again)
    return _noted(evolve(state, fork=fork, ended=True, summarising=""), event, record)


def reduce_governing(
    state: SessionState,
    event: Event,
    data: ModeChanged
    | EffortChanged
    | SteppingChanged
    | ModelChanged
    | ModelSwitched
    | RulesChanged
    | FolderTrust,
) -> SessionState:
    """Another mode, model or rule holds."""
    match data:
        case ModeChanged():
            return _marked(
                evolve(state, mode=data.mode, mode_before=state.mode), event, f"mode {data.mode}"
            )
        case EffortChanged():
            changed = evolve(state, effort=data.effort)
            return _marked(
                changed, event, f"thinking effort {data.effort or 'as the provider has it'}"
            )
        case SteppingChanged():
            word = "on" if data.on else "off"
            run: Step = "into" if data.on else "continue"
            debugging = evolve(state.debugging, run=run, level=event.agent)
            changed = evolve(state, stepping=data.on, debugging=debugging)
            return _marked(changed, event, f"stepping {word}")
        case ModelChanged() | ModelSwitched():
            return _reduce_model_choice(state, event, data)
        case RulesChanged():
            return _ruled(state, event, data)
        case FolderTrust():
            known = evolve(state, trust=data)
            if event.actor != "user":
                return known
            words = "trusted as it is" if data.status == "trusted" else "never to be trusted"
            return _marked(known, event, f"this folder is {words}")


_SCOPES: dict[RuleScope, str] = {
    "once": "once more",
    "turn": "in this turn",
    "session": "for this session",
    "project": "in this folder",
    "user": "always",
}


def _ruled(state: SessionState, event: Event, data: RulesChanged) -> SessionState:
    """A rule was added or taken back; those of files are not the session's own."""
    rules, words = state.rules, []
    if (removed := data.removed) is not None:
        rules = tuple(rule for rule in rules if rule != removed)
        words.append(f"rule taken back: {removed}")
    if (added := data.added) is not None:
        if not data.source:
            rules = (*rules, added)
        said = "rule" if added.line else "allowed"
        words.append(f"{said} {_SCOPES[added.scope]}: {added}")
    return _marked(evolve(state, rules=rules), event, "; ".join(words))


def _reduce_model_choice(
    state: SessionState, event: Event, data: ModelChanged | ModelSwitched
) -> SessionState:
    match data:
        case ModelChanged(role="main"):
            changed = evolve(state, model=data.model, window=data.window, switched=event.seq)
            return _marked(changed, event, f"model {data.model}")
        case ModelChanged(role=role):
            models = {known: name for known, name in state.models.items() if known != role}
            if data.model:
                models[role] = data.model
            text = f"{role} model {data.model or 'as for everything else'}"
            return _marked(evolve(state, models=models), event, text)
        case ModelSwitched(role=role):
            seat = Seat(role, data.model, data.window, data.reason, data.answers)
            changed = evolve(state, seat=seat if role != "main" else None, switched=event.seq)
            if not state.turns:
                return changed  # who begins is no change in how things go
            whose = f" ({role})" if role != "main" else ""
            return _marked(changed, event, f"{data.model}{whose} answers: {data.reason}")


def reduce_turn(
    state: SessionState, event: Event, data: TurnStarted | TurnEnded | TurnMeasured
) -> SessionState:
    """A turn starts, is measured or ends."""
    match data:
        case TurnStarted():
            first = max(0, len(state.records) - 1)
            text = ""
            if state.records and isinstance(record := state.records[-1], UserRecord):
                text = record.text.strip().partition("\n")[0]
            turn = Turn(data.turn, first, event.mono, text)
            run: Step = "into" if state.stepping else "continue"
            debugging = evolve(state.debugging, run=run, level=event.agent)
            turns = state.turns.append(turn)
            return evolve(state, turns=turns, phase="requesting", debugging=debugging)
        case TurnMeasured():
            seconds = state.spent.seconds + data.model_seconds + data.tool_seconds
            return evolve(state, spent=evolve(state.spent, seconds=seconds))
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
                "budget": "stopped: the budget is used up",
                "recovered": "cut off",
            }
            return _marked(ended, event, words[data.reason]) if data.reason in words else ended


def reduce_conversation(
    state: SessionState,
    event: Event,
    data: UserMessage | MessageQueued | MessageUnqueued | MessageMoved | UserCommand,
) -> SessionState:
    """A person speaks."""
    match data:
        case UserMessage():
            record = UserRecord(
                _key(event), event.seq, event.turn, data.text, data.steer, data.attachments, data.by
            )
            queue = tuple(item for item in state.queue if item.message_id != data.message_id)
            words = " ".join(data.text.split())[:_TITLE]
            fork = state.fork
            if fork is not None and not fork.said:
                fork = evolve(fork, said=words)
            title = state.title or ("" if data.note else words)  # who only looked said nothing yet
            changed = evolve(state, queue=queue, title=title, fork=fork)
            return _noted(changed, event, record)
        case MessageQueued():
            queued = Queued(data.message_id, data.text, data.steer, data.attachments)
            rest = tuple(item for item in state.queue if item.message_id != data.message_id)
            return evolve(state, queue=(*rest, queued))
        case MessageUnqueued():
            queue = tuple(item for item in state.queue if item.message_id != data.message_id)
            return evolve(state, queue=queue)
        case MessageMoved():
            return evolve(state, queue=_moved(state.queue, data))
        case UserCommand():
            return state


def _moved(queue: tuple[Queued, ...], data: MessageMoved) -> tuple[Queued, ...]:
    """The queue with a message before another, or at the end where that one waits no more."""
    moved = tuple(item for item in queue if item.message_id == data.message_id)
    rest = tuple(item for item in queue if item.message_id != data.message_id)
    ids = [item.message_id for item in rest]
    at = ids.index(data.before) if data.before in ids else len(rest)
    return (*rest[:at], *moved, *rest[at:])


def reduce_request(
    state: SessionState,
    event: Event,
    data: RequestAsked | RequestAnswered | RequestHeld | RequestWithdrawn,
) -> SessionState:
    """A question to the person is asked, looked at, answered or withdrawn."""
    rest = tuple(item for item in state.pending if item.request_id != data.request_id)
    match data:
        case RequestAsked():
            pending = Pending(
                data.request_id, data.subject, event.seq, event.mono, agent=event.agent
            )
            changed = evolve(state, pending=(*rest, pending))
            return _call_state(changed, data.subject.call_id, "waiting")
        case RequestHeld(request_id):
            held = (
                evolve(item, held=True) if item.request_id == request_id else item
                for item in state.pending
            )
            return evolve(state, pending=tuple(held))
        case RequestAnswered() | RequestWithdrawn():
            for item in state.pending:
                if item.request_id == data.request_id:
                    state = _call_state(state, item.subject.call_id, "allowed")
            return evolve(state, pending=rest)


def reduce_plan(state: SessionState, event: Event, data: PlanUpdated) -> SessionState:
    """The plan is another."""
    return evolve(state, plan=data.items)


def reduce_hook(state: SessionState, event: Event, data: HookRan) -> SessionState:
    """A hook ran; only what it says is shown."""
    if data.outcome == "ok" and not data.text:
        return state
    words = {"ok": "says", "blocked": "blocked", "failed": "failed"}[data.outcome]
    text = f"Hook {data.event} of {data.plugin} {words}: {data.text}".rstrip(": ")
    level: Level = "info" if data.outcome == "ok" else "warning"
    return _noted(state, event, NoticeRecord(_key(event), event.seq, event.turn, level, text))


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

"""How tool calls change a session's state."""

from __future__ import annotations

from goose_agent.events import (
    BaselineTaken,
    Event,
    FileChanged,
    Outcome,
    ToolFinished,
    ToolJudged,
    ToolOutcomeUnknown,
    ToolProposed,
    ToolStarted,
)
from goose_agent.evolve import evolve
from goose_agent.state.records import CallRecord, CallState, MarkRecord
from goose_agent.state.session_state import RuleUse, SessionState

__all__ = ["reduce_files", "reduce_tool", "rules_used"]

_STATE: dict[Outcome, CallState] = {
    "ok": "ok",
    "error": "failed",
    "denied": "denied",
    "cancelled": "cancelled",
}


def reduce_tool(
    state: SessionState,
    event: Event,
    data: ToolProposed | ToolJudged | ToolStarted | ToolFinished | ToolOutcomeUnknown,
) -> SessionState:
    """A call is proposed, judged, started or finished."""
    at = state.calls.get(data.call_id)
    if at is None:
        if isinstance(data, ToolProposed):
            return _proposed_unseen(state, event, data)
        return state
    record = state.records[at]
    assert isinstance(record, CallRecord)
    changed = _changed(record, event, data)
    if isinstance(data, ToolJudged):
        state = rules_used(state, event, data)
    return evolve(state, records=state.records.set(at, changed), phase="tools")


def rules_used(state: SessionState, event: Event, data: ToolJudged) -> SessionState:
    """The rules that decided were used once more."""
    used = {reason.rule for reason in data.reasons if reason.rule}
    if not used:
        return state
    uses = {rule: RuleUse(state.rule_uses.get(rule, RuleUse()).hits + 1, event.at) for rule in used}
    return evolve(state, rule_uses={**state.rule_uses, **uses})


def _changed(
    record: CallRecord,
    event: Event,
    data: ToolProposed | ToolJudged | ToolStarted | ToolFinished | ToolOutcomeUnknown,
) -> CallRecord:
    match data:
        case ToolProposed():
            return evolve(
                record,
                tool=data.tool,
                arguments_text=data.arguments_text,
                arguments=data.arguments,
                summary=data.summary,
                state="proposed",
                proposed=True,
            )
        case ToolJudged():
            # One that was cut off, and is to run a second time, does not run yet.
            before: CallState = "proposed" if record.state == "running" else record.state
            allowed: CallState = "allowed" if data.decision == "allow" else before
            asked = record.asked or data.decision == "ask"
            return evolve(record, reasons=data.reasons, asked=asked, state=allowed)
        case ToolStarted():
            return evolve(
                record,
                state="running",
                started=event.mono,
                edited=data.arguments,
                hunks=data.hunks,
            )
        case ToolFinished():
            return evolve(
                record,
                state=_STATE[data.outcome],
                result=data.text,
                result_seq=event.seq,
                seconds=data.seconds,
                exit_code=data.exit_code,
                output=event.blobs.get("output", ""),
                total=data.total,
                pictures=data.pictures,
                made_up=data.made_up,
            )
        case ToolOutcomeUnknown():
            return evolve(record, state="unknown", result=data.text, result_seq=event.seq)


def reduce_files(
    state: SessionState, event: Event, data: FileChanged | BaselineTaken
) -> SessionState:
    """A file changes, or it is noted how the files stand."""
    if isinstance(data, BaselineTaken):
        return evolve(state, files=state.files.noted(event, data))
    changed = evolve(state, files=state.files.changed(event, data))
    at = state.calls.get(data.call_id)
    if at is None:
        return evolve(changed, records=state.records.append(_taken_back(state, event, data)))
    record = state.records[at]
    assert isinstance(record, CallRecord)
    with_file = evolve(record, files=(*record.files, data))
    return evolve(changed, records=state.records.set(at, with_file))


def _taken_back(state: SessionState, event: Event, data: FileChanged) -> MarkRecord:
    shown = data.path.removeprefix(f"{state.folder}/")
    text = f"took changes of {shown} back (+{data.added} -{data.removed} lines)"
    return MarkRecord(f"e{event.seq}", event.seq, event.turn, text)


def _proposed_unseen(state: SessionState, event: Event, data: ToolProposed) -> SessionState:
    """A call of which no piece was streamed before."""
    at = len(state.records)
    record = CallRecord(
        data.call_id, event.seq, event.turn, event.agent, data.request_id, data.tool
    )
    turns = state.turns
    if turns:
        turn = turns[-1]
        turns = turns.set(len(turns) - 1, evolve(turn, calls=(*turn.calls, at)))
    return evolve(
        state,
        records=state.records.append(_changed(record, event, data)),
        calls={**state.calls, data.call_id: at},
        turns=turns,
        phase="tools",
    )

"""How pauses, breakpoints and edits change a session's state."""

from __future__ import annotations

from goose_agent.events import (
    BreakpointHit,
    BreakpointRemoved,
    BreakpointSet,
    Event,
    Paused,
    ResultEdited,
    Resumed,
    SegmentEdited,
)
from goose_agent.evolve import evolve
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import Breakpoint, Debugging, Pause, SegmentEdit

__all__ = ["reduce_breakpoint", "reduce_edit", "reduce_pause"]


def reduce_pause(state: SessionState, event: Event, data: Paused | Resumed) -> SessionState:
    """A turn pauses, or goes on."""
    debugging = state.debugging
    match data:
        case Paused():
            pause = Pause(
                data.pause_id,
                data.place,
                data.request,
                data.next,
                data.call_id,
                data.conditions,
                event.seq,
                event.mono,
                event.agent,
            )
            return evolve(state, debugging=evolve(debugging, pause=pause))
        case Resumed(pause_id, step):
            if debugging.pause is None or debugging.pause.pause_id != pause_id:
                return state
            going = evolve(debugging, pause=None)
            if step == "withdrawn":
                return evolve(state, debugging=going)
            going = evolve(going, run=step, level=event.agent)
            # As a debugger has it: what is let run is not stepped through any more.
            stepping = state.stepping and step != "continue"
            return evolve(state, debugging=going, stepping=stepping)


def reduce_breakpoint(
    state: SessionState, event: Event, data: BreakpointSet | BreakpointRemoved | BreakpointHit
) -> SessionState:
    """A breakpoint is set, changed, removed or hit."""
    debugging, name = state.debugging, data.breakpoint_id
    known = {item.breakpoint_id: item for item in debugging.breakpoints}
    match data:
        case BreakpointSet():
            # Another condition has not been hit yet.
            old = known.get(name)
            hits = old.hits if old is not None and old.condition == data.condition else 0
            known[name] = Breakpoint(name, data.condition, data.enabled, hits)
        case BreakpointRemoved():
            known.pop(name, None)
        case BreakpointHit() if name in known:
            known[name] = evolve(known[name], hits=known[name].hits + 1)
        case BreakpointHit():
            pass
    changed: Debugging = evolve(debugging, breakpoints=tuple(known.values()))
    return evolve(state, debugging=changed)


def reduce_edit(
    state: SessionState, event: Event, data: SegmentEdited | ResultEdited
) -> SessionState:
    """A person changes what the model sees."""
    match data:
        case SegmentEdited():
            return _segment_edited(state, data)
        case ResultEdited():
            return _result_edited(state, data)


def _segment_edited(state: SessionState, data: SegmentEdited) -> SessionState:
    before = state.edits.get(data.segment, SegmentEdit())
    match data.change:
        case "edit":
            after = evolve(before, text=data.text, dropped=False)
        case "drop":
            after = evolve(before, dropped=True)
        case "restore":
            after = evolve(before, text=None, dropped=False)
        case "pin" | "unpin":
            after = evolve(before, pinned=data.change == "pin")
    edits = {key: edit for key, edit in state.edits.items() if key != data.segment}
    if after != SegmentEdit():
        edits[data.segment] = after
    return evolve(state, edits=edits)


def _result_edited(state: SessionState, data: ResultEdited) -> SessionState:
    at = state.calls.get(data.call_id)
    if at is None:
        return state
    call = state.call(data.call_id)
    original = call.result if call.original is None else call.original
    changed = evolve(call, result=data.text, original=None if data.text == original else original)
    return evolve(state, records=state.records.set(at, changed))

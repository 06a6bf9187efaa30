"""What a person may ask for while they step through a turn, as events."""

from __future__ import annotations

from itertools import chain

from goose_agent.commands import (
    EditResult,
    EditSegment,
    RemoveBreakpoint,
    SetBreakpoint,
    StepOn,
)
from goose_agent.context.current import current_use, said_since
from goose_agent.context.edits import refusal
from goose_agent.events import (
    BreakpointRemoved,
    BreakpointSet,
    Notice,
    ResultEdited,
    SegmentEdited,
)
from goose_agent.loop.debugger import Debugger
from goose_agent.sessions.log import SessionLog
from goose_agent.stepping.condition import ConditionError, parse_condition

__all__ = ["DebugCommand", "obey"]

DebugCommand = StepOn | SetBreakpoint | RemoveBreakpoint | EditSegment | EditResult


def obey(command: DebugCommand, log: SessionLog, debugger: Debugger) -> None:
    """Do what a person asks for; what cannot be done is said.

    Args:
        command: what they ask for.
        log: the session's record.
        debugger: where the turn pauses.
    """
    match command:
        case StepOn(pause_id, step):
            debugger.resume(pause_id, step)
        case SetBreakpoint():
            _set_breakpoint(command, log)
        case RemoveBreakpoint(breakpoint_id):
            if breakpoint_id in _known(log):
                log.record(BreakpointRemoved(breakpoint_id), "user")
        case EditSegment():
            _edit_segment(command, log)
            debugger.changed()
        case EditResult(call_id, text):
            _edit_result(call_id, text, log)


def _known(log: SessionLog) -> set[str]:
    return {item.breakpoint_id for item in log.state.debugging.breakpoints}


def _set_breakpoint(command: SetBreakpoint, log: SessionLog) -> None:
    condition = command.condition.strip()
    try:
        parse_condition(condition)
    except ConditionError as error:
        log.record(Notice("error", error.message, error.hint), "system")
        return
    name = command.breakpoint_id
    if name and name not in _known(log):
        return  # it was removed meanwhile
    name = name or log.world.ids.new("b")
    log.record(BreakpointSet(name, condition, command.enabled), "user")


def _edit_segment(command: EditSegment, log: SessionLog) -> None:
    pieces = chain(current_use(log.state).segments, said_since(log.state))
    segment = next((item for item in pieces if item.key == command.segment), None)
    if problem := refusal(segment, command.change, command.text):
        log.record(Notice("warning", problem), "system")
        return
    if command.change == "restore" and command.segment not in log.state.edits:
        return
    text = command.text if command.change == "edit" else ""
    log.record(SegmentEdited(command.segment, command.change, text), "user")


def _edit_result(call_id: str, text: str | None, log: SessionLog) -> None:
    """Only until the turn goes on: what the model has read stays as it read it."""
    pause = log.state.debugging.pause
    if pause is None or pause.place != "after_call" or pause.call_id != call_id:
        log.record(
            Notice("warning", "The turn has gone on: that result was not changed."), "system"
        )
        return
    call = log.state.call(call_id)
    if text is None:
        text = call.original if call.original is not None else call.result
    if text != call.result:
        log.record(ResultEdited(call_id, text), "user")

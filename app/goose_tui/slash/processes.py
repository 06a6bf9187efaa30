"""Commands about what runs in the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import ListProcesses, MoveToBackground, StopProcess
from goose_agent.errors import UsageError
from goose_tui.slash.command import Face, Report, Slash
from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.events import ListedProcess

__all__ = ["BACKGROUND", "PROCESSES", "processes_report"]


def processes_report(listed: Sequence[ListedProcess]) -> Report:
    """The commands in the background, each with the last lines of its output."""
    rows: list[tuple[str, str]] = []
    for each in listed:
        words = f"{each.words}, {each.seconds:.0f} s: {each.command}"
        rows.append((each.process_id, clean_line(words)))
        rows += [("", clean_line(line)) for line in each.tail.splitlines()]
    foot = "Stop one with /processes stop and its name." if rows else "None runs or ran."
    return Report("In the background", tuple(rows), foot)


def _processes(face: Face, argument: str) -> None:
    """The face shows the report when `processes.listed` comes."""
    word, _, name = argument.partition(" ")
    if not word:
        face.tell(ListProcesses())
    elif word == "stop" and name.strip():
        face.tell(StopProcess(name.strip()))
    else:
        raise UsageError("/processes: nothing behind it, or stop and the name of one.")


def _background(face: Face, _: str) -> None:
    state = face.state
    calls = state.open_calls() if state is not None else ()
    if not any(call.tool == "shell" and call.state == "running" for call in calls):
        face.say("no command is running")
        return
    face.tell(MoveToBackground())


PROCESSES = Slash("processes", "[stop ID]", "commands in the background", _processes)
BACKGROUND = Slash("background", "", "the running command goes on beside the talk", _background)

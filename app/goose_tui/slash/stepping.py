"""Commands for stepping through turns: the switch, breakpoints, what the model sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goose_agent.commands import RemoveBreakpoint, SetBreakpoint, SetStepping
from goose_agent.errors import UsageError
from goose_tui.slash.command import Face, Report, Slash
from goose_tui.slash.governing import SWITCH, switched

if TYPE_CHECKING:
    from goose_agent.state.stepping import Breakpoint
    from goose_tui.app import GooseApp

__all__ = ["BREAK", "BREAKS", "REQUEST", "STEP"]


def _step(face: Face, argument: str) -> None:
    on = switched(argument, "/step")
    if on is None:
        on = face.state is not None and not face.state.stepping
    face.tell(SetStepping(on))


def _break(face: Face, argument: str) -> None:
    from goose_agent.stepping.condition import parse_condition

    if not argument:
        _breaks(face, "")
        return
    parse_condition(argument)
    face.tell(SetBreakpoint(argument))


def _break_on_screen(app: GooseApp, argument: str) -> None:
    if argument:
        _break(app, argument)
        app.say(f"pauses where {argument}")
    else:
        app.show_breakpoints("")


def _breaks(face: Face, argument: str) -> None:
    points = face.state.debugging.breakpoints if face.state is not None else ()
    if argument:
        _change(face, points, argument)
        return
    rows = [(str(at), _words(item)) for at, item in enumerate(points, 1)]
    foot = (
        "Add one with /break CONDITION; change one with /breaks on, off or remove and its number."
    )
    face.report(Report("Breakpoints", tuple(rows), foot))


def _words(item: Breakpoint) -> str:
    state = f"{item.hits} hits" if item.enabled else "off"
    return f"{item.condition}  ({state})"


def _change(face: Face, points: tuple[Breakpoint, ...], argument: str) -> None:
    """Switch a breakpoint on or off, or remove it."""
    word, _, number = argument.partition(" ")
    number = number.strip()
    if word not in ("on", "off", "remove") or not number.isdecimal():
        raise UsageError("/breaks: on, off or remove, and a number.")
    at = int(number[:6]) - 1
    if not 0 <= at < len(points):
        raise UsageError(f"There is no breakpoint {number[:6]}.")
    item = points[at]
    if word == "remove":
        face.tell(RemoveBreakpoint(item.breakpoint_id))
    else:
        face.tell(SetBreakpoint(item.condition, item.breakpoint_id, enabled=word == "on"))


def _breaks_on_screen(app: GooseApp, argument: str) -> None:
    if argument:
        _breaks(app, argument)
    else:
        app.show_breakpoints()


STEP = Slash("step", "[on|off]", "pause before each step", _step, choices=lambda _, __: SWITCH)
BREAK = Slash("break", "[CONDITION]", "pause where it holds", _break, on_screen=_break_on_screen)
BREAKS = Slash(
    "breaks",
    "[on|off|remove N]",
    "the breakpoints",
    _breaks,
    on_screen=_breaks_on_screen,
)
REQUEST = Slash(
    "request",
    "",
    "what the model sees: read, edit, drop, pin",
    aliases=("context",),
    on_screen=lambda app, _: app.show_request(),
)

"""Commands that decide how the agent works: mode, plan mode, stepping."""

from __future__ import annotations

from collections.abc import Sequence

from goose_agent.commands import SetMode, SetStepping
from goose_agent.config.settings import STRICTNESS, parse_mode
from goose_agent.errors import UsageError
from goose_tui.slash.command import Choice, Face, Report, Slash
from goose_tui.view.session_words import MODES

__all__ = ["MODE", "PLAN", "STEP"]

_SWITCH = (Choice("on", "from now on"), Choice("off", "not any more"))


def _switched(argument: str, command: str) -> bool | None:
    """Whether an argument says on or off; None where it says nothing.

    Raises:
        UsageError: it is another word.
    """
    if argument not in ("", "on", "off"):
        raise UsageError(f"{command}: on or off, not {argument!r}.")
    return argument == "on" if argument else None


def _mode(face: Face, argument: str) -> None:
    if argument:
        face.tell(SetMode(parse_mode(argument, "/mode")))
        return
    now = face.state.mode if face.state is not None else ""
    rows = [(f"{mode} (now)" if mode == now else mode, MODES[mode]) for mode in STRICTNESS]
    face.report(Report("Modes", tuple(rows), "Change it with /mode MODE or Shift+Tab."))


def _modes(face: Face) -> Sequence[Choice]:
    return [Choice(mode, MODES[mode]) for mode in STRICTNESS]


def _plan(face: Face, argument: str) -> None:
    state = face.state
    if state is None:
        return
    if _switched(argument, "/plan") is not False:
        face.tell(SetMode("plan"))
    elif state.mode == "plan":
        face.tell(SetMode(state.mode_before))
    else:
        face.say(f"plan mode is off: the mode is {state.mode}")


def _step(face: Face, argument: str) -> None:
    on = _switched(argument, "/step")
    if on is None:
        on = face.state is not None and not face.state.stepping
    face.tell(SetStepping(on))


MODE = Slash("mode", "[MODE]", f"permission mode: {', '.join(STRICTNESS)}", _mode, choices=_modes)
PLAN = Slash(
    "plan", "[off]", "plan mode: look, change nothing", _plan, choices=lambda _: _SWITCH[1:]
)
STEP = Slash("step", "[on|off]", "pause before each step", _step, choices=lambda _: _SWITCH)

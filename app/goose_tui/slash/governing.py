"""Commands that decide how the agent works: mode, plan mode, effort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from goose_agent.commands import SetEffort, SetMode
from goose_agent.config.settings import STRICTNESS, parse_mode
from goose_agent.errors import UsageError
from goose_agent.messages import Effort
from goose_tui.slash.command import Choice, Face, Report, Slash
from goose_tui.view.session_words import EFFORTS, MODES

__all__ = ["EFFORT", "MODE", "PLAN", "SWITCH", "switched"]

_AS_IT_IS = "default"
_WORDS: Mapping[str, str] = {
    **{str(effort): words for effort, words in EFFORTS.items()},
    _AS_IT_IS: "as the provider has it",
}
"""How hard a model may think, and what that means."""
SWITCH = (Choice("on", "from now on"), Choice("off", "not any more"))


def switched(argument: str, command: str) -> bool | None:
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


def _modes(face: Face, _: str) -> Sequence[Choice]:
    return [Choice(mode, MODES[mode]) for mode in STRICTNESS]


def _plan(face: Face, argument: str) -> None:
    state = face.state
    if state is None:
        return
    if switched(argument, "/plan") is not False:
        face.tell(SetMode("plan"))
    elif state.mode == "plan":
        face.tell(SetMode(state.mode_before))
    else:
        face.say(f"plan mode is off: the mode is {state.mode}")


def _effort(face: Face, argument: str) -> None:
    if argument:
        face.tell(SetEffort(_parse_effort(argument)))
        return
    now = (face.state.effort if face.state is not None else None) or _AS_IT_IS
    rows = [(f"{word} (now)" if word == now else word, words) for word, words in _WORDS.items()]
    face.report(Report("Thinking effort", tuple(rows), "Change it with /effort EFFORT."))


def _parse_effort(word: str) -> Effort | None:
    """The effort called `word`.

    Raises:
        UsageError: there is none of this name.
    """
    if word == _AS_IT_IS:
        return None
    for effort in EFFORTS:
        if effort == word:
            return effort
    raise UsageError(f"/effort: {', '.join(_WORDS)}, not {word!r}.")


def _efforts(_: Face, __: str) -> Sequence[Choice]:
    return [Choice(word, words) for word, words in _WORDS.items()]


MODE = Slash("mode", "[MODE]", f"permission mode: {', '.join(STRICTNESS)}", _mode, choices=_modes)
PLAN = Slash(
    "plan", "[off]", "plan mode: look, change nothing", _plan, choices=lambda _, __: SWITCH[1:]
)
EFFORT = Slash(
    "effort",
    "[EFFORT]",
    f"how hard to think: {', '.join(EFFORTS)}",
    _effort,
    choices=_efforts,
)

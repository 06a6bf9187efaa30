"""The table of commands, and how a line that is one is run."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Literal

from goose_agent.errors import GooseError
from goose_tui.slash.agents import AGENT, AGENTS, STOP
from goose_tui.slash.command import Face, Report, Slash
from goose_tui.slash.context import COMPACT, DROP, PIN, REDO, UNDO
from goose_tui.slash.conversation import EDIT, QUEUE, RETRY, STEER
from goose_tui.slash.extensions import EXTENSIONS, prompt_commands
from goose_tui.slash.facts import COST, DIFF, STATUS, TOOLS
from goose_tui.slash.forks import FORK, REWIND
from goose_tui.slash.governing import EFFORT, MODE, PLAN
from goose_tui.slash.hints import HINTS
from goose_tui.slash.models import MODEL
from goose_tui.slash.processes import BACKGROUND, PROCESSES
from goose_tui.slash.program import EXIT, NEW, RENAME, REPLAY, SESSIONS, THEME
from goose_tui.slash.rules import RULES, TRUST
from goose_tui.slash.stepping import BREAK, BREAKS, REQUEST, STEP
from goose_tui.slash.written import INIT, REVIEW, SKILL, written_slashes

if TYPE_CHECKING:
    from goose_tui.app import GooseApp

__all__ = ["SLASH", "Ran", "all_slashes", "find_slash", "run_slash"]

Ran = Literal["no command", "unknown", "done"]
"""What became of a line: `unknown` looks like a command and is none."""

_COMMAND = re.compile(r"/([A-Za-z0-9][\w.@-]*(?::[\w.:-]+)?)(?:[ \t]+(.*))?", re.DOTALL)
"""A name of ours, or one of a folder of commands, or `server:prompt`."""


def _help(face: Face, _: str) -> None:
    rows = tuple((slash.label, slash.words) for slash in all_slashes(face) if slash.run is not None)
    face.report(Report("Commands", rows))


HELP = Slash(
    "help", "", "all keys and commands", _help, on_screen=lambda app, _: app.action_show_keys()
)

SLASH: tuple[Slash, ...] = (
    HELP,
    MODEL,
    EFFORT,
    MODE,
    PLAN,
    STEP,
    BREAK,
    BREAKS,
    REQUEST,
    COMPACT,
    UNDO,
    REDO,
    PIN,
    DROP,
    NEW,
    SESSIONS,
    REWIND,
    FORK,
    RETRY,
    EDIT,
    QUEUE,
    STEER,
    AGENTS,
    AGENT,
    STOP,
    DIFF,
    STATUS,
    COST,
    TOOLS,
    PROCESSES,
    BACKGROUND,
    EXTENSIONS,
    RULES,
    TRUST,
    HINTS,
    SKILL,
    REPLAY,
    THEME,
    RENAME,
    INIT,
    REVIEW,
    EXIT,
)


def all_slashes(face: Face) -> tuple[Slash, ...]:
    """Those of the program, then those that people wrote and prompts, where they have other names."""
    found = list(SLASH)
    taken = {name for slash in found for name in slash.names}
    for slash in (*written_slashes(face), *prompt_commands(face)):
        if slash.name not in taken:
            taken.add(slash.name)
            found.append(slash)
    return tuple(found)


def find_slash(face: Face, name: str) -> Slash | None:
    """The command of this name; None where there is none."""
    return next((slash for slash in all_slashes(face) if name in slash.names), None)


def run_slash(face: Face, text: str, screen: GooseApp | None = None) -> Ran:
    """Run a line if it is a command; what is wrong with it is said.

    Args:
        face: where it was typed.
        text: what was typed.
        screen: the workbench, where there is one.
    """
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return "no command"
    name, argument = found[1], (found[2] or "").strip()
    slash = find_slash(face, name)
    if slash is None:
        face.say(f"there is no /{name}; /help lists what there is")
        return "unknown"
    if slash.needs_argument and not argument:
        face.say(f"/{slash.name} {slash.argument}: {slash.words}")
        return "done"
    do = slash.run and partial(slash.run, face)
    if screen is not None and slash.on_screen is not None:
        do = partial(slash.on_screen, screen)
    if do is None:
        face.say(f"/{name} needs the full screen")
        return "done"
    try:
        do(argument)
    except GooseError as error:
        face.say(str(error))
    return "done"

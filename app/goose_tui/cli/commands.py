"""The sub-commands: one table, and the way from a command line to an exit status."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from goose_agent.errors import GooseError
from goose_tui.cli.output import complain, note, quiet_pipes
from goose_tui.command_line import command_first

__all__ = ["COMMANDS", "run_command"]

COMMANDS = {
    "run": "work on one message without a screen",
    "demo": "the tour: a scripted model, real tools, a throw-away project",
    "sessions": "list past sessions, or show one",
    "replay": "a session from its record: step by step, checked, or who wrote a line",
    "providers": "who can answer: list, test, add, remove",
    "models": "what can be chosen, with windows and prices",
    "extensions": "what brings tools: new, list, add, remove, enable, disable, test",
    "policy": "may a command run, and why; the rules: list, add, remove, import",
    "trust": "let a folder's own rules count: show, trust, list, revoke",
    "doctor": "what this machine and this terminal offer",
    "config": "where the settings are, and which hold",
    "themes": "the themes there are",
}
"""Every sub-command and what it does."""

_HELP = """\
usage: goose-tui [-C DIR] [-c | --resume ID] [--model PROVIDER/MODEL] [--mode MODE] …
       goose-tui COMMAND …

Without a command the workbench opens on the full screen, in this folder.

  -C DIR                  work in this folder
  --add-dir DIR           work in this folder too
  -c, --continue          go on with the last session of this folder
  --resume ID             go on with this session
  --fork ID[@SEQ]         go on with a copy of it, up to an event
  --edit                  edit the conversation first: that is a fork
  --model PROVIDER/MODEL  who answers
  --profile NAME          models by what they are for, see docs/models.md
  --mode MODE             chat, plan, approve, smart, edits or auto
  --effort EFFORT         off, low, medium, high or max: how hard to think
  --max-turns N           most model calls for one message
  --max-cost DOLLARS      most that models may cost; also --max-tokens N, --max-time 30m
  --step                  pause before each step
  --low-bandwidth         draw less often
  --plain                 lines of text, no screen
  --debug                 keep the last raw requests: goose-tui doctor --requests
  --version, --help

commands:
{commands}

goose-tui COMMAND --help says more."""


class _Module(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def main(self, arguments: argparse.Namespace) -> int: ...


def run_command(argv: Sequence[str]) -> int:
    """Run a sub-command; the result is the exit status.

    Args:
        argv: without the program's name; options of every session may stand before the command.
    """
    status = 0
    with quiet_pipes():
        try:
            status = _run(command_first(argv))
        except GooseError as error:
            status = complain(error)
        except KeyboardInterrupt:
            status = 130
    return status


def _run(argv: list[str]) -> int:
    name = argv[0] if argv else "--help"
    if name in ("-h", "--help", "help"):
        width = max(map(len, COMMANDS))
        lines = [f"  {command:{width}}  {words}" for command, words in COMMANDS.items()]
        print(_HELP.format(commands="\n".join(lines)))
        return 0
    if name.startswith("-"):
        note(f"goose-tui: {name} does not stand before a command. See: goose-tui --help")
        return 2
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        meant = f" Did you mean {near[0]}?" if near else " See: goose-tui --help"
        note(f"goose-tui: There is no command {name}.{meant}")
        return 2
    # Each command's imports are its own: `themes` must not wait for what `run` needs.
    module = cast("_Module", import_module(f"goose_tui.cli.{name}"))
    parser = argparse.ArgumentParser(
        prog=f"goose-tui {name}",
        description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.",
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    try:
        arguments, unknown = parser.parse_known_args(argv[1:])
    except SystemExit as exited:
        return exited.code if isinstance(exited.code, int) else 2
    if unknown:
        note(f"goose-tui: {name} takes no {unknown[0]}. See: goose-tui {name} --help")
        return 2
    return module.main(arguments)

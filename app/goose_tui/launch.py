"""The console command: answers at once what needs nothing, and starts the rest.

A person runs it inside their own projects, and those have folders and files named as what we import.
So only `os`, `sys` and what is ours and needs nothing else are imported before the person's folders
have been moved to the end of the search path.
"""

from __future__ import annotations

import os
import sys

from goose_tui.command_line import CommandLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goose_tui.first_frame import FirstFrame

__all__ = ["HELP", "foreign_folders_last", "main"]

HELP = """\
A full-screen terminal workbench for a coding agent.

usage: goose-tui [options]              the workbench, in this folder
       goose-tui COMMAND [options]      see goose-tui COMMAND --help

commands:
  demo          an offline tour: a scripted model, real tools; needs no key
  run           one message without a screen: run -t TEXT, -i FILE or -
  sessions      past sessions: list them, or show one
  replay        a session from its record, step by step; --check, --blame
  providers     who can answer: list, test, add or remove one
  models        what can be chosen, with windows and prices
  extensions    servers with tools: list, add, remove, enable, disable, test
  policy        may a command run, and why; rules: list, add, import
  trust         let a folder's own rules count
  extensions    what a model can do: new writes one of your own
  doctor        what this machine and this terminal offer
  config        where the settings are, and which hold
  themes        the themes there are

options:
  -C DIR                    work in this folder, not here
  --add-dir DIR             work in this folder too; may be given again
  -c, --continue            go on with the last session of this folder
  --resume ID               go on with this session
  --fork ID[@SEQ]           go on with a copy of it, up to an event
  --edit                    edit the conversation first: that is a fork
  --model PROVIDER/MODEL    who answers
  --profile NAME            models by what they are for, see docs/models.md
  --mode MODE               chat, plan, approve, smart (default), edits, auto
  --effort EFFORT           off, low, medium, high or max: how hard to think
  --max-turns N             most model calls for one message
  --max-cost DOLLARS        most it may cost; --max-tokens N, --max-time 2h
  --step                    pause before each step
  --low-bandwidth           draw less often
  --plain                   lines of text, no screen: for screen readers
  --debug                   keep the last raw requests: doctor --requests
  --version                 the version, and nothing else
  -h, --help                this text
"""

_FULL_SCREEN = ("", "demo")
_ON_PAPER = ("--check", "--blame", "-h", "--help")
"""Options with which `replay` needs no screen."""
_GOES_ON = ("-c", "--continue", "--resume", "--fork")
"""Options with which no new session begins."""
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the result is its exit status.

    Args:
        argv: without the program's name; by default the process's own.
    """
    foreign_folders_last(sys.path, os.environ)
    argv = sys.argv[1:] if argv is None else argv
    words = CommandLine(argv)
    if "--version" in words.options:
        from goose_tui import __version__

        print(f"goose-tui {__version__}")
        return 0
    if "-h" in words.options or "--help" in words.options:
        print(HELP, end="")
        return 0
    try:
        return _start(argv, words)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:
        # What a person should read is a sentence; all else is a fault of ours, with its trace.
        from goose_agent.errors import GooseError

        if not isinstance(error, GooseError):
            raise
        print(f"goose-tui: {error}", file=sys.stderr)
        return error.exit_code


def foreign_folders_last(path: list[str], environ: Mapping[str, str]) -> None:
    """Move the current folder and what PYTHONPATH names to the end of the search path.

    They are moved and not dropped: whoever runs the program from its own folders finds it. The
    environment stays as it is, since the programs that the agent runs are to see it.

    Args:
        path: the search path, changed in place.
        environ: holds PYTHONPATH.
    """
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:
        here = ""  # the folder was deleted
    named = environ.get("PYTHONPATH", "").split(os.pathsep)
    foreign = {here, *(os.path.realpath(entry) for entry in named if entry)}
    last = [entry for entry in path if not entry or os.path.realpath(entry) in foreign]
    path[:] = [entry for entry in path if entry and entry not in last] + last


def _start(argv: Sequence[str], words: CommandLine) -> int:
    if words.command == "replay" and not _on_paper(argv):
        return _replay(argv, words)
    if "--edit" in words.options and not words.command:
        from goose_tui.edited_start import fork_by_editing

        argv = fork_by_editing(argv)
        words = CommandLine(argv)
    full_screen = words.command in _FULL_SCREEN
    if full_screen and _wants_lines(words):
        from goose_tui.plain.start import run_plain_session

        return run_plain_session(argv)
    problem = _no_screen() if full_screen else ""
    if not full_screen or (problem and words.command == "demo"):
        from goose_tui.cli.commands import run_command

        return run_command(argv)
    if problem:
        print(f"goose-tui: {problem} Try goose-tui --plain, or run -t TEXT.", file=sys.stderr)
        return 2
    return _workbench(argv, words)


def _on_paper(argv: Sequence[str]) -> bool:
    return any(word.partition("=")[0] in _ON_PAPER for word in argv)


def _replay(argv: Sequence[str], words: CommandLine) -> int:
    """A record on the full screen; the options before the command are no business of it."""
    if problem := _no_screen():
        print(f"goose-tui: {problem} Try --check or --blame PATH:LINE.", file=sys.stderr)
        return 2
    from goose_tui.replay_start import run_replay

    return run_replay(argv[words.place + 1 :])


def _wants_lines(words: CommandLine) -> bool:
    """Whether lines are wanted and no screen; a dumb terminal with somebody at it wants them too."""
    if "--plain" in words.options:
        return True
    if os.environ.get("TERM") != "dumb" or not (os.isatty(0) and os.isatty(1)):
        return False
    print("goose-tui: The terminal dumb cannot be drawn on: this is --plain.", file=sys.stderr)
    return True


def _no_screen() -> str:
    """Why the whole screen cannot be used; empty where it can."""
    from goose_tui.terminal import is_usable

    if not (os.isatty(0) and os.isatty(1)):
        return "There is no terminal to draw on."
    if not is_usable(os.environ):
        return f"The terminal {os.environ.get('TERM') or 'without a name'} cannot be drawn on."
    return ""


def _workbench(argv: Sequence[str], words: CommandLine) -> int:
    import gc

    from goose_tui.first_frame import restore_terminal

    gc.disable()  # until the first paint: what the imports make is never garbage
    first = _first_frame(words)
    try:
        # Textual, and all that draws: imported while the first frame takes keys.
        from goose_tui.start import run_workbench

        return run_workbench(argv, first)
    finally:
        if first is not None:
            first.hand_over()
        restore_terminal()


def _first_frame(words: CommandLine) -> FirstFrame | None:
    """Draw it, unless the words or the folder are wrong: then there is a sentence to print."""
    folder = words.options.get("-C", "") or "."
    if not words.plain or not os.path.isdir(folder):
        return None
    from goose_tui.first_frame import open_first_frame

    fresh = not any(option in words.options for option in _GOES_ON)
    return open_first_frame(os.environ, os.path.abspath(folder), fresh=fresh)

"""The command line of the workbench, and what of it every face shares."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from goose_agent.config.settings import Settings
    from goose_agent.messages import Effort
    from goose_agent.wire import Fork, Open

__all__ = [
    "WorkbenchArguments",
    "add_session_arguments",
    "fork_named",
    "open_word",
    "parse_workbench",
    "read_settings",
    "tour_word",
]


class _Parser(argparse.ArgumentParser):
    """Raises what is wrong: who caught the terminal has to give it back before it is printed."""

    def error(self, message: str) -> NoReturn:
        """Say it as an error of the program."""
        from goose_agent.errors import UsageError

        sentence = message[:1].upper() + message[1:]
        raise UsageError(f"{sentence}.", "See goose-tui --help.")


class WorkbenchArguments(argparse.Namespace):
    """What the workbench is started with."""

    folder: str
    add_dirs: list[str]
    resume: str
    continue_last: bool
    fork: str
    """Which session to fork, and where."""
    profile: str
    model: str
    mode: str | None
    max_turns: int | None
    effort: Effort | None
    max_cost: float | None
    max_tokens: int | None
    max_time: float | None
    step: bool
    low_bandwidth: bool
    plain: bool
    edit: bool
    debug: bool
    demo: str | None
    """`demo` for the tour."""


def add_session_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of every command that opens a session."""
    add = parser.add_argument
    add("-C", dest="folder", metavar="DIR", default="", help="work in this folder, not here")
    add(
        "--add-dir",
        dest="add_dirs",
        metavar="DIR",
        action="append",
        default=[],
        help="work in this folder too; may be given again",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "-c",
        "--continue",
        dest="continue_last",
        action="store_true",
        help="go on with the last session of this folder",
    )
    which.add_argument("--resume", metavar="ID", default="", help="go on with this session")
    which.add_argument(
        "--fork",
        metavar="ID[@SEQ]",
        default="",
        help="go on with a copy of this session, up to event SEQ; @-1 ends before your last message",
    )
    add("--profile", metavar="NAME", default="", help="models and mode by the name they were given")
    add("--model", metavar="PROVIDER/MODEL", default="", help="who answers")
    add(
        "--mode",
        choices=("chat", "plan", "approve", "smart", "smart_approve", "edits", "auto"),
        help="what may run without asking (default: smart)",
    )
    add(
        "--effort",
        choices=("off", "low", "medium", "high", "max"),
        help="how hard the model is to think (default: as the provider has it)",
    )
    add(
        "--max-turns",
        dest="max_turns",
        type=_count,
        metavar="N",
        help="most model calls for one message (default: 1000)",
    )
    add(
        "--max-cost",
        dest="max_cost",
        type=_dollars,
        metavar="DOLLARS",
        help="most that models may cost from now on",
    )
    add(
        "--max-tokens",
        dest="max_tokens",
        type=_count,
        metavar="N",
        help="most tokens, input and output, from now on",
    )
    add(
        "--max-time",
        dest="max_time",
        type=_time,
        metavar="TIME",
        help="how long models and tools may work from now on, such as 90s, 30m or 2h",
    )
    add("--debug", action="store_true", help="keep the last raw requests, and `run` tells all")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _dollars(text: str) -> float:
    try:
        dollars = float(text)
    except ValueError:
        dollars = 0.0
    if not 0 < dollars < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount above 0")
    return dollars


def _time(text: str) -> float:
    from goose_agent.config.amounts import duration
    from goose_agent.errors import ConfigError

    try:
        return duration("it", text)
    except ConfigError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 90s or 30m") from error


def parse_workbench(argv: Sequence[str]) -> WorkbenchArguments:
    """The arguments of the full screen.

    Args:
        argv: without the program's name; may begin with `demo`.

    Raises:
        UsageError: they are wrong.
    """
    parser = _Parser(prog="goose-tui", add_help=False)
    parser.add_argument("demo", nargs="?", choices=("demo",))
    add_session_arguments(parser)
    parser.add_argument("--step", action="store_true", help="pause before each step")
    parser.add_argument("--low-bandwidth", action="store_true", help="draw less often")
    parser.add_argument("--plain", action="store_true", help="lines of text, no screen")
    parser.add_argument("--edit", action="store_true", help="edit the conversation first")
    return parser.parse_args(argv, WorkbenchArguments())


def open_word(arguments: WorkbenchArguments) -> Open:
    """Which session these arguments open."""
    from goose_agent.config.settings import parse_mode
    from goose_agent.wire import Open

    parent, fork = fork_named(arguments.fork) if arguments.fork else ("", None)
    return Open(
        folder=str(Path(arguments.folder or ".").resolve()),
        add_dirs=tuple(str(Path(name).resolve()) for name in arguments.add_dirs),
        resume=arguments.resume or parent,
        continue_last=arguments.continue_last or (fork is not None and not parent),
        fork=fork,
        profile=arguments.profile,
        model=arguments.model,
        mode=parse_mode(arguments.mode, "--mode") if arguments.mode else None,
        max_turns=arguments.max_turns,
        effort=arguments.effort,
        max_cost=arguments.max_cost,
        max_tokens=arguments.max_tokens,
        max_time=arguments.max_time,
        stepping=arguments.step,
        debug=arguments.debug,
    )


def fork_named(text: str) -> tuple[str, Fork]:
    """Which session a person wants forked, and where; no session stands for the last one here.

    Args:
        text: `ID`, `ID@SEQ` or `ID@-N`, which ends before their last message but N - 1.
    """
    from goose_agent.wire import Fork

    session_id, at, number = text.rpartition("@")
    if not at or not number.removeprefix("-").isdecimal() or not int(number):
        return text, Fork()
    return session_id, Fork(int(number), afresh=int(number) < 0)


def tour_word(arguments: WorkbenchArguments) -> tuple[Open, str]:
    """Which session the tour opens, in a fresh folder, and what the person says first."""
    from goose_agent.clock import World
    from goose_agent.config.places import Places
    from goose_agent.evolve import evolve
    from goose_tui.tour.prepare import prepare_tour

    tour = prepare_tour(Places.of(World().environ))
    word = open_word(arguments)
    word = evolve(word, folder=str(tour.folder), opened_in=word.folder, model=tour.model)
    return word, tour.prompt


def read_settings(arguments: WorkbenchArguments) -> Settings:
    """What the user set for the face of a session.

    Raises:
        ConfigError: a file or a value is wrong.
    """
    import os

    from goose_agent.config.places import Places
    from goose_agent.config.settings import load_settings

    folder = Path(arguments.folder or ".")
    return load_settings(Places.of(os.environ).settings, folder, os.environ, {}).settings

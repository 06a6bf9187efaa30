"""`goose-tui replay`: what a record shows without a screen: whether it still holds, who wrote a line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import anyio

from goose_agent.clock import World
from goose_agent.config.places import Places
from goose_agent.errors import StoreError, UsageError
from goose_agent.replay.blame import blame, place_named
from goose_agent.replay.divergence import Check, Divergence
from goose_agent.replay.recording import Recording
from goose_agent.sessions.library import Library
from goose_tui.cli.output import note, say
from goose_tui.view.blame_words import blame_words
from goose_tui.view.untrusted import clean_line

__all__ = ["ReplayArguments", "add_arguments", "main", "record_path"]

_BEGINS = b"SQLite format 3\0"
"""How every record begins."""


class ReplayArguments(argparse.Namespace):
    """What is asked for."""

    record: str
    at: str
    check: bool
    blame: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add = parser.add_argument
    add("record", metavar="ID|FILE", help="a session, or a file that sessions export wrote")
    add(
        "--at",
        default="",
        metavar="AT",
        help="where to begin: the number of an event, 02:14:30 from the start, or 50%%",
    )
    do = parser.add_mutually_exclusive_group()
    do.add_argument(
        "--check",
        action="store_true",
        help="run today's program over the record and tell what would be otherwise; "
        "a folder stands for all records in it",
    )
    do.add_argument("--blame", metavar="PATH:LINE", default="", help="which event wrote a line")


def main(namespace: argparse.Namespace) -> int:
    """Do what needs no screen; the result is the exit status."""
    arguments = ReplayArguments(**vars(namespace))
    if arguments.check:
        return _check(Path(arguments.record), arguments.record)
    if arguments.blame:
        return _blame(arguments)
    note("goose-tui: There is no terminal to draw on. Try --check or --blame PATH:LINE.")
    return 2


def record_path(wanted: str) -> Path:
    """The file that is meant: a path, or a session by its id, a start of it or its title.

    Raises:
        UsageError: there is no such file or session.
    """
    path = Path(wanted)
    if path.is_file():
        return path
    if os.sep in wanted:
        raise UsageError(f"There is no file {wanted}.", "Check the path.")
    library = Library(Places.of(os.environ).sessions)
    return library.path(library.find(wanted))


def _blame(arguments: ReplayArguments) -> int:
    recording = Recording.open(record_path(arguments.record))
    try:
        path, line = place_named(arguments.blame)
        found = blame(recording, path, line, _place(recording, arguments.at))
        say(f"{clean_line(found.path)}:{found.line}: {clean_line(found.text)}")
        say(blame_words(recording, found))
    finally:
        recording.close()
    return 0


def _place(recording: Recording, at: str) -> int | None:
    from goose_agent.replay.timeline import Timeline
    from goose_tui.view.replay_target import place_wanted

    if not at:
        return None
    return place_wanted(at, Timeline(recording.events), len(recording) - 1)


def _check(folder: Path, wanted: str) -> int:
    """Check one record, or all of a folder; 1 where anything diverges or cannot be read."""
    from goose_agent.replay.check import check_file

    paths = sorted(_records(folder)) if folder.is_dir() else [record_path(wanted)]
    if not paths:
        raise UsageError(f"There are no records in {folder}.", "Name a folder with some.")
    status = 0
    for path in paths:
        try:
            check = anyio.run(check_file, path, World())
        except StoreError as error:
            say(f"{clean_line(path.name)}: {clean_line(str(error))}")
            status = 1
            continue
        for line in _told(path, check):
            say(line)
        status = status or int(bool(check.divergences))
    return status


def _records(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_file():
            with path.open("rb") as file:
                if file.read(len(_BEGINS)) == _BEGINS:
                    yield path


def _told(path: Path, check: Check) -> Iterator[str]:
    skipped = f", {check.skipped} skipped (rules in files)" if check.skipped else ""
    count = len(check.divergences)
    word = "as recorded" if not count else f"{count} divergence{'s' if count != 1 else ''}"
    yield (
        f"{clean_line(path.name)}: {word}: {check.events} events, {check.requests} requests, "
        f"{check.calls} calls, {check.verdicts} verdicts{skipped}"
    )
    for each in check.divergences:
        yield from _differs(each)


def _differs(each: Divergence) -> Iterator[str]:
    where = f"#{each.seq} " if each.seq else ""
    yield f"  {where}{each.kind}: {clean_line(each.what)}"
    if each.recorded or each.now:
        yield f"    from byte {each.offset} on"
        yield f"    then: {clean_line(each.recorded)}"
        yield f"    now:  {clean_line(each.now)}"

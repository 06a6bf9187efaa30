"""`--edit`: before the workbench opens, a person edits the conversation, and the fork is opened."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from goose_agent.config.places import Places
from goose_agent.errors import UsageError
from goose_agent.sessions.library import Library
from goose_agent.wire import Fork
from goose_tui.arguments import fork_named, parse_workbench
from goose_tui.cli.forking import edit_session
from goose_tui.command_line import VALUES

__all__ = ["fork_by_editing"]

_WHICH = ("-c", "--continue", "--edit", "--resume", "--fork")
"""Options in the place of which the fork is resumed."""


def fork_by_editing(argv: Sequence[str]) -> list[str]:
    """The command line that opens what a person made of a conversation.

    Args:
        argv: without the program's name.

    Raises:
        UsageError: no session is named, or nothing came of it.
        StoreError: the session cannot be read, or the fork not be written.
    """
    arguments = parse_workbench(argv)
    wanted, fork = fork_named(arguments.fork) if arguments.fork else (arguments.resume, Fork())
    if not (wanted or arguments.continue_last or arguments.fork):
        raise UsageError("Which conversation?", "Name it: -c, --resume ID or --fork ID[@SEQ].")
    places = Places.of(os.environ)
    library = Library(places.sessions)
    folder = Path(arguments.folder or ".").resolve()
    session_id = library.find(wanted) if wanted else library.last(folder)
    forked_id = edit_session(places, session_id, fork)
    if not forked_id:
        return [word for word in argv if word != "--edit"]
    return [*_without(argv), "--resume", forked_id]


def _without(argv: Sequence[str]) -> list[str]:
    """A command line without what says which session is opened."""
    kept, rest = list[str](), [*argv]
    while rest:
        word = rest.pop(0)
        name, equals, _ = word.partition("=")
        value = [rest.pop(0)] if name in VALUES and not equals and rest else []
        if name not in _WHICH:
            kept += [word, *value]
    return kept

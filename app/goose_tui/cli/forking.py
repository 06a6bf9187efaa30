"""Edit a conversation in one's own editor: what comes back is a fork."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from goose_agent.clock import World
from goose_agent.config.places import Places
from goose_agent.errors import UsageError
from goose_agent.loop.forks import fork_session, preview_fork
from goose_agent.private_file import write_whole
from goose_agent.sessions.library import Library
from goose_agent.wire import Fork
from goose_tui.cli.output import note
from goose_tui.editor import run_editor
from goose_tui.view.conversation_text import Piece, change_of, pieces_of, text_of, with_problem
from goose_tui.view.untrusted import clean_line

__all__ = ["edit_session"]


def edit_session(places: Places, session_id: str, fork: Fork) -> str:
    """Let a person edit a conversation; the result is the id of the fork, empty where nothing changed.

    What they wrote is kept in a file until it is a fork: a slip loses nothing.

    Args:
        places: the user's folders.
        session_id: whose conversation.
        fork: where it ends.

    Raises:
        UsageError: there is nobody to edit it, or they gave up; nothing was forked.
        StoreError: the session cannot be read, or the fork not be written.
    """
    if not (os.isatty(0) and os.isatty(1)):
        raise UsageError("There is no terminal to edit in.")
    library = Library(places.sessions)
    fork = Fork(fork.at, True, fork.changes, fork.message)  # what waits there cannot be edited
    state = preview_fork(library, session_id, fork, World())
    assert state.fork is not None
    pieces = pieces_of(state)
    file = places.data / "edits" / f"{session_id}@{state.fork.at}.yaml"
    if not file.exists():
        write_whole(file, text_of(pieces, clean_line(state.title)).encode())
    while True:
        try:
            wanted = _edited(file, pieces, fork)
            forked_id = fork_session(library, session_id, wanted, World()) if wanted else ""
        except UsageError as error:
            _tell(file, str(error))
        else:
            file.unlink(missing_ok=True)
            return forked_id


def _edited(file: Path, pieces: list[Piece], fork: Fork) -> Fork | None:
    """What a person asks for; None for nothing."""
    with _interrupts_for_others():
        ended_well = run_editor(file)
    if not ended_well:
        raise UsageError("The editor failed: see $VISUAL and $EDITOR.")
    text = file.read_text(encoding="utf-8", errors="replace")
    written = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return change_of(text, pieces, fork) if any(written) else None


@contextmanager
def _interrupts_for_others() -> Iterator[None]:
    """Let Ctrl+C be the editor's business: it reaches us too, and would be its end."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # a child has the usual one again
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(file: Path, problem: str) -> None:
    """Say what is wrong, and wait until the person wants to mend it.

    Raises:
        UsageError: they do not.
    """
    text = file.read_text(encoding="utf-8", errors="replace")
    write_whole(file, with_problem(text, problem).encode())
    note(f"goose-tui: {clean_line(problem)}")
    print("Enter edits it again, Ctrl+C leaves it for later. ", end="", file=sys.stderr, flush=True)
    with suppress(KeyboardInterrupt):
        if sys.stdin.readline():
            return
    raise UsageError("Nothing was forked.", f"Your text is in {file}: --edit goes on with it.")

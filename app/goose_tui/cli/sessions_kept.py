"""What `goose-tui sessions` does with a session besides showing it: rename, archive, delete, verify."""

from __future__ import annotations

import sys

from goose_agent.clock import World
from goose_agent.errors import UsageError
from goose_agent.sessions.library import Library
from goose_tui.cli.output import note, say
from goose_tui.view.untrusted import clean_line

__all__ = ["archive", "delete", "rename", "verify"]


def rename(library: Library, wanted: str, title: str) -> None:
    """Give a session another title."""
    from goose_agent.sessions.keeping import rename_session

    session_id = library.find(wanted)
    rename_session(library, session_id, title, World())
    note(f"{session_id} is called {clean_line(title)} now.")


def archive(library: Library, wanted: str, *, undo: bool) -> None:
    """Leave a session out of the list, or have it back."""
    from goose_agent.sessions.keeping import mark_session

    session_id = library.find(wanted)
    mark_session(library, session_id, "archived", not undo)
    if undo:
        note(f"{session_id} is in the list again.")
    else:
        note(f"{session_id} is archived: goose-tui sessions list --archived shows it.")


def delete(library: Library, wanted: str, *, sure: bool) -> int:
    """Delete a session for good; asks, unless a person said that it is sure."""
    from goose_agent.sessions.keeping import delete_session

    session_id = library.find(wanted)
    if not sure and not _agreed(library, session_id):
        note("Nothing was deleted.")
        return 1
    delete_session(library, session_id)
    note(f"{session_id} is deleted.")
    return 0


def _agreed(library: Library, session_id: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"Nobody is here to ask whether {session_id} may go.", "Say so: --yes")
    titles = (entry.title for entry in library.entries() if entry.session_id == session_id)
    title = clean_line(next(titles, ""))
    print(f"Delete {session_id} ({title or 'untitled'}) for good? y/n ", end="", file=sys.stderr)
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def verify(library: Library, wanted: str) -> int:
    """Look for damage in one session or all; the result is 1 where there is any."""
    from goose_agent.sessions.verify import find_flaws

    ids = [library.find(wanted)] if wanted else library.ids()
    damaged = 0
    for session_id in ids:
        flaws = find_flaws(library.path(session_id))
        damaged += bool(flaws)
        for flaw in flaws:
            lost = f" Lost: {flaw.lost}." if flaw.lost else ""
            say(f"{session_id}: {clean_line(flaw.what)}{clean_line(lost)}")
    if damaged:
        note("What can be read is still shown and searched. Export it before you do more with it.")
        return 1
    note("1 session is whole." if len(ids) == 1 else f"All {len(ids)} sessions are whole.")
    return 0

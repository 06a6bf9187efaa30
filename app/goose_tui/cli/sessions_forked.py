"""`goose-tui sessions fork`: begin another session at an event of one, without opening it."""

from __future__ import annotations

import os

from goose_agent.clock import World
from goose_agent.config.places import Places
from goose_agent.loop.forks import fork_session
from goose_agent.sessions.library import Library
from goose_agent.state.session_state import FILES_STAY
from goose_tui.arguments import fork_named
from goose_tui.cli.output import note, say

__all__ = ["fork"]


def fork(library: Library, which: str, *, edit: bool) -> int:
    """Fork a session and say how the fork is called; the result is the exit status."""
    wanted, where = fork_named(which)
    session_id = library.find(wanted)
    if edit:
        from goose_tui.cli.forking import edit_session

        forked_id = edit_session(Places.of(os.environ), session_id, where)
        if not forked_id:
            note("Nothing was changed, so nothing was forked.")
            return 0
    else:
        forked_id = fork_session(library, session_id, where, World())
    library.take_in(forked_id)
    say(forked_id)
    note(f"{session_id} stays as it is. {FILES_STAY}")
    note(f"Go on with the fork: goose-tui --resume {forked_id}")
    return 0

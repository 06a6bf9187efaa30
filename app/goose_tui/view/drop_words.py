"""What it would mean if the connection to the terminal dropped."""

from __future__ import annotations

from collections.abc import Mapping

from goose_tui.terminal import is_remote, multiplexer

__all__ = ["drop_words"]


def drop_words(environ: Mapping[str, str], detach: float) -> str:
    """A few words; empty where the terminal is here, or something keeps it while nobody looks.

    Args:
        environ: tells where the terminal is.
        detach: seconds for which calls that run may go on after a hang-up; 0 for not at all.
    """
    if not is_remote(environ) or multiplexer(environ):
        return ""
    what = "lets what runs end" if detach else "stops what runs"
    return f"SSH, no tmux: a drop {what}; goose-tui -c goes on"

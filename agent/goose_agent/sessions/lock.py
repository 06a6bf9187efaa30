"""Who writes a session: an advisory lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

from goose_agent.errors import SessionBusy

__all__ = ["is_being_written", "is_left", "mark_left", "take_lock", "writer_of"]

_WAITS = (0, 0.005, 0.02)
"""Seconds that are waited before each try to have the lock."""
_LEFT = ", left alone"
"""Behind the name of a process whose terminal has gone."""


def is_being_written(path: Path) -> bool:
    """Whether a process writes the session of this file just now."""
    try:
        lock = os.open(path.with_suffix(".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def take_lock(path: Path) -> int:
    """Be the one writer of a session until the descriptor that is returned is closed. Blocks.

    Args:
        path: the session's file.

    Raises:
        SessionBusy: another process writes it.
    """
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _locked(lock):
        os.close(lock)
        ends = "Its terminal has gone: it ends once what runs there has ended."
        raise SessionBusy(
            f"This session is open in another process ({writer_of(path) or 'unknown'}).",
            ends if is_left(path) else "Close it there first, or fork the session.",
        )
    os.truncate(lock, 0)
    os.pwrite(lock, _who().encode(), 0)
    return lock


def _locked(lock: int) -> bool:
    """Whether it is ours; one who only looks whether it is taken has it for a moment."""
    for wait in _WAITS:
        threading.Event().wait(wait)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def mark_left(lock: int) -> None:
    """Let others know that whoever has this lock is about to end, and nobody is before it. Blocks."""
    os.truncate(lock, 0)
    os.pwrite(lock, f"{_who()}{_LEFT}".encode(), 0)


def is_left(path: Path) -> bool:
    """Whether the process that writes a session, or wrote it last, said that it is about to end."""
    return _words(path).endswith(_LEFT)


def writer_of(path: Path) -> str:
    """The process that writes a session, or wrote it last; empty where nobody is known."""
    return _words(path).removesuffix(_LEFT)


def _words(path: Path) -> str:
    try:
        return path.with_suffix(".lock").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _who() -> str:
    return f"pid {os.getpid()} on {socket.gethostname()}"

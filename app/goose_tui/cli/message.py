"""Where the message of a run comes from: arguments, a file, and what is piped in."""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from goose_agent.errors import UsageError
from goose_tui.cli.output import note

__all__ = ["message_of"]

_PATIENCE = 2.0
"""Seconds for which a pipe that nobody named may be silent: many programs leave one open for good."""


def message_of(text: str, file: str, words: Sequence[str]) -> str:
    """All parts of the message, a blank line between them; empty where there is none.

    What is piped in comes last. Named with `-` it is waited for; otherwise it is taken where it
    comes soon.

    Args:
        text: given by an option.
        file: path of a file, `-` for standard input; empty for none.
        words: given as arguments; `-` alone stands for standard input.

    Raises:
        UsageError: the file cannot be read.
    """
    named = file == "-" or list(words) == ["-"]
    parts = [text]
    if file and file != "-":
        parts.append(_read(file))
    if list(words) != ["-"]:
        parts.append(" ".join(words))
    if named or _is_piped():
        parts.append(sys.stdin.buffer.read().decode("utf-8", "replace"))
    message = "\n\n".join(part.strip("\n") for part in parts if part.strip())
    # Arguments that were not UTF-8 hold halves of surrogate pairs.
    return message.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _is_piped() -> bool:
    """Whether something comes from a pipe or a file on standard input."""
    try:
        number = sys.stdin.fileno()
        mode = os.fstat(number).st_mode
    except (AttributeError, OSError, io.UnsupportedOperation):
        return False  # it is closed, or no file at all
    if stat.S_ISREG(mode):
        return True
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return False
    if select.select([number], [], [], _PATIENCE)[0]:
        return True
    note("goose-tui: Nothing came on standard input, so it is left out; `-` waits for it.")
    return False


def _read(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", "Check the path.") from error

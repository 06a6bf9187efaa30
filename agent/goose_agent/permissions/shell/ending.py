"""Programs that end others: whether they name whom, and it is not this one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from goose_agent.permissions.shell.split import PieceWord

__all__ = ["ended_unread"]

_WIDE_KILL = re.compile(
    r"-(?:[uUgGPstv]|-(?:euid|uid|user|group|parent|session|terminal|inverse|ns))"
)
"""Options that end processes by something else than their name."""
_US = "goose-tui goose_tui python python3 tmux screen ssh sshd bash sh zsh init systemd".split()


def ended_unread(name: str, words: Sequence[PieceWord]) -> Iterator[str]:
    """What a command may end that it does not name, in a few words.

    Args:
        name: of the program: `kill`, `pkill`, `killall` or `fuser`.
        words: of the command.
    """
    match name:
        case "kill":
            yield from _by_number(name, words)
        case "fuser":
            yield from _by_use(name, words)
        case _:
            yield from _by_name(name, words)


def _by_number(name: str, words: Sequence[PieceWord]) -> Iterator[str]:
    """What ends other processes than those that are named, or this program itself."""
    rest = [*words[1:]]
    if any(word.text in ("-l", "-L", "--list", "--table") for word in rest):
        return
    if rest and rest[0].text in ("-s", "-n", "--signal"):
        rest = rest[2:]
    elif rest and re.match(r"-(?!-)", rest[0].text):
        rest = rest[1:]
    for word in rest:
        job = word.is_static and re.fullmatch(r"%[\w%+-]*", word.text)
        number = word.is_static and word.text.isdecimal() and int(word.text) not in _ours()
        if not (job or number or word.text in ("$!", '"$!"', "--")):
            yield f"`{name}` may end this program, or what is not named"
            return


def _by_use(name: str, words: Sequence[PieceWord]) -> Iterator[str]:
    if any(word.text.startswith(("-k", "--kill")) for word in words[1:]):
        yield f"`{name}` ends processes that are not named"


def _by_name(name: str, words: Sequence[PieceWord]) -> Iterator[str]:
    for word in words[1:]:
        if word.text.startswith("-") and word.is_static:
            named = not _WIDE_KILL.match(word.text)
        else:
            named = word.is_static and not _may_be_us(word.text)
        if not named:
            yield f"`{name}` may end this program, or what is not named"
            return


def _ours() -> frozenset[int]:
    """The processes without which this program is not."""
    return frozenset({0, 1, os.getpid(), os.getppid(), os.getpgrp(), os.getsid(0)})


def _may_be_us(pattern: str) -> bool:
    """Whether a pattern for names of processes may mean this program, or what it runs in."""
    try:
        return any(re.search(pattern, name) for name in _US)
    except re.error:
        return True

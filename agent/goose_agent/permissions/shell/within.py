"""Commands within commands: behind wrappers, in scripts that shells are given, in git's options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from goose_agent.permissions.shell.split import Piece, split

__all__ = ["SHELLS", "Inner", "unwrapped", "within"]

_DEEPEST = 4
"""Shells within shells that are looked into."""
SHELLS = frozenset("sh bash zsh dash ash ksh fish".split())
_WRAPPERS = frozenset(
    "sudo doas env nohup time command builtin exec nice ionice timeout stdbuf setsid xargs busybox "
    "chroot unshare script watch parallel then do else npx bunx uvx uv pipx poetry pipenv bundle".split()
)
"""Programs that run what follows among their words."""
_SETTERS = frozenset("alias export declare typeset local readonly env".split())
"""What gives variables and names their values."""
_FINDERS = ("find", "gfind", "fd", "fdfind")
_RUNNING = ("-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch")
"""Options of those that run what follows."""
_PROGRAM_VALUE = re.compile(r"\w+(?:\.[\w./-]+)?=!?(.*)", re.DOTALL)
"""A setting of git, or a variable, that may hold a command."""


class Inner(Struct, frozen=True):
    """A command of a script within a command."""

    piece: Piece
    feeder: Piece | None
    """The one whose output it reads through a pipe."""


def within(pieces: Sequence[Piece], depth: int = _DEEPEST) -> Iterator[tuple[Inner, Piece]]:
    """The commands of scripts that commands are given, each with the piece it was found in.

    Args:
        pieces: of a text.
        depth: how far to look into scripts within scripts.
    """
    if depth == 0:
        return
    for piece in pieces:
        for script in (*_scripts(piece), *_fed(piece, pieces)):
            found = split(script)
            for each in found:
                yield Inner(each, found[each.feeds] if each.feeds >= 0 else None), piece
            for inner, _ in within(found, depth - 1):
                yield inner, piece


def unwrapped(argv: Sequence[str]) -> Iterator[Sequence[str]]:
    """A command and, where a wrapper begins it, all commands it may run.

    Args:
        argv: its words.
    """
    if argv:
        yield argv
        name = argv[0].rpartition("/")[2]
        for at in range(1, len(argv)):
            if name in _WRAPPERS or (name in _FINDERS and argv[at - 1] in _RUNNING):
                yield argv[at:]


def _fed(piece: Piece, pieces: Sequence[Piece]) -> Iterator[str]:
    """What a shell is given to read as its script."""
    if not any(argv[0].rpartition("/")[2] in SHELLS for argv in unwrapped(piece.argv)):
        return
    feeder = pieces[piece.feeds] if piece.feeds >= 0 else None
    if feeder is not None and feeder.argv[:1] in (("echo",), ("printf",)):
        yield " ".join(feeder.argv[1:])
    for giver in pieces:
        if not (giver.span.start <= piece.span.start and piece.span.stop <= giver.span.stop):
            continue
        _, mark, rest = giver.text.partition("<<")
        if rest.startswith("<"):
            yield rest[1:].strip(" \"'")
        elif mark:
            yield rest.partition("\n")[2]


def _scripts(piece: Piece) -> Iterator[str]:
    for argv in unwrapped(piece.argv):
        name = argv[0].rpartition("/")[2]
        if name == "eval":
            yield " ".join(argv[1:])
        elif name in SHELLS:
            for at, word in enumerate(argv[:-1]):
                if re.match(r"-[a-zA-Z]*c\Z", word):
                    yield argv[at + 1]
                    break
        elif name == "git":
            yield from _values(after for at, after in enumerate(argv[1:]) if argv[at] == "-c")
        elif name == "trap" and len(argv) > 2:
            yield argv[1]
        elif name in _SETTERS:
            yield from _values(argv[1:])
    # A variable can hold a command that a program runs: GIT_SSH_COMMAND, PAGER, PROMPT_COMMAND.
    yield from _values(piece.sets)


def _values(settings: Iterable[str]) -> Iterator[str]:
    for setting in settings:
        found = _PROGRAM_VALUE.fullmatch(setting)
        if found is not None and (value := found[1].strip().strip("'\"")):
            yield value

"""Commands within commands: behind wrappers, in scripts that shells are given, in git's options."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from goose_agent.permissions.shell.split import Piece, split

__all__ = [
    "SHELLS",
    "Inner",
    "begin_at",
    "is_told",
    "name_of",
    "reaches_far",
    "unwrapped",
    "within",
]

_DEEPEST = 4
"""Shells within shells that are looked into."""
_MOST_BEHIND = 64
"""Words behind a wrapper that are taken for a command; who looks for one says so where there are more."""
SHELLS = frozenset("sh bash zsh dash ash ksh fish".split())
_WRAPPERS = frozenset(
    "sudo doas env nohup time command builtin exec nice ionice timeout stdbuf setsid xargs busybox "
    "chroot unshare script watch parallel then do else npx bunx uvx uv pipx poetry pipenv bundle "
    "toybox gtimeout gxargs gnice gtime su runuser sg newgrp pkexec run0 setpriv capsh setarch linux32 "
    "linux64 taskset chrt numactl flock strace ltrace perf valgrind catchsegv fakeroot proot firejail "
    "bwrap nsenter faketime eatmydata torsocks torify proxychains proxychains4 rlwrap unbuffer "
    "xvfb-run dbus-run-session systemd-run systemd-inhibit caffeinate coproc if elif while until ! { "
    "start-stop-daemon tmux screen at batch entr watchexec hyperfine trap eval".split()
)
"""Programs that run what follows among their words."""
_ELSEWHERE = frozenset("ssh mosh rsh distrobox toolbox".split())
"""The same, on another machine."""
_RUNNERS = frozenset(
    "npm pnpm yarn bun conda mamba mise rye hatch pdm rbenv pyenv nix direnv go docker podman nerdctl "
    "kubectl oc docker-compose lxc vagrant".split()
)
_OPERANDS_FIRST = frozenset(
    "flock su runuser chroot ssh mosh rsh taskset chrt numactl script sg setarch capsh nsenter docker "
    "podman nerdctl kubectl oc unshare distrobox toolbox hyperfine entr watchexec".split()
)
"""Those that have words of their own before the program that they run."""
_RUN_WORDS = frozenset("exec x run -- dlx tool shell develop compose ssh".split())
"""The same, behind one of these words."""
_TEXT_TAKERS = _ELSEWHERE | frozenset(
    "env su runuser sg script flock watch parallel tmux screen nix-shell hyperfine entr watchexec "
    "split xterm npx at expect docker podman nerdctl kubectl oc".split()
)
"""Programs of which a single word may be all of a command."""
_TEXT_OPTION = re.compile(
    r"--[\w-]*(?:exec|command|cmd|filter|pre|program|run|pager|shell|rsh|editor|action|proxy|pack|extcmd)"
    r"[\w-]*(?:=(?P<value>.*))?\Z",
    re.DOTALL,
)
"""An option by which any program may be given a command."""
_MORE_THAN_A_WORD = re.compile(r"[\s;|&<>]")
_FAR = 64
"""Words among which a program is looked for that may be given a command as text."""
_GIT_RUNS = frozenset(
    "bisect submodule rebase filter-branch difftool mergetool ls-remote fetch clone archive grep".split()
)
"""Verbs of git that may be given a command."""
_SETTERS = frozenset("alias export declare typeset local readonly env".split())
"""What gives variables and names their values."""
_FINDERS = ("find", "gfind", "fd", "fdfind")
_RUNNING = ("-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch")
"""Options of those that run what follows."""
_SCRIPT_OPTION = re.compile(r"-[a-zA-Z]*c[a-zA-Z]*\Z|--command\Z")
"""Of a shell: the next word is a script."""
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
    for at in begin_at(argv):
        yield argv[at:]


def begin_at(argv: Sequence[str], *, elsewhere: bool = False) -> Iterator[int]:
    """Where a command and all that it may run begin among its words.

    Args:
        argv: its words.
        elsewhere: whether what runs on another machine or in a container is among them.
    """
    if not argv:
        return
    yield 0
    name = name_of(argv[0])
    last = min(len(argv), _MOST_BEHIND + 1)
    if name in _WRAPPERS or (elsewhere and name in _ELSEWHERE):
        yield from range(1, last)
    elif name in _FINDERS:
        running = (at for at in range(1, len(argv)) if argv[at - 1] in _RUNNING)
        yield from itertools.islice(running, _MOST_BEHIND)
    elif elsewhere and name in _RUNNERS:
        first = next((at for at, word in enumerate(argv[:last]) if word in _RUN_WORDS), last)
        yield from range(first + 1, last)


def reaches_far(argv: Sequence[str]) -> bool:
    """Whether a wrapper has more words behind it than are looked at."""
    if len(argv) <= _MOST_BEHIND:
        return False
    name = name_of(argv[0])
    if name in _FINDERS:
        return sum(word in _RUNNING for word in argv) > _MOST_BEHIND
    return name in _WRAPPERS | _ELSEWHERE


def is_told(argv: Sequence[str], at: int) -> bool:
    """Whether the words before one let it be the name of the program that a wrapper runs.

    Args:
        argv: words of a wrapper.
        at: index of one of them, from 1.
    """
    if any(name_of(word) in _OPERANDS_FIRST for word in argv[:at]):
        return True
    return all(
        word.startswith("-")
        or "=" in word
        or word[:1].isdigit()
        or argv[index - 1].startswith("-")
        or name_of(word) in _WRAPPERS
        for index, word in enumerate(argv[1:at], 1)
    )


def name_of(word: str) -> str:
    """The name of a program, wherever it is called."""
    return word.rpartition("/")[2]


def _given_as_text(argv: Sequence[str]) -> Iterator[str]:
    """Commands that a program may be given within a single word."""
    takes_any = any(name_of(word) in _TEXT_TAKERS for word in argv[:_FAR])
    takes_any = takes_any or (name_of(argv[0]) == "git" and not _GIT_RUNS.isdisjoint(argv))
    for at, word in enumerate(argv[1:], 1):
        option = _TEXT_OPTION.match(word)
        if option is not None:
            following = argv[at + 1] if at + 1 < len(argv) else ""
            yield following if option["value"] is None else option["value"]
        elif takes_any and _MORE_THAN_A_WORD.search(word):
            value = word.partition("=")[2] if word.startswith("--") else word
            yield value[2:] if value.startswith("-") else value


def _fed(piece: Piece, pieces: Sequence[Piece]) -> Iterator[str]:
    """What a shell is given to read as its script."""
    if not any(name_of(argv[0]) in SHELLS for argv in unwrapped(piece.argv)):
        return
    feeder = pieces[piece.feeds] if piece.feeds >= 0 else None
    if feeder is not None and feeder.argv[:1] in (("echo",), ("printf",)):
        yield " ".join(feeder.argv[1:])
    for giver in pieces:
        if not (giver.span.start <= piece.span.start and piece.span.stop <= giver.span.stop):
            continue
        _, mark, rest = giver.text.partition("<<")
        if rest.startswith("<"):
            yield _unquoted(rest[1:])
        elif mark:
            yield rest.partition("\n")[2]


def _unquoted(text: str) -> str:
    """The first word of a text, without the quotes of the shell."""
    try:
        return next(iter(shlex.split(text)), "")
    except ValueError:
        return text.strip(" \"'")


def _scripts(piece: Piece) -> Iterator[str]:
    if piece.words:
        yield from filter(None, _given_as_text(piece.argv))
    for argv in unwrapped(piece.argv):
        name = name_of(argv[0])
        if name == "eval":
            yield " ".join(argv[1:])
        elif name in SHELLS:
            yield from _shell_scripts(argv)
        elif name == "git":
            yield from _values(after for at, after in enumerate(argv[1:]) if argv[at] == "-c")
        elif name == "trap" and len(argv) > 2:
            yield argv[1]
        elif name in _SETTERS:
            yield from _values(argv[1:])
    # A variable can hold a command that a program runs: GIT_SSH_COMMAND, PAGER, PROMPT_COMMAND.
    yield from _values(piece.sets)


def _shell_scripts(argv: Sequence[str]) -> Iterator[str]:
    """What a shell is given with `-c`; behind further options, too."""
    given = next((at for at, word in enumerate(argv) if _SCRIPT_OPTION.match(word)), len(argv))
    for word in argv[given + 1 :]:
        if not word.startswith(("-", "+")):
            yield word  # the first of them, or the value of an option before it


def _values(settings: Iterable[str]) -> Iterator[str]:
    for setting in settings:
        found = _PROGRAM_VALUE.fullmatch(setting)
        value = found[1].strip().strip("'\"") if found is not None else ""
        if value and not value.startswith(("$", "`")):  # what is in there is found by itself
            yield value

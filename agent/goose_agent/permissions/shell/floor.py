"""The floor: what destroys that which nobody gets back, or plants what runs later, in any mode asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from goose_agent.permissions.shell.judgement import Concern, Finding
from goose_agent.permissions.shell.planting import planted_by
from goose_agent.permissions.shell.split import Piece
from goose_agent.permissions.shell.within import SHELLS, reaches_far, unwrapped, within

__all__ = ["catastrophes"]

_HOME = re.compile(r"(?:~[\w-]*|\"?\$HOME\"?|\"?\$\{HOME\}\"?)(?:/\*?|/\.\*?)?\"?\Z")
_ROOT = re.compile(r"(?:/+(?:\.{1,2}/*)*\*?)\Z")
_SYSTEM = re.compile(
    r"/+(?:bin|boot|dev|etc|home|lib|lib64|opt|proc|root|sbin|srv|sys|usr|var|Applications|Library"
    r"|System|Users|private)(?:/+\*?)?\Z"
)
_REPOSITORY = re.compile(r"(?:.*/)?\.(?:git|hg|svn)/*\Z")
_EVERYTHING_HERE = re.compile(r"(?:\./?|\.\./?|\*|\./\*|\.\*|\.\./\*|\"?\$PWD\"?(?:/\*?)?)\Z")
_BLOCK_DEVICE = re.compile(
    r"/dev/(?:sd[a-z]|hd[a-z]|vd[a-z]|xvd[a-z]|nvme\d|mmcblk\d|r?disk\d|mapper/|md\d|dm-\d|mem\b|kmem\b)"
)
_FORK_BOMB = re.compile(r"(?<![\w:.])([\w:.]{1,40})\(\)\{\1\|\1&\};?\1")
_INTERPRETERS = SHELLS | frozenset("python python3 perl ruby node php source . eval".split())
_READ_DATA = frozenset("python python3 perl ruby node php".split())
"""Of those, what reads data where it is given a program."""
_DOWNLOADERS = frozenset("curl wget fetch aria2c".split())
_DISK_TOOLS = re.compile(
    r"(?:mkfs(?:\..+)?|mke2fs|mkswap|wipefs|fdisk|sfdisk|cfdisk|gdisk|sgdisk|parted|blkdiscard|diskutil)\Z"
)
_STOPS = frozenset("reboot shutdown halt poweroff killall5".split())
_DROPS = (
    ("terraform", "destroy"),
    ("tofu", "destroy"),
    ("pulumi", "destroy"),
    ("redis-cli", "flushall"),
    ("redis-cli", "flushdb"),
    ("crontab", "-r"),
    ("vagrant", "destroy"),
)
"""Programs and words with which they delete all they have."""

_Problem = tuple[str, bool]
"""What would happen, and whether nobody can mean it."""
_Grave = tuple[Concern, str, bool]
"""The same, and what it is about."""


def catastrophes(text: str, pieces: Sequence[Piece]) -> Iterator[Finding]:
    """What in a text destroys what nobody gets back, hands over the machine, or plants something.

    Args:
        text: any shell text.
        pieces: its commands.
    """
    if bomb := _FORK_BOMB.search(re.sub(r"\s+", "", text)):
        span = pieces[0].span if pieces else None
        if span is not None:
            yield Finding(
                "catastrophe", f"`{bomb[1]}` starts itself without end", span, denied=True
            )
    for piece in pieces:
        feeder = pieces[piece.feeds] if piece.feeds >= 0 else None
        for concern, problem, denied in _of_piece(piece, feeder):
            yield Finding(concern, problem, piece.span, denied)
    for inner, around in within(pieces):
        for concern, problem, denied in _of_piece(inner.piece, inner.feeder):
            yield Finding(concern, problem, around.span, denied)


def _of_piece(piece: Piece, feeder: Piece | None) -> Iterator[_Grave]:
    for word in piece.written:
        if _BLOCK_DEVICE.match(word.text):
            yield "catastrophe", f"overwrites the device {word.text}", False
    if reaches_far(piece.argv):
        yield "catastrophe", f"`{piece.argv[0]}` has too many words to look behind each", False
    for argv in unwrapped(piece.argv):
        name = argv[0].rpartition("/")[2]
        for problem, denied in _of_command(name, argv):
            yield "catastrophe", problem, denied
        for problem in planted_by(name, argv[1:]):
            yield "protected", problem, False
        if name in _INTERPRETERS and _downloads(piece, feeder if _reads_code(name, argv) else None):
            yield "catastrophe", "runs what is downloaded, whatever it is", False


def _reads_code(name: str, argv: Sequence[str]) -> bool:
    """Whether what comes through a pipe is code to an interpreter, not data for its program."""
    if name not in _READ_DATA or "-" in argv:
        return True
    return len(argv) == 1 or all(word.startswith("-") and len(word) > 2 for word in argv[1:])


def _downloads(piece: Piece, feeder: Piece | None) -> bool:
    """Whether its input, or what it is given to run, comes from elsewhere."""
    if feeder is not None and any(
        argv[0].rpartition("/")[2] in _DOWNLOADERS for argv in unwrapped(feeder.argv)
    ):
        return True
    given = (word.text for word in piece.words if not word.is_static)
    return any(re.search(r"[$<]\(\s*(?:curl|wget)\b|`\s*(?:curl|wget)\b", text) for text in given)


def _of_command(name: str, argv: Sequence[str]) -> Iterator[_Problem]:
    check = _CHECKS.get(name)
    if check is not None:
        yield from check(argv[1:])
    elif _DISK_TOOLS.match(name) and len(argv) > 1 and "-l" not in argv and "list" not in argv:
        yield f"`{name}` overwrites a disk", False
    elif name in _STOPS or (name == "init" and argv[1:2] in (["0"], ["6"], ("0",), ("6",))):
        yield f"`{name}` stops the machine", False
    for program, word in _DROPS:
        if name == program and word in (each.lower() for each in argv):
            yield f"`{program} {word}` deletes all it has", False


def _of_rm(words: Sequence[str]) -> Iterator[_Problem]:
    if not _has_letter(words, "rR", "--recursive"):
        return
    if "--no-preserve-root" in words:
        yield "deletes the whole machine", True
    yield from _of_targets(words, "deletes")


def _of_recursive_change(words: Sequence[str]) -> Iterator[_Problem]:
    if _has_letter(words, "R", "--recursive"):
        yield from _of_targets(words, "changes the rights of", here=False)


def _of_targets(words: Sequence[str], verb: str, *, here: bool = True) -> Iterator[_Problem]:
    for word in words:
        if _ROOT.match(word):
            yield f"{verb} the whole machine", True
        elif _HOME.match(word):
            yield f"{verb} the home folder", True
        elif _SYSTEM.match(word):
            yield f"{verb} {word}, which the machine needs", True
        elif here and _REPOSITORY.match(word):
            yield f"{verb} the repository and all its history", False
        elif here and _EVERYTHING_HERE.match(word):
            yield f"{verb} everything in the folder", False


def _of_find(words: Sequence[str]) -> Iterator[_Problem]:
    deletes = "-delete" in words or any(
        word in ("-exec", "-execdir") and words[at + 1 : at + 2] in (["rm"], ("rm",))
        for at, word in enumerate(words)
    )
    if deletes:
        paths = [word for word in words if not word.startswith("-")][:1]
        yield from _of_targets(paths, "deletes", here=False)
        if any(map(_REPOSITORY.match, paths)):
            yield "deletes from the repository and its history", False


def _of_dd(words: Sequence[str]) -> Iterator[_Problem]:
    for word in words:
        if _BLOCK_DEVICE.match(word.removeprefix("of=")) and word.startswith("of="):
            yield f"overwrites the device {word[3:]}", False


def _of_devices(words: Sequence[str]) -> Iterator[_Problem]:
    for word in words:
        if _BLOCK_DEVICE.match(word):
            yield f"overwrites the device {word}", False


def _of_move(words: Sequence[str]) -> Iterator[_Problem]:
    targets = [word for word in words if not word.startswith("-")]
    yield from _of_targets(targets[:-1], "moves away", here=False)
    yield from _of_devices(targets[-1:])


def _of_kill(words: Sequence[str]) -> Iterator[_Problem]:
    if "-1" in words[1:]:
        yield "ends every process of the user", False


def _of_git(words: Sequence[str]) -> Iterator[_Problem]:
    if "push" in words:
        behind = words[[*words].index("push") + 1 :]
        forced = _has_letter(behind, "f", "--force") or any(
            word.startswith(("+", ":")) or word in ("--mirror", "--delete") for word in behind
        )
        if forced:
            yield "overwrites or deletes what is at the remote", False


def _has_letter(words: Sequence[str], letters: str, long: str) -> bool:
    """Whether an option is given, as a letter among others or by its whole name."""
    for word in words:
        if word == long or (len(word) > 2 and long.startswith(word)):  # as programs shorten it
            return True
        if word.startswith("-") and not word.startswith("--") and set(letters) & set(word):
            return True
    return False


_CHECKS: dict[str, Callable[[Sequence[str]], Iterator[_Problem]]] = {
    "rm": _of_rm,
    "chmod": _of_recursive_change,
    "chown": _of_recursive_change,
    "chgrp": _of_recursive_change,
    "find": _of_find,
    "dd": _of_dd,
    "shred": _of_devices,
    "cp": _of_devices,
    "tee": _of_devices,
    "mv": _of_move,
    "kill": _of_kill,
    "git": _of_git,
}

"""In which folders the commands of a script may run: `cd` moves on, and it may fail."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.permissions.paths import real_path
from goose_agent.permissions.shell.effects import Unproven
from goose_agent.permissions.shell.script import Command, Joint
from goose_agent.permissions.shell.split import Piece

__all__ = ["commands_with_folders", "likely_folders", "target_of_cd"]

Folders = frozenset[Path]

_MOST = 8
"""Folders that are kept apart; with more, nothing is proven."""


def commands_with_folders(
    commands: Sequence[Command], start: Path
) -> Iterator[tuple[Command, Folders | None]]:
    """Every command with the folders it may run in; None where that cannot be told.

    Args:
        commands: of one script, in order.
        start: the folder the script starts in, absolute.
    """
    after = _After(frozenset((start,)), frozenset(), frozenset())
    for pipeline in _pipelines(commands):
        entered, skipped = after.entered(pipeline[0].joint)
        for command in pipeline:
            yield command, entered
        # Each command of a pipeline runs in a process of its own: a `cd` there moves nothing.
        if len(pipeline) == 1 and pipeline[0].argv[0] == "cd":
            moved = _moved(pipeline[0], entered)
            there = moved is not None and all(folder.is_dir() for folder in moved)
            ran = _After(moved, entered, frozenset() if there else entered)
        else:
            ran = _After(entered, entered, entered)
        after = ran.joined(skipped)


def likely_folders(pieces: Sequence[Piece], start: Path) -> tuple[Path, ...]:
    """Where commands of a text that is not plain may run, as far as its `cd` say it.

    Nothing is proven by it: it is for what asks wherever it may be meant.

    Args:
        pieces: of the text, in order.
        start: the folder the text starts in, absolute.
    """
    folders = [start]
    for piece in pieces:
        if piece.argv[:1] in (("cd",), ("pushd",)) and len(piece.words) > 1:
            target = piece.words[-1]
            if target.is_static and target.text:
                expanded = os.path.expanduser(target.text)  # noqa: PTH111 # a Path would drop `..`
                folders += [Path(os.path.normpath(folder / expanded)) for folder in folders]
                folders = [start, *[*dict.fromkeys(folders)][1:][-_MOST:]]
    return tuple(folders)


class _After(Struct, frozen=True):
    """Where the script may stand behind a command."""

    succeeded: Folders | None
    """If it succeeded."""
    failed: Folders | None
    """If it failed."""
    likely_failed: Folders | None
    """The same, without the failure of a `cd` to a folder that is there."""

    def entered(self, joint: Joint) -> tuple[Folders | None, _After]:
        """Where the next command may run, and where the script stands if it is skipped."""
        nowhere: Folders = frozenset()
        if joint == "&&":
            return self.succeeded, _After(nowhere, self.failed, self.likely_failed)
        if joint == "||":
            return self.failed, _After(self.succeeded, nowhere, nowhere)
        return _joined(self.succeeded, self.likely_failed), _After(nowhere, nowhere, nowhere)

    def joined(self, other: _After) -> _After:
        """Where it may stand after either."""
        return _After(
            _joined(self.succeeded, other.succeeded),
            _joined(self.failed, other.failed),
            _joined(self.likely_failed, other.likely_failed),
        )


def target_of_cd(command: Command) -> str:
    """Where a `cd` leads, as it is written.

    Raises:
        Unproven: only the running shell knows.
    """
    words = [word for word in command.words[1:] if word.text != "--"]
    if len(words) != 1 or words[0].has_glob or words[0].text in ("", "-"):
        raise Unproven("where this `cd` leads is not written in it")
    if words[0].text.startswith("-"):
        raise Unproven(f"the option `{words[0].text}` of `cd` is not known")
    return words[0].text


def _moved(command: Command, folders: Folders | None) -> Folders | None:
    """Where a `cd` leads from any of these folders.

    The shell takes `..` for the folder before it in the path, the kernel for where the folder really
    is: both are kept.
    """
    try:
        target = target_of_cd(command)
    except Unproven:
        return None
    if folders is None:
        return None
    found = set()
    for folder in folders:
        found.add(Path(os.path.normpath(folder / target)))
        found.add(Path(real_path(str(folder / target))))
    return frozenset(found)


def _pipelines(commands: Sequence[Command]) -> list[list[Command]]:
    found: list[list[Command]] = []
    for command in commands:
        if command.joint == "|" and found:
            found[-1].append(command)
        else:
            found.append([command])
    return found


def _joined(one: Folders | None, other: Folders | None) -> Folders | None:
    if one is None or other is None:
        return None
    joined = one | other
    return joined if len(joined) <= _MOST else None

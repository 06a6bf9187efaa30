"""A change of one file: worked out, shown, held against what was approved, and not yet made."""

from __future__ import annotations

import hashlib
from pathlib import Path

import anyio
from msgspec import Struct

from goose_agent.events import Preview
from goose_agent.evolve import evolve
from goose_agent.tools.diff import unified_diff
from goose_agent.tools.hunks import compose, split
from goose_agent.tools.output import human_size
from goose_agent.tools.text_file import read_bytes
from goose_agent.tools.tool import Approved, Foreseen, ToolFailure, Workspace

__all__ = [
    "FileChange",
    "FileThere",
    "Replacement",
    "as_approved",
    "fingerprint",
    "foreseen",
    "load",
    "reason_of",
]

_LARGEST = 32 * 2**20
"""Bytes of the largest file that is read or replaced whole."""


class Replacement(Struct, frozen=True):
    """One more piece of text to replace in the same file."""

    old: str
    new: str
    all: bool = False


class FileChange(Struct, frozen=True):
    """A change of a file, worked out and not yet made."""

    path: Path
    """As the call names it."""
    real: Path
    """Where that leads, without links."""
    before: bytes | None
    after: bytes
    place: str = ""
    """Where in the file, in words."""


class FileThere(Struct, frozen=True):
    """A file before it is changed."""

    path: Path
    """As the call names it."""
    real: Path
    """Where that leads, without links."""
    shown: str
    """The path as people read it."""
    content: bytes | None
    """None for no file."""

    def changed(self, after: bytes, place: str = "") -> FileChange:
        """The change that gives it another content.

        Args:
            after: all of it.
            place: where in the file, in words; empty for all of it.
        """
        return FileChange(self.path, self.real, self.content, after, place)


async def foreseen(change: FileChange, workspace: Workspace, otherwise: str) -> Foreseen:
    shown = workspace.shown(change.path)
    if change.before == change.after:
        text = "The file has this content already; nothing would change."
        return Foreseen(Preview("text", text, shown))
    found = await unified_diff(change.before, change.after, shown)
    if not found.text:
        return Foreseen(Preview("text", otherwise, shown))
    hunks = await anyio.to_thread.run_sync(split, change.before, change.after)
    return Foreseen(Preview("diff", found.text, shown), tuple(hunk.text for hunk in hunks))


def as_approved(change: FileChange, approved: Approved, shown: str) -> FileChange:
    """The change as far as a person allowed it.

    Raises:
        ToolFailure: the file is not what they saw.
    """
    seen = approved.files.get(str(change.real))
    if seen != ("" if change.before is None else fingerprint(change.before)):
        raise ToolFailure(
            f"{shown} was changed after the person allowed this, so nothing was written. "
            "Read it again."
        )
    if approved.hunks is None or change.before is None:
        return change
    try:
        return evolve(change, after=compose(change.before, change.after, approved.hunks))
    except ValueError:
        raise ToolFailure(f"{shown} differs in other places now; nothing was written.") from None


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def load(real: Path, shown: str) -> bytes | None:
    """The content of a file; None where there is none.

    Raises:
        ToolFailure: there is something else, or it cannot be read.
    """
    try:
        if real.is_dir():
            raise ToolFailure(f"{shown} is a folder. Use tree to see what is in it.")
        data = read_bytes(real, _LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ToolFailure(f"{shown} cannot be read: {reason_of(error)}.") from error
    if len(data) > _LARGEST:
        limit = human_size(_LARGEST)
        raise ToolFailure(f"{shown} is larger than {limit}. Use grep, or `sed -n` in the shell.")
    return data


def reason_of(error: OSError) -> str:
    return error.strerror or str(error)

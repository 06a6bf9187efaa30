"""What became of the files: how they stood at first, and what a face asked to know of it."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability
from goose_agent.events.tools import ChangeOrigin

__all__ = ["BaselineTaken", "ChangeStatus", "ChangedFile", "ChangesListed", "ListedHunk"]

ChangeStatus = Literal["added", "changed", "deleted"]


class BaselineTaken(Struct, frozen=True):
    """How the files stood when the session was opened: what git does not know is in the blobs.

    Blobs: the absolute path of each file that differs from the commit, with its content.
    """

    type: ClassVar[str] = "baseline.taken"
    durability: ClassVar[Durability] = "shown"

    root: str
    """The folder it is about, absolute."""
    commit: str
    """The commit that was checked out; empty for none."""
    deleted: tuple[str, ...] = ()
    """Absolute paths of files of the commit that were not there."""
    unknown: tuple[str, ...] = ()
    """Absolute paths of files that differed and are not kept: too large, or private."""


class ListedHunk(Struct, frozen=True):
    """Lines of a file that changed together."""

    text: str
    """As in a unified diff, its `@@` line first."""
    added: int
    """Lines."""
    removed: int


class ChangedFile(Struct, frozen=True):
    """A file that this session changed."""

    path: str
    """Absolute."""
    shown: str
    """As people read it: relative to the working folder where it lies below it."""
    status: ChangeStatus
    added: int
    """Lines."""
    removed: int
    origins: tuple[ChangeOrigin, ...]
    """Who changed it, each once, the first one first."""
    hunks: tuple[ListedHunk, ...]
    """What changed; nothing where that cannot be shown as lines."""
    divisible: bool = False
    """Whether each hunk can be taken back alone."""
    revertible: bool = True
    """Whether it is as this session left it, and what was there before is known."""
    note: str = ""
    """Why no lines are shown, or why nothing of it can be taken back."""


class ChangesListed(Struct, frozen=True):
    """The files a session changed, as a face asked for them."""

    type: ClassVar[str] = "changes.listed"
    durability: ClassVar[Durability] = "transient"

    since: int
    """The turn they are counted from; 0 for the start of the session."""
    files: tuple[ChangedFile, ...]

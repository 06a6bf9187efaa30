"""What a command does to the world, as far as its words say it."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Delete", "Effect", "Exec", "Opaque", "Read", "Unproven", "Write"]


class Exec(Struct, frozen=True, tag=True):
    """A program runs."""

    argv: tuple[str, ...]
    """Its name and its arguments."""


class Read(Struct, frozen=True, tag=True):
    """A file or folder is looked at."""

    path: str
    """As it was written."""
    follows_links: bool = False
    """Whether the whole tree below is read, through symbolic links too."""


class Write(Struct, frozen=True, tag=True):
    """A file or folder is made or changed."""

    path: str
    """As it was written."""


class Delete(Struct, frozen=True, tag=True):
    """A file or folder goes away."""

    path: str
    """As it was written."""


class Opaque(Struct, frozen=True, tag=True):
    """More may happen than the words say."""

    reason: str
    """A few words."""


Effect = Exec | Read | Write | Delete | Opaque


class Unproven(Exception):
    """It is not proven that a command only reads.

    Args:
        reason: a few words, for a person.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

"""What a face wants to know, and changes to be taken back."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

__all__ = ["FetchBlob", "FetchRequest", "FindFiles", "ListChanges", "ListTools", "Revert"]


class FetchBlob(Struct, frozen=True):
    """Read a blob; it comes back as a transient `blob.read`."""

    name: ClassVar[str] = "fetch_blob"

    sha: str
    limit: int = 262_144
    """Bytes of it that come back, at most: of a larger one its start and its end."""


class FetchRequest(Struct, frozen=True):
    """Make a request that was sent anew; it comes back as a transient `request.read`."""

    name: ClassVar[str] = "fetch_request"

    seq: int = 0
    """Number of an event: the last request that had been built by then; 0 for the last of all."""


class FindFiles(Struct, frozen=True):
    """Look for files of the project; they come back as a transient `files.found`."""

    name: ClassVar[str] = "find_files"

    query: str
    """Letters of their paths, in order."""
    limit: int = 50
    """Paths that come back, at most."""


class ListTools(Struct, frozen=True):
    """Tell which tools the model has; they come back as a transient `tools.listed`."""

    name: ClassVar[str] = "list_tools"


class ListChanges(Struct, frozen=True):
    """Tell which files the session changed; they come back as a transient `changes.listed`."""

    name: ClassVar[str] = "list_changes"

    since: int = 0
    """The turn from which on; 0 for the start of the session."""


class Revert(Struct, frozen=True):
    """Take changes of a file back."""

    name: ClassVar[str] = "revert"

    path: str
    """Absolute."""
    since: int = 0
    """As for `ListChanges`."""
    hunks: tuple[int, ...] = ()
    """Numbers of the hunks as they were listed, from 0; none for the whole file."""

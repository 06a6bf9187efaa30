"""Markdown files with a purpose in the person's own folders and, once trusted, in the project's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from goose_agent.extensions.front_matter import split_front_matter
from goose_agent.extensions.host import ExtensionHost
from goose_agent.private_file import read_small

__all__ = ["MarkdownFile", "Owner", "markdown_files"]

Owner = Literal["user", "project"]
_LARGEST = 256 * 1024
"""Bytes of a file."""
_MOST = 400
"""Files of one folder."""


class MarkdownFile(Struct, frozen=True):
    """One that was read."""

    path: Path
    place: Path
    """The folder it was looked for in."""
    owner: Owner
    head: Mapping[str, Any]
    """What stands between the dashes at its top."""
    body: str


def markdown_files(
    host: ExtensionHost, places: Sequence[str], own: Path, patterns: Sequence[str]
) -> Iterator[MarkdownFile]:
    """Those of the person first, then those of the working folder that are trusted as they are. Blocks.

    Args:
        host: knows the folders.
        places: folders below the home folder and below the project.
        own: a folder among the person's settings.
        patterns: of files below each of these.
    """
    homes = [host.home / place for place in places] if host.home is not None else []
    for place in (own, *homes):
        for path in _found(place, patterns):
            try:
                text = read_small(path, _LARGEST).decode("utf-8", "replace")
            except OSError:
                continue
            yield MarkdownFile(path, place, "user", *split_front_matter(text))
    if host.folder == host.home:
        return  # those were the person's own already
    for place in (host.folder / name for name in places):
        for path in _found(place, patterns):
            name = path.relative_to(host.folder).as_posix()
            if (trusted := host.trust.trusted_text(host.folder, name)) is not None:
                yield MarkdownFile(path, place, "project", *split_front_matter(trusted))


def _found(place: Path, patterns: Sequence[str]) -> Sequence[Path]:
    return [path for pattern in patterns for path in sorted(place.glob(pattern))][:_MOST]

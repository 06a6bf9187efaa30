"""Where hint files may be: the person's own folders, and from the top of the repository down."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.events import HintScope

__all__ = ["HintPlace", "HintPlaces", "repository_of"]


class HintPlace(Struct, frozen=True):
    """A place in which there may be a hint file."""

    path: Path
    """Absolute."""
    scope: HintScope


class HintPlaces:
    """The places of one session.

    Args:
        names: what hint files are called.
        own: the person's folders that may hold some, absolute.
        folder: the working folder, absolute.
        roots: all folders the agent works in, absolute.
        home: the person's home folder; its `.agents` may hold an `AGENTS.md`. Empty for none.
    """

    def __init__(
        self,
        names: Sequence[str],
        own: Sequence[Path],
        folder: Path,
        roots: Sequence[Path],
        home: str = "",
    ) -> None:
        self._names = tuple(dict.fromkeys(name for name in names if _is_name(name)))
        self._own = [Path(place, name) for place in own for name in self._names]
        if home and "AGENTS.md" in self._names:
            self._own.append(Path(home, ".agents", "AGENTS.md"))
        self.folder = Path(os.path.realpath(folder))
        self.top = repository_of(self.folder) or self.folder
        """The highest folder whose hint files count."""
        self._roots = tuple(Path(os.path.realpath(root)) for root in roots)

    @property
    def boundaries(self) -> tuple[Path, ...]:
        """The folders that a project's hint files, and all that they import, must lie in."""
        return tuple(dict.fromkeys((self.top, *self._roots)))

    def opening(self) -> Iterator[HintPlace]:
        """Those that are looked at before anything else, the most general first."""
        for path in self._own:
            yield HintPlace(path, "global")
        way = [self.folder, *self.folder.parents]
        for folder in reversed(way[: way.index(self.top) + 1]):
            yield from self._in(folder, "project")

    def towards(self, touched: Path) -> Iterator[HintPlace]:
        """Those between a folder of the workspace and what was touched below it.

        Args:
            touched: absolute, without links; a file or a folder, or where one may be.
        """
        root = next((r for r in self.boundaries if touched == r or r in touched.parents), None)
        if root is None:
            return
        way = [touched, *touched.parents]
        above = {self.top, self.folder, *self.folder.parents}
        for folder in reversed(way[: way.index(root) + 1]):
            if folder not in above and folder.is_dir():
                yield from self._in(folder, "nested")

    def _in(self, folder: Path, scope: HintScope) -> Iterator[HintPlace]:
        for name in self._names:
            yield HintPlace(folder / name, scope)


def repository_of(folder: Path) -> Path | None:
    """The top of the git repository that a folder lies in; None where it lies in none of ours.

    What somebody else has put above the folder, as into a `/tmp` for all, is no repository of ours.

    Args:
        folder: absolute, without links.
    """
    for place in (folder, *folder.parents):
        try:
            owner = Path(place, ".git").lstat().st_uid
        except OSError:
            continue
        return place if owner in (os.geteuid(), _owner(folder)) else None
    return None


def _owner(folder: Path) -> int | None:
    try:
        return folder.stat().st_uid
    except OSError:
        return None


def _is_name(name: str) -> bool:
    """Whether it is the name of a file, and no path."""
    return bool(name) and "/" not in name and "\0" not in name and name not in (".", "..")

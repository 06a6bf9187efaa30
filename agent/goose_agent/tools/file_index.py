"""Files of the project by a few letters of their paths."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence

from goose_agent.characters import is_hidden
from goose_agent.tools.tool import Workspace
from goose_agent.tools.walk import Walk

__all__ = ["FileIndex"]

_Rank = tuple[int, int, int]


class FileIndex:
    """The paths there were at one time.

    All methods may take long: call them in a thread, one at a time.

    Args:
        paths: as they can be mentioned.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._folded = [path.casefold() for path in paths]
        self._last: tuple[str, Sequence[int]] = ("", range(len(paths)))
        """The last query and what fitted it: what is longer fits no others."""

    @classmethod
    def of(cls, workspace: Workspace, pulse: Callable[[], None]) -> FileIndex:
        """The files in the folders of a session, without what git ignores.

        Args:
            workspace: the folders.
            pulse: called now and then; what it raises ends the search.
        """
        return cls(list(dict.fromkeys(_paths(workspace, pulse))))

    def find(self, query: str, limit: int) -> tuple[tuple[str, ...], int]:
        """The paths that hold these letters in order, the best first, and how many there are.

        Args:
            query: upper and lower case are the same.
            limit: paths that come back, at most.
        """
        wanted = query.casefold().removeprefix("./")
        before, among = self._last
        if not wanted.startswith(before):
            among = range(len(self._paths))
        found = [
            (fits, at) for at in among if (fits := _rank(wanted, self._folded[at])) is not None
        ]
        self._last = wanted, [at for _, at in found]
        best = heapq.nsmallest(limit, found)
        return tuple(self._paths[at] for _, at in best), len(found)


def _paths(workspace: Workspace, pulse: Callable[[], None]) -> Iterator[str]:
    for root in workspace.roots:
        prefix = "" if root == workspace.folder else f"{root}/"
        for item in Walk(root, hides=workspace.hides, pulse=pulse):
            path = f"{prefix}{item.path}"
            # A name that cannot be read cannot be chosen, and may be made to be misread.
            if not item.is_folder and not is_hidden(path):
                yield path


def _rank(wanted: str, path: str) -> _Rank | None:
    """How well a path fits, less is better; None where it does not."""
    if not wanted:
        return 0, path.count("/"), 0
    if (at := path.find(wanted)) < 0:
        start = end = path.find(wanted[0])
        for letter in wanted[1:]:
            if end < 0:
                break
            end = path.find(letter, end + 1)
        return (3, end - start, len(path)) if end >= 0 else None
    name = path.rfind("/") + 1
    if (in_name := path.find(wanted, name)) >= 0:
        return (0 if in_name == name else 1), in_name - name, len(path)
    return 2, at, len(path)

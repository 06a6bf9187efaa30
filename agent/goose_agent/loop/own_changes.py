"""What the calls of one answer made of files, so that none takes another's change for a stranger's."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

__all__ = ["OwnChanges"]

_MOST = 1000
"""Changes of one file that are followed."""


class OwnChanges:
    """The changes, as steps from one content to the next."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, str], str] = {}

    def clear(self) -> None:
        """Another answer begins."""
        self._steps.clear()

    def add(self, path: Path, before: bytes | None, after: bytes | None) -> None:
        """A call changed a file.

        Args:
            path: the file.
            before: its content; None where there was none.
            after: the same; None where it is gone.
        """
        self._steps[os.path.realpath(path), _sha(before)] = _sha(after)

    def explain(self, files: Iterable[tuple[str, str, str]]) -> bool:
        """Whether nothing but our own changes lies between two looks at files.

        Args:
            files: path without links, and sha256 before and now.
        """
        return all(self._lead(path, old, new) for path, old, new in files)

    def _lead(self, path: str, old: str, new: str) -> bool:
        for _ in range(_MOST):
            if old == new:
                return True
            if (path, old) not in self._steps:
                return False
            old = self._steps[path, old]
        return False


def _sha(data: bytes | None) -> str:
    """As a binding has it."""
    return "" if data is None else hashlib.sha256(data).hexdigest()

"""What is kept of files that a session did not write itself."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from goose_agent.tools.text_file import read_bytes

__all__ = ["LARGEST", "MOST", "read_content"]

LARGEST = 2**20
"""Bytes of a file that is kept."""
MOST = 200
"""Files that are kept at once."""


def read_content(path: Path) -> bytes | None:
    """The content of a file; None where it is too large, no regular file, or cannot be read.

    Raises:
        FileNotFoundError: there is none.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        data = read_bytes(Path(os.path.realpath(path.parent), path.name), LARGEST + 1)
    except FileNotFoundError:
        raise
    except OSError:
        return None
    return None if len(data) > LARGEST else data

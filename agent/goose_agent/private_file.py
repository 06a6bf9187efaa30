"""Small files that decide something: read without surprises, written whole or not at all."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["locked", "read_small", "write_whole"]


def read_small(path: Path, most: int) -> bytes:
    """The content of a regular file; a pipe in its place does not hang us, nor a huge file.

    Args:
        path: links are followed.
        most: bytes it may have.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read, is something else, or is larger.
    """
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it is not a file")
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(f"it is larger than {most} bytes")
    return content


def write_whole(path: Path, content: bytes) -> None:
    """Let a file have this content, for its owner only; after a crash it has the old or the new.

    Args:
        path: links are followed; its folder is made where it is missing.
        content: all of it.

    Raises:
        OSError: it cannot be written.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, unfinished = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(unfinished).unlink()
        raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let no other process that asks for the same change a file meanwhile. May wait.

    Args:
        path: the file; its folder is made where it is missing.

    Raises:
        OSError: the folder cannot be opened.
    """
    folder = path.resolve().parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)

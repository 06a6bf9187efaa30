"""Opens files by their real path, and nothing that a link has been put in the place of.

Where a path leads is judged before it is used, and a program in the background may make a link of
any folder on the way in between. So whoever was let use a path opens it through here: every name of
it is what it says, or it is an error. What is opened stays what it is, whatever becomes of its name.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

__all__ = ["folder_of", "in_folder", "open_by_names", "open_real"]

_OPENAT2 = 437
"""The number of the system call, on every machine that Python runs on but Alpha."""
_NO_LINKS = 0x04 | 0x08
"""RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH."""
_UNKNOWN_CALL = frozenset({errno.ENOSYS, errno.EPERM, errno.EINVAL, errno.E2BIG})
"""What kernels without the call say, and containers that forbid calls they do not know."""
_HOLD = getattr(os, "O_PATH", os.O_RDONLY)
"""To have a folder without having to be allowed to list it, where there is such a thing."""
_FOLDER = _HOLD | os.O_DIRECTORY | os.O_CLOEXEC

_DEEPEST = 256
"""Folders within folders, at most, that are made."""

_Open = Callable[[str, int, int], int]


def open_real(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open what a path names; links are not followed, wherever in it they are.

    Args:
        path: absolute, without links.
        flags: as of `os.open`.
        mode: of a file that is made, before the umask.

    Raises:
        OSError: it cannot be opened; ELOOP where a name in it is a link.
    """
    return _opener()(os.fspath(path), flags | os.O_CLOEXEC, mode)


@contextmanager
def folder_of(path: Path, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The folder in which a path lies, open, and the last name of the path.

    Args:
        path: absolute, without links.
        make: whether folders that are missing are made.

    Raises:
        OSError: there is no such folder; ELOOP where a name in it is a link.
    """
    folder = _folder(path.parent, make=make)
    try:
        yield folder, path.name
    finally:
        os.close(folder)


@contextmanager
def in_folder(path: Path) -> Iterator[Path]:
    """A name by which a program can be started in a folder, whatever its path has become.

    Args:
        path: of the folder, absolute, without links.

    Raises:
        OSError: there is no such folder; ELOOP where a name in it is a link.
    """
    folder = _folder(path, make=False)
    try:
        name = Path("/proc/self/fd", str(folder))
        yield name if name.exists() else path
    finally:
        os.close(folder)


def _folder(path: Path, *, make: bool) -> int:
    try:
        return open_real(path, _FOLDER)
    except FileNotFoundError:
        if not make:
            raise
    if len(path.parts) > _DEEPEST:  # nobody means it, and few programs could take it away again
        raise _problem(errno.ENAMETOOLONG, os.fspath(path))
    return open_by_names(os.fspath(path), _FOLDER, 0, make=True)


@cache
def _opener() -> _Open:
    """In one call where the kernel has it, else name by name."""
    if sys.platform != "linux" or os.uname().machine == "alpha":
        return open_by_names
    call = _openat2()
    try:
        os.close(call("/", _FOLDER, 0))
    except OSError as error:
        if error.errno in _UNKNOWN_CALL:
            return open_by_names
        raise
    return call


def _openat2() -> _Open:
    import ctypes  # late: it takes time to load, and is of use only with the first file

    class How(ctypes.Structure):
        _fields_ = (
            ("flags", ctypes.c_uint64),
            ("mode", ctypes.c_uint64),
            ("resolve", ctypes.c_uint64),
        )

    library = ctypes.CDLL(None, use_errno=True)
    top = os.open("/", _FOLDER)  # stays open as long as the program runs

    def call(path: str, flags: int, mode: int) -> int:
        name = os.fsencode(path.lstrip("/") or ".")
        if b"\0" in name:
            raise ValueError("embedded null byte")
        # A mode without O_CREAT is an error to this call.
        how = How(flags, mode if flags & os.O_CREAT else 0, _NO_LINKS)
        while True:
            found = library.syscall(
                _OPENAT2, top, ctypes.c_char_p(name), ctypes.byref(how), ctypes.sizeof(how)
            )
            if found >= 0:
                return int(found)
            code = ctypes.get_errno()
            if code != errno.EINTR:
                raise _problem(code, path)

    return call


def open_by_names(path: str, flags: int, mode: int, *, make: bool = False) -> int:
    """Open what a path names, name by name from the top on, as where one call cannot do it.

    Args:
        path: absolute, without links.
        flags: as of `os.open`.
        mode: of a file that is made, before the umask.
        make: whether all of the path are folders, and are made where they are missing.

    Raises:
        OSError: it cannot be opened; ELOOP where a name in it is a link.
    """
    *names, last = [name for name in path.split("/") if name] or ["."]
    here = os.open("/", _FOLDER)
    try:
        for name in names:
            here, before = _entered(here, name, path, make=make), here
            os.close(before)
        if make:
            with suppress(FileExistsError):
                os.mkdir(last, dir_fd=here)
        return _step(last, flags, mode, here, path)
    finally:
        os.close(here)


def _entered(here: int, name: str, path: str, *, make: bool) -> int:
    try:
        return _step(name, _FOLDER, 0, here, path)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=here)
    return _step(name, _FOLDER, 0, here, path)


def _step(name: str, flags: int, mode: int, here: int, path: str) -> int:
    """Open one name in a folder that is open."""
    try:
        return os.open(name, flags | os.O_NOFOLLOW, mode, dir_fd=here)
    except OSError as error:
        code = error.errno or 0
        if code in (errno.ENOTDIR, errno.EMLINK) and _is_link(name, here):
            code = errno.ELOOP  # as kernels say it that look for the folder first
        raise _problem(code, path) from None


def _is_link(name: str, here: int) -> bool:
    try:
        os.readlink(name, dir_fd=here)
    except OSError:
        return False
    return True


def _problem(code: int, path: str) -> OSError:
    words = "A link is where none was" if code == errno.ELOOP else os.strerror(code)
    return OSError(code, words, path)

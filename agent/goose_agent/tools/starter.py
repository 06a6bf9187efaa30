"""Starts programs so that they adopt the orphans of all that they start.

A daemon whose parent has ended, which has left the session and cleared its environment, leaves
nothing to know it by. Linux can give orphans to an ancestor instead of to `init`: then parents lead
to every process of a command for as long as its first one lives. That must be asked for from within
the process, and stays in force when another program takes its place: so a helper asks, and becomes
the program. The helper takes longer to start than most commands run, so the next one is started
while a command runs, and waits to be told what to become.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from anyio import CancelScope, to_thread
from msgspec import Struct

__all__ = ["Started", "Starter", "start"]

_HELPER = """\
import _signal, os, sys
try:
    import ctypes
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
except (ImportError, OSError, AttributeError):
    pass
told = b""
while piece := os.read(0, 65536):
    told += piece
if told:
    status = int(sys.argv[1])
    folder, count, *words = told.split(b"\\0")
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
    try:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.set_inheritable(status, False)
        environ = dict(word.split(b"=", 1) for word in words[int(count):])
        os.execve(words[0], words[:int(count)], environ)
    except OSError as error:
        os.write(status, str(error.errno).encode())
os._exit(127)
"""
"""36 is PR_SET_CHILD_SUBREAPER. Python ignores two signals: the program is not to. A helper, for what
runs between fork and exec in a process with threads may wait for ever for a lock that nobody holds
any more."""


_NEEDED = ("LD_LIBRARY_PATH",)
"""Variables without which Python may not start; no other is any business of what runs here."""


class Started(Struct, frozen=True):
    """A program that runs."""

    process: subprocess.Popen[bytes]
    output: int
    """A descriptor with its standard output and error: one stream, so that their order is kept."""


class _Helper(Struct, frozen=True):
    """A process that waits to be told which program to become."""

    process: subprocess.Popen[bytes]
    output: int
    status: BinaryIO
    """Ends once it has become the program; else the system's number for why it could not."""

    def become(self, told: bytes) -> Started:
        """Let it become a program. Blocks, for about a millisecond.

        Raises:
            OSError: it cannot.
        """
        try:
            with self._words:
                self._words.write(told)
            if failure := self.status.read():
                raise OSError(int(failure), os.strerror(int(failure)))
        except BaseException:
            self.end()
            raise
        self.status.close()
        return Started(self.process, self.output)

    def end(self) -> None:
        """Let go of one that is not needed any more."""
        self.process.kill()
        self.process.wait()
        with suppress(BrokenPipeError):
            self._words.close()
        self.status.close()
        os.close(self.output)

    @property
    def _words(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin


class _Spare:
    """The helper that waits for the next program; made in a thread that nobody has to wait for."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # the end of a starter may come within it
        self._helper: _Helper | None = None
        self._making = False
        self._closed = False

    @property
    def wanted(self) -> bool:
        """Whether one is to be made."""
        return self._helper is None and not self._making and not self._closed

    def make(self, program: str) -> None:
        """Make one, if it is wanted. Blocks.

        Raises:
            OSError: it cannot be made.
        """
        with self._lock:
            if not self.wanted:
                return
            self._making = True
        helper = None
        try:
            helper = _make(program)
        finally:
            with self._lock:
                self._making = False
                if not self._closed:
                    self._helper, helper = helper, None
            if helper is not None:
                helper.end()

    def take(self) -> _Helper | None:
        """The one that waits, if there is one."""
        with self._lock:
            helper, self._helper = self._helper, None
        return helper

    def close(self) -> None:
        """Let go of it, and want no other."""
        with self._lock:
            self._closed = True
        if helper := self.take():
            helper.end()


class Starter:
    """Starts the programs of a session.

    Args:
        program: a Python that runs the helper; empty to do without, where nothing can adopt.
    """

    def __init__(self, program: str | None = None) -> None:
        self._program = _helper_program() if program is None else program
        self._spare = _Spare()
        self._let_go = weakref.finalize(self, self._spare.close)

    async def start(
        self, program: Sequence[str], folder: Path, environ: Mapping[str, str]
    ) -> Started:
        """Start a program in a session of its own, without a terminal and without input.

        Args:
            program: its absolute path, and its arguments.
            folder: where it runs.
            environ: its whole environment.

        Raises:
            OSError: it cannot be started.
        """
        if not self._program:
            return start(program, folder, environ)
        pairs = (f"{name}={value}" for name, value in environ.items())
        told = [str(folder), str(len(program)), *program, *pairs]
        spare = self._spare.take()
        data = b"\0".join(map(os.fsencode, told))
        with CancelScope(shield=True):  # whoever is stopped now must know what was started
            started = await to_thread.run_sync(_become, spare, self._program, data)
        return started  # noqa: RET504 (a scope might swallow, for all the type checker knows)

    async def prepare(self) -> None:
        """Have a helper ready for the next program; it will be, too, if this is cancelled."""
        if self._program and self._spare.wanted:
            await to_thread.run_sync(self._spare.make, self._program, abandon_on_cancel=True)

    def close(self) -> None:
        """Let go of the helper that waits."""
        self._let_go()


def start(program: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Started:
    """Start a program without a helper; see `Starter.start`.

    Raises:
        OSError: it cannot be started.
    """
    # A session of its own means no terminal: a program that asks for a password fails at once.
    with _pipe() as (output, its_end):
        process = subprocess.Popen(
            program,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=its_end,
            stderr=its_end,
            start_new_session=True,
        )
    return Started(process, output)


def _make(program: str) -> _Helper:
    with _pipe() as (output, its_end), _pipe() as (status, its_status):
        process = subprocess.Popen(
            (program, "-I", "-S", "-c", _HELPER, str(its_status)),
            cwd="/",
            env={name: os.environ[name] for name in _NEEDED if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=its_end,
            stderr=its_end,
            pass_fds=(its_status,),
            start_new_session=True,
        )
    return _Helper(process, output, os.fdopen(status, "rb"))


def _become(spare: _Helper | None, program: str, told: bytes) -> Started:
    if spare is not None and spare.process.poll() is not None:  # somebody has killed it
        spare.end()
        spare = None
    return (spare or _make(program)).become(told)


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """A pipe whose second end is a child's: it is closed here in the end."""
    ours, its = os.pipe()
    try:
        yield ours, its
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(its)


def _helper_program() -> str:
    frozen = hasattr(sys, "frozen")
    return sys.executable if sys.platform == "linux" and not frozen else ""

"""The real program in a real terminal that can go away."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

__all__ = ["PATIENCE", "PtyChild"]

PATIENCE = 30.0
"""Seconds after which a test gives up waiting."""
_COMMAND = str(Path(sys.executable).with_name("goose-tui"))


class PtyChild:
    """The program, as the leader of a session of its own.

    Args:
        folder: where it runs.
        environ: of its environment, besides what a terminal has.
        arguments: of its command line.
        controlled: whether the terminal controls it: then it gets SIGHUP when that goes away.
    """

    def __init__(
        self, folder: Path, environ: Mapping[str, str], *arguments: str, controlled: bool
    ) -> None:
        self.master, slave = pty.openpty()
        self.seen = b""
        self.process = subprocess.Popen(
            [_COMMAND, *arguments],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                **environ,
            },
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_control if controlled else None,
        )
        os.close(slave)

    def sees(self, words: bytes) -> None:
        """Read until the words were written; what was read before them does not count again."""
        assert self.may_see(words, PATIENCE), self.seen[-2000:]
        self.seen = self.seen.partition(words)[2]

    def may_see(self, words: bytes, seconds: float) -> bool:
        """Read until the words were written, or so long; tells whether they were."""
        end = time.monotonic() + seconds
        while words not in self.seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                return False
            self.seen += os.read(self.master, 65536)
        return True

    def types(self, text: str) -> None:
        """Press keys."""
        os.write(self.master, text.encode())

    def lose_terminal(self) -> None:
        """Close the only other end."""
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        """End what has not ended."""
        self.process.kill()
        self.process.wait(PATIENCE)
        if self.master >= 0:
            self.lose_terminal()


def _take_control() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)

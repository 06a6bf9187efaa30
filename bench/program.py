"""Runs a program on a terminal of our own, and tells when something was drawn on it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

__all__ = ["COMMAND", "TOOK_KEYS", "Program", "environ_in"]

COMMAND = str(Path(sys.executable).with_name("goose-tui"))

TOOK_KEYS = re.compile(rb"\x1b\[\?1004h")
"""Textual reads the keys from here on."""

_SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"
    rb"|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)"
    rb"|\x1b[ -/]*[0-Z\\^-~]"
    rb"|[\x00-\x1f]"
)
_ANSWERS = (
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
    (re.compile(rb"\x1b\[\?2048\$p"), b"\x1b[?2048;0$y"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[c"), b"\x1b[?62;22c"),
)


_OVERLAP = 4096
"""Bytes in which a text that came in pieces is found, with all that styles it."""
_PATIENCE = 10.0
"""Seconds that a program has to end when it is asked to."""


class Program:
    """One run.

    Args:
        argv: the program and its arguments.
        environ: its environment.
        folder: where it runs.
        size: columns and rows.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environ: Mapping[str, str],
        folder: str,
        size: tuple[int, int] = (120, 40),
    ) -> None:
        self.written = bytearray()
        """All that it wrote."""
        self.started = perf_counter()
        self._answered = 0
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            try:
                # The size has to be there before the program asks for it.
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
                os.chdir(folder)
                os.execve(argv[0], [*argv], {**environ})
            finally:
                os._exit(127)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._fd, keys.encode())

    def wait(self, seen: Callable[[bytes], bool], since: int = 0, seconds: float = 8) -> float:
        """Read until something was written.

        Args:
            seen: whether these bytes, all from `since` on, have it.
            since: an index into `written`.
            seconds: to wait at most.

        Returns:
            Milliseconds from the start of the program.

        Raises:
            TimeoutError: it did not come.
        """
        end = perf_counter() + seconds
        while not seen(bytes(self.written[since:])):
            left = end - perf_counter()
            if left <= 0 or not self.read(left):
                raise TimeoutError(
                    f"waited in vain; the last of what came: {bytes(self.written[-300:])!r}"
                )
        return (perf_counter() - self.started) * 1000

    def wait_for_words(self, text: str, seconds: float) -> None:
        """Read until a text was drawn in one piece, however much is drawn before.

        Args:
            text: what it is.
            seconds: to wait at most.

        Raises:
            TimeoutError: it did not come.
        """
        shows, end = self.shows(text), perf_counter() + seconds
        since = len(self.written)
        while not shows(bytes(self.written[since:])):
            since = max(since, len(self.written) - _OVERLAP)
            left = end - perf_counter()
            if left <= 0 or not self.read(left):
                raise TimeoutError(f"waited in vain for {text!r}")

    def read(self, seconds: float) -> bool:
        """Read once; tells whether something came."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return False
        self.written += data
        self._answer()
        return bool(data)

    def _answer(self) -> None:
        """Say what a terminal says when it is asked."""
        end = self._answered
        for question, answer in _ANSWERS:
            for found in question.finditer(self.written, self._answered):
                os.write(self._fd, answer)
                end = max(end, found.end())
        # A question may have come in two pieces.
        self._answered = max(end, len(self.written) - 16)

    def settle(self, quiet: float = 0.3, seconds: float = 5) -> None:
        """Read until nothing came for a while."""
        end = perf_counter() + seconds
        while perf_counter() < end and self.read(quiet):
            pass

    def memory(self, *, peak: bool) -> int:
        """Bytes of memory that it has now, or had at most since `forget_peak`."""
        name = "VmHWM:" if peak else "VmRSS:"
        lines = Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8").splitlines()
        (line,) = (line for line in lines if line.startswith(name))
        return int(line.split()[1]) * 1024

    def forget_peak(self) -> None:
        """Begin anew with the most memory that it had."""
        Path(f"/proc/{self._pid}/clear_refs").write_text("5", encoding="ascii")

    def leave(self) -> None:
        """Ask it to end, and wait until it has: it may write until then."""
        os.kill(self._pid, signal.SIGTERM)
        self.settle(quiet=_PATIENCE, seconds=_PATIENCE)
        self.end()

    def end(self) -> None:
        """End it at once."""
        os.kill(self._pid, signal.SIGKILL)
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    @staticmethod
    def ink(data: bytes) -> int:
        """How many cells were written that are not blank."""
        return len(_SEQUENCE.sub(b"", data).decode("utf-8", "ignore").replace(" ", ""))

    @staticmethod
    def shows(text: str) -> Callable[[bytes], bool]:
        """Whether bytes draw a text in one piece."""
        wanted = text.encode()
        return lambda data: wanted in _SEQUENCE.sub(b"", data)


def environ_in(home: str) -> dict[str, str]:
    """An environment in which nothing of the person's own is found.

    Args:
        home: a folder for all that is written.
    """
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "GOOSE_TUI_HOME": f"{home}/goose",
        "GOOSE_TUI_LOW_BANDWIDTH": "0",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "OPENAI_API_KEY": "none",
    }

"""Taking the terminal for the whole screen, and giving it back on every way out.

One process has one terminal, so what was changed about it is kept here, once, for whoever ends the
program: a return, a crash, a signal.
"""

from __future__ import annotations

import os
import sys
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

__all__ = [
    "abandon_terminal",
    "cooked",
    "is_taken",
    "on_every_way_out",
    "restore_terminal",
    "take_terminal",
    "terminal_entered",
    "terminal_left",
]

_TAKE = (
    b"\x1b[22;0t"  # keep the window's title
    b"\x1b[?1049h"  # alternate screen
    b"\x1b[?2004h"  # pastes come between brackets
    b"\x1b[?7l"  # no line wrap
)
_LEAVE = (
    b"\x1b[?2026l"  # no frame is held back
    b"\x1b[r"  # the whole screen scrolls
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # no mouse
    b"\x1b[?1004l"  # no focus reports
    b"\x1b[?2048l"  # no size reports
    b"\x1b[?2004l"  # pastes without brackets
    b"\x1b[?7h"  # line wrap
    b"\x1b[<u"  # the keyboard as it was; each screen has its own
    b"\x1b[0m"
    b"\x1b[?1049l"  # the main screen
)
_AFTER = (
    b"\x1b[0m"
    b"\x1b[?25h"  # the cursor
    b"\x1b[0 q"  # in its own shape
    b"\x1b[23;0t"  # the title as it was
)

_PATIENCE = 3.0
"""Seconds that a program told to end may take to close what it has open."""

_LFLAG, _IFLAG, _CC = 3, 0, 6


class _Taken:
    """What there is to undo."""

    def __init__(self) -> None:
        self.out = -1
        self.attributes: tuple[int, list[Any]] | None = None
        self.screen = False


_taken = _Taken()


def take_terminal(fd_in: int, fd_out: int) -> None:
    """Read key by key without echo, and switch to the alternate screen.

    Args:
        fd_in: where keys come from.
        fd_out: where the terminal reads.
    """
    before = termios.tcgetattr(fd_in)
    raw = termios.tcgetattr(fd_in)
    raw[_LFLAG] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    raw[_IFLAG] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    raw[_CC] = [*raw[_CC]]
    raw[_CC][termios.VMIN] = 1
    raw[_CC][termios.VTIME] = 0
    _taken.attributes = (fd_in, before)
    _taken.out = fd_out
    _taken.screen = True
    termios.tcsetattr(fd_in, termios.TCSANOW, raw)
    _write(fd_out, _TAKE)


def cooked() -> None:
    """Give the line discipline back what it had, but leave the screen as it is."""
    if _taken.attributes is not None:
        fd, before = _taken.attributes
        try:  # noqa: SIM105 (contextlib takes longer to import than all of this)
            termios.tcsetattr(fd, termios.TCSANOW, before)
        except termios.error:
            pass  # the terminal has gone: nothing is left to restore


def is_taken() -> bool:
    """Whether the alternate screen is ours to draw on."""
    return _taken.out >= 0 and _taken.screen


def terminal_left() -> None:
    """Note that somebody else has switched back to the main screen."""
    _taken.screen = False


def terminal_entered() -> None:
    """Note that somebody else has switched to the alternate screen."""
    _taken.screen = True


def restore_terminal() -> None:
    """Undo all that was done to the terminal; does nothing the second time.

    Call it before the first word is printed after the screen: leaving the alternate screen moves
    the cursor back to where the program was started.
    """
    out, _taken.out = _taken.out, -1
    if out < 0:
        return
    cooked()
    _taken.attributes = None
    _write(out, (_LEAVE if _taken.screen else b"") + _AFTER)
    _taken.screen = False


def abandon_terminal() -> None:
    """Give the terminal back and have nothing to do with it any more, though the program goes on."""
    restore_terminal()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def on_every_way_out() -> None:
    """Restore the terminal on a crash, on SIGTERM and on SIGHUP.

    A signal ends the program as an exception does, so that whatever is open is closed; a program
    that has not ended after some seconds is ended.
    """
    import signal  # costs more than drawing the first frame

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    if sys.excepthook is not _crashed:
        _crashed.before = sys.excepthook
        sys.excepthook = _crashed


class _Crash:
    """An exception hook that gives the terminal back before the trace is printed."""

    def __init__(self) -> None:
        self.before = sys.__excepthook__

    def __call__(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        restore_terminal()
        self.before(kind, error, trace)


_crashed = _Crash()


def _end(number: int, frame: FrameType | None) -> None:
    import signal
    import threading

    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    restore_terminal()
    status = 128 + number
    last_resort = threading.Timer(_PATIENCE, os._exit, (status,))
    last_resort.daemon = True
    last_resort.start()
    raise SystemExit(status)


def _write(fd: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError:
        pass  # the terminal has gone

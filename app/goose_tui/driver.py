"""Textual's driver, for a terminal that the first frame has taken already.

Textual starts by clearing the screen and reading the keys, and has something to show a tenth of a
second later. Here the first frame stays, and goes on taking keys, until Textual's own first frame is
made: that is written over it, and what was typed is handed over in the same moment.

A terminal may go away without a signal, where it is not the one that controls the program. Its keys
then come to an end, and that is told; Textual itself would read that end again and again.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, SelectSelector
from typing import IO, ClassVar

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from goose_tui.first_frame import FirstFrame, Typed
from goose_tui.frame_differ import FrameDiffer
from goose_tui.terminal_modes import cooked, terminal_entered, terminal_left

__all__ = ["TerminalDriver", "driver_after"]

_BYTES = 4096
"""That are read at once."""
_LOOK = 0.1
"""Seconds between looks at what else there is to do than to wait for keys."""
_ALTERNATE = "\x1b[?1049h"
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.")


class _Beginning:
    """The state until there is a frame of Textual's."""

    def __init__(
        self, first: FirstFrame, deliver: Callable[[Typed], None], gone: Callable[[], None]
    ) -> None:
        self.first = first
        self.deliver = deliver
        self.gone = gone
        self.over = threading.Event()
        self.held: list[str] = []
        self.rest = b""


class _Lasting:
    """A terminal's file that can be written to when the terminal has gone.

    The thread that writes would end otherwise, and the event loop wait for it for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self.fileno = file.fileno
        self._file = file

    def write(self, text: str) -> None:
        """Write, to nobody if need be."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Write what is held."""
        with suppress(OSError):
            self._file.flush()


class TerminalDriver(LinuxDriver):
    """Holds back what Textual writes, modes and blank frames, until there is something to be seen.

    From then on it sends what has changed from frame to frame.
    """

    beginning: ClassVar[_Beginning]

    def start_application_mode(self) -> None:
        """Start, or go on after a pause; only the first time there is a frame to go on from."""
        terminal_entered()
        self._differ = FrameDiffer()
        if not self.beginning.over.is_set():
            # Textual restores in the end what it finds now.
            cooked()
        assert sys.__stderr__ is not None
        self._screen = sys.__stderr__.fileno()
        self._file = _Lasting(sys.__stderr__)  # type: ignore[assignment] # all that its thread uses
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual left it untyped

    def write(self, data: str) -> None:
        """Write, once there is a frame."""
        if self.beginning.over.is_set():
            self._send(data)
        elif _SEQUENCE.sub("", data).strip():
            self._take_over(data)
        else:
            self.beginning.held.append(data)

    def stop_application_mode(self) -> None:
        """Leave the screen to the shell."""
        if not self.beginning.over.is_set():
            self._take_over("")
        super().stop_application_mode()
        terminal_left()

    def _take_over(self, frame: str) -> None:
        beginning = self.beginning
        typed = beginning.first.hand_over(cook=False)
        beginning.rest = typed.rest
        self._app.call_later(beginning.deliver, typed)
        beginning.over.set()
        for data in (*beginning.held, frame):
            self._send(data.replace(_ALTERNATE, ""))

    def forget_screen(self) -> None:
        """Send the next frames whole: the terminal may show something else than it was sent."""
        self._differ.forget()

    def _send(self, data: str) -> None:
        if sent := self._differ.encode(data, self._cells()):
            super().write(sent)

    def _cells(self) -> tuple[int, int]:
        """The size of the terminal, which may be ahead of what Textual knows."""
        try:
            return os.get_terminal_size(self._screen)
        except OSError:
            return 0, 0  # the terminal has gone

    def run_input_thread(self) -> None:
        """Read keys: those that the first frame did not understand, then the terminal's."""
        self.beginning.over.wait()
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        data, self.beginning.rest = self.beginning.rest, b""
        with SelectSelector() as selector:
            selector.register(self.fileno, EVENT_READ)
            while True:
                if text := decode(data):  # nothing would be the end of all keys
                    for event in parser.feed(text):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
                if self.exit_event.is_set():
                    return
                data = b""
                if selector.select(_LOOK):
                    data = self._read()
                    if not data:
                        self.beginning.gone()
                        return

    def _read(self) -> bytes:
        """What the terminal sent; nothing where there is no terminal any more."""
        try:
            return os.read(self.fileno, _BYTES)
        except OSError:
            return b""


def driver_after(
    first: FirstFrame, deliver: Callable[[Typed], None], gone: Callable[[], None]
) -> type[LinuxDriver]:
    """A driver that goes on from the first frame.

    Args:
        first: on the screen, taking keys.
        deliver: called in the app's own task with what was typed, before any later key arrives.
        gone: called in another thread when the terminal has gone away.
    """

    class Driver(TerminalDriver):
        """For this frame."""

        beginning = _Beginning(first, deliver, gone)

    return Driver

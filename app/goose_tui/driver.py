"""Textual's driver, for a terminal that the first frame has taken already.

Textual starts by clearing the screen and reading the keys, and has something to show a tenth of a
second later. Here the first frame stays, and goes on taking keys, until Textual's own first frame is
made: that is written over it, and what was typed is handed over in the same moment.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import ClassVar

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from goose_tui.first_frame import FirstFrame, Typed
from goose_tui.terminal_modes import cooked, terminal_entered, terminal_left

__all__ = ["driver_after"]

_ALTERNATE = "\x1b[?1049h"
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.")


class _Beginning:
    """The state until there is a frame of Textual's."""

    def __init__(self, first: FirstFrame, deliver: Callable[[Typed], None]) -> None:
        self.first = first
        self.deliver = deliver
        self.over = threading.Event()
        self.held: list[str] = []
        self.rest = b""


class _AfterFirstFrame(LinuxDriver):
    """Holds back what Textual writes, modes and blank frames, until there is something to be seen."""

    beginning: ClassVar[_Beginning]

    def start_application_mode(self) -> None:
        """Start, or go on after a pause; only the first time there is a frame to go on from."""
        terminal_entered()
        if not self.beginning.over.is_set():
            # Textual restores in the end what it finds now.
            cooked()
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual left it untyped

    def write(self, data: str) -> None:
        """Write, once there is a frame."""
        if self.beginning.over.is_set():
            super().write(data)
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
        super().write("".join(beginning.held).replace(_ALTERNATE, "") + frame)

    def run_input_thread(self) -> None:
        """Read keys: those that the first frame did not understand, then the terminal's."""
        self.beginning.over.wait()
        rest, self.beginning.rest = self.beginning.rest, b""
        for event in XTermParser(self._debug).feed(rest.decode("utf-8", "ignore")):
            self.process_message(event)
        super().run_input_thread()


def driver_after(first: FirstFrame, deliver: Callable[[Typed], None]) -> type[LinuxDriver]:
    """A driver that goes on from the first frame.

    Args:
        first: on the screen, taking keys.
        deliver: called in the app's own task with what was typed, before any later key arrives.
    """

    class Driver(_AfterFirstFrame):
        """For this frame."""

        beginning = _Beginning(first, deliver)

    return Driver

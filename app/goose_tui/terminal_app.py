"""The Textual App as far as it has a terminal: colours, signals, clipboard, title, notifications."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from textual import work
from textual.app import App

from goose_agent.evolve import evolve
from goose_tui.app_start import Start
from goose_tui.attention import Attention
from goose_tui.terminal import clipboard_sequence, notification_sequence, title_sequence
from goose_tui.view.session_words import folder_name

if TYPE_CHECKING:
    from goose_agent.config.settings import Notify
    from goose_agent.events import EndReason
    from goose_agent.state.session_state import SessionState
    from goose_tui.theming import Look
    from goose_tui.view.palette import Palette

__all__ = ["LEAVE", "TerminalApp"]

LEAVE = 4.0
"""Seconds the engine has to close its sessions."""


class TerminalApp(App[int]):
    """An App in a terminal of ours; what it shows is the business of those made of it.

    Args:
        start: what to start with.
    """

    CSS_PATH = "screens/workbench.tcss"  # that of the default screen is not read by itself

    call_by: Notify = "auto"
    """How to call a person who looks elsewhere."""

    detach: float = 0.0
    """Seconds for which calls that run may go on after a hang-up."""

    def __init__(self, start: Start) -> None:
        self.start = start  # the style sheet asks for its colours as soon as there is an App
        super().__init__()
        self.register_theme(start.look.theme)
        self.theme = start.look.theme.name  # now, and not when it is mounted: that paints twice
        self._mounted = False
        self._terminal_title = ""
        self._attention = Attention()

    def on_mount(self) -> None:
        """From now on there are signals to heed, and styles to renew."""
        import asyncio

        self._event_loop = asyncio.get_running_loop()
        self._mounted = True
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())

    # Signals

    @work
    async def leave(self, reason: EndReason = "quit", code: int = 0) -> None:
        """End the program in order."""
        self.exit(code)

    def catch_signals(self) -> None:
        """A closed terminal and a polite request to end leave a session that can be resumed."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: self._end(signal.Signals(number)))

    def hang_up(self) -> None:
        """End as where the terminal is closed, said by whatever thread has noticed that."""
        self._end(signal.SIGHUP)

    def _end(self, number: signal.Signals) -> None:
        """Leave as a signal asks for."""
        import threading

        # The event loop itself may hang in a write to a terminal that has gone.
        reason: EndReason = "hangup" if number == signal.SIGHUP else "terminated"
        patience = self.patience(reason) + 2
        last_resort = threading.Timer(patience, os._exit, (128 + number,))
        last_resort.daemon = True
        if not self.is_headless:
            last_resort.start()
        self._event_loop.call_soon_threadsafe(self.leave, reason, 128 + number)

    def patience(self, reason: EndReason) -> float:
        """Seconds that the engine has to close its sessions."""
        return LEAVE + (self.detach if reason == "hangup" else 0.0)

    def _fatal_error(self) -> None:
        """A crash shows where it happened, without the values: those may be secrets."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        trace = Traceback(show_locals=False, width=None)
        rendered = self.console.render(trace, self.console.options)
        self._exit_renderables.append(Segments(rendered))
        self._close_messages_no_wait()

    # Beside the picture

    def put_on_clipboard(self, text: str) -> bool:
        """Put text on the terminal's clipboard; tells whether it takes so much."""
        sequence = clipboard_sequence(text, os.environ)
        if sequence is not None:
            self._tell_terminal(sequence)
        return sequence is not None

    def _tell_terminal(self, sequence: bytes) -> None:
        """Write what is not part of the picture; Textual's own clipboard does it in this way."""
        if self._driver is not None and sequence:
            self._driver.write(sequence.decode())

    def title_terminal(self, state: SessionState) -> None:
        """Let the terminal's title tell what the session is about and how it stands."""
        mark = "◆ " if state.asks else "▸ " if state.working else ""
        title = f"{mark}{state.title or folder_name(state.folder)} – goose"
        if title != self._terminal_title:
            self._terminal_title = title
            self._tell_terminal(title_sequence(title, os.environ))

    def call_back(self, state: SessionState) -> None:
        """Call the person where something waits or has ended, and the terminal lost the focus."""
        words = self._attention.heed(state)
        if words and not self.app_focus:
            self._tell_terminal(notification_sequence(self.call_by, words, os.environ))

    # Looks

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self._forget_screen()
        self.screen.refresh(layout=True)
        self.refresh(layout=True)

    def on_resize(self) -> None:
        """A terminal that was resized has moved its rows in its own way."""
        self._forget_screen()

    def _forget_screen(self) -> None:
        """Let the frames that come now be sent whole."""
        from goose_tui.driver import TerminalDriver  # not before a first frame

        if isinstance(self._driver, TerminalDriver):
            self._driver.forget_screen()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables: style sheets are read before the first theme holds."""
        return dict(self.start.look.theme.variables)

    def refresh_css(self, animate: bool = True) -> None:
        """Let the style sheet have the theme's colours; what is not there yet needs no new styles."""
        if self._mounted:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def use_theme(self, name: str) -> Palette:
        """Draw with another theme from now on; the result is its styles."""
        from goose_tui.theming import load_look

        look = load_look(name)
        self.use_look(look)
        return look.palette

    def use_look(self, look: Look) -> None:
        """Draw with these colours from now on."""
        self.start = evolve(self.start, look=look)
        self.register_theme(look.theme)
        self.theme = look.theme.name

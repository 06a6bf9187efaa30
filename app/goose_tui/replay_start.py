"""From the command line to a replay on the screen, and back to the shell."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from goose_agent.config.places import Places
from goose_agent.errors import UsageError
from goose_agent.replay.bookmarks import Bookmarks
from goose_agent.replay.recording import Recording
from goose_agent.sessions.library import Library
from goose_agent.wire import Fork
from goose_tui import __version__
from goose_tui.app_start import Start
from goose_tui.cli.replay import ReplayArguments, add_arguments, record_path
from goose_tui.screens.replay import ReplayScreen
from goose_tui.terminal_app import TerminalApp

if TYPE_CHECKING:
    from goose_agent.config.settings import Settings
    from goose_agent.wire import Open

__all__ = ["Reading", "ReplayApp", "read_recording", "replay_screen", "run_replay"]

_AGAIN = 2.0
"""Seconds in which a second Ctrl+C quits."""


class Reading(Struct, frozen=True):
    """What was read of a record."""

    recording: Recording
    bookmarks: Bookmarks


def read_recording(path: Path) -> Reading:
    """Read a record and what a person noted about it. Blocks.

    Raises:
        UsageError: there is no such file.
        StoreError: it holds no session.
    """
    recording = Recording.open(path)
    return Reading(recording, Bookmarks(path, recording.session_id))


def replay_screen(read: Reading, start: Start, keys: Mapping[str, str], at: str) -> ReplayScreen:
    """The screen that shows a record.

    Args:
        read: the record.
        start: looks, and how fast the line is.
        keys: the user's own, by id.
        at: where to begin; empty for the end.

    Raises:
        UsageError: there is no such place.
    """
    return ReplayScreen(
        read.recording,
        start.look.palette,
        bookmarks=read.bookmarks,
        at=at,
        keymap=keys,
        low_bandwidth=start.low_bandwidth,
    )


class ReplayApp(TerminalApp):
    """A replay and nothing else: no engine runs.

    Args:
        read: the record.
        start: looks, and how fast the line is.
        keys: the user's own, by id.
        at: where to begin; empty for the end.

    Raises:
        UsageError: there is no such place.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "copy_or_quit", "copy; twice quits", show=False, priority=True)
    ]

    def __init__(self, read: Reading, start: Start, keys: Mapping[str, str], at: str = "") -> None:
        self.replay = replay_screen(read, start, keys, at)
        super().__init__(start)
        self.set_keymap(dict(keys))
        self._asked_to_quit = float("-inf")
        self.onward: tuple[Fork | None, str] | None = None
        """A fork or the session itself, and with which model; None where the person only looked."""

    def get_default_screen(self) -> Screen[None]:
        """The replay lies at the bottom."""
        return self.replay

    def on_mount(self) -> None:
        """Heed signals once it is painted."""
        self.call_after_refresh(self._after_first_paint)

    def _after_first_paint(self) -> None:
        self.start.settled()
        self.catch_signals()

    def on_replay_screen_left(self, event: ReplayScreen.Left) -> None:
        """Esc; or leave, to go on with the session itself: here nothing runs."""
        if event.go_on:
            self._leave_for(None, "")
        else:
            self.exit(0)

    @work(exclusive=True, group="fork")
    async def on_replay_screen_fork_wanted(self, event: ReplayScreen.ForkWanted) -> None:
        """Leave, to go on from an event: here nothing runs and nobody is asked."""
        model = await self.replay.pick_model(None)
        if model is not None:
            self._leave_for(event.fork, model)

    def _leave_for(self, fork: Fork | None, model: str) -> None:
        if not _is_at_home(self.replay.recording):
            self.replay.flash("take it in first: goose-tui sessions import FILE", 6)
            return
        self.onward = fork, model
        self.exit(0)

    def action_copy_or_quit(self) -> None:
        """Ctrl+C."""
        transcript = self.replay.transcript
        text = transcript.selected_text() if transcript is not None else ""
        if text:
            self.put_on_clipboard(text)
            self.replay.flash("copied")
            return
        now = self.start.mono()
        if now - self._asked_to_quit < _AGAIN:
            self.exit(0)
        self._asked_to_quit = now
        self.replay.flash("ctrl+c again quits")


def run_replay(argv: Sequence[str]) -> int:
    """Show a record on the full screen; the result is the exit status.

    Args:
        argv: what follows the command's name.

    Raises:
        SystemExit: the arguments are wrong.
        GooseError: there is no such record, or no such place in it.
    """
    from goose_agent.config.settings import load_settings
    from goose_tui.terminal import wants_low_bandwidth
    from goose_tui.terminal_modes import restore_terminal
    from goose_tui.theming import load_look

    parser = argparse.ArgumentParser(prog="goose-tui replay", allow_abbrev=False)
    add_arguments(parser)
    arguments = parser.parse_args(argv, namespace=ReplayArguments())
    read = read_recording(record_path(arguments.record))
    places = Places.of(os.environ)
    settings: Settings = load_settings(places.settings, Path.cwd(), os.environ, {}).settings
    start = Start(
        version=__version__,
        open_word=_no_session,
        look=load_look(settings.theme),
        low_bandwidth=wants_low_bandwidth(os.environ),
    )
    try:
        app = ReplayApp(read, start, settings.keys, arguments.at)
        code = app.run() or app.return_code or 0
    finally:
        read.recording.close()
        restore_terminal()
    if app.onward is None:
        return code
    return _go_on(read.recording.session_id, *app.onward)


def _is_at_home(recording: Recording) -> bool:
    """Whether a recording is one of the user's own sessions."""
    path = Library(Places.of(os.environ).sessions).path(recording.session_id)
    return path.exists() and path.samefile(recording.path)


def _go_on(session_id: str, fork: Fork | None, model: str) -> int:
    """Open a session, or a fork of it, on the full screen; the result is the exit status."""
    from goose_agent.clock import World
    from goose_agent.loop.forks import fork_session
    from goose_tui.start import run_workbench

    library = Library(Places.of(os.environ).sessions)
    if fork is not None:
        session_id = fork_session(library, session_id, fork, World())
    return run_workbench(["--resume", session_id, *(("--model", model) if model else ())], None)


def _no_session() -> Open:
    raise UsageError("A replay opens no session.")

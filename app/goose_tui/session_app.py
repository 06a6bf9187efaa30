"""The Textual App as far as it holds a session: start and end, what comes over the bridge, looks."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct
from textual import work
from textual.app import App
from textual.screen import Screen

from goose_agent.evolve import evolve
from goose_tui import dialogs
from goose_tui.attention import Attention
from goose_tui.keys import KEY_SILENCE
from goose_tui.screens.standing import ages, facts
from goose_tui.screens.workbench import WorkbenchScreen
from goose_tui.terminal import clipboard_sequence, notification_sequence, title_sequence
from goose_tui.terminal_modes import restore_terminal
from goose_tui.view.session_words import folder_name
from goose_tui.widgets.welcome import Greeting

if TYPE_CHECKING:
    from goose_agent.commands import Command
    from goose_agent.config.settings import Notify, Settings
    from goose_agent.events import (
        ChangesListed,
        EndReason,
        FilesFound,
        ListedRule,
        ListedTool,
        MessageRefused,
    )
    from goose_agent.state.session_state import SessionState
    from goose_agent.wire import Following, Open, Refused
    from goose_tui.bridge import Bridge, Link, Recent
    from goose_tui.first_frame import Typed
    from goose_tui.model_setup import ModelSetup
    from goose_tui.theming import Look
    from goose_tui.view.palette import Palette

__all__ = ["SessionApp", "Start"]

_LEAVE = 4.0
"""Seconds the engine has to close its sessions."""
_REFUSED = 10.0
"""Seconds for which it is said why a message was not taken."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _nothing() -> None:
    """Do it."""


class Start(Struct, frozen=True):
    """What the workbench starts with.

    Args:
        version: of the program.
        open_word: which session to open; made once the engine's types are loaded.
        prompts: messages to send as soon as the session is open; read at that moment.
        look: colours; the bridge's settings may bring others.
        low_bandwidth: draw less often.
        tour: prepares the tour and says which session to open and what to say first.
        setup: brings a person without a model to one; None to offer only the tour.
        settings: reads what the user set for the screen.
        mono: monotonic seconds, as the engine's clock tells them.
        now: the wall clock, in UTC.
        key_silence: seconds without a key that pass before one answers an approval.
        settled: called when the workbench is painted, and when the first session is on it.
    """

    version: str
    open_word: Callable[[], Open]
    look: Look
    prompts: Sequence[str] = ()
    low_bandwidth: bool = False
    tour: Callable[[], tuple[Open, str]] | None = None
    setup: Callable[[], ModelSetup] | None = None
    settings: Callable[[], Settings] | None = None
    mono: Callable[[], float] = monotonic
    now: Callable[[], datetime] = _utc_now
    key_silence: float = KEY_SILENCE
    settled: Callable[[], None] = _nothing


class SessionApp(App[int]):
    """An App around one engine; what a person may do with it is the business of `GooseApp`.

    Args:
        link: runs the engine.
        start: what to start with.
    """

    CSS_PATH = "screens/workbench.tcss"  # that of the default screen is not read by itself

    bridge: Bridge
    """To the engine; there once the workbench is painted."""

    def __init__(self, link: Link, start: Start) -> None:
        self.start = start  # the style sheet asks for its colours as soon as there is an App
        super().__init__()
        self.register_theme(start.look.theme)
        self.theme = start.look.theme.name  # now, and not when it is mounted: that paints twice
        self._link = link
        self._mounted = False
        self.session_id = ""
        self.refused: Refused | None = None
        self.workbench = WorkbenchScreen(
            start.look.palette,
            low_bandwidth=start.low_bandwidth,
            mono=start.mono,
            key_silence=start.key_silence,
        )
        self._held: list[str] = []
        self._terminal_title = ""
        self._attention = Attention()
        self._notify: Notify = "auto"
        self.keys: Mapping[str, str] = {}
        self._leaving = False
        self._history: list[str] = []
        self._recent: Recent = ()
        self._word: Open | None = None
        """With which the session on the screen was opened."""
        self._renewing = ""
        """The session that another one is about to follow; empty for none."""

    # Start and end

    def deliver(self, typed: Typed) -> None:
        """What was typed into the first frame: the draft, and messages to send."""
        if typed.text:
            self.workbench.composer.draft(typed.text)
        for text in typed.submitted:
            self.submit(text)

    def get_default_screen(self) -> Screen[None]:
        """The workbench lies at the bottom: a screen of Textual's own below it would be painted."""
        return self.workbench

    def on_mount(self) -> None:
        """The engine starts once the workbench is painted."""
        import asyncio

        self._event_loop = asyncio.get_running_loop()
        self._mounted = True
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        self.call_after_refresh(self._after_first_paint)

    def _after_first_paint(self) -> None:
        self.start.settled()
        self._catch_signals()
        self.run_worker(self._run_bridge(), exclusive=False)

    async def _run_bridge(self) -> None:
        import anyio
        from anyio import to_thread

        from goose_tui.bridge import Bridge

        self._gone = anyio.Event()
        self.bridge = Bridge(self._link, self)
        await to_thread.run_sync(import_module, "goose_agent.wire")
        from goose_agent.errors import GooseError
        from goose_agent.wire import Refused

        try:
            if self.start.settings is not None:
                self._use_settings(await to_thread.run_sync(self.start.settings))
            self._open(await to_thread.run_sync(self.start.open_word))
        except GooseError as error:
            self.session_refused(Refused.because(error))
            return
        await self.bridge.run()
        if not self._leaving:
            self.session_refused(
                Refused("EngineGone", "The engine has stopped.", "Go on with goose-tui -c.", 1)
            )

    def _use_settings(self, settings: Settings) -> None:
        """What the user set for the screen."""
        self.keys = settings.keys
        self._notify = settings.notify
        self.set_keymap(dict(settings.keys))
        self.workbench.composer.set_keymap(settings.keys)
        if settings.theme and settings.theme != self.start.look.name:
            self.use_theme(settings.theme)
        if settings.bandwidth != "auto":
            self.workbench.set_low_bandwidth(settings.bandwidth == "low")

    def _catch_signals(self) -> None:
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
        last_resort = threading.Timer(_LEAVE + 2, os._exit, (128 + number,))
        last_resort.daemon = True
        if not self.is_headless:
            last_resort.start()
        reason: EndReason = "hangup" if number == signal.SIGHUP else "terminated"
        self._event_loop.call_soon_threadsafe(self.leave, reason, 128 + number)

    @work
    async def leave(self, reason: EndReason = "quit", code: int = 0) -> None:
        """Close the session in order, then end the program."""
        if self._leaving:
            return
        self._leaving = True
        from anyio import move_on_after

        from goose_agent.commands import Close

        if self.session_id:
            self.bridge.tell(self.session_id, Close(reason))
            with move_on_after(_LEAVE):
                await self._gone.wait()
        if reason == "hangup" and not self.is_headless:
            # Textual would wait for a terminal that takes no more.
            restore_terminal()
            os._exit(code)
        self.exit(code)

    def _fatal_error(self) -> None:
        """A crash shows where it happened, without the values: those may be secrets."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        trace = Traceback(show_locals=False, width=None)
        rendered = self.console.render(trace, self.console.options)
        self._exit_renderables.append(Segments(rendered))
        self._close_messages_no_wait()

    # What comes over the bridge

    def session_opened(self, session_id: str, recent: Recent) -> None:
        """Send what was typed before it was open, and show it."""
        if self._leaving:
            from goose_agent.commands import Close

            self.bridge.tell(session_id, Close("quit"))
            return
        first = not self.session_id
        prompts = self.start.prompts if first else ()
        self.session_id = session_id
        self._recent = recent
        if self._renewing:
            self._close_the_former()
        held, self._held = [*prompts, *self._held], []
        for text in held:
            self.submit(text)
        self._title_terminal(self.bridge.sessions[session_id].state)
        self._open_on_screen(session_id, first)

    @work
    async def _open_on_screen(self, session_id: str, first: bool) -> None:
        from anyio import to_thread

        await to_thread.run_sync(_import_views)
        view = self.bridge.sessions[session_id]
        await self.workbench.open_session(view)
        self._history = _said(view.state) + self._history
        self.workbench.composer.set_history(self._history)
        self.session_shown()
        self.session_changed(session_id)
        if first:
            self.start.settled()

    def session_changed(self, session_id: str) -> None:
        """Show what came."""
        if session_id != self.session_id:
            return
        state = self.bridge.sessions[session_id].state
        if not state.records:
            self.workbench.greet(Greeting(facts(state), ages(self._recent, self.start.now())))
        self.workbench.session_changed()
        self._title_terminal(state)
        self._call_back(state)
        if self.following is None:
            dialogs.sync_requests(self, state)
        dialogs.sync_call(self)
        dialogs.sync_queue(self, state)
        dialogs.sync_changes(self, state)

    def session_shown(self) -> None:
        """The session is on the screen."""

    def rules_listed(self, session_id: str, rules: Sequence[ListedRule]) -> None:
        """The rules that are heeded, as somebody asked for them."""

    def tools_listed(self, session_id: str, tools: Sequence[ListedTool]) -> None:
        """The tools of a session's model, as somebody asked for them."""

    def changes_listed(self, session_id: str, listed: ChangesListed) -> None:
        """The files that a session changed, as somebody asked for them."""

    def files_found(self, session_id: str, found: FilesFound) -> None:
        """Files that somebody looked for came."""

    def message_refused(self, session_id: str, refused: MessageRefused) -> None:
        """Give a message back that was not taken, and say why."""
        if session_id != self.session_id:
            return
        composer = self.workbench.composer
        composer.draft("\n".join(filter(None, (refused.text, composer.text))))
        if self._history and self._history[-1] == refused.text:
            self._history.pop()
        self.workbench.flash(f"not sent: {refused.reason} {refused.hint}".rstrip(), _REFUSED)

    def session_refused(self, refused: Refused) -> None:
        """Offer the tour where no model was found; else end with what is wrong."""
        if refused.kind == "NoModel" and not self.session_id and self.start.tour is not None:
            self._onboard(refused)
            return
        if self._concerns_another(refused):
            self._stay(refused)
            return
        self.refused = refused
        self.exit(refused.exit_code)

    def session_gone(self, session_id: str) -> None:
        """It has ended."""
        if session_id == self.session_id:
            self._gone.set()
        else:
            self.bridge.sessions.pop(session_id, None)  # it is on record, and may be long

    @work
    async def _onboard(self, refused: Refused) -> None:
        from anyio import to_thread

        from goose_tui.screens.onboarding import Chosen, OnboardingScreen

        setup = self.start.setup() if self.start.setup is not None else None
        screen = OnboardingScreen(
            refused.message, refused.hint, self.start.look.palette, setup=setup
        )
        way = await self.push_screen_wait(screen)
        if isinstance(way, Chosen):
            opening = await to_thread.run_sync(self.start.open_word)
            self._open(evolve(opening, model=way.model))
            return
        if way != "tour" or self.start.tour is None:
            self.refused = refused
            self.exit(refused.exit_code)
            return
        word, prompt = await to_thread.run_sync(self.start.tour)
        self._held.insert(0, prompt)
        self._open(word)

    def _open(self, word: Open) -> None:
        self._word = word
        self.bridge.open(evolve(word, follow=True))

    def start_anew(self) -> None:
        """Open a new session like this one in its folder; this one is closed once that is open."""
        state = self.state
        if state is None or self._word is None or self._renewing:
            return
        self._renewing = self.session_id
        self._open(
            evolve(
                self._word,
                folder=state.folder,
                add_dirs=tuple(root for root in state.roots if root != state.folder),
                resume="",
                continue_last=False,
                model=state.model,
                mode=state.mode,
                stepping=state.stepping,
            )
        )

    def go_over(self, session_id: str) -> None:
        """Open a session of the past; the one on the screen is closed once that is open."""
        state = self.state
        if state is None or self._word is None or self._renewing or session_id == self.session_id:
            return
        if state.working and not state.waits and self.following is None:
            self.workbench.flash("the agent is at work here: interrupt it first", 4)
            return
        self._renewing = self.session_id
        self._open(
            evolve(
                self._word,
                folder=state.folder,
                add_dirs=(),
                resume=session_id,
                continue_last=False,
                profile="",
                model="",
                mode=None,
                effort=None,
                stepping=False,
            )
        )

    def _close_the_former(self) -> None:
        from goose_agent.commands import Close

        former, self._renewing = self._renewing, ""
        self.bridge.tell(former, Close("quit"))
        if self.bridge.sessions[former].state.records:
            self.workbench.flash(f"the session before: goose-tui --resume {former}", 8)

    def _concerns_another(self, refused: Refused) -> bool:
        """Whether a refusal is about a session that is to follow, or was there before."""
        if not self.session_id or refused.kind == "EngineGone":
            return False
        return refused.session_id != self.session_id and bool(refused.session_id or self._renewing)

    def _stay(self, refused: Refused) -> None:
        """Say what is wrong; the session on the screen goes on."""
        self._renewing = ""
        self.workbench.flash(f"{refused.message} {refused.hint}".rstrip(), 6)
        held, self._held = self._held, []
        if held:
            self.workbench.composer.draft("\n".join(held))

    # The session on the screen

    def tell(self, command: Command) -> None:
        """Give the session on the screen a command; where it is only read along few are heeded."""
        from goose_agent.commands import FetchBlob, Submit, TakeOver

        if not self.session_id:
            return
        if self.following is not None and not isinstance(command, FetchBlob | Submit | TakeOver):
            self.workbench.flash("this session is only read along", 4)
            return
        self.bridge.tell(self.session_id, command)

    @property
    def state(self) -> SessionState | None:
        """The session on the screen; None until it is open."""
        return self.bridge.sessions[self.session_id].state if self.session_id else None

    @property
    def following(self) -> Following | None:
        """Why the session on the screen is only read along; None where it is written here."""
        return self.bridge.sessions[self.session_id].following if self.session_id else None

    def submit(self, text: str) -> None:
        """Send a message, as soon as there is a session."""
        from goose_agent.commands import Submit

        if not self.session_id or self._renewing:
            self._held.append(text)
            self.workbench.flash("sends when ready")
            return
        self._history.append(text)
        self.tell(Submit(text))

    def copy(self, text: str) -> None:
        """Put text on the terminal's clipboard."""
        if not text:
            return
        sequence = clipboard_sequence(text, os.environ)
        if sequence is None:
            self.workbench.flash("too long for the terminal's clipboard", 4)
            return
        self._tell_terminal(sequence)
        lines = text.count("\n") + 1
        self.workbench.flash(f"copied {lines} line{'s' if lines != 1 else ''}")

    def _tell_terminal(self, sequence: bytes) -> None:
        """Write what is not part of the picture; Textual's own clipboard does it in this way."""
        if self._driver is not None and sequence:
            self._driver.write(sequence.decode())

    def _title_terminal(self, state: SessionState) -> None:
        """Let the terminal's title tell what the session is about and how it stands."""
        mark = "◆ " if state.waits else "▸ " if state.working else ""
        title = f"{mark}{state.title or folder_name(state.folder)} – goose"
        if title != self._terminal_title:
            self._terminal_title = title
            self._tell_terminal(title_sequence(title, os.environ))

    def _call_back(self, state: SessionState) -> None:
        """Call the person where something waits or has ended, and the terminal lost the focus."""
        words = self._attention.heed(state)
        if words and not self.app_focus:
            self._tell_terminal(notification_sequence(self._notify, words, os.environ))

    # Looks

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self.screen.refresh(layout=True)
        self.refresh(layout=True)

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
        self.workbench.set_palette(look.palette)


def _said(state: SessionState) -> list[str]:
    """What the person said in a session."""
    from goose_agent.state.records import UserRecord

    return [record.text for record in state.records if isinstance(record, UserRecord)]


def _import_views() -> None:
    """Load what draws records beside the event loop, which must not stop for it."""
    for name in (
        "transcript.conversation",
        "transcript.tree",
        "view.gauge",
        "dialogs",
        "slash.completing",
        "mentioning",
    ):
        import_module(f"goose_tui.{name}")

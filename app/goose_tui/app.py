"""The Textual App: wiring only. Screens show, the bridge speaks, this joins them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

import anyio
from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from goose_tui import dialogs
from goose_tui.bridge import Bridge, Link, Recent
from goose_tui.keys import KEY_SILENCE, chords
from goose_tui.screens.standing import ages, facts, folder_name
from goose_tui.screens.workbench import WorkbenchScreen
from goose_tui.terminal import clipboard_sequence, title_sequence
from goose_tui.terminal_modes import restore_terminal
from goose_tui.widgets.composer import Composer
from goose_tui.widgets.welcome import Greeting

if TYPE_CHECKING:
    from goose_agent.commands import Command
    from goose_agent.config.settings import Settings
    from goose_agent.events import EndReason, Mode
    from goose_agent.state.session_state import SessionState
    from goose_agent.wire import Open, Refused
    from goose_tui.first_frame import Typed
    from goose_tui.screens.approval import ApprovalFrame, ApprovalScreen
    from goose_tui.screens.asking import AskingScreen
    from goose_tui.screens.question import QuestionScreen
    from goose_tui.theme_file import Theme
    from goose_tui.theming import Look
    from goose_tui.view.palette import Palette
    from goose_tui.widgets.record_messages import SelectionEnded

__all__ = ["GooseApp", "Start"]

_CYCLE: tuple[Mode, ...] = ("approve", "smart", "edits", "plan")
"""Modes that Shift+Tab goes through; `auto` is only for those who name it."""
_AGAIN = 2.0
"""Seconds in which a second Ctrl+C quits."""
_LEAVE = 4.0
"""Seconds the engine has to close its sessions."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Start:
    """What the workbench starts with.

    Args:
        version: of the program.
        open_word: which session to open; made once the engine's types are loaded.
        prompts: messages to send as soon as the session is open; read at that moment.
        look: colours; the bridge's settings may bring others.
        low_bandwidth: draw less often.
        tour: prepares the tour and says which session to open and what to say first.
        settings: reads what the user set for the screen.
        mono: monotonic seconds, as the engine's clock tells them.
        now: the wall clock, in UTC.
        key_silence: seconds without a key that pass before one answers an approval.
    """

    version: str
    open_word: Callable[[], Open]
    look: Look
    prompts: Sequence[str] = ()
    low_bandwidth: bool = False
    tour: Callable[[], tuple[Open, str]] | None = None
    settings: Callable[[], Settings] | None = None
    mono: Callable[[], float] = monotonic
    now: Callable[[], datetime] = _utc_now
    key_silence: float = KEY_SILENCE


class GooseApp(App[int]):
    """The workbench.

    Args:
        link: runs the engine.
        start: what to start with.
    """

    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "app.copy_or_interrupt", "copy or interrupt", show=False, priority=True)
    ]
    CSS_PATH = "screens/workbench.tcss"  # that of the default screen is not read by itself

    def __init__(self, link: Link, start: Start) -> None:
        self.start = start  # the style sheet asks for its colours as soon as there is an App
        super().__init__()
        self.register_theme(start.look.theme)
        self.theme = start.look.theme.name  # now, and not when it is mounted: that paints twice
        self.bridge = Bridge(link, self)
        self.session_id = ""
        self.refused: Refused | None = None
        self.workbench = WorkbenchScreen(
            start.look.palette, low_bandwidth=start.low_bandwidth, mono=start.mono
        )
        self._held: list[str] = []
        self._terminal_title = ""
        self.keys: Mapping[str, str] = {}
        self._asked_to_quit = float("-inf")
        self._leaving = False
        self._gone = anyio.Event()
        self._history: list[str] = []
        self._recent: Recent = ()

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
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())
        self.call_after_refresh(self._after_first_paint)

    def _after_first_paint(self) -> None:
        self._catch_signals()
        self.run_worker(self._run_bridge(), exclusive=False)

    async def _run_bridge(self) -> None:
        from anyio import to_thread

        await to_thread.run_sync(import_module, "goose_agent.wire")
        from goose_agent.errors import GooseError
        from goose_agent.wire import Refused

        try:
            if self.start.settings is not None:
                self._use_settings(await to_thread.run_sync(self.start.settings))
            self.bridge.open(await to_thread.run_sync(self.start.open_word))
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
        self.set_keymap(dict(settings.keys))
        self.workbench.composer.set_keymap(settings.keys)
        if settings.theme and settings.theme != self.start.look.name:
            self.use_theme(settings.theme)
        if settings.bandwidth != "auto":
            self.workbench.set_low_bandwidth(settings.bandwidth == "low")

    def _catch_signals(self) -> None:
        """A closed terminal and a polite request to end leave a session that can be resumed."""
        import asyncio
        import threading

        loop = asyncio.get_running_loop()

        def caught(number: int, frame: object) -> None:
            # The event loop itself may hang in a write to a terminal that has gone.
            last_resort = threading.Timer(_LEAVE + 2, os._exit, (128 + number,))
            last_resort.daemon = True
            if not self.is_headless:
                last_resort.start()
            reason: EndReason = "hangup" if number == signal.SIGHUP else "terminated"
            loop.call_soon_threadsafe(self.leave, reason, 128 + number)

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, caught)

    @work
    async def leave(self, reason: EndReason = "quit", code: int = 0) -> None:
        """Close the session in order, then end the program."""
        if self._leaving:
            return
        self._leaving = True
        from goose_agent.commands import Close

        if self.session_id:
            self.bridge.tell(self.session_id, Close(reason))
            with anyio.move_on_after(_LEAVE):
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
        self.session_id = session_id
        self._recent = recent
        held, self._held = [*self.start.prompts, *self._held], []
        for text in held:
            self.submit(text)
        self._title_terminal(self.bridge.sessions[session_id].state)
        self._open_on_screen(session_id)

    @work
    async def _open_on_screen(self, session_id: str) -> None:
        from anyio import to_thread

        await to_thread.run_sync(_import_views)
        view = self.bridge.sessions[session_id]
        await self.workbench.open_session(view)
        self._history = _said(view.state) + self._history
        self.workbench.composer.set_history(self._history)
        self.session_changed(session_id)

    def session_changed(self, session_id: str) -> None:
        """Show what came."""
        if session_id != self.session_id:
            return
        state = self.bridge.sessions[session_id].state
        if not state.records:
            self.workbench.greet(Greeting(facts(state), ages(self._recent, self.start.now())))
        self.workbench.session_changed()
        self._title_terminal(state)
        dialogs.sync_requests(self, state)
        dialogs.sync_call(self)

    def session_refused(self, refused: Refused) -> None:
        """Offer the tour where no model was found; else end with what is wrong."""
        if refused.kind == "NoModel" and not self.session_id and self.start.tour is not None:
            self._onboard(refused)
            return
        self.refused = refused
        self.exit(refused.exit_code)

    def session_gone(self, session_id: str) -> None:
        """It has ended."""
        if session_id == self.session_id:
            self._gone.set()

    @work
    async def _onboard(self, refused: Refused) -> None:
        from goose_tui.screens.onboarding import OnboardingScreen

        screen = OnboardingScreen(refused.message, refused.hint, self.start.look.palette)
        if await self.push_screen_wait(screen) != "tour" or self.start.tour is None:
            self.refused = refused
            self.exit(refused.exit_code)
            return
        from anyio import to_thread

        word, prompt = await to_thread.run_sync(self.start.tour)
        self._held.insert(0, prompt)
        self.bridge.open(word)

    # What screens and keys ask for

    def tell(self, command: Command) -> None:
        """Give the session on the screen a command."""
        if self.session_id:
            self.bridge.tell(self.session_id, command)

    @property
    def state(self) -> SessionState | None:
        """The session on the screen; None until it is open."""
        view = self.bridge.sessions.get(self.session_id)
        return view.state if view else None

    def submit(self, text: str) -> None:
        """Send a message, or run what it says where it is a slash command."""
        from goose_agent.commands import Submit
        from goose_tui.slash import run_slash

        if not self.session_id:
            self._held.append(text)
            self.workbench.flash("sends when ready")
            return
        if run_slash(self, text):
            return
        self._history.append(text)
        self.tell(Submit(text))

    def on_composer_sent(self, event: Composer.Sent) -> None:
        """Enter."""
        self.submit(event.text)

    def on_composer_emptied(self, event: Composer.Emptied) -> None:
        """Enter on an empty draft: the first queued message goes in at the next pause, or now."""
        from goose_agent.commands import SteerQueued

        state = self.state
        if state is not None and state.queue:
            self.tell(SteerQueued(state.queue[0].message_id))

    def on_composer_left(self, event: Composer.Left) -> None:
        """Ctrl+D on an empty draft."""
        self.leave()

    def on_composer_keys_wanted(self, event: Composer.KeysWanted) -> None:
        """`?` on an empty draft."""
        self.action_show_keys()

    def on_composer_editor_wanted(self, event: Composer.EditorWanted) -> None:
        """Ctrl+G."""
        self.action_open_editor()

    def on_composer_queue_wanted(self, event: Composer.QueueWanted) -> None:
        """Alt+Up: the last queued message comes back into the draft."""
        self.take_back_queued()

    def take_back_queued(self) -> None:
        """Put the last queued message back into the draft."""
        from goose_agent.commands import Unqueue

        state = self.state
        if state is not None and state.queue:
            last = state.queue[-1]
            self.tell(Unqueue(last.message_id))
            composer = self.workbench.composer
            composer.draft("\n".join(filter(None, (last.text, composer.text))))

    def on_approval_screen_answered(self, event: ApprovalScreen.Answered) -> None:
        """A decision about a call; the dialog closes when it is on record."""
        from goose_agent.commands import AnswerRequest
        from goose_agent.events import ApprovalAnswer

        answer = ApprovalAnswer(event.choice, event.reason)
        self.tell(AnswerRequest(event.request_id, answer))

    def on_asking_screen_typed(self, event: AskingScreen.Typed) -> None:
        """A key that came too early to be an answer belongs to the draft."""
        if event.character:
            self.workbench.composer.insert(event.character)
        else:
            self.workbench.composer.action_delete_left()

    def on_approval_frame_placed(self, event: ApprovalFrame.Placed) -> None:
        """What led to the question stays in sight above it."""
        self.workbench.make_room(event.rows)

    def on_approval_screen_behind_scrolled(self, event: ApprovalScreen.BehindScrolled) -> None:
        """Read what led to the question."""
        self.action_scroll_transcript(event.pages)

    def on_question_screen_answered(self, event: QuestionScreen.Answered) -> None:
        """An answer to the model."""
        from goose_agent.commands import AnswerRequest
        from goose_agent.events import QuestionAnswer

        answer = QuestionAnswer(event.text, event.declined)
        self.tell(AnswerRequest(event.request_id, answer))

    def on_workbench_screen_call_wanted(self, event: WorkbenchScreen.CallWanted) -> None:
        """Show a call in full."""
        dialogs.show_call(self, event.call_id)

    def on_record_view_selection_ended(self, event: SelectionEnded) -> None:
        """What was selected with the mouse is copied."""
        self.copy(event.text)

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
        mark = "◆ " if state.pending else "▸ " if state.working else ""
        title = f"{mark}{state.title or folder_name(state.folder)} – goose"
        if title != self._terminal_title:
            self._terminal_title = title
            self._tell_terminal(title_sequence(title, os.environ))

    # Actions of the table of keys

    def action_escape(self) -> None:
        """Esc: close what is open, else interrupt, else go back to the composer."""
        from goose_agent.commands import Interrupt

        workbench = self.workbench
        if workbench.close_popup():
            return
        if self.state is not None and self.state.working:
            self.tell(Interrupt())
            workbench.flash("interrupting", 0.6)
            return
        workbench.composer.focus()

    def action_copy_or_interrupt(self) -> None:
        """Ctrl+C: copy what is selected, else interrupt, and twice quits."""
        from goose_agent.commands import Interrupt

        if text := self._selected():
            self.copy(text)
            return
        now = self.start.mono()
        if now - self._asked_to_quit < _AGAIN:
            self.leave()
            return
        self._asked_to_quit = now
        if self.state is not None and self.state.working:
            self.tell(Interrupt())
        self.workbench.flash("ctrl+c again quits")

    def _selected(self) -> str:
        focused = self.focused
        if isinstance(focused, Composer) and focused.selected_text:
            return focused.selected_text
        transcript = self.workbench.transcript
        return transcript.selected_text() if transcript is not None else ""

    async def action_quit(self) -> None:
        """Leave."""
        self.leave()

    def action_redraw(self) -> None:
        """Ctrl+L."""
        self.screen.refresh(layout=True)
        self.refresh(layout=True)

    def action_cycle_mode(self) -> None:
        """Shift+Tab."""
        state = self.state
        if state is None:
            return
        at = _CYCLE.index(state.mode) + 1 if state.mode in _CYCLE else 0
        self.set_mode(_CYCLE[at % len(_CYCLE)])

    def set_mode(self, mode: Mode) -> None:
        """Let another mode hold."""
        from goose_agent.commands import SetMode

        self.tell(SetMode(mode))

    def action_toggle_folds(self) -> None:
        """Ctrl+O."""
        if self.workbench.transcript is not None:
            self.workbench.transcript.toggle_folds()

    def action_scroll_transcript(self, pages: int) -> None:
        """PgUp and PgDn from the composer."""
        if self.workbench.transcript is not None:
            self.workbench.transcript.scroll_pages(pages)

    def action_search(self) -> None:
        """Ctrl+F."""
        self.workbench.open_search()

    def action_focus_panel(self, name: str) -> None:
        """Ctrl+X and a letter."""
        self.workbench.focus_panel(name)

    def action_zoom(self) -> None:
        """Ctrl+X z."""
        self.workbench.zoom()

    def action_show_keys(self) -> None:
        """F1."""
        from goose_tui.screens.keys_help import KeysScreen

        self.push_screen(KeysScreen(self.keys, self.start.look.palette))

    @work
    async def action_chord(self) -> None:
        """Ctrl+X: another key follows."""
        from goose_tui.screens.chord import ChordScreen

        keys = chords(self.keys)
        action = await self.push_screen_wait(ChordScreen(keys, self.start.look.palette))
        if action:
            await self.run_action(action)

    @work
    async def action_open_editor(self) -> None:
        """Write the draft in $VISUAL or $EDITOR."""
        from goose_tui.editor import edit_text

        composer = self.workbench.composer
        with self.suspend(), self.batch_update():
            text = await edit_text(composer.text)
        self.action_redraw()
        if text is None:
            self.workbench.flash("the editor failed: see $VISUAL and $EDITOR", 5)
        else:
            composer.draft(text)

    @work
    async def action_choose_theme(self) -> None:
        """Pick a theme; each is shown while the cursor is on it."""
        from goose_tui.screens.themes import ThemeRow, ThemesScreen
        from goose_tui.theme_shelf import shelf

        before = self.start.look
        rows = [ThemeRow(theme.name, _kind(theme)) for theme in shelf().themes.values()]
        screen = ThemesScreen(rows, before.name, before.palette, self.use_theme)
        self.use_theme(await self.push_screen_wait(screen) or before.name)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: every key, every mode."""
        from goose_tui.offers import offers

        return offers(self)

    def action_command_palette(self) -> None:
        """Ctrl+P."""
        from goose_tui.screens.palette import PaletteScreen

        if not isinstance(self.screen, PaletteScreen):
            self.push_screen(PaletteScreen(id="--command-palette"))

    # Looks

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables: style sheets are read before the first theme holds."""
        return dict(self.start.look.theme.variables)

    def use_theme(self, name: str) -> Palette:
        """Draw with another theme from now on; the result is its styles."""
        from goose_tui.theming import load_look

        look = load_look(name)
        self.use_look(look)
        return look.palette

    def use_look(self, look: Look) -> None:
        """Draw with these colours from now on."""
        self.start = replace(self.start, look=look)
        self.register_theme(look.theme)
        self.theme = look.theme.name
        self.workbench.set_palette(look.palette)


def _kind(theme: Theme) -> str:
    if theme.ansi:
        return "the terminal's"
    return "dark" if theme.dark else "light"


def _said(state: SessionState) -> list[str]:
    """What the person said in a session."""
    from goose_agent.state.records import UserRecord

    return [record.text for record in state.records if isinstance(record, UserRecord)]


def _import_views() -> None:
    """Load what draws records beside the event loop, which must not stop for it."""
    for name in ("transcript.conversation", "transcript.tree", "view.gauge", "dialogs"):
        import_module(f"goose_tui.{name}")

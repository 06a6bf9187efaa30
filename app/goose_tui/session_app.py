"""The Textual App as far as it holds a session: start and end, and what comes over the bridge."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from goose_agent.evolve import evolve
from goose_tui import dialogs
from goose_tui.app_start import Start
from goose_tui.screens.standing import ages, facts
from goose_tui.screens.workbench import WorkbenchScreen
from goose_tui.terminal_app import TerminalApp
from goose_tui.terminal_modes import abandon_terminal, restore_terminal
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.welcome import Greeting

if TYPE_CHECKING:
    from goose_agent.commands import Command
    from goose_agent.config.settings import Settings
    from goose_agent.events import (
        ChangesListed,
        CompletionsFound,
        EndReason,
        ExtensionSaid,
        ExtensionsListed,
        ExtensionToolTested,
        FilesFound,
        ListedAgent,
        ListedCommand,
        ListedHint,
        ListedProcess,
        ListedRule,
        ListedTool,
        MessageRefused,
        RequestRead,
    )
    from goose_agent.state.session_state import SessionState
    from goose_agent.wire import Following, Fork, Open, Refused
    from goose_tui.bridge import Bridge, Link, Recent
    from goose_tui.first_frame import Typed
    from goose_tui.theming import Look

__all__ = ["SessionApp"]

_REFUSED = 10.0
"""Seconds for which it is said why a message was not taken."""
_DROP = 8.0
"""Seconds for which it is said what it would mean if the connection dropped."""


class SessionApp(TerminalApp):
    """An App around one engine; what a person may do with it is the business of `GooseApp`.

    Args:
        link: runs the engine.
        start: what to start with.
    """

    bridge: Bridge
    """To the engine; there once the workbench is painted."""

    def __init__(self, link: Link, start: Start) -> None:
        super().__init__(start)
        self._link = link
        self.session_id = ""
        self.refused: Refused | None = None
        self.workbench = WorkbenchScreen(
            start.look.palette,
            low_bandwidth=start.low_bandwidth,
            mono=start.mono,
            key_silence=start.key_silence,
        )
        self._held: list[str] = []
        self.keys: Mapping[str, str] = {}
        self._leaving = False
        self._history: list[str] = []
        self._recent: Recent = ()
        self._word: Open | None = None
        """With which the session on the screen was opened."""
        self._renewing = ""
        """The session that another one is about to follow; empty for none."""
        self._drafted = ""
        """What the composer is to hold once that is open."""

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
        super().on_mount()
        self.call_after_refresh(self._after_first_paint)

    def _after_first_paint(self) -> None:
        self.start.settled()
        self.catch_signals()
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
        self.call_by = settings.notify
        self.detach = settings.detach
        self.set_keymap(dict(settings.keys))
        self.workbench.composer.set_keymap(settings.keys)
        self.workbench.set_threshold(settings.compaction.threshold)
        if settings.theme and settings.theme != self.start.look.name:
            self.use_theme(settings.theme)
        if settings.bandwidth != "auto":
            self.workbench.set_low_bandwidth(settings.bandwidth == "low")

    @work
    async def leave(self, reason: EndReason = "quit", code: int = 0) -> None:
        """Close the session in order, then end the program."""
        from anyio import move_on_after

        from goose_agent.commands import Close

        if self._leaving:
            if reason == "terminated" and self.session_id:  # perhaps a call goes on still
                self.bridge.tell(self.session_id, Close(reason))
            return
        self._leaving = True
        if reason == "hangup" and self.detach and not self.is_headless:
            abandon_terminal()
        if self.session_id:
            self.bridge.tell(self.session_id, Close(reason))
            with move_on_after(self.patience(reason)):
                await self._gone.wait()
        if reason == "hangup" and not self.is_headless:
            # Textual would wait for a terminal that takes no more.
            restore_terminal()
            os._exit(code)
        self.exit(code)

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
        if draft := self._drafted:
            self._drafted = ""
            self.workbench.composer.draft(draft)
        held, self._held = [*prompts, *self._held], []
        for text in held:
            self.submit(text)
        self.title_terminal(self.bridge.sessions[session_id].state)
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
            from goose_tui.view.drop_words import drop_words

            self.start.settled()
            if words := drop_words(os.environ, self.detach):
                self.workbench.flash(words, _DROP)

    def session_changed(self, session_id: str) -> None:
        """Show what came."""
        if session_id != self.session_id:
            return
        state = self.bridge.sessions[session_id].state
        if not state.records:
            self.workbench.greet(Greeting(facts(state), ages(self._recent, self.start.now())))
        self.workbench.session_changed()
        self.title_terminal(state)
        self.call_back(state)
        if self.following is None:
            dialogs.sync_requests(self, state)
        dialogs.sync_call(self)
        dialogs.sync_queue(self, state)
        dialogs.sync_changes(self, state)

    def session_shown(self) -> None:
        """The session is on the screen."""

    def rules_listed(self, session_id: str, rules: Sequence[ListedRule]) -> None:
        """The rules that are heeded, as somebody asked for them."""

    def hints_listed(self, session_id: str, hints: Sequence[ListedHint]) -> None:
        """The hint files of a session, as somebody asked for them."""

    def commands_listed(self, session_id: str, commands: Sequence[ListedCommand]) -> None:
        """The commands that people wrote, as somebody asked for them."""

    def processes_listed(self, session_id: str, processes: Sequence[ListedProcess]) -> None:
        """The commands in the background, as somebody asked for them."""

    def extension_said(self, session_id: str, said: ExtensionSaid) -> None:
        """Show for a moment what an extension is busy with."""
        if session_id == self.session_id:
            self.workbench.flash(clean_line(f"{said.extension}: {said.text}"))

    def tools_listed(self, session_id: str, tools: Sequence[ListedTool]) -> None:
        """The tools of a session's model, as somebody asked for them."""

    def extensions_listed(self, session_id: str, listed: ExtensionsListed) -> None:
        """The extensions of a session, as somebody asked for them."""

    def completions_found(self, session_id: str, found: CompletionsFound) -> None:
        """What an argument of a prompt may be, as somebody asked for it."""

    def tool_tested(self, session_id: str, tested: ExtensionToolTested) -> None:
        """What came of a call that a person made to try a tool."""

    def agents_listed(self, session_id: str, agents: Sequence[ListedAgent]) -> None:
        """The agent files of a session, as somebody asked for them."""

    def changes_listed(self, session_id: str, listed: ChangesListed) -> None:
        """The files that a session changed, as somebody asked for them."""

    def request_read(self, session_id: str, read: RequestRead) -> None:
        """A request that was sent, as somebody asked for it."""

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
                fork=None,
                model=state.model,
                models=state.models,
                mode=state.mode,
                effort=state.effort,
                stepping=state.stepping,
            )
        )

    def go_over(self, session_id: str) -> None:
        """Open a session of the past; the one on the screen is closed once that is open."""
        if session_id != self.session_id:
            self._open_past(session_id)

    def fork(
        self, fork: Fork, *, of: str = "", model: str = "", draft: str = "", prompt: str = ""
    ) -> None:
        """Open a fork of a session; the one on the screen is closed once the fork is open.

        Args:
            fork: where, and what is otherwise.
            of: which session; empty for the one on the screen.
            model: who answers there; empty for the same.
            draft: what the composer is to hold then.
            prompt: what is said there at once.
        """
        if self._open_past(of or self.session_id, fork, model):
            self._drafted = draft
            self._held += [prompt] if prompt else []

    def may_leave(self) -> bool:
        """Whether another session can take the place of the one on the screen."""
        state = self.state
        return state is not None and (
            not state.working or state.waits or self.following is not None
        )

    def _open_past(self, session_id: str, fork: Fork | None = None, model: str = "") -> bool:
        """Open a session of the past, or a fork of it; tells whether that can be."""
        state = self.state
        if state is None or self._word is None or self._renewing:
            return False
        if not self.may_leave():
            self.workbench.flash("the agent is at work here: interrupt it first", 4)
            return False
        self._renewing = self.session_id
        self._open(
            evolve(
                self._word,
                folder=state.folder,
                add_dirs=(),
                resume=session_id,
                continue_last=False,
                fork=fork,
                profile="",
                model=model,
                mode=None,
                effort=None,
                stepping=False,
            )
        )
        return True

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
        self._renewing, self._drafted = "", ""
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
        """Put text on the terminal's clipboard, and say so."""
        if not text:
            return
        if not self.put_on_clipboard(text):
            self.workbench.flash("too long for the terminal's clipboard", 4)
            return
        lines = text.count("\n") + 1
        self.workbench.flash(f"copied {lines} line{'s' if lines != 1 else ''}")

    def use_look(self, look: Look) -> None:
        """Draw with these colours from now on."""
        super().use_look(look)
        self.workbench.set_palette(look.palette)


def _said(state: SessionState) -> list[str]:
    """What the person said in a session."""
    from goose_agent.state.records import UserRecord

    return [
        record.text for record in state.records if isinstance(record, UserRecord) and not record.by
    ]


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

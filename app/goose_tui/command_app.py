"""The Textual App as a face for commands: what `/word` may ask of a full screen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from goose_tui.extension_app import ExtensionApp

if TYPE_CHECKING:
    from goose_agent.events import (
        ChangesListed,
        FilesFound,
        ListedAgent,
        ListedCommand,
        ListedHint,
        ListedProcess,
        ListedRule,
        ListedTool,
    )
    from goose_agent.messages import ModelRole
    from goose_agent.providers.model import ModelInfo
    from goose_agent.sessions.library import Library
    from goose_tui.mentioning import Mentioning
    from goose_tui.screens.changes import ChangesScreen
    from goose_tui.screens.hints import HintsScreen
    from goose_tui.screens.queue import QueueScreen
    from goose_tui.screens.rules import RulesScreen
    from goose_tui.screens.sessions import Opening
    from goose_tui.slash.command import Report
    from goose_tui.widgets.follow_bar import FollowBar

__all__ = ["CommandApp"]

_SAID = 4.0
"""Seconds for which a word about a command stays."""


class CommandApp(ExtensionApp):
    """A workbench that commands can be given to."""

    _mentioning: Mentioning | None = None
    """Offers files; None until a session is shown."""
    _known: Sequence[ModelInfo] | None = None
    """The models that were looked up; None while nobody has asked for them."""

    _trust_unasked = False
    """Whether the session on the screen has just been opened."""

    def session_shown(self) -> None:
        """From now on the composer offers commands and files."""
        from goose_agent.commands import ListCommands
        from goose_tui.mentioning import Completers, Mentioning
        from goose_tui.slash.completing import Completing

        self._mentioning = Mentioning(self._look_for_files)
        completers = Completers(Completing(self), self._mentioning)
        self.workbench.composer.complete_with(completers)
        self._trust_unasked = True
        if self.following is None:
            self.tell(ListCommands())

    def _look_for_files(self, query: str) -> None:
        from goose_agent.commands import FindFiles

        self.tell(FindFiles(query))

    def files_found(self, session_id: str, found: FilesFound) -> None:
        """Offer the files that were looked for."""
        if session_id == self.session_id and self._mentioning is not None:
            self._mentioning.found(found)
            self.workbench.composer.refresh_offers()

    def session_changed(self, session_id: str) -> None:
        """Show what came; a folder that is not trusted yet is asked about once."""
        super().session_changed(session_id)
        state = self.state
        if state is None or state.questions or state.trust is None or not self._trust_unasked:
            return
        if self.following is not None:
            return  # whoever writes it is asked
        self._trust_unasked = False
        if state.trust.status == "untrusted":
            self.show_trust()

    def rules_listed(self, session_id: str, rules: Sequence[ListedRule]) -> None:
        """Show the rules that were asked for."""
        from goose_tui.screens.rules import RulesScreen

        shown = next((s for s in self.screen_stack if isinstance(s, RulesScreen)), None)
        if shown is not None:
            shown.show(rules)
        else:
            now = self.start.now()
            self.push_screen(RulesScreen(rules, self.start.look.palette, now))

    def on_rules_screen_revoked(self, event: RulesScreen.Revoked) -> None:
        """A rule is to be taken back; the list comes anew."""
        from goose_agent.commands import RemoveRule

        self.tell(RemoveRule(event.rule_id))

    def hints_listed(self, session_id: str, hints: Sequence[ListedHint]) -> None:
        """Show the hint files that were asked for."""
        from goose_tui.screens.hints import HintsScreen

        shown = next((s for s in self.screen_stack if isinstance(s, HintsScreen)), None)
        if shown is not None:
            shown.show(hints)
        else:
            self.push_screen(HintsScreen(hints, self.start.look.palette))

    def on_hints_screen_switched(self, event: HintsScreen.Switched) -> None:
        """The model is to read a hint file, or not; the list comes anew."""
        from goose_agent.commands import SwitchHints

        self.tell(SwitchHints(event.path, event.on))

    def on_hints_screen_opened(self, event: HintsScreen.Opened) -> None:
        """A hint file is looked at."""
        from goose_agent.state.hints import hints_of
        from goose_tui.screens.text import TextScreen

        read = hints_of(self.state, event.path) if self.state is not None else ()
        if read and read[-1].data.text:
            data = read[-1].data
            self.push_screen(TextScreen(data.name, data.text, self.start.look.palette))

    def show_trust(self) -> None:
        """Ask whether the folder's own files are to count."""
        self._ask_for_trust()

    @work
    async def _ask_for_trust(self) -> None:
        from goose_agent.commands import SetTrust
        from goose_tui.screens.trust import TrustScreen

        trust = self.state.trust if self.state is not None else None
        if trust is None or trust.status == "nothing":
            self.say("no file of this folder would loosen or run anything")
            return
        silence = self.start.key_silence
        screen = TrustScreen(trust, self.start.look.palette, key_silence=silence)
        answer = await self.push_screen_wait(screen)
        if answer is not None:
            self.tell(SetTrust(answer))

    def commands_listed(self, session_id: str, commands: Sequence[ListedCommand]) -> None:
        """Offer the commands that people wrote."""
        self.workbench.composer.refresh_offers()

    def processes_listed(self, session_id: str, processes: Sequence[ListedProcess]) -> None:
        """Show the commands in the background that were asked for."""
        from goose_tui.slash.processes import processes_report

        self.report(processes_report(processes))

    def action_move_to_background(self) -> None:
        """The running command goes on beside the conversation."""
        from goose_tui.slash.table import run_slash

        run_slash(self, "/background")

    @property
    def written_commands(self) -> Sequence[ListedCommand]:
        """The commands and skills that people wrote, as far as the session told of them."""
        return self.bridge.sessions[self.session_id].written if self.session_id else ()

    def tools_listed(self, session_id: str, tools: Sequence[ListedTool]) -> None:
        """Show the tools that were asked for."""
        from goose_tui.slash.facts import tools_report

        self.report(tools_report(tools))

    def agents_listed(self, session_id: str, agents: Sequence[ListedAgent]) -> None:
        """Show the subagents, and the files about some, that were asked for."""
        from goose_tui.slash.agents import agents_report

        if self.state is not None:
            self.report(agents_report(self.state, agents))

    def changes_listed(self, session_id: str, listed: ChangesListed) -> None:
        """Show the changes that were asked for."""
        from goose_tui.screens.changes import ChangesScreen

        if isinstance(self.screen, ChangesScreen):
            self.screen.show(listed)

    def say(self, words: str) -> None:
        """Tell the person something short."""
        self.workbench.flash(words, _SAID)

    def report(self, report: Report) -> None:
        """Show the person several lines."""
        from goose_tui.screens.report import ReportScreen

        self.push_screen(ReportScreen(report, self.start.look.palette))

    def record_file(self, session_id: str) -> Path:
        """Where a session is on record."""
        return self._library().path(session_id)

    def _library(self) -> Library:
        from goose_agent.config.places import Places
        from goose_agent.sessions.library import Library

        return Library(Places.of(os.environ).sessions)

    # Sessions

    @work
    async def action_show_sessions(self) -> None:
        """Show all sessions, and open the one that is chosen."""
        from goose_agent.commands import Rename
        from goose_tui.screens.sessions import SessionsScreen

        screen = SessionsScreen(
            self._library(),
            self.session_id,
            lambda title: self.tell(Rename(title)),
            self.start.look.palette,
            self.start.now(),
        )
        opening = await self.push_screen_wait(screen)
        if opening is not None:
            self.open_on_record(opening)

    def on_follow_bar_taken_over(self, event: FollowBar.TakenOver) -> None:
        """Nobody writes the session any more: it is to go on here."""
        from goose_agent.commands import TakeOver

        self.tell(TakeOver())

    def open_on_record(self, opening: Opening) -> None:
        """Go over to a session that was chosen among all of them."""
        self.go_over(opening.session_id)

    # Models

    def known_models(self) -> Sequence[ModelInfo]:
        """The models that are known without asking; looked up when that is first wanted."""
        if self._known is None:
            self._known = ()
            self._look_models_up()
        return self._known

    @work
    async def _look_models_up(self) -> None:
        from anyio import to_thread

        from goose_agent.errors import ConfigError

        if self.start.setup is None:
            return
        try:
            self._known = await to_thread.run_sync(self.start.setup().known_models)
        except ConfigError as error:
            self.say(str(error))
            return
        self.workbench.composer.refresh_offers()

    @work
    async def choose_model(self, role: ModelRole = "main") -> None:
        """Pick the model that answers from now on, or that is there for another role."""
        from goose_agent.commands import SetModel
        from goose_tui.screens.models import ModelsScreen

        state = self.state
        if state is None:
            return
        setup = self.start.setup() if self.start.setup is not None else None
        current, used = state.model_of(role), state.context.tokens
        screen = ModelsScreen(current, used, setup, self.start.look.palette, role=role)
        name = await self.push_screen_wait(screen)
        if name and name != current:
            self.tell(SetModel(name, role))

    # The queue

    def show_queue(self) -> None:
        """Show what waits."""
        from goose_tui.screens.queue import QueueScreen

        if self.state is not None:
            self.push_screen(QueueScreen(self.state.queue, self.start.look.palette))

    def on_queue_screen_asked(self, event: QueueScreen.Asked) -> None:
        """A message of the queue is edited, dropped or sent soon."""
        from goose_agent.commands import SteerQueued, Unqueue

        item = event.item
        if event.wish == "steer":
            self.tell(SteerQueued(item.message_id))
            return
        self.tell(Unqueue(item.message_id))
        if event.wish == "edit":
            composer = self.workbench.composer
            composer.draft("\n".join(filter(None, (item.text, composer.text))))

    def on_queue_screen_moved(self, event: QueueScreen.Moved) -> None:
        """A message of the queue has another place."""
        from goose_agent.commands import MoveQueued

        self.tell(MoveQueued(event.message_id, event.before))

    # Changed files

    def action_show_changes(self) -> None:
        """Show what this session changed."""
        from goose_tui.screens.changes import ChangesScreen

        if self.state is not None:
            self.push_screen(ChangesScreen(len(self.state.turns), self.start.look.palette))

    def on_changes_screen_wanted(self, event: ChangesScreen.Wanted) -> None:
        """The list is to be made."""
        from goose_agent.commands import ListChanges

        self.tell(ListChanges(event.since))

    def on_changes_screen_taken_back(self, event: ChangesScreen.TakenBack) -> None:
        """A change is undone; the list comes anew after that."""
        from goose_agent.commands import Revert

        self.tell(Revert(event.path, event.since, event.hunks))

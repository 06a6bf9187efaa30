"""The Textual App: what screens ask for and what the keys do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from goose_tui import dialogs
from goose_tui.forking import ForkingApp
from goose_tui.keys import chords
from goose_tui.screens.workbench import WorkbenchScreen
from goose_tui.widgets.composer import Composer

if TYPE_CHECKING:
    from goose_agent.events import Mode
    from goose_tui.screens.approval import ApprovalScreen
    from goose_tui.screens.approval_rows import ApprovalFrame
    from goose_tui.screens.approval_step import Step
    from goose_tui.screens.asking import AskingScreen
    from goose_tui.screens.compaction import CompactionScreen
    from goose_tui.screens.missing_model import MissingModelScreen
    from goose_tui.screens.plan_review import PlanScreen
    from goose_tui.screens.question import QuestionScreen
    from goose_tui.screens.server_request import ServerScreen
    from goose_tui.theme_file import Theme
    from goose_tui.widgets.record_messages import SelectionEnded

__all__ = ["GooseApp"]

_CYCLE: tuple[Mode, ...] = ("approve", "smart", "edits", "plan")
"""Modes that Shift+Tab goes through; `auto` is only for those who name it."""
_AGAIN = 2.0
"""Seconds in which a second Ctrl+C quits."""
_ON_THE_WAY = 1.0
"""Seconds in which a mode that was asked for counts as the one that holds."""


class GooseApp(ForkingApp):
    """The workbench: what screens ask for and what the keys do."""

    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "app.copy_or_interrupt", "copy or interrupt", show=False, priority=True)
    ]

    _asked_to_quit = float("-inf")
    """Monotonic seconds of the last Ctrl+C that had nothing else to do."""
    _asked_for_mode: tuple[Mode, float] = ("smart", float("-inf"))
    """The mode that was asked for last, and when, in monotonic seconds."""

    # What screens ask for

    def submit(self, text: str) -> None:
        """Send a message, or run what it says where it is a slash command."""
        from goose_agent.commands import RunShell
        from goose_tui.slash.table import run_slash
        from goose_tui.slash.written import shell_typed

        if self.session_id and (command := shell_typed(text)):
            self.tell(RunShell(command))
            return
        ran = run_slash(self, text, self) if self.session_id else "no command"
        if ran == "unknown":
            self.workbench.composer.draft(text)
        elif ran == "no command" and self.workbench.agent:
            self.steer_agent(self.workbench.agent, text)
        elif ran == "no command":
            super().submit(text)

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

    def steer_agent(self, path: str, text: str) -> None:
        """Send a message to a subagent at work."""
        from goose_agent.commands import SteerAgent

        if text.strip():
            self.tell(SteerAgent(path, text))

    def flash(self, text: str, seconds: float = 4) -> None:
        """Say something for a moment."""
        self.workbench.flash(text, seconds)

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
        """A decision about calls; the dialog closes when it is on record."""
        from goose_agent.commands import AnswerAlike, AnswerRequest

        match event.request_ids:
            case (request_id,):
                self.tell(AnswerRequest(request_id, event.answer))
            case request_ids:
                self.tell(AnswerAlike(request_ids, event.answer))

    def on_approval_screen_explanation_wanted(
        self, event: ApprovalScreen.ExplanationWanted
    ) -> None:
        """A model is to say what a call would do."""
        from goose_agent.commands import Explain

        self.tell(Explain(event.request_id))

    def on_compaction_screen_answered(self, event: CompactionScreen.Answered) -> None:
        """A decision about a compaction; the dialog closes when it is on record."""
        from goose_agent.commands import AnswerRequest

        self.tell(AnswerRequest(event.request_id, event.answer))

    def on_compaction_screen_held(self, event: CompactionScreen.Held) -> None:
        """Somebody looks at a compaction."""
        from goose_agent.commands import HoldRequest

        self.tell(HoldRequest(event.request_id))

    @work
    async def on_step_editor_wanted(self, event: Step.EditorWanted) -> None:
        """A text of a dialog goes to $VISUAL or $EDITOR."""
        text = await self._written_elsewhere(event.field.value)
        if text is not None:
            event.field.replace_all(text)

    def on_asking_screen_typed(self, event: AskingScreen.Typed) -> None:
        """A key that came too early to be an answer belongs to the draft."""
        if self.workbench.steps_taken or self.replays:
            return  # it was meant for what the dialog came over
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

    def on_missing_model_screen_answered(self, event: MissingModelScreen.Answered) -> None:
        """Another model, or none for now."""
        from goose_agent.commands import AnswerRequest
        from goose_agent.events import QuestionAnswer

        answer = QuestionAnswer(event.model, declined=not event.model)
        self.tell(AnswerRequest(event.request_id, answer))

    def on_server_screen_answered(self, event: ServerScreen.Answered) -> None:
        """An answer to a server."""
        from goose_agent.commands import AnswerRequest

        self.tell(AnswerRequest(event.request_id, event.answer))

    def on_plan_screen_answered(self, event: PlanScreen.Answered) -> None:
        """A word on a plan."""
        from goose_agent.commands import AnswerRequest
        from goose_agent.events import PlanAnswer

        answer = PlanAnswer(event.choice, event.mode, event.text)
        self.tell(AnswerRequest(event.request_id, answer))

    def on_workbench_screen_call_wanted(self, event: WorkbenchScreen.CallWanted) -> None:
        """Show a call in full."""
        dialogs.show_call(self, event.call_id)

    def on_record_view_selection_ended(self, event: SelectionEnded) -> None:
        """What was selected with the mouse is copied."""
        self.copy(event.text)

    # Actions of the table of keys

    def action_escape(self) -> None:
        """Esc: close what is open, else interrupt, else go back to the composer."""
        from goose_agent.commands import Interrupt

        workbench = self.workbench
        if workbench.close_popup() or workbench.leave_steps() or workbench.close_agent():
            self.forget_escape()
        elif self._works_here:
            self.forget_escape()
            self.tell(Interrupt())
            workbench.flash("interrupting", 0.6)
        elif workbench.home.has_focus and not workbench.composer.text:
            self.escape_idle()
        else:
            self.forget_escape()
            workbench.focus_writing()

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
        if self._works_here:
            self.tell(Interrupt())
        self.workbench.flash("ctrl+c again quits")

    @property
    def _works_here(self) -> bool:
        """Whether there is a turn under way that can be interrupted."""
        return self.state is not None and self.state.working and self.following is None

    def _selected(self) -> str:
        focused = self.focused
        if isinstance(focused, Composer) and focused.selected_text:
            return focused.selected_text
        shown = self.screen if isinstance(self.screen, WorkbenchScreen) else self.workbench
        transcript = shown.transcript
        return transcript.selected_text() if transcript is not None else ""

    async def action_quit(self) -> None:
        """Leave."""
        self.leave()

    def action_cycle_mode(self) -> None:
        """Shift+Tab."""
        state = self.state
        if state is None:
            return
        asked, when = self._asked_for_mode
        mode = asked if self.start.mono() - when < _ON_THE_WAY else state.mode
        at = _CYCLE.index(mode) + 1 if mode in _CYCLE else 0
        self.set_mode(_CYCLE[at % len(_CYCLE)])

    def set_mode(self, mode: Mode) -> None:
        """Let another mode hold."""
        from goose_agent.commands import SetMode

        self._asked_for_mode = mode, self.start.mono()
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
        from goose_tui.slash.table import all_slashes

        commands = [(slash.label, slash.words) for slash in all_slashes(self)]
        self.push_screen(KeysScreen(self.keys, commands, self.start.look.palette))

    def action_chord(self) -> None:
        """Ctrl+X: another key follows, perhaps at once: from now on it is the dialog's."""
        from goose_tui.screens.chord import ChordScreen

        screen = ChordScreen(chords(self.keys), self.start.look.palette)
        self.push_screen(screen, self._run_chosen)

    async def _run_chosen(self, action: str | None) -> None:
        if action:
            await self.run_action(action)

    @work
    async def action_open_editor(self) -> None:
        """Write the draft in $VISUAL or $EDITOR."""
        text = await self._written_elsewhere(self.workbench.composer.text)
        if text is not None:
            self.workbench.composer.draft(text)

    async def _written_elsewhere(self, text: str) -> str | None:
        """A text as $VISUAL or $EDITOR left it; None where that failed, which is said."""
        from goose_tui.editor import edit_text

        with self.suspend(), self.batch_update():
            written = await edit_text(text)
        self.action_redraw()
        if written is None:
            self.workbench.flash("the editor failed: see $VISUAL and $EDITOR", 5)
        return written

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


def _kind(theme: Theme) -> str:
    if theme.ansi:
        return "the terminal's"
    return "dark" if theme.dark else "light"

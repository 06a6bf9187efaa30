"""The Textual App as far as a turn is stepped through: the step bar, the request, breakpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from goose_tui.command_app import CommandApp

if TYPE_CHECKING:
    from goose_agent.events import RequestRead, SegmentChange
    from goose_agent.state.session_state import SessionState
    from goose_tui.screens.breaks import BreaksScreen
    from goose_tui.screens.request import RequestScreen
    from goose_tui.view.request_rows import RequestRow
    from goose_tui.widgets.gauge import Gauge
    from goose_tui.widgets.step_bar import StepBar

__all__ = ["StepApp"]

_WHOLE = 4 * 2**20
"""Bytes of a piece of a request that are read at once."""


class StepApp(CommandApp):
    """A workbench in which turns can be stepped through."""

    _awaited: tuple[RequestRow, bool] | None = None
    """A piece whose content was asked for, and whether to edit it."""

    _made_of: tuple[object, object, object] = (None, None, None)
    """What the request that is shown was made of."""

    def session_changed(self, session_id: str) -> None:
        """Keep what lies over the workbench up to date."""
        super().session_changed(session_id)
        if session_id == self.session_id and len(self.screen_stack) > 1:
            self._renew_screens()

    def _renew_screens(self) -> None:
        state = self.state
        if state is None:
            return
        from goose_tui.screens.breaks import BreaksScreen
        from goose_tui.screens.request import RequestScreen

        for screen in self.screen_stack:
            if isinstance(screen, RequestScreen):
                self._renew_request(screen)
            elif isinstance(screen, BreaksScreen):
                screen.show(state.debugging.breakpoints)
        self._show_awaited()

    # The step bar

    def on_step_bar_stepped(self, event: StepBar.Stepped) -> None:
        """Let the turn go on."""
        from goose_agent.commands import StepOn

        self.tell(StepOn(event.pause_id, event.step))

    def on_step_bar_wanted(self, event: StepBar.Wanted) -> None:
        """Another key of the bar."""
        from goose_agent.commands import Interrupt

        match event.wish:
            case "leave":
                self.workbench.leave_steps()
            case "stop":
                self.tell(Interrupt())
            case "break":
                from goose_tui.view.pause_words import suggested_condition

                state = self.state
                self.show_breakpoints(suggested_condition(state) if state is not None else "")
            case "edit":
                self._edit_here()

    def _edit_here(self) -> None:
        pause = self.state.debugging.pause if self.state is not None else None
        if pause is not None and pause.place == "after_call":
            self._edit_result(pause.call_id)
        else:
            self.show_request()

    def action_focus_next(self) -> None:
        """Tab: from the composer to the step bar, where there is one."""
        if self.screen is not self.workbench or not self.workbench.enter_steps():
            super().action_focus_next()

    @work
    async def _edit_result(self, call_id: str) -> None:
        """Change what the model reads of a call."""
        from goose_agent.commands import EditResult
        from goose_tui.screens.text import EditScreen

        state = self.state
        if state is None or call_id not in state.calls:
            return
        call = state.call(call_id)
        title = f"Result of {call.tool}"
        text = await self.push_screen_wait(EditScreen(title, call.result))
        if text is not None:
            self.tell(EditResult(call_id, text))

    # Breakpoints

    def show_breakpoints(self, suggestion: str | None = None) -> None:
        """Show the breakpoints.

        Args:
            suggestion: a condition to begin with; None where none is to be written.
        """
        from goose_tui.screens.breaks import BreaksScreen

        if self.state is not None:
            points, palette = self.state.debugging.breakpoints, self.start.look.palette
            self.push_screen(BreaksScreen(points, palette, suggestion=suggestion))

    def on_breaks_screen_set(self, event: BreaksScreen.Set) -> None:
        """A breakpoint is set or changed."""
        from goose_agent.commands import SetBreakpoint

        self.tell(SetBreakpoint(event.condition, event.breakpoint_id, event.enabled))

    def on_breaks_screen_removed(self, event: BreaksScreen.Removed) -> None:
        """A breakpoint is removed."""
        from goose_agent.commands import RemoveBreakpoint

        self.tell(RemoveBreakpoint(event.breakpoint_id))

    # The request

    def _request(self, state: SessionState) -> tuple[SessionState, str]:
        """The session with the request that comes next, or was sent last, and which one that is."""
        from goose_agent.context.current import current_use
        from goose_agent.evolve import evolve

        use, pause = current_use(state), state.debugging.pause
        if pause is not None and pause.place == "before_request":
            title = "The next request"
        elif use is not state.context:
            title = "The next request, so far"
        else:
            title = "The last request, changes hold from the next"
        return evolve(state, context=use), title

    def _renew_request(self, screen: RequestScreen) -> None:
        """Show the request as it is now; reading a long conversation is not done for nothing."""
        state = self.workbench.shown_state
        assert state is not None
        made_of = state.context, state.edits, state.debugging.pause
        if any(new is not old for new, old in zip(made_of, self._made_of, strict=True)):
            self._made_of = made_of
            screen.show(*self._request(state))

    def on_gauge_clicked(self, event: Gauge.Clicked) -> None:
        """Show what the window is full of."""
        if self.screen is self.workbench:
            self.show_request()

    def action_show_request(self) -> None:
        """Show what the model sees."""
        self.show_request()

    def show_request(self) -> None:
        """Show what the model sees."""
        from goose_tui.screens.request import RequestScreen

        state, agent = self.workbench.shown_state, self.workbench.agent
        if state is None or not state.context.segments:
            self.say("nothing was built for the model yet")
            return
        palette, threshold = self.start.look.palette, self.workbench.threshold
        shown, title = self._request(state)
        title = title if not agent else "The last request of a subagent"
        self.push_screen(
            RequestScreen(shown, title, palette, threshold=threshold, editable=not agent)
        )

    def on_request_screen_asked(self, event: RequestScreen.Asked) -> None:
        """A piece of the request is read or changed."""
        row = event.row
        match event.wish:
            case "open" | "edit":
                self._fetch(row, to_edit=event.wish == "edit")
            case "drop":
                self._change(row, "drop")
            case "pin":
                self._change(row, "unpin" if "pinned" in row.marks else "pin")
            case "undo":
                self._undo(row)
            case "cut":
                self._cut(row)
            case "fork":
                self.fork_without(row)
            case "origin":
                self._go_to(row)

    def on_request_screen_wanted(self, event: RequestScreen.Wanted) -> None:
        """The request as it was sent, or a file for the next one."""
        from goose_agent.commands import FetchRequest

        if event.wish == "raw":
            state = self.workbench.shown_state if self.workbench.agent else None
            self.tell(FetchRequest(state.context.built if state is not None else 0))
        else:
            self.pop_screen()
            self.workbench.composer.begin_mention()

    def request_read(self, session_id: str, read: RequestRead) -> None:
        """Show a request as it was sent."""
        from goose_tui.screens.text import TextScreen
        from goose_tui.view.request_words import read_words

        if session_id != self.session_id:
            return
        if read.problem:
            self.say(read.problem)
        else:
            self.push_screen(TextScreen(read_words(read), read.text, self.start.look.palette))

    def _cut(self, row: RequestRow) -> None:
        """Leave of the output of a tool only its start and its end."""
        from goose_agent.context.edits import shortened

        if row.segment.kind != "tool_result" or row.text is None:
            self.say("only what a tool put out can be cut; e edits, d drops")
            return
        text = shortened(row.text)
        if text == row.text:
            self.say("that is short already")
        else:
            self._change(row, "edit", text)

    def _go_to(self, row: RequestRow) -> None:
        """Show where a piece comes from."""
        if not row.record:
            self.say("the program itself brings this: enter shows it")
        elif self.workbench.show_record(row.record):
            self.pop_screen()
        else:
            self.say("that is not in the transcript")

    def fork_without(self, row: RequestRow) -> None:
        """Go on in a fork without a piece of the request."""

    def _undo(self, row: RequestRow) -> None:
        """Let a piece be as it was; a result that went with its call comes back with it."""
        from goose_agent.commands import EditSegment

        state = self.state
        if state is None:
            return
        keys = [row.key]
        if row.dropped and row.key not in state.edits:
            ref = row.segment.ref
            keys = [item.key for item in state.context.segments if item.ref == ref]
        for key in keys:
            self.tell(EditSegment(key, "restore"))

    def _change(self, row: RequestRow, change: SegmentChange, text: str = "") -> None:
        from goose_agent.commands import EditSegment

        self.tell(EditSegment(row.key, change, text))

    def _fetch(self, row: RequestRow, *, to_edit: bool) -> None:
        """Open a piece, once its content is here."""
        from goose_agent.commands import FetchBlob
        from goose_agent.context.edits import refusal

        if to_edit and (problem := refusal(row.segment, "edit", "{}")):  # a text that all may have
            self.say(problem)
            return
        if row.text is not None:
            self._show_piece(row, row.text, to_edit=to_edit)
        elif row.segment.kind != "image":
            self._awaited = row, to_edit
            self.tell(FetchBlob(row.segment.ref, _WHOLE))

    def _show_awaited(self) -> None:
        if self._awaited is None:
            return
        row, to_edit = self._awaited
        blobs = self.bridge.sessions[self.session_id].blobs
        text = blobs.pop(row.segment.ref, None)
        if text is not None:
            self._awaited = None
            self._show_piece(row, text, to_edit=to_edit)

    @work
    async def _show_piece(self, row: RequestRow, text: str, *, to_edit: bool) -> None:
        from goose_tui.screens.text import EditScreen, TextScreen
        from goose_tui.view.request_rows import KINDS

        title = KINDS[row.segment.kind]
        if not to_edit:
            self.push_screen(TextScreen(title, text, self.start.look.palette))
            return
        changed = await self.push_screen_wait(EditScreen(title, text))
        if changed is not None:
            self._change(row, "edit", changed)

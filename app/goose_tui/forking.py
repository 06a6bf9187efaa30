"""The Textual App as far as sessions are forked: back to an earlier message, or from a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from goose_agent.evolve import evolve
from goose_tui.replaying import ReplayingApp

if TYPE_CHECKING:
    from goose_tui.screens.replay import ReplayScreen
    from goose_tui.screens.sessions import Opening
    from goose_tui.transcript.prompts import PromptRow
    from goose_tui.view.request_rows import RequestRow

__all__ = ["ForkingApp"]

_AGAIN = 1.0
"""Seconds in which a second Esc opens the list of messages."""
_KEYS = "enter goes back, in a fork · files stay as they are · esc closes"


class ForkingApp(ReplayingApp):
    """A workbench in which one can go back, and the session stays as it is."""

    _escaped = float("-inf")
    """Monotonic seconds of the last Esc that had nothing else to do."""

    def escape_idle(self) -> None:
        """An Esc with nothing to close or to stop; the second one lists what was said."""
        now = self.start.mono()
        again, self._escaped = now - self._escaped < _AGAIN, now
        state = self.state
        if state is None or not state.turns:
            return
        if again:
            self.forget_escape()
            self.workbench.flash("")
            self.action_rewind()
        else:
            self.workbench.flash("esc again: back to an earlier message", _AGAIN)

    def forget_escape(self) -> None:
        """The last Esc did something: the next one is a first one."""
        self._escaped = float("-inf")

    @work(exclusive=True, group="rewind")
    async def action_rewind(self) -> None:
        """List what was said, and go back to one of it."""
        from goose_tui.screens.places import PlacesScreen
        from goose_tui.transcript.prompts import PromptDrawer, prompt_rows

        state = self.state
        rows = prompt_rows(state) if state is not None else []
        if not rows:
            self.say("you have said nothing yet")
            return
        if self.screen is not self.workbench:
            return  # something is asked by now: that goes first
        palette = self.start.look.palette
        drawer = PromptDrawer(evolve(palette, cursor=palette.selection))
        screen = PlacesScreen("Back to", rows, drawer, near=rows[-1].seq, keys=_KEYS)
        seq = await self.push_screen_wait(screen)
        chosen = next((row for row in rows if row.seq == seq), None)
        if chosen is not None:
            self._go_back(chosen)

    def _go_back(self, row: PromptRow) -> None:
        from goose_agent.wire import Fork

        self.fork(Fork(row.seq - 1, afresh=True), draft=row.text)

    # From what is looked at

    def open_on_record(self, opening: Opening) -> None:
        """Go over to a session that was chosen among all of them, or go on in a fork of it."""
        from goose_agent.wire import Fork

        if opening.fork:
            self.fork(Fork(opening.seq or 0), of=opening.session_id)
        else:
            super().open_on_record(opening)

    @work(exclusive=True, group="fork")
    async def on_replay_screen_fork_wanted(self, event: ReplayScreen.ForkWanted) -> None:
        """Go on from an event of a replay, with a model of the person's choice."""
        if not self.may_leave():
            event.screen.flash("the agent is at work: leave the replay and interrupt it first", 4)
            return
        setup = self.start.setup() if self.start.setup is not None else None
        model = await event.screen.pick_model(setup)
        if model is None:
            return
        self.fork(event.fork, of=self.leave_replay(), model=model)

    def fork_without(self, row: RequestRow) -> None:
        """Go on in a fork without a piece of the request; in this session it stays."""
        from goose_agent.wire import Fork, PieceChange

        self.pop_screen()
        self.fork(Fork(changes=(PieceChange(row.key, "drop"),)))

"""The Textual App as far as the session on the screen is replayed from its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from goose_tui.step_app import StepApp

if TYPE_CHECKING:
    from goose_tui.screens.replay import ReplayScreen
    from goose_tui.screens.sessions import Opening

__all__ = ["ReplayingApp"]


class ReplayingApp(StepApp):
    """A workbench whose session can be looked at as it was at any event; it goes on meanwhile."""

    _replay: ReplayScreen | None = None
    """The replay that is on the screen."""

    @property
    def replays(self) -> bool:
        """Whether a replay is on the screen."""
        return self._replay is not None and self._replay in self.screen_stack

    def open_on_record(self, opening: Opening) -> None:
        """Go over to a session, or show the event of it that was found."""
        if opening.seq is None:
            super().open_on_record(opening)
        else:
            self._show_record(opening.session_id, str(opening.seq))

    def action_show_replay(self, at: str = "") -> None:
        """Show the record of this session.

        Args:
            at: where to begin; empty for its end.
        """
        if self.session_id:
            self._show_record(self.session_id, at)

    @work(exclusive=True, group="replay")
    async def _show_record(self, session_id: str, at: str) -> None:
        from anyio import to_thread

        from goose_agent.errors import GooseError
        from goose_tui.replay_start import read_recording, replay_screen

        if self.replays:
            return
        path = self.record_file(session_id)
        try:
            read = await to_thread.run_sync(read_recording, path)
        except GooseError as error:
            self.say(str(error))
            return
        try:
            replay = replay_screen(read, self.start, self.keys, at)
        except GooseError as error:
            read.recording.close()
            self.say(str(error))
            return
        if self.screen is not self.workbench:  # something is asked by now: that goes first
            read.recording.close()
            return
        self._replay = replay
        self.push_screen(replay)

    def on_replay_screen_left(self, event: ReplayScreen.Left) -> None:
        """Back to the session as it is, or over to the one that was replayed."""
        session_id = self.leave_replay()
        if session_id and event.go_on:
            self.go_over(session_id)

    def leave_replay(self) -> str:
        """Back to the session as it is; the result is the one that was replayed."""
        replay, self._replay = self._replay, None
        if replay is None:
            return ""
        while replay in self.screen_stack:
            self.pop_screen()
        replay.recording.close()
        self.session_changed(self.session_id)  # what is asked by now lay over it
        return replay.recording.session_id

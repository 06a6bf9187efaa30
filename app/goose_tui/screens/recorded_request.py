"""What the model saw at a moment that is over: to be read, not to be changed."""

from __future__ import annotations

from textual import work

from goose_agent.errors import StoreError
from goose_agent.events import Segment
from goose_agent.replay.recording import Recording
from goose_agent.sessions.excerpt import excerpt
from goose_agent.state.session_state import SessionState
from goose_tui.screens.request import General, RequestScreen, Wish
from goose_tui.screens.text import TextScreen
from goose_tui.view.palette import Palette
from goose_tui.view.request_rows import KINDS

__all__ = ["RecordedRequestScreen", "recorded_request"]

_WHOLE = 4 * 2**20
"""Bytes of a piece that are shown at once."""


def recorded_request(
    recording: Recording, place: int, palette: Palette
) -> RecordedRequestScreen | None:
    """The last request of an agent up to an event of it, as it was built; None where there was none.

    Args:
        recording: a session.
        place: counted from 0.
        palette: styles and glyphs.
    """
    agent = recording.events[min(place, len(recording) - 1)].agent
    built = recording.state_at(place).of_agent(agent).context.built
    if not built:
        return None
    state = recording.state_at(recording.place_of(built)).of_agent(agent)
    return RecordedRequestScreen(recording, state, palette)


class RecordedRequestScreen(RequestScreen):
    """The pieces of a request on record.

    Args:
        recording: has the contents.
        state: the session when it had just been built.
        palette: styles and glyphs.
    """

    def __init__(self, recording: Recording, state: SessionState, palette: Palette) -> None:
        self._built = state.context.built
        super().__init__(state, f"Request #{self._built}", palette, editable=False)
        self._recording = recording
        self._palette = palette

    def action_ask(self, wish: Wish) -> None:
        """Enter shows a piece; the other keys do nothing to what is over."""
        row = next((row for row in self._shown if row.key == self._list.cursor_key), None)
        if wish == "open" and row is not None:
            if row.text is not None:
                self._show_text(KINDS[row.segment.kind], row.text)
            elif row.segment.kind != "image":
                self._fetch(row.segment)

    def action_want(self, wish: General) -> None:
        """All of it, as it was sent."""
        if wish == "raw":
            self._fetch_raw()

    @work
    async def _fetch(self, segment: Segment) -> None:
        from anyio import to_thread

        title = KINDS[segment.kind]
        try:
            content = await to_thread.run_sync(self._recording.blob, segment.ref)
        except StoreError as error:
            self._show_text(title, f"({error})")
        else:
            text = excerpt(content, _WHOLE) if content is not None else "(not on record)"
            self._show_text(title, text)

    @work
    async def _fetch_raw(self) -> None:
        from anyio import to_thread

        read = await to_thread.run_sync(self._recording.request, self._built)
        self._show_text(f"Request #{self._built}", read.problem or read.text)

    def _show_text(self, title: str, text: str) -> None:
        self.app.push_screen(TextScreen(title, text, self._palette))

"""What the model saw at a moment that is over: to be read; changes are for a fork from there."""

from __future__ import annotations

from collections.abc import Callable

from textual import work

from goose_agent.context.edits import refusal
from goose_agent.errors import StoreError
from goose_agent.events import Segment
from goose_agent.loop.rebuilding import counted_at
from goose_agent.replay.recording import Recording
from goose_agent.sessions.excerpt import excerpt
from goose_agent.state.session_state import SessionState
from goose_agent.wire import PieceChange
from goose_tui.screens.request import General, RequestScreen, Wish
from goose_tui.screens.text import EditScreen, TextScreen
from goose_tui.view.palette import Palette
from goose_tui.view.request_rows import KINDS, RequestRow
from goose_tui.view.request_words import read_words

__all__ = ["RecordedRequestScreen", "recorded_request"]

ForkWith = Callable[[int, PieceChange], None]
"""Asks for a fork at an event in which a piece is otherwise."""
_WHOLE = 4 * 2**20
"""Bytes of a piece that are shown at once."""


def recorded_request(
    recording: Recording,
    place: int,
    palette: Palette,
    threshold: float,
    go_to: Callable[[int], None],
    fork_with: ForkWith,
) -> RecordedRequestScreen | None:
    """The last request of an agent up to an event of it, with what was counted of it; None without one.

    Args:
        recording: a session.
        place: counted from 0.
        palette: styles and glyphs.
        threshold: share of the window from which on a conversation is made smaller.
        go_to: shows the event of a number.
        fork_with: asks for a fork from there.
    """
    agent = recording.events[min(place, len(recording) - 1)].agent
    built = recording.state_at(place).of_agent(agent).context.built
    if not built:
        return None
    later = [
        event for event in recording.events[recording.place_of(built) :] if event.agent == agent
    ]
    state = recording.state_at(recording.place_of(counted_at(later, built))).of_agent(agent)
    return RecordedRequestScreen(recording, state, palette, threshold, go_to, fork_with)


class RecordedRequestScreen(RequestScreen):
    """The pieces of a request on record.

    Args:
        recording: has the contents.
        state: the session when all was told of it.
        palette: styles and glyphs.
        threshold: share of the window from which on a conversation is made smaller.
        go_to: shows the event of a number.
        fork_with: asks for a fork from there.
    """

    CHANGES = "enter open  g its origin  e edit, d drop: in a fork from here  esc closes"

    def __init__(
        self,
        recording: Recording,
        state: SessionState,
        palette: Palette,
        threshold: float,
        go_to: Callable[[int], None],
        fork_with: ForkWith,
    ) -> None:
        self._built = state.context.built
        self._fork_with = fork_with
        title = f"Request #{self._built}"
        super().__init__(state, title, palette, threshold=threshold, editable=False)
        self._recording = recording
        self._go_to = go_to
        self._palette = palette

    def action_ask(self, wish: Wish) -> None:
        """Enter shows a piece; what is over is changed in a fork only."""
        row = next((row for row in self._shown if row.key == self._list.cursor_key), None)
        match wish:
            case "open" if row is not None:
                if row.text is not None:
                    self._show_text(KINDS[row.segment.kind], row.text)
                elif row.segment.kind != "image":
                    self._fetch(row.segment)
            case "origin" if row is not None:
                self.dismiss()
                self._go_to(row.segment.origin or self._built)
            case "drop" if row is not None and not row.dropped:
                self._fork_with(self._built, PieceChange(row.key, "drop"))
            case "edit" if row is not None and not row.dropped:
                self._edit(row)
            case _:
                pass

    @work
    async def _edit(self, row: RequestRow) -> None:
        if problem := refusal(row.segment, "edit", "{}"):
            self._show_text(KINDS[row.segment.kind], problem)
            return
        before = row.text if row.text is not None else await self._content(row.segment)
        text = await self.app.push_screen_wait(EditScreen(KINDS[row.segment.kind], before))
        if text is None:
            return
        if problem := refusal(row.segment, "edit", text):
            self._show_text(KINDS[row.segment.kind], problem)
        else:
            self._fork_with(self._built, PieceChange(row.key, "edit", text))

    def action_want(self, wish: General) -> None:
        """All of it, as it was sent."""
        if wish == "raw":
            self._fetch_raw()

    @work
    async def _fetch(self, segment: Segment) -> None:
        self._show_text(KINDS[segment.kind], await self._content(segment))

    async def _content(self, segment: Segment) -> str:
        """What the program itself brought; where it cannot be read, why."""
        from anyio import to_thread

        try:
            content = await to_thread.run_sync(self._recording.blob, segment.ref)
        except StoreError as error:
            return f"({error})"
        return excerpt(content, _WHOLE) if content is not None else "(not on record)"

    @work
    async def _fetch_raw(self) -> None:
        from anyio import to_thread

        read = await to_thread.run_sync(self._recording.request, self._built)
        self._show_text(read_words(read), read.problem or read.text)

    def _show_text(self, title: str, text: str) -> None:
        self.app.push_screen(TextScreen(title, text, self._palette))

"""What the model saw at a moment that is over: to be read, not to be changed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work

from goose_agent.errors import StoreError
from goose_agent.events import Segment
from goose_agent.replay.recording import Recording
from goose_agent.sessions.excerpt import excerpt
from goose_tui.screens.request import RequestScreen, Wish
from goose_tui.screens.text import TextScreen
from goose_tui.view.palette import Palette
from goose_tui.view.request_rows import KINDS, RequestRow, request_rows

__all__ = ["RecordedRequestScreen", "recorded_request"]

_WHOLE = 4 * 2**20
"""Bytes of a piece that are shown at once."""


def recorded_request(
    recording: Recording, place: int, palette: Palette
) -> RecordedRequestScreen | None:
    """The last request up to a place, as it was built; None where there was none.

    Args:
        recording: a session.
        place: counted from 0.
        palette: styles and glyphs.
    """
    built = recording.state_at(place).context.built
    if not built:
        return None
    rows = request_rows(recording.state_at(recording.place_of(built)))
    return RecordedRequestScreen(recording, rows, f"Request #{built}", palette)


class RecordedRequestScreen(RequestScreen):
    """The pieces of a request on record.

    Args:
        recording: has the contents.
        rows: the pieces, in order.
        title: which request it is.
        palette: styles and glyphs.
    """

    def __init__(
        self, recording: Recording, rows: Sequence[RequestRow], title: str, palette: Palette
    ) -> None:
        super().__init__(rows, title, palette)
        self._recording = recording
        self._palette = palette

    def show(self, rows: Sequence[RequestRow], title: str) -> None:
        """The request is made of these."""
        super().show(rows, title)
        self.query_one(".dialog").border_subtitle = "enter whole text  esc closes"

    def action_ask(self, wish: Wish) -> None:
        """Enter shows a piece; the other keys do nothing to what is over."""
        row = next((row for row in self._rows if row.key == self._list.cursor_key), None)
        if wish == "open" and row is not None:
            if row.text is not None:
                self._show_text(row.segment, row.text)
            elif row.segment.kind != "image":
                self._fetch(row.segment)

    @work
    async def _fetch(self, segment: Segment) -> None:
        from anyio import to_thread

        try:
            content = await to_thread.run_sync(self._recording.blob, segment.ref)
        except StoreError as error:
            self._show_text(segment, f"({error})")
        else:
            text = excerpt(content, _WHOLE) if content is not None else "(not on record)"
            self._show_text(segment, text)

    def _show_text(self, segment: Segment, text: str) -> None:
        self.app.push_screen(TextScreen(KINDS[segment.kind], text, self._palette))

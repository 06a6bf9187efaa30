"""What lies over a replay: why, waiting, context, bookmarks, blame, a call in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from anyio import to_thread

from goose_agent.errors import StoreError
from goose_agent.evolve import evolve
from goose_agent.replay.blame import blame, place_named
from goose_agent.replay.bookmarks import Bookmarks
from goose_agent.replay.recording import Recording
from goose_agent.replay.timeline import Timeline
from goose_agent.replay.waterfall import waterfall
from goose_agent.replay.why import why
from goose_agent.sessions.excerpt import excerpt
from goose_agent.wire import Fork, PieceChange
from goose_tui.transcript.bookmarks import BookmarkDrawer, BookmarkRow
from goose_tui.transcript.detail import DetailPart
from goose_tui.transcript.waterfall import FallDrawer, fall_rows
from goose_tui.transcript.why import why_parts
from goose_tui.view.blame_words import blame_words
from goose_tui.view.replay_words import event_words

if TYPE_CHECKING:
    from goose_agent.state.records import CallRecord
    from goose_tui.screens.detail import DetailScreen
    from goose_tui.screens.replay import ReplayScreen
    from goose_tui.view.palette import Palette

__all__ = ["ReplayDialogs"]

_OUTPUT = 32 * 2**20
"""Bytes of a call's output that are shown."""


class ReplayDialogs:
    """Makes the dialogs of a replay and waits for what they give.

    Args:
        screen: which they lie over.
        recording: what they are about.
        timeline: of the same.
        bookmarks: of the same.
        keymap: the user's own keys, by id.
    """

    def __init__(
        self,
        screen: ReplayScreen,
        recording: Recording,
        timeline: Timeline,
        bookmarks: Bookmarks,
        keymap: Mapping[str, str],
    ) -> None:
        self._screen = screen
        self._recording = recording
        self._timeline = timeline
        self._bookmarks = bookmarks
        self._keymap = keymap

    @property
    def _palette(self) -> Palette:
        return self._screen.palette

    # Calls

    async def show_why(self, call_id: str) -> bool:
        """Show why a call was made and ran; tells whether the record knows of it."""
        from goose_tui.screens.sections import SectionsScreen

        found = await to_thread.run_sync(why, self._recording, call_id)
        if found is None:
            return False
        title = f"Why: {found.call.tool} {found.call.summary}"
        self._screen.app.push_screen(SectionsScreen(title, why_parts(found), self._palette))
        return True

    def show_call(self, call: CallRecord) -> None:
        """Show a call in full."""
        from goose_tui.screens.detail import DetailScreen

        screen = DetailScreen(call, self._palette)
        self._screen.app.push_screen(screen)
        if call.output:
            self._screen.run_worker(self._show_output(screen, call))

    async def _show_output(self, screen: DetailScreen, call: CallRecord) -> None:
        try:
            content = await to_thread.run_sync(self._recording.blob, call.output)
        except StoreError as error:
            self._screen.flash(str(error), 6)
            return
        if content is not None and screen.is_attached:
            screen.show(call, excerpt(content, _OUTPUT))

    # Requests: an inspector of a state plugs in here.

    def show_context(self, place: int) -> bool:
        """Show the last request up to a place; tells whether there is one."""
        from goose_tui.screens.recorded_request import recorded_request

        screen = recorded_request(
            self._recording,
            place,
            self._palette,
            self._screen.threshold,
            self._screen.go_to,
            self._fork_with,
        )
        if screen is not None:
            self._screen.app.push_screen(screen)
        return screen is not None

    def _fork_with(self, built: int, change: PieceChange) -> None:
        self._screen.want_fork(Fork(built, afresh=True, changes=(change,)))

    # Waiting

    async def pick_wait(self, seq: int) -> int | None:
        """Show who waited for whom; gives the event of what was picked, if anything was."""
        from goose_tui.screens.places import PlacesScreen

        turns = waterfall(self._recording.events, self._timeline)
        if not turns:
            self._screen.flash("no turn up to here")
            return None
        last = self._recording.state_at(len(self._recording) - 1)
        texts = {turn.number: turn.text for turn in last.turns}
        rows = fall_rows(turns, [texts.get(turn.number, "") for turn in turns])
        drawer = FallDrawer(evolve(self._palette, cursor=self._palette.selection))
        screen = PlacesScreen("Who waited for whom", rows, drawer, near=seq)
        return await self._screen.app.push_screen_wait(screen)

    # Lines of files

    async def blame(self, text: str, place: int) -> None:
        """Show who wrote a line.

        Args:
            text: PATH:LINE.
            place: as the file was then.

        Raises:
            GooseError: there is no such line.
        """
        from goose_tui.screens.sections import SectionsScreen

        path, line = place_named(text)
        found = await to_thread.run_sync(blame, self._recording, path, line, place)
        words = blame_words(self._recording, found)
        part = DetailPart.of("blame", found.text or "(an empty line)", words, "text")
        title = f"{found.path}:{found.line}"
        self._screen.app.push_screen(SectionsScreen(title, [part], self._palette))

    # Bookmarks

    async def keep(self, seq: int, note: str) -> None:
        """Keep a note at an event.

        Raises:
            StoreError: it cannot be written.
        """
        await to_thread.run_sync(self._bookmarks.keep, seq, note)

    async def toggle(self, seq: int) -> None:
        """Set a bookmark, or drop the one that is there.

        Raises:
            StoreError: it cannot be written.
        """
        if self._bookmarks.note(seq) is None:
            await self.keep(seq, "")
        else:
            await to_thread.run_sync(self._bookmarks.drop, seq)

    async def pick_bookmark(self, seq: int) -> int | None:
        """Show the bookmarks; gives the event of the one that was picked, if one was."""
        from goose_tui.screens.places import PlacesScreen

        if not self._bookmarks.items:
            self._screen.flash("no bookmarks yet: m sets one, M one with a note")
            return None
        drawer = BookmarkDrawer(evolve(self._palette, cursor=self._palette.selection))
        screen = PlacesScreen("Bookmarks", self._rows(), drawer, near=seq, drop=self._without)
        return await self._screen.app.push_screen_wait(screen)

    async def _without(self, seq: int) -> Sequence[BookmarkRow]:
        try:
            await to_thread.run_sync(self._bookmarks.drop, seq)
        except StoreError as error:
            self._screen.flash(str(error), 6)
        return self._rows()

    def _rows(self) -> list[BookmarkRow]:
        return [
            BookmarkRow(item.seq, item.note, event_words(event))
            for item in self._bookmarks.items
            if (event := self._recording.event(item.seq)) is not None
        ]

    def show_keys(self) -> None:
        """Show all keys."""
        from goose_tui.screens.keys_help import KeysScreen

        self._screen.app.push_screen(KeysScreen(self._keymap, [], self._palette))

"""A replay: the workbench with a recording in it, and a scrubber where the composer was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from goose_agent.errors import GooseError
from goose_agent.events import RequestAsked
from goose_agent.replay.bookmarks import Bookmarks
from goose_agent.replay.recording import Recording
from goose_agent.replay.search import find_text
from goose_agent.replay.timeline import Axis, Stop, Timeline
from goose_agent.replay.why import Asked, asked_about, call_at
from goose_agent.state.live import Live
from goose_agent.wire import Fork
from goose_tui.bridge import SessionView
from goose_tui.keys import bindings
from goose_tui.screens.asked_panel import AskedPanel
from goose_tui.screens.replay_dialogs import ReplayDialogs
from goose_tui.screens.workbench import WorkbenchScreen
from goose_tui.view.numbers import duration, money, tokens
from goose_tui.view.palette import Palette
from goose_tui.view.player import Player
from goose_tui.view.replay_target import place_wanted
from goose_tui.view.replay_words import event_words, local_time
from goose_tui.view.track import ColumnMark, column_of, marks_of
from goose_tui.widgets.ask_line import AskLine
from goose_tui.widgets.gauge import Gauge
from goose_tui.widgets.scrubber import Scrubber, Track
from goose_tui.widgets.search_line import SearchLine
from goose_tui.widgets.status_line import Doing, StatusLine

if TYPE_CHECKING:
    from goose_agent.state.session_state import SessionState
    from goose_tui.model_setup import ModelSetup

__all__ = ["ReplayScreen"]

_FRAME = 1 / 20
"""Seconds between two steps of playing."""
_HINTS = (
    ("h l", "event"),
    ("j k", "call"),
    ("space", "play"),
    ("y", "why"),
    ("q", "leave"),
    ("?", "keys"),
    ("c", "context"),
    ("x", "fork"),
    ("/", "search"),
)
_ASKS = {
    "goto": "go to: an event's number, 02:14:30, -30m or 50%",
    "note": "a note about this event",
    "blame": "who wrote a line: PATH:LINE",
}
_NONE: dict[Stop, str] = {
    "event": "event",
    "turn": "turn",
    "call": "result of a call",
    "error": "error",
    "asked": "approval or question",
    "edit": "change of a file",
    "compaction": "compaction",
}


class ReplayScreen(WorkbenchScreen, inherit_bindings=False):
    """A recording on the screen. It starts nothing, asks nobody and writes only bookmarks.

    Args:
        recording: of a session.
        palette: styles and glyphs.
        at: where to begin, as `place_wanted` reads it; empty for the end.
        bookmarks: of this recording.
        keymap: the user's own keys, by id.
        low_bandwidth: draw less often.

    Raises:
        UsageError: `at` is no place.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("replay")]
    AUTO_FOCUS = "#scrubber"
    SEARCH_ABOVE = "#scrubber"

    class Left(Message):
        """Nothing more is wanted of it.

        Args:
            go_on: whether the session itself is wanted now.
        """

        def __init__(self, *, go_on: bool = False) -> None:
            super().__init__()
            self.go_on = go_on

    class ForkWanted(Message):
        """The session is to go on from an event, as another one."""

        def __init__(self, screen: ReplayScreen, fork: Fork) -> None:
            super().__init__()
            self.screen = screen
            self.fork = fork

    def __init__(
        self,
        recording: Recording,
        palette: Palette,
        *,
        bookmarks: Bookmarks,
        at: str = "",
        keymap: Mapping[str, str] | None = None,
        low_bandwidth: bool = False,
    ) -> None:
        self.recording = recording
        self._timeline = Timeline(recording.events)
        self.place = len(recording) - 1
        if at:
            self.place = place_wanted(at, self._timeline, self.place)
        super().__init__(palette, low_bandwidth=low_bandwidth, mono=self._now)
        self._bookmarks = bookmarks
        self._dialogs = ReplayDialogs(self, recording, self._timeline, bookmarks, keymap or {})
        self._player = Player(self._timeline)
        self._played: Timer | None = None
        self._axes = self._timeline.axes()
        self._axis: Axis = "events"
        self._pattern = ""
        self._marks: tuple[ColumnMark, ...] = ()
        self._made_of: tuple[Axis, int, frozenset[int]] = ("events", 0, frozenset())
        """What the marks are made of."""
        self._asked: dict[int, Asked] = {}
        self._session = SessionView(recording.state_at(self.place), Live())

    def _now(self) -> float:
        """The time there: what ran then is shown as it was then."""
        return self.recording.events[self.place].mono

    def compose_foot(self) -> ComposeResult:
        """The question that waits there, the scrubber, and what is asked now."""
        yield AskedPanel(self._palette, id="asked")
        yield Scrubber(id="scrubber")
        yield AskLine(id="ask")

    def begin_foot(self) -> None:
        """The foot is there: show the recording."""
        self._played = self.set_interval(_FRAME, self._play_on, pause=True)
        self.call_later(self._begin)

    async def _begin(self) -> None:
        self._beginning = True  # there is no welcome to give way
        await self.open_session(self._session)
        await self._begin_transcript()
        self.seek(self.place)
        if self.recording.damage:
            self.flash(" ".join(self.recording.damage), 10)

    @property
    def home(self) -> Widget:
        """The scrubber."""
        return self.query_one(Scrubber)

    @property
    def seq(self) -> int:
        """The number of the event that is shown."""
        return self._timeline.moments[self.place].seq

    @property
    def palette(self) -> Palette:
        """Styles and glyphs."""
        return self._palette

    def close_offers(self) -> bool:
        """Nobody writes a draft here."""
        return False

    def on_resize(self, event: events.Resize) -> None:
        """The scrubber has other columns."""
        self.call_after_refresh(self._update)

    # What is shown

    def seek(self, place: int) -> None:
        """Show the session as it was after the event at a place."""
        self.place = min(len(self.recording) - 1, max(0, place))
        self._session.state = self.recording.state_at(self.place)
        self._update()
        for view in (self._transcript, self._tools):
            if view is not None:
                view.scroll_to_end()

    def show_foot(self, state: SessionState) -> None:
        """The question, the scrubber and the keys."""
        self.query_one(AskedPanel).show(self._question(state))
        self.query_one(Scrubber).show(self._track())
        self.query_one(StatusLine).show(
            Doing(mode=state.mode, stepping=state.stepping, flash=self._flash, hints=_HINTS)
        )

    def _question(self, state: SessionState) -> Asked | None:
        """What is asked just there, or waits there; None for nothing."""
        waiting = {item.seq for item in state.questions}
        if not waiting:
            return None
        event = self.recording.event(self.seq if self.seq in waiting else min(waiting))
        if event is None or not isinstance(event.data, RequestAsked):
            return None
        if event.seq not in self._asked:
            found = asked_about(self.recording, event.data.subject.call_id)
            self._asked |= {asked.asked.seq: asked for asked in found}
        return self._asked.get(event.seq)

    def _track(self) -> Track:
        width = self.size.width
        moment = self._timeline.moments[self.place]
        marked = {item.seq for item in self._bookmarks.items}
        note = self._bookmarks.note(moment.seq)
        about = self._palette.glyphs.about
        facts = [f"axis {self._axis}", f"{local_time(moment.at):%H:%M:%S}"]
        facts.append(f"+{duration(moment.elapsed)}")
        if moment.tokens:
            facts.append(f"{about if not moment.cost else ''}{tokens(moment.tokens)} tokens")
        if moment.cost:
            facts.append(money(moment.cost))
        event = self.recording.events[self.place]
        speed = f"{self._player.speed:g}x"
        made_of = self._axis, width, frozenset(marked)
        if made_of != self._made_of:
            self._made_of = made_of
            self._marks = tuple(marks_of(self._timeline, self._axis, width, marked))
        return Track(
            self._marks,
            column_of(self._timeline.along(self._axis), self.place, width),
            f"{moment.seq}/{self._timeline.moments[-1].seq}  {event_words(event)}",
            (note or "bookmark") if note is not None else "",
            tuple(facts),
            f"{self._palette.glyphs.running} {speed}" if self._player.playing else "",
        )

    # Going

    def action_seek(self, stop: Stop, step: int) -> None:
        """Go to the next or the last one of a kind."""
        self._player.stop()
        place = self._timeline.next(self.place, stop, step)
        if place is None:
            side = "after" if step > 0 else "before"
            self.flash(f"no {_NONE[stop]} {side} this")
        else:
            self.seek(place)

    def action_seek_end(self, side: int) -> None:
        """To the start or to the end."""
        self._player.stop()
        self.seek(len(self.recording) - 1 if side > 0 else 0)

    def go_to(self, seq: int) -> None:
        """Show the event of this number."""
        self._player.stop()
        self.seek(self.recording.place_of(seq))

    def action_play(self) -> None:
        """Play on from here, or stop."""
        if self._player.playing:
            self._player.stop()
        else:
            self._player.start(self.place)
        if self._played is not None and self._player.playing:
            self._played.resume()
        self._update()

    def _play_on(self) -> None:
        if self._player.playing:
            place = self._player.advance(_FRAME)
            if place != self.place or not self._player.playing:
                self.seek(place)
        if not self._player.playing and self._played is not None:
            self._played.pause()

    def action_speed(self, step: int) -> None:
        """Play faster or slower."""
        self._player.change_speed(step)
        self.flash(f"speed {self._player.speed:g}x")

    def action_next_axis(self) -> None:
        """Let a length on the scrubber stand for something else."""
        at = self._axes.index(self._axis)
        self._axis = self._axes[(at + 1) % len(self._axes)]
        self._update()

    # Searching

    def action_search(self) -> None:
        """Search the whole recording."""
        self.open_search()

    def on_search_line_wanted(self, event: SearchLine.Wanted) -> None:
        """Go to the event with which the text came."""
        event.prevent_default()
        self._pattern = event.pattern
        self._find(-1 if event.backwards else 1)

    def action_search_again(self, step: int) -> None:
        """The next place that matches, or the one before."""
        if self._pattern:
            self._find(step)
        else:
            self.action_search()

    @work(exclusive=True, group="search")
    async def _find(self, step: int) -> None:
        from anyio import to_thread

        pattern = self._pattern
        found = await to_thread.run_sync(
            find_text, self.recording.events, pattern, self.place, step
        )
        if found is None:
            self.flash(f"nothing matches {pattern}")
            return
        self._player.stop()
        self.seek(found)
        if self._transcript is not None:
            self._transcript.search(pattern, backwards=True)

    # What is asked in a line

    def action_ask(self, purpose: str) -> None:
        """Ask for a place, a note or a line of a file."""
        line = self.query_one(AskLine)
        line.ask(purpose, _ASKS[purpose], self._first_words(purpose))
        self.set_focus(line)

    def _first_words(self, purpose: str) -> str:
        return (self._bookmarks.note(self.seq) or "") if purpose == "note" else ""

    def on_ask_line_closed(self) -> None:
        """The scrubber has the keys again."""
        self.home.focus()

    async def on_ask_line_given(self, event: AskLine.Given) -> None:
        """Do what was asked for."""
        try:
            match event.purpose:
                case "goto" if event.text:
                    self._player.stop()
                    self.seek(place_wanted(event.text, self._timeline, self.place))
                case "note":
                    await self._dialogs.keep(self.seq, event.text)
                    self._update()
                case "blame" if event.text:
                    await self._dialogs.blame(event.text, self.place)
                case _:
                    pass
        except GooseError as error:
            self.flash(str(error), 6)

    # What lies over it

    async def action_bookmark(self) -> None:
        """Set a bookmark, or drop the one that is there."""
        try:
            await self._dialogs.toggle(self.seq)
        except GooseError as error:
            self.flash(str(error), 6)
        self._update()

    @work
    async def action_show_bookmarks(self) -> None:
        """Pick a bookmark to go to."""
        if (seq := await self._dialogs.pick_bookmark(self.seq)) is not None:
            self.go_to(seq)
        self._update()

    @work
    async def action_show_waterfall(self) -> None:
        """Pick a wait to go to."""
        if (seq := await self._dialogs.pick_wait(self.seq)) is not None:
            self.go_to(seq)

    @work
    async def action_show_why(self) -> None:
        """Why the call under the cursor was made and ran."""
        call_id = self.call_here()
        if not call_id or not await self._dialogs.show_why(call_id):
            self.flash("no call up to here")

    def call_here(self) -> str:
        """The call under the cursor of the tree, or the last one up to the event."""
        if self._tools is not None and self._tools.has_focus:
            key = self._tools.cursor_key or ""
            if self._session.state.find_call(key) is not None:
                return key
        return call_at(self.recording, self.place)

    def action_show_call(self) -> None:
        """The call in full."""
        call = self._session.state.find_call(self.call_here())
        if call is not None:
            self._dialogs.show_call(call)
        else:
            self.flash("no call up to here")

    def on_workbench_screen_call_wanted(self, event: WorkbenchScreen.CallWanted) -> None:
        """Enter on a call: it is of this recording, and of no live session."""
        event.stop()
        if (call := self._session.state.find_call(event.call_id)) is not None:
            self._dialogs.show_call(call)

    def action_show_context(self) -> None:
        """What the model saw in its last request."""
        if not self._dialogs.show_context(self.place):
            self.flash("nothing was built for the model yet")

    def action_fork(self) -> None:
        """Go on from here, in a fork."""
        self.want_fork(Fork(self.seq))

    def want_fork(self, fork: Fork) -> None:
        """Ask for a fork of what is shown."""
        self._player.stop()
        self.post_message(self.ForkWanted(self, fork))

    async def pick_model(self, setup: ModelSetup | None) -> str | None:
        """The model that is to answer in a fork; empty for the same, None for no fork after all.

        Args:
            setup: knows the user's models; None for only the present one, and names that are typed.
        """
        from goose_tui.screens.models import ModelsScreen

        state = self._session.state
        screen = ModelsScreen(
            state.model, state.context.tokens, setup, self._palette, title="Fork: who goes on"
        )
        name = await self.app.push_screen_wait(screen)
        return None if not name else "" if name == state.model else name

    def on_gauge_clicked(self, event: Gauge.Clicked) -> None:
        """A click on the gauge shows it, too."""
        event.stop()
        self.action_show_context()

    def action_show_keys(self) -> None:
        """All keys."""
        self._dialogs.show_keys()

    # The rest of the workbench

    def action_focus_panel(self, name: str) -> None:
        """Go to a panel."""
        self.focus_panel(name)

    def action_zoom(self) -> None:
        """The transcript over the whole width, or not."""
        self.zoom()

    def action_toggle_folds(self) -> None:
        """Unfold thinking and output."""
        if self._transcript is not None:
            self._transcript.toggle_folds()

    def action_scroll_transcript(self, pages: int) -> None:
        """Read further up or down."""
        if self._transcript is not None:
            self._transcript.scroll_pages(pages)

    def action_go_on(self) -> None:
        """Leave, and go on with the session itself."""
        self._player.stop()
        self.post_message(self.Left(go_on=True))

    def action_leave(self) -> None:
        """Close what is open, else go back to the scrubber, else leave."""
        self._player.stop()
        if self.close_popup() or self.close_agent():
            return
        if self.focused is not self.home:
            self.home.focus()
        else:
            self.post_message(self.Left())

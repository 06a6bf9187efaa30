"""The workbench: conversation, plan, tool calls, context gauge, composer, status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from goose_tui.keys import KEY_SILENCE, bindings
from goose_tui.screens.step_focus import StepFocus
from goose_tui.view.palette import Palette
from goose_tui.widgets.banner import Banner
from goose_tui.widgets.composer import Composer
from goose_tui.widgets.follow_bar import FollowBar
from goose_tui.widgets.gauge import Gauge
from goose_tui.widgets.header import Header
from goose_tui.widgets.plan import PlanPanel
from goose_tui.widgets.prompt import Prompt
from goose_tui.widgets.queue import QueueLines
from goose_tui.widgets.rows import Rows
from goose_tui.widgets.rules import HorizontalRule, Label, VerticalRule
from goose_tui.widgets.status_line import Doing, StatusLine
from goose_tui.widgets.step_bar import StepBar
from goose_tui.widgets.welcome import Greeting, Welcome

if TYPE_CHECKING:
    from goose_agent.state.session_state import SessionState
    from goose_agent.state.vector import Vector
    from goose_agent.wire import Following
    from goose_tui.bridge import SessionView
    from goose_tui.transcript.conversation import ConversationDrawer, Shown
    from goose_tui.transcript.tree import TreeDrawer, TreeRow
    from goose_tui.view.gauge import GaugeReader
    from goose_tui.widgets.completion import CompletionList
    from goose_tui.widgets.record_messages import Activated
    from goose_tui.widgets.record_view import RecordView
    from goose_tui.widgets.search_line import SearchLine

__all__ = ["NARROW", "WorkbenchScreen"]

NARROW = 100
"""Columns below which the side column becomes an overlay."""
_COMPACTS_AT = 0.8
"""Share of the window from which on a conversation is made smaller, until the settings are read."""

FRAME = 1 / 30
"""Seconds between two updates from events, at least."""

TICK = 1 / 8
"""Seconds between two frames of the spinner."""

_SLOW = 4
"""How many times slower all of that is where bytes are few."""

IDLE_HINTS = (
    ("enter", "send"),
    ("ctrl+j", "newline"),
    ("shift+tab", "mode"),
    ("ctrl+p", "palette"),
    ("?", "keys"),
)
QUEUE_HINTS = (("enter", "sends what is queued"), ("alt+up", "edits it"), ("?", "keys"))
FOLLOW_HINTS = (("ctrl+x s", "other sessions"), ("ctrl+d", "leave"), ("ctrl+p", "palette"))
AGENT_HINTS = (("esc", "back"), ("enter", "tell it"), ("/stop", "stop it"), ("?", "keys"))
ENDED_HINTS = (("esc", "back"), ("?", "keys"))
BUSY_HINTS = (("esc", "interrupt"), ("enter", "queue"), ("ctrl+p", "palette"), ("?", "keys"))


class WorkbenchScreen(Screen[None]):
    """One session on the screen.

    Args:
        palette: styles and glyphs.
        low_bandwidth: draw less often.
        mono: monotonic seconds, as the engine's clock tells them.
        key_silence: seconds without a key after which the step bar takes the keys.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("anywhere", priority=True)]
    AUTO_FOCUS = "#composer"
    ALLOW_SELECT = False
    SEARCH_ABOVE: ClassVar[str] = "#queue"
    """Where the line to search with goes."""

    class CallWanted(Message):
        """A call is to be shown in full."""

        def __init__(self, call_id: str) -> None:
            super().__init__()
            self.call_id = call_id

    def __init__(
        self,
        palette: Palette,
        *,
        low_bandwidth: bool = False,
        mono: Callable[[], float] = monotonic,
        key_silence: float = KEY_SILENCE,
    ) -> None:
        super().__init__()
        self._key_silence = key_silence
        self._steps: StepFocus | None = None
        self._palette = palette
        self._mono = mono
        self._slow = _SLOW if low_bandwidth else 1
        self._view: SessionView | None = None
        self._agent = ""
        """The subagent that is shown; empty for the main agent."""
        self._transcript: RecordView[Shown] | None = None
        self._tools: RecordView[TreeRow] | None = None
        self._drawers: tuple[ConversationDrawer, TreeDrawer] | None = None
        self._beginning = False
        """Whether the transcript is about to take the welcome's place."""
        self._shown: Vector[Shown] | None = None
        self._search: SearchLine | None = None
        self._completion: CompletionList | None = None
        self._tree: list[TreeRow] = []
        self._toggled: set[str] = set()
        self._zoomed = False
        self._pending: Timer | None = None
        self._ticker: Timer | None = None
        self._flash = ""
        self._gauge: GaugeReader | None = None
        self._threshold = _COMPACTS_AT

    def compose(self) -> ComposeResult:
        """Header, body with the side column, queue, composer, status."""
        yield Header(id="header")
        yield HorizontalRule(id="header-rule")
        yield Banner(id="banner")
        with Horizontal(id="body"):
            with Vertical(id="transcript"):
                yield Welcome(id="welcome")
            yield VerticalRule(id="side-rule")
            with Vertical(id="side"):
                yield PlanPanel(id="plan")
                yield Label(id="tools-title")
                yield Vertical(id="tools")
                yield Gauge(id="gauge")
        yield from self.compose_foot()
        yield StatusLine(id="status")

    def compose_foot(self) -> ComposeResult:
        """What stands between the conversation and the status: where the person writes."""
        yield HorizontalRule(id="composer-rule")
        yield StepBar(id="step-bar")
        yield QueueLines(id="queue")
        yield FollowBar(id="follow-bar")
        with Horizontal(id="composer-row"):
            yield Prompt(id="prompt")
            yield Composer(id="composer")

    def on_mount(self) -> None:
        """Colour everything, and make the side column fit."""
        self.begin_foot()
        self._colour()
        self._fit(self.size.width)
        self.query_one("#tools-title", Label).show("Tools", empty="no calls yet")
        self._ticker = self.set_interval(TICK * self._slow, self._tick, pause=True)

    def begin_foot(self) -> None:
        """The foot is there: say what can be done."""
        self._steps = StepFocus(self, self.query_one(StepBar), self.composer, self._key_silence)
        self.query_one(StatusLine).show(Doing(hints=IDLE_HINTS))

    def on_resize(self, event: events.Resize) -> None:
        """The side column is beside the transcript only where there is room."""
        self._fit(event.size.width)

    def _fit(self, width: int) -> None:
        self.set_class(width < NARROW, "narrow")
        if width >= NARROW:
            self.remove_class("overlay")

    # Colours

    def set_palette(self, palette: Palette) -> None:
        """Draw with other styles from now on."""
        self._palette = palette
        if self._drawers:
            for drawer in self._drawers:
                drawer.palette = palette
        self._colour()
        for view in (self._transcript, self._tools):
            if view is not None:
                view.redraw()

    def _colour(self) -> None:
        for rows in self.query(Rows):
            rows.palette = self._palette

    @property
    def threshold(self) -> float:
        """Share of the window from which on a conversation is made smaller."""
        return self._threshold

    def show_record(self, key: str) -> bool:
        """Show a record of the conversation; False where it is not there."""
        return self._transcript is not None and self._transcript.move_cursor_to(key)

    def set_threshold(self, threshold: float) -> None:
        """Let the gauge mark where a conversation is made smaller.

        Args:
            threshold: share of the window.
        """
        self._threshold = threshold
        self._update()

    def set_low_bandwidth(self, low: bool) -> None:
        """Draw less often, or as often as usual."""
        self._slow = _SLOW if low else 1
        if self._ticker is not None:
            self._ticker.stop()
        self._ticker = self.set_interval(TICK * self._slow, self._tick, pause=True)

    # The session

    @property
    def composer(self) -> Composer:
        """Where the person writes."""
        return self.query_one(Composer)

    @property
    def home(self) -> Widget:
        """What has the keys where nothing else wants them: the composer, or what is in its place."""
        bar = self.query_one(FollowBar)
        return bar if bar.display else self.composer

    @property
    def transcript(self) -> RecordView[Shown] | None:
        """The conversation; None until there is one."""
        return self._transcript

    def focus_writing(self) -> None:
        """Give the keys back."""
        self.set_focus(self.home)

    def greet(self, greeting: Greeting) -> None:
        """Say this as long as nothing was said."""
        for welcome in self.query(Welcome):
            welcome.show(greeting)

    @property
    def agent(self) -> str:
        """The path of the subagent that is shown; empty for the main agent."""
        return self._agent

    @property
    def shown_state(self) -> SessionState | None:
        """The state of the agent that is shown; None where there is no session."""
        return self._view.state.of_agent(self._agent) if self._view is not None else None

    @work(exclusive=True, group="agent")
    async def show_agent(self, path: str) -> None:
        """Show the conversation of another agent of the session.

        Args:
            path: of the subagent; empty for the main agent.
        """
        if self._view is None or path == self._agent:
            return
        self._agent = path if path in self._view.state.agents else ""
        self._toggled.clear()
        self._shown, self._beginning = None, True
        await self._begin_transcript()

    def close_agent(self) -> bool:
        """Go back to the agent that the shown one works for; tells whether there is one."""
        if not self._agent:
            return False
        above = self._agent.rpartition("/")[0]
        self.show_agent("" if above == "main" else above)
        self.focus_writing()
        return True

    async def open_session(self, view: SessionView) -> None:
        """Show this session from now on."""
        before, self._view = self._view, view
        self._agent = self._agent if before is view else ""
        if self._drawers is None:
            await self._make_views()
        elif before is not view:
            await self._clear_transcript()
        self._update()

    async def _make_views(self) -> None:
        """What needs the engine's types is made once they are loaded."""
        from goose_tui.transcript.conversation import ConversationDrawer
        from goose_tui.transcript.tree import TreeDrawer
        from goose_tui.widgets.record_view import RecordView

        drawers = ConversationDrawer(self._palette), TreeDrawer(self._palette)
        self._drawers = drawers
        # One clock for all: panels and views that are painted apart cost two frames.
        self._tools = RecordView(
            drawers[1], cursor=True, selectable=False, frame_seconds=0.0, id="tool-tree"
        )
        await _add(self.query_one("#tools", Vertical), self._tools)

    async def _clear_transcript(self) -> None:
        """Back to the welcome: another session begins."""
        self._transcript, self._shown, self._beginning = None, None, False
        self._toggled.clear()
        place = self.query_one("#transcript", Vertical)
        await place.remove_children()
        welcome = Welcome(id="welcome")
        welcome.palette = self._palette
        await _add(place, welcome)

    async def _begin_transcript(self) -> None:
        from goose_tui.widgets.record_view import RecordView

        assert self._drawers is not None
        self._transcript = RecordView(self._drawers[0], frame_seconds=0.0, id="conversation")
        place = self.query_one("#transcript", Vertical)
        await place.remove_children()
        await _add(place, self._transcript)
        self._update()

    def session_changed(self) -> None:
        """Events came: show them with the next frame."""
        if self._pending is None:
            self._pending = self.set_timer(FRAME * self._slow, self._update)

    def _tick(self) -> None:
        if self._pending is not None:
            return  # the frame that is due shows the time, too
        self.query_one(StatusLine).tick(self._mono())
        if self._view is not None:
            self._show_records(self._view)

    def _update(self) -> None:
        self._pending = None
        self.query_one(StatusLine).tick(self._mono())
        if self._view is None:
            return
        self._show_records(self._view)
        self.query_one(Banner).show(self._view.live.status)
        self._show_panels(self._view.state.of_agent(self._agent))

    def _show_records(self, view: SessionView) -> None:
        from goose_tui.transcript.conversation import shown_records
        from goose_tui.transcript.tree import tree_rows

        now, state = self._mono(), view.state.of_agent(self._agent)
        shown = shown_records(state, view.live, now, view.state)
        if self._transcript is None:
            if len(shown) and not self._beginning:
                self._beginning = True
                self.call_later(self._begin_transcript)
        elif shown is not self._shown:
            changed = shown.first_difference(self._shown) if self._shown is not None else 0
            self._shown = shown
            self._transcript.show(shown, changed)
        if self._tools is not None:
            shares = view.live.shares
            rows = tree_rows(state, now, self._toggled, self._tree, shares, view.state)
            changed = _first_change(rows, self._tree)
            if changed < max(len(rows), len(self._tree)):
                self._tree = rows
                self._tools.show(rows, changed)

    def _show_panels(self, state: SessionState) -> None:
        from goose_tui.screens.standing import heading
        from goose_tui.transcript.tree import tree_count
        from goose_tui.view.gauge import GaugeReader

        agent = self._view.state.agents.get(self._agent) if self._view is not None else None
        self.query_one(Header).show(heading(state, agent))
        self.query_one(PlanPanel).show(state.plan)
        if self._gauge is None:
            self._gauge = GaugeReader()
        self.query_one(Gauge).show(self._gauge.read(state, self._threshold))
        self.query_one("#tools-title", Label).show(
            "Tools", tree_count(self._tree), empty="no calls yet"
        )
        self.show_foot(state)

    def show_foot(self, state: SessionState) -> None:
        """Show what the foot and the status say of a session."""
        from goose_tui.screens.standing import doing
        from goose_tui.view.pause_words import pause_words

        self.query_one(QueueLines).show(state.queue)
        following = self._view.following if self._view is not None else None
        self._show_following(following)
        if self._steps is not None:
            about = self._palette.glyphs.about
            self._steps.show(pause_words(state, about) if following is None else None)
        hints = FOLLOW_HINTS if following is not None else self._hints(state)
        self.query_one(StatusLine).show(doing(state, hints, self._flash))
        if self._ticker is not None:
            if self._moves(state):
                self._ticker.resume()
            else:
                self._ticker.pause()

    def _hints(self, state: SessionState) -> tuple[tuple[str, str], ...]:
        if not self._agent:
            return _hints(state)
        return AGENT_HINTS if state.working else ENDED_HINTS

    def _moves(self, state: SessionState) -> bool:
        """Whether something goes on whose time is shown."""
        agents = self._view.state.running_agents if self._view is not None else ()
        return (state.working and not state.asks) or bool(agents)

    def _show_following(self, following: Following | None) -> None:
        """Nothing can be written where a session is only read along."""
        bar, row = self.query_one(FollowBar), self.query_one("#composer-row", Horizontal)
        writes = self.focused in (None, bar, self.composer)
        changes = row.display != (following is None)
        row.display = following is None
        bar.show(following)
        if changes and writes:
            self.call_after_refresh(self.focus_writing)  # what is not laid out takes no focus

    def flash(self, words: str, seconds: float = 2.0) -> None:
        """Say something in the status line for a moment."""
        self._flash = words
        self._update()
        if words:
            self.set_timer(seconds, lambda: self.flash(""))

    # Panels

    def focus_panel(self, name: str) -> None:
        """Go to a panel; where there is no room for the side column it comes as an overlay."""
        if self.has_class("narrow") and not self.has_class("overlay"):
            self.add_class("overlay")
            self.app.stylesheet.update(self)  # now: what is not shown yet takes no focus
        elif self.has_class("overlay"):
            self.remove_class("overlay")
            self.focus_writing()
            return
        if self._zoomed:
            self.zoom()
        target: Widget | None = self._tools if name == "tools" else None
        self.set_focus(target or self.home)  # at once: the next key may be here already

    def make_room(self, rows: int) -> None:
        """End the transcript above a dialog.

        Args:
            rows: that the dialog covers; 0 for none.
        """
        self.query_one("#transcript", Vertical).styles.padding = (0, 0, rows, 0)

    def zoom(self) -> None:
        """Give the transcript the whole width, or take it back."""
        self._zoomed = not self._zoomed
        self.set_class(self._zoomed, "zoomed")

    def open_search(self) -> None:
        """Search the conversation."""
        if self._search is None:
            from goose_tui.widgets.search_line import SearchLine  # the first paint does without

            self._search = SearchLine(id="search")
            self.mount(self._search, before=self.SEARCH_ABOVE)
        self._search.display = True
        self.set_focus(self._search)  # at once: the next key may be here already

    def on_search_line_wanted(self, event: SearchLine.Wanted) -> None:
        """Go to the next place that matches."""
        if self._transcript is not None and not self._transcript.search(
            event.pattern, backwards=event.backwards
        ):
            self.flash(f"nothing matches {event.pattern}")

    def on_search_line_closed(self, event: SearchLine.Closed) -> None:
        """Back to the composer."""
        if self._transcript is not None:
            self._transcript.clear_search()
        self.focus_writing()

    def on_composer_offered(self, event: Composer.Offered) -> None:
        """Show how the draft may go on."""
        if self._completion is None:
            from goose_tui.widgets.completion import CompletionList  # the first paint does without

            self._completion = CompletionList(id="completion")
            self._completion.palette = self._palette
            self.mount(self._completion, before="#composer-row")
        self._completion.show(event.offers, event.at)

    # Stepping

    @property
    def steps_taken(self) -> bool:
        """Whether the step bar has the keys."""
        return self._steps is not None and self._steps.taken

    def enter_steps(self) -> bool:
        """Go from the composer to the step bar; tells whether there is one."""
        return self._steps is not None and self._steps.enter()

    def leave_steps(self) -> bool:
        """Go from the step bar back to the composer; tells whether it had the keys."""
        return self._steps is not None and self._steps.leave()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Who writes keeps the keys."""
        if self._steps is not None:
            self._steps.typed()

    def close_popup(self) -> bool:
        """Close what lies over the workbench; tells whether something did."""
        if self.close_offers():
            return True
        if self._search is not None and self._search.display:
            self._search.action_close()
            return True
        if self.has_class("overlay"):
            self.remove_class("overlay")
            self.focus_writing()
            return True
        return False

    def close_offers(self) -> bool:
        """Take away what the draft could go on with; tells whether there was something."""
        return self.composer.close_offers()

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter on a turn folds it, on a call opens it."""
        event.stop()
        if event.key.startswith("turn "):
            self._toggled ^= {event.key}
            self._update()
        elif self._view is not None and self._view.state.agent_of_call(event.key):
            agent = self._view.state.agent_for(event.key)
            if agent is None:
                self.post_message(self.CallWanted(event.key))
            else:
                self.show_agent(agent.path)
        elif self._transcript is not None:
            self._transcript.toggle_fold(event.key)


def _hints(state: SessionState) -> tuple[tuple[str, str], ...]:
    if state.asks:
        return ()  # the dialog or the step bar shows its own
    if state.queue and not state.working:
        return QUEUE_HINTS
    return BUSY_HINTS if state.working else IDLE_HINTS


async def _add(place: Vertical, widget: Widget) -> None:
    # The program may be on its way out, and its screen taken down.
    if place.is_attached:
        await place.mount(widget)


def _first_change(rows: Sequence[object], before: Sequence[object]) -> int:
    for at, (new, old) in enumerate(zip(rows, before, strict=False)):
        if new is not old:
            return at
    return min(len(rows), len(before))

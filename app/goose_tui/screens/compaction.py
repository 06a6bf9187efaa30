"""May the conversation be made smaller? Left what the model sees now, right what it would see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from goose_agent.evolve import evolve
from goose_tui.keys import KEY_SILENCE
from goose_tui.screens.asking import AskingScreen
from goose_tui.transcript.compaction import (
    ReviewDrawer,
    ReviewRow,
    after_rows,
    fact_rows,
    piece_rows,
)
from goose_tui.view.compaction_words import cost_words, review_heading, size_words
from goose_tui.view.formatting import cut_end
from goose_tui.view.review_pieces import Fate, ReviewPieces, text_of
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated, CursorMoved
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rows import Row, Rows
from goose_tui.widgets.rules import VerticalRule

if TYPE_CHECKING:
    from goose_agent.context.risk import Fact
    from goose_agent.events import CompactionAnswer, CompactionReview
    from goose_agent.state.session_state import SessionState
    from goose_tui.view.palette import Palette

__all__ = ["CompactionScreen"]

_KEYS = "y accept  n leave it  w keep  p pin  d drop  s sum up  e edit  f focus"
_KEYS_BARE = "y accept  n leave it  w keep  p pin  s let go"


class ReviewHead(Rows):
    """What is asked and why, how much is won, who wrote the summary, how long there is."""

    DEFAULT_CSS = "ReviewHead { height: auto; }"

    def __init__(self, review: CompactionReview) -> None:
        super().__init__()
        self._review = review
        self._after = review.tokens_after
        self._left: float | None = None

    def show(self, after: int, left: float | None) -> None:
        """Say this from now on.

        Args:
            after: tokens of a request afterwards.
            left: seconds until it holds by itself; None for never.
        """
        if (after, left) != (self._after, self._left):
            self._after, self._left = after, left
            self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """A row each."""
        palette, review = self.palette, self._review
        dot, ellipsis = palette.glyphs.dot, palette.glyphs.ellipsis
        changed = evolve(review, tokens_after=self._after)
        why = review_heading(changed)
        if self._after >= review.tokens_before:
            size = size_words(review.tokens_before, self._after, review.window)
            why = f"nothing would be gained: {size}"
        about = [clean_line(words) for words in cost_words(changed)]
        if self._left is not None:
            about.append(f"holds by itself in {self._left:.0f} s; any key stops that")
        first = [Segment(cut_end(why, width, ellipsis), palette.bright)]
        texts = (cut_end(f"{dot} {words}", width, ellipsis) for words in about)
        return [first, *([Segment(text, palette.dim)] for text in texts)]


class Title(Rows):
    """A dim heading of a column."""

    DEFAULT_CSS = "Title { height: 1; }"

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def say(self, words: str) -> None:
        """Say this from now on."""
        if words != self._words:
            self._words = words
            self.redraw()

    def rows(self, width: int) -> list[Row]:
        """One row."""
        return [[Segment(cut_end(f" {self._words}", width), self.palette.dim)]]


class CompactionScreen(AskingScreen):
    """A proposal to make the conversation smaller.

    Args:
        request_id: names the question.
        review: the proposal.
        state: the session.
        palette: styles and glyphs.
        held: whether the clock stands still already.
        key_silence: seconds without a key that pass before one answers.
    """

    CSS_PATH = "compaction.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "accept", "accept", show=False, priority=True),
        Binding("n,escape", "refuse", "leave it", show=False, priority=True),
        Binding("w", "let('keep')", "keep", show=False, priority=True),
        Binding("p", "let('pin')", "pin", show=False, priority=True),
        Binding("d", "let('drop')", "drop", show=False, priority=True),
        Binding("s", "let('goes')", "sum up", show=False, priority=True),
        Binding("e", "edit", "edit the summary", show=False, priority=True),
        Binding("f", "focus_on", "sum up anew", show=False, priority=True),
        Binding("tab", "next_list", "next", show=False, priority=True),
    ]

    @dataclass
    class Answered(Message):
        """The person chose."""

        request_id: str
        answer: CompactionAnswer

    @dataclass
    class Held(Message):
        """The person looks at it."""

        request_id: str

    def __init__(
        self,
        request_id: str,
        review: CompactionReview,
        state: SessionState,
        palette: Palette,
        *,
        held: bool = False,
        key_silence: float = KEY_SILENCE,
    ) -> None:
        super().__init__(request_id, key_silence=key_silence)
        self._review = review
        self._state = state
        self._palette = palette
        self._summary = review.summary
        self._pieces: ReviewPieces | None = None
        self._fates: dict[str, Fate] = {}
        self._first: dict[str, Fate] = {}
        self._left = None if held else review.seconds
        lists = evolve(palette, cursor=palette.selection)
        self._head = ReviewHead(review)
        self._now: RecordView[ReviewRow] = RecordView(
            ReviewDrawer(lists), tail=False, cursor=True, selectable=False, id="review-now"
        )
        self._then: RecordView[ReviewRow] = RecordView(
            ReviewDrawer(lists), tail=False, id="review-then"
        )
        self._risk_drawer = ReviewDrawer(lists)
        self._risk: RecordView[ReviewRow] = RecordView(
            self._risk_drawer, tail=False, id="review-risk"
        )
        self._risk_title = Title("at risk: reading")

    def compose(self) -> ComposeResult:
        """Head, two columns, keys on the border."""
        keys = _KEYS if self._review.way == "summarize" else _KEYS_BARE
        with Vertical(id="review") as dialog:
            dialog.border_title = "Compaction"
            dialog.border_subtitle = keys
            yield self._head
            with Horizontal(id="review-columns"):
                with Vertical():
                    yield Title("the model sees now")
                    yield self._now
                yield VerticalRule()
                with Vertical():
                    yield Title("it would see")
                    yield self._then
                    yield self._risk_title
                    yield self._risk

    def on_mount(self) -> None:
        """Read what it is about."""
        for rows in self.query(Rows):
            rows.palette = self._palette
        self._now.focus()
        self._head.show(self._review.tokens_after, self._left)
        if self._left is not None:
            self.set_interval(1.0, self._tick)
        self._read()

    def _tick(self) -> None:
        if self._left is not None:
            self._left = max(0.0, self._left - 1)
            self._head.show(self._after(), self._left)

    def on_key(self, event: events.Key) -> None:
        """Whoever presses a key looks at it: it waits for them."""
        self.hold()
        super().on_key(event)

    def on_click(self, _: events.Click) -> None:
        """So does whoever clicks."""
        self.hold()

    def hold(self) -> None:
        """Let it wait for the person."""
        if self._left is not None:
            self._left = None
            self._head.show(self._after(), None)
            self.post_message(self.Held(self.request_id))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing answers before the silence, and nothing is changed before it was read."""
        if action in ("let", "edit", "focus_on"):
            written = self._review.way == "summarize"
            bare = action == "let" and parameters != ("drop",)
            return self.armed and self._pieces is not None and (written or bare)
        return self.armed if action in ("accept", "refuse") else True

    # What it is about

    @work
    async def _read(self) -> None:
        """Take the conversation apart beside the event loop."""
        from anyio import to_thread

        pieces = await to_thread.run_sync(ReviewPieces.of, self._state, self._review)
        self._pieces = pieces
        self._first = pieces.first_fates()
        self._fates = dict(self._first)
        self._show()

    def _kept(self) -> tuple[str, ...]:
        return tuple(key for key, fate in self._fates.items() if fate in ("keep", "pin"))

    def _after(self) -> int:
        if self._pieces is None or not self._changed:
            return self._review.tokens_after
        return self._pieces.tokens_after(self._kept(), self._summary)

    @property
    def _changed(self) -> bool:
        return self._fates != self._first or self._summary != self._review.summary

    def _show(self) -> None:
        if self._pieces is None:
            return
        kept, about = self._kept(), self._palette.glyphs.about
        self._now.show(piece_rows(self._pieces, self._fates))
        self._then.show(after_rows(self._pieces, kept, self._summary, about))
        self._head.show(self._after(), self._left)
        self._weigh(self._pieces, kept, self._summary)

    @work(exclusive=True, group="risk")
    async def _weigh(self, pieces: ReviewPieces, kept: tuple[str, ...], summary: str) -> None:
        """Look for what would be lost."""
        from anyio import to_thread

        facts = await to_thread.run_sync(pieces.at_risk, kept, summary)
        self._show_risk(facts)

    def _show_risk(self, facts: Sequence[Fact]) -> None:
        words = (
            f"at risk, in nothing that stays: {len(facts)}" if facts else "nothing at risk found"
        )
        self._risk_title.say(words)
        rows, width = list(fact_rows(facts)), max(8, self._risk.size.width)
        wanted = sum(len(self._risk_drawer.lines(row, width, False)) for row in rows)
        self._risk.styles.height = min(wanted, max(3, self.size.height // 3))
        self._risk.show(rows)

    # What a person does

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter: read a piece whole."""
        from goose_tui.screens.text import TextScreen

        event.stop()
        if event.view is not self._now or self._pieces is None:
            return
        found = [item for item in self._pieces.view if item.key == self._now.cursor_key]
        if found:
            text = "\n\n".join(map(text_of, found))
            self.app.push_screen(TextScreen("Piece", text, self._palette))

    def on_record_view_cursor_moved(self, event: CursorMoved) -> None:
        """Whoever moves the cursor looks at it."""
        event.stop()
        if self._pieces is not None and self._now.cursor_key != self._pieces.view[0].key:
            self.hold()

    def action_next_list(self) -> None:
        """Tab: the next of the lists."""
        self.hold()
        self.focus_next()

    def action_let(self, fate: Fate) -> None:
        """Another fate for the piece under the cursor; a call and its result share theirs."""
        key = self._now.cursor_key
        self.hold()
        if self._pieces is None or key not in self._fates:
            return
        ref = next(item.ref for item in self._pieces.view if item.key == key)
        for item in self._pieces.view:
            paired = ref and item.ref == ref and item.kind in ("tool_call", "tool_result")
            if item.key == key or paired:
                self._fates[item.key] = fate
        self._show()

    @work
    async def action_edit(self) -> None:
        """Change the summary."""
        from goose_tui.screens.text import EditScreen

        self.hold()
        text = await self.app.push_screen_wait(EditScreen("Summary", self._summary))
        if text is not None:
            self._summary = text
            self._show()

    @work
    async def action_focus_on(self) -> None:
        """Have it summed up anew."""
        from goose_agent.events import CompactionAnswer
        from goose_tui.screens.text import EditScreen

        self.hold()
        screen = EditScreen("What the summary is to attend to", self._review.focus)
        focus = await self.app.push_screen_wait(screen)
        if focus is None:
            return
        dropped = tuple(key for key, fate in self._fates.items() if fate == "drop")
        words = " ".join(focus.split())
        self._answer(CompactionAnswer("recompute", kept=self._kept(), dropped=dropped, focus=words))

    def action_accept(self) -> None:
        """Y: let it hold as it is shown."""
        from goose_agent.events import CompactionAnswer

        if not self._changed:
            self._answer(CompactionAnswer("accept"))
            return
        pinned = tuple(
            key
            for key, fate in self._fates.items()
            if fate == "pin" and self._first.get(key) != "pin"
        )
        summary = self._summary if self._summary != self._review.summary else None
        self._answer(CompactionAnswer("accept", summary, self._kept(), pinned))

    def action_refuse(self) -> None:
        """N or Esc: the conversation stays as it is."""
        from goose_agent.events import CompactionAnswer

        self._answer(CompactionAnswer("cancel"))

    def _answer(self, answer: CompactionAnswer) -> None:
        if self.armed:
            self.armed = False
            self.post_message(self.Answered(self.request_id, answer))

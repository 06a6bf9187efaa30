"""A question to the person as it was asked, and what they answered: to be read in a replay."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from goose_agent.events import Approval
from goose_agent.replay.why import Asked
from goose_tui.transcript.approval import Passage, Writing, passages
from goose_tui.transcript.approval_drawing import ApprovalDrawer
from goose_tui.transcript.why import answer_words, question_of
from goose_tui.view.formatting import cut_end
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_line
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rows import Row, Rows

__all__ = ["AskedPanel"]

_MARGINS = 5
"""Columns beside the text, the scrollbar's included."""


class _Heads(Rows):
    """What asked, and what the answer was."""

    DEFAULT_CSS = "_Heads { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._asked: Asked | None = None

    def show(self, asked: Asked | None) -> None:
        """Tell of this one."""
        self._asked = asked
        self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """A row each."""
        if self._asked is None:
            return []
        palette = self.palette
        question = question_of(self._asked)
        name = "question"
        summary = ""
        if isinstance(question, Approval):
            name = f"approval  {clean_line(question.tool, strict=True)}"
            summary = clean_line(question.summary, strict=True)
        name = f" {palette.glyphs.waiting} {name}  "
        more = palette.glyphs.ellipsis
        answered = cut_end(f"   {answer_words(self._asked)}", width, more)
        return [
            [
                Segment(name, palette.warn),
                Segment(cut_end(summary, max(0, width - cell_len(name)), more), palette.bright),
            ],
            [Segment(answered, palette.text)],
        ]


class AskedPanel(Vertical):
    """One question; hidden where there is none.

    Args:
        palette: styles and glyphs.
        id: of the widget.
    """

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._heads = _Heads()
        self._drawer = ApprovalDrawer(palette)
        self._body: RecordView[Passage] = RecordView(self._drawer, tail=False)
        self._shown: tuple[Asked | None, Size | None] = (None, None)
        """The question, and the size of the screen it was fitted to."""
        self.display = False

    def compose(self) -> ComposeResult:
        """Heads and body."""
        yield self._heads
        yield self._body

    def show(self, asked: Asked | None) -> None:
        """Show this question from now on; None for none."""
        shown = asked, self.screen.size
        if shown == self._shown:
            return
        self._shown = shown
        self.display = asked is not None
        self._heads.show(asked)
        passages = _passages(asked) if asked is not None else []
        self._body.styles.height = self._height(passages)
        self._body.show(passages)
        self._body.scroll_to_start()

    def _height(self, passages: Sequence[Passage]) -> int:
        """As many rows as are needed, and not too many."""
        width, most = self.screen.size.width - _MARGINS, self.screen.size.height // 2 - 2
        rows = 0
        for passage in passages:
            rows += len(self._drawer.lines(passage, max(1, width), False))
            if rows >= most:
                return most
        return rows


def _passages(asked: Asked) -> Sequence[Passage]:
    question = question_of(asked)
    if isinstance(question, Approval):
        return passages(question)
    texts = tuple(clean(question).split("\n"))
    return [Writing("question", "text", texts, 0, len(texts))]

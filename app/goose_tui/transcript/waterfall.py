"""Who waited for whom, as rows: a turn, and below it each wait with its place in time."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from goose_agent.replay.waterfall import Span, TurnFall, Who
from goose_tui.view.formatting import cut_end, fit
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.numbers import duration
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line

__all__ = ["FallDrawer", "FallRow", "fall_rows"]

_WHO: tuple[Who, ...] = ("model", "tool", "person")
_NAMES: dict[Who, str] = {"model": "model", "tool": "tools", "person": "you"}
_TIME = 8
_WORDS = 0.42
"""Share of the width that the words of a wait take."""
_LONGEST_WORDS = 60


class FallRow(Struct, frozen=True):
    """A turn, or a wait in it."""

    key: str
    """The number of the event it begins with."""
    turn: TurnFall
    text: str
    """What was asked for in the turn; empty for a wait."""
    span: Span | None = None


def fall_rows(turns: Sequence[TurnFall], texts: Sequence[str]) -> list[FallRow]:
    """The rows of all turns.

    Args:
        turns: in order.
        texts: what was asked for in each.
    """
    rows: list[FallRow] = []
    for at, turn in enumerate(turns):
        text = texts[at] if at < len(texts) else ""
        rows.append(FallRow(str(turn.seq), turn, text or f"turn {turn.number}"))
        rows += [FallRow(str(span.seq), turn, "", span) for span in turn.spans]
    return rows


class FallDrawer:
    """Draws the rows for a `RecordView`.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: FallRow) -> str:
        """What names a row."""
        return record.key

    def text(self, record: FallRow) -> str:
        """What searching looks at."""
        return record.span.words if record.span is not None else record.text

    def estimate(self, record: FallRow, width: int) -> int:
        """A line; a turn has one for its sums, too."""
        return 1 if record.span is not None else 2

    def foldable(self, record: FallRow) -> bool:
        """All is shown."""
        return False

    def folded_by_default(self, record: FallRow) -> bool:
        """All is shown."""
        return False

    def lines(self, record: FallRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """The lines of a row."""
        if record.span is not None:
            return [self._wait(record.turn, record.span, width)]
        return self._turn(record, width)

    def _turn(self, row: FallRow, width: int) -> list[RecordLine]:
        palette, turn = self.palette, row.turn
        total = duration(turn.seconds)
        text = fit(clean_line(row.text), max(1, width - cell_len(total) - 3))
        sums: list[Segment] = [Segment("   ")]
        waited = 0.0
        for who in _WHO:
            seconds = turn.waited_for(who)
            waited += seconds
            if seconds:
                share = round(100 * seconds / turn.seconds) if turn.seconds else 0
                sums.append(Segment(f"{_NAMES[who]} ", self._style(who)))
                sums.append(Segment(f"{duration(seconds)} {share}%   ", palette.text))
        if (rest := turn.seconds - waited) > 0.001:
            sums.append(Segment(f"rest {duration(rest)}", palette.dim))
        head = [Segment(f" {text} ", palette.bright), Segment(f"{total} ", palette.bright)]
        return [line_of(head), line_of(sums)]

    def _wait(self, turn: TurnFall, span: Span, width: int) -> RecordLine:
        palette = self.palette
        words_width = min(_LONGEST_WORDS, int(width * _WORDS))
        bar_width = max(4, width - words_width - _TIME - 7)
        scale = bar_width / turn.seconds if turn.seconds else 0.0
        start = min(bar_width - 1, int((span.start - turn.start) * scale))
        length = max(1, min(bar_width - start, round(span.seconds * scale)))
        words = fit(clean_line(span.words), words_width, palette.glyphs.ellipsis)
        style = self._style(span.who)
        bar = self._letter(span.who) * length
        return line_of(
            [
                Segment(f"   {self._letter(span.who)} ", style),
                Segment(words, palette.text),
                Segment(f" {' ' * start}"),
                Segment(bar, style),
                Segment(" " * (bar_width - start - length)),
                Segment(cut_end(duration(span.seconds), _TIME).rjust(_TIME), palette.dim),
            ]
        )

    def _style(self, who: Who) -> Style:
        match who:
            case "model":
                return self.palette.accent
            case "tool":
                return self.palette.ok
            case "person":
                return self.palette.warn

    def _letter(self, who: Who) -> str:
        """Tells them apart without colours, too."""
        glyphs = self.palette.glyphs
        match who:
            case "model":
                return glyphs.bar_full
            case "tool":
                return glyphs.compacted
            case "person":
                return glyphs.waiting

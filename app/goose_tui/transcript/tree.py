"""The tree of tool calls as rows: turns, the current one open, and the calls of those that are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_agent.evolve import evolve
from goose_agent.state.records import CallRecord
from goose_agent.state.session_state import SessionState, Turn
from goose_tui.transcript.calls import call_head, shown_elsewhere
from goose_tui.view.formatting import cut_end, duration
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line

__all__ = ["CallRow", "TreeDrawer", "TreeRow", "TurnRow", "tree_count", "tree_rows"]


_BAR = 30
"""Columns of the bar of a running call, at most."""


class TurnRow(Struct, frozen=True):
    """A turn."""

    key: str
    turn: Turn
    unfolded: bool
    seconds: float
    """How long it has taken so far."""
    calls: int
    """How many of its calls are listed while it is unfolded."""


class CallRow(Struct, frozen=True):
    """A call of an open turn."""

    key: str
    call: CallRecord
    seconds: float | None
    """How long it has been running; None where it is not."""
    share: float | None = None
    """How much of it is done, from 0 to 1; None where nobody knows."""


TreeRow = TurnRow | CallRow


def tree_rows(
    state: SessionState,
    now: float,
    toggled: Collection[str],
    before: Sequence[TreeRow] = (),
    shares: Mapping[str, float] = MappingProxyType({}),
) -> list[TreeRow]:
    """The rows of the tree: the last turn is open, the others closed, but for those toggled.

    Args:
        state: the session.
        now: monotonic seconds.
        toggled: keys of turns that a person opened or closed.
        before: the rows shown so far; those that are the same are kept.
        shares: how much of each running call is done, by its id, where that is known.
    """
    known = {row.key: row for row in before}
    rows: list[TreeRow] = []
    last = len(state.turns) - 1
    for at, turn in enumerate(state.turns):
        key = f"turn {turn.number}"
        unfolded = (at == last) != (key in toggled)
        old = known.get(key)
        if isinstance(old, TurnRow) and old.turn is turn and turn.reason and not unfolded:
            rows.append(_kept(known, evolve(old, unfolded=False)))
            continue
        shown = [call for call in state.calls_of_turn(turn) if not shown_elsewhere(call)]
        if not shown:
            continue
        seconds = turn.seconds if turn.reason else float(int(max(0.0, now - turn.started)))
        rows.append(_kept(known, TurnRow(key, turn, unfolded, seconds, len(shown))))
        if unfolded:
            rows += [_kept(known, _call_row(call, now, shares)) for call in shown]
    return rows


def tree_count(rows: Iterable[TreeRow]) -> str:
    """How many calls there were, and how many run."""
    count = live = 0
    for row in rows:
        match row:
            case TurnRow():
                count += row.calls
            case CallRow():
                live += row.call.state == "running"
    if not count:
        return ""
    calls = _calls(count)
    return f"{calls} · {live} live" if live else calls


def _calls(count: int) -> str:
    return f"{count} call{'s' if count != 1 else ''}"


def _call_row(call: CallRecord, now: float, shares: Mapping[str, float]) -> TreeRow:
    running = call.state == "running" and call.started is not None
    seconds = float(int(max(0.0, now - (call.started or now)))) if running else None
    return CallRow(call.key, call, seconds, shares.get(call.key) if running else None)


def _kept(known: dict[str, TreeRow], row: TreeRow) -> TreeRow:
    old = known.get(row.key)
    match old, row:
        case CallRow(), CallRow():
            was, now = (old.seconds, old.share), (row.seconds, row.share)
            same = old.call is row.call and was == now
        case TurnRow(), TurnRow():
            same = old.turn is row.turn and old == row
        case _:
            same = False
    return old if same and old is not None else row


class TreeDrawer:
    """Draws rows of the tree for a `RecordView`.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: TreeRow) -> str:
        """What names a row through its changes."""
        return record.key

    def text(self, record: TreeRow) -> str:
        """What searching looks at."""
        match record:
            case TurnRow():
                return record.turn.text
            case CallRow():
                return f"{record.call.tool} {record.call.summary}"

    def estimate(self, record: TreeRow, width: int) -> int:
        """Rows are one line."""
        return 1

    def foldable(self, record: TreeRow) -> bool:
        """Folding is a matter of which rows there are."""
        return False

    def folded_by_default(self, record: TreeRow) -> bool:
        """Never."""
        return False

    def lines(self, record: TreeRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """The line of a row."""
        match record:
            case TurnRow():
                return [line_of(self._turn(record, width))]
            case CallRow():
                head = call_head(record.call, max(4, width - 2), self.palette, record.seconds)
                lines = [line_of([Segment("  "), *head], gutter=2)]
                return lines if record.share is None else [*lines, self._bar(record.share, width)]

    def _bar(self, share: float, width: int) -> RecordLine:
        """How much of a call is done."""
        palette, glyphs = self.palette, self.palette.glyphs
        room = max(4, min(_BAR, width - 10))
        full = round(share * room)
        return line_of(
            [
                Segment("    "),
                Segment(glyphs.bar_full * full, palette.accent),
                Segment(glyphs.bar_empty * (room - full), palette.rule),
                Segment(f" {share:4.0%}", palette.dim),
            ],
            gutter=4,
        )

    def _turn(self, row: TurnRow, width: int) -> list[Segment]:
        palette, glyphs = self.palette, self.palette.glyphs
        mark = glyphs.unfolded if row.unfolded else glyphs.folded
        right = duration(row.seconds) if row.seconds else ""
        if not row.unfolded:
            right = f"{_calls(row.calls)}  {right}".rstrip()
        room = width - 2 - (cell_len(right) + 1 if right else 0)
        text = cut_end(clean_line(row.turn.text) or "turn", max(0, room), glyphs.ellipsis)
        gap = " " * max(0, room - cell_len(text))
        style = palette.text if row.unfolded else palette.dim
        segments = [Segment(f"{mark} ", palette.dim), Segment(text, style), Segment(gap)]
        return [*segments, Segment(f" {right}", palette.dim)] if right else segments

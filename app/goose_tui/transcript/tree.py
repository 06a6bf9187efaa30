"""The tree of tool calls as rows: turns, the current one open, and the calls of those that are.

Below a call that a subagent works for stands what it does just now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_agent.evolve import evolve
from goose_agent.state.records import CallRecord
from goose_agent.state.session_state import Agent, SessionState, Turn
from goose_tui.transcript.calls import call_head, call_mark, shown_elsewhere
from goose_tui.view.agent_words import agent_facts, agent_standing, agent_word
from goose_tui.view.formatting import cut_end
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.numbers import duration
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line

__all__ = ["AgentRow", "CallRow", "TreeDrawer", "TreeRow", "TurnRow", "tree_count", "tree_rows"]


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
    depth: int = 0
    """How many subagents are above it."""


class AgentRow(Struct, frozen=True):
    """A call that a subagent works for."""

    key: str
    """The call's id."""
    agent: Agent
    facts: tuple[str, ...]
    """What it took, with all that work for it."""
    hidden: int
    """Calls of it that are not listed."""
    depth: int = 0


TreeRow = TurnRow | CallRow | AgentRow

_NESTED = 5
"""Calls of a subagent at work that are listed, the last ones."""


def tree_rows(
    state: SessionState,
    now: float,
    toggled: Collection[str],
    before: Sequence[TreeRow] = (),
    shares: Mapping[str, float] = MappingProxyType({}),
    session: SessionState | None = None,
) -> list[TreeRow]:
    """The rows of the tree: the last turn is open, the others closed, but for those toggled.

    Of closed turns those subagents are listed that are still at work.

    Args:
        state: of the agent that is shown.
        now: monotonic seconds.
        toggled: keys of turns that a person opened or closed.
        before: the rows shown so far; those that are the same are kept.
        shares: how much of each running call is done, by its id, where that is known.
        session: the session, where another agent is shown than the main one.
    """
    known = {row.key: row for row in before}
    rows: list[TreeRow] = []
    nesting = _Nesting(session or state, now, shares)
    last = len(state.turns) - 1
    for at, turn in enumerate(state.turns):
        key = f"turn {turn.number}"
        unfolded = (at == last) != (key in toggled)
        old = known.get(key)
        if isinstance(old, TurnRow) and old.turn is turn and turn.reason and not unfolded:
            rows.append(_kept(known, evolve(old, unfolded=False)))
            rows += [_kept(known, row) for row in nesting.at_work(state, turn)]
            continue
        shown = [call for call in state.calls_of_turn(turn) if not shown_elsewhere(call)]
        if not shown:
            continue
        seconds = turn.seconds if turn.reason else float(int(max(0.0, now - turn.started)))
        rows.append(_kept(known, TurnRow(key, turn, unfolded, seconds, len(shown))))
        if unfolded:
            rows += [_kept(known, row) for call in shown for row in nesting.rows(call, 0)]
        else:
            rows += [_kept(known, row) for row in nesting.at_work(state, turn)]
    return rows


class _Nesting:
    """The rows of calls, with those of subagents below.

    Args:
        session: has all subagents.
        now: monotonic seconds.
        shares: how much of each running call is done, by its id, where that is known.
    """

    def __init__(self, session: SessionState, now: float, shares: Mapping[str, float]) -> None:
        self._session = session
        self._now = now
        self._shares = shares
        self._by_call = {agent.call_id: agent for agent in session.agents.values()}

    def rows(self, call: CallRecord, depth: int) -> Iterator[TreeRow]:
        """A call, and below it what a subagent that is at work for it does."""
        agent = self._by_call.get(call.key)
        if agent is None:
            yield _call_row(call, self._now, depth, self._shares)
            return
        calls = [
            record
            for record in agent.state.records
            if isinstance(record, CallRecord) and not shown_elsewhere(record)
        ]
        listed = calls[-_NESTED:] if agent.end is None else []
        facts = tuple(agent_facts(self._session, agent, self._now))
        yield AgentRow(call.key, agent, facts, len(calls) - len(listed), depth)
        for each in listed:
            yield from self.rows(each, depth + 1)

    def at_work(self, state: SessionState, turn: Turn) -> Iterator[TreeRow]:
        """The subagents that still work for calls of a turn."""
        if not self._by_call:
            return
        for call in state.calls_of_turn(turn):
            agent = self._by_call.get(call.key)
            if agent is not None and agent.end is None:
                yield from self.rows(call, 0)


def tree_count(rows: Iterable[TreeRow]) -> str:
    """How many calls there were, and how many run; and subagents at work."""
    count = live = agents = 0
    for row in rows:
        match row:
            case TurnRow():
                count += row.calls
            case CallRow():
                live += row.call.state == "running"
            case AgentRow():
                agents += row.agent.end is None
    if not count:
        return ""
    words = [_calls(count), f"{live} live" if live else ""]
    if agents:
        words.append(f"{agents} agent{'s' if agents > 1 else ''}")
    return " · ".join(filter(None, words))


def _calls(count: int) -> str:
    return f"{count} call{'s' if count != 1 else ''}"


def _call_row(call: CallRecord, now: float, depth: int, shares: Mapping[str, float]) -> TreeRow:
    running = call.state == "running" and call.started is not None
    seconds = float(int(max(0.0, now - (call.started or now)))) if running else None
    share = shares.get(call.key) if running else None
    return CallRow(call.key, call, seconds, share, depth)


def _kept(known: dict[str, TreeRow], row: TreeRow) -> TreeRow:
    old = known.get(row.key)
    match old, row:
        case CallRow(), CallRow():
            was = old.seconds, old.share, old.depth
            same = old.call is row.call and was == (row.seconds, row.share, row.depth)
        case AgentRow(), AgentRow():
            same = old.agent is row.agent and old.facts == row.facts
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
            case AgentRow():
                return f"{record.agent.name} {record.agent.title}"

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
                room, gap = _indented(record.depth, width)
                head = call_head(record.call, room, self.palette, record.seconds)
                lines = [line_of([gap, *head], gutter=2)]
                return lines if record.share is None else [*lines, self._bar(record.share, width)]
            case AgentRow():
                return [line_of(self._agent(record, width), gutter=2)]

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

    def _agent(self, row: AgentRow, width: int) -> list[Segment]:
        """A subagent in a line: how it stands, its task, what it took."""
        agent, palette = row.agent, self.palette
        room, gap = _indented(row.depth, width)
        glyph, style = call_mark(agent_standing(agent), palette)
        name = clean_line(agent.name, strict=True) or "delegate"
        word = "" if agent.end == "done" or agent_word(agent) == "at work" else agent_word(agent)
        right = _fitting(word, row.facts, room // 2)
        left = room - cell_len(glyph) - 3 - cell_len(name) - (cell_len(right) + 2 if right else 0)
        title = cut_end(clean_line(agent.title), max(0, left), palette.glyphs.ellipsis)
        done = agent.end is not None
        return [
            gap,
            Segment(f"{glyph} ", style),
            Segment(f"{name}  ", palette.dim if done else palette.text),
            Segment(title, palette.text if done else palette.bright),
            Segment(" " * max(0, left - cell_len(title))),
            Segment(f"  {right}" if right else "", style if word else palette.dim),
        ]

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


def _fitting(word: str, facts: Sequence[str], width: int) -> str:
    """How it stands, and as many facts as there is room for, the last ones."""
    told = ["  ".join(filter(None, (word, *facts[left:]))) for left in range(len(facts) + 1)]
    return next((text for text in told if cell_len(text) <= width), "")


def _indented(depth: int, width: int) -> tuple[int, Segment]:
    """The room in a row, and the space before it."""
    gap = 2 + 2 * depth
    return max(4, width - gap), Segment(" " * gap)

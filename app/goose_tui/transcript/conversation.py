"""How the records of a conversation become lines."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.segment import Segment

from goose_agent.events import Attachment
from goose_agent.state.live import Live
from goose_agent.state.records import (
    AnswerRecord,
    CallRecord,
    FoldRecord,
    HintsRecord,
    MarkRecord,
    NoticeRecord,
    Record,
    ThinkingRecord,
    UserRecord,
)
from goose_agent.state.session_state import Agent, SessionState
from goose_agent.state.vector import Vector
from goose_tui.transcript.calls import call_head, presented_plan, shown_elsewhere
from goose_tui.view.attachments import attachment_line
from goose_tui.view.compaction_words import fold_words
from goose_tui.view.diff import diff_lines
from goose_tui.view.formatting import cut_end
from goose_tui.view.hints import hints_line
from goose_tui.view.lines import (
    Prefix,
    RecordLine,
    blank_line,
    cut,
    expand_tabs,
    indent,
    line_of,
    plain_lines,
)
from goose_tui.view.markdown import StreamingMarkdown, render_markdown
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_output

__all__ = ["ConversationDrawer", "LiveCall", "Shown", "shown_records"]

_TAIL = 6
"""Lines of a running call's output that are shown."""
_FAILED = 8
"""Lines of a failed call's output that are shown while it is folded."""
_DIFF = 16
"""Lines of a diff that are shown while it is folded."""
_ESTIMATE_WIDTH = 20
_MARGIN = 1


class LiveCall(Struct, frozen=True):
    """A running call and what is to be seen of it just now."""

    record: CallRecord
    tail: str
    seconds: float

    @property
    def key(self) -> str:
        """The call's id."""
        return self.record.key


Shown = Record | LiveCall


def shown_records(
    state: SessionState, live: Live, now: float, session: SessionState | None = None
) -> Vector[Shown]:
    """What the transcript shows: the records, those of running calls with their live output.

    Args:
        state: the session.
        live: what is going on.
        now: monotonic seconds.
        session: the session, where another agent is shown than the main one.
    """
    agents = (session or state).agents
    shown: Vector[Shown] = state.records  # type: ignore[assignment] # Sequence is covariant, and Vector is never changed in place
    turn = state.turn
    if turn is None or turn.reason is not None:
        return shown
    for at in turn.calls:
        record = state.records[at]
        if isinstance(record, CallRecord) and record.state == "running":
            seconds = float(int(max(0.0, now - (record.started or now))))
            tail = live.tails.get(record.key, "")
            if agents and (agent := (session or state).agent_for(record.key)) is not None:
                tail = "\n".join(_doing(agent))
            shown = shown.set(at, LiveCall(record, tail, seconds))
    return shown


def _doing(agent: Agent) -> list[str]:
    """The last calls of a subagent at work, a line each."""
    calls = [record for record in agent.state.records if isinstance(record, CallRecord)]
    return [f"{call.tool}  {call.summary}" for call in calls[-_TAIL:] if not shown_elsewhere(call)]


class ConversationDrawer:
    """Draws records for a `RecordView`.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._streams: dict[tuple[str, int], StreamingMarkdown] = {}

    def key(self, record: Shown) -> str:
        """What names a record through its changes."""
        return record.key

    def text(self, record: Shown) -> str:
        """What searching looks at."""
        match record:
            case LiveCall(call, tail, _):
                return f"{call.tool} {call.summary}\n{tail}"
            case CallRecord():
                return f"{record.tool} {record.summary}\n{record.result}"
            case HintsRecord():
                return f"{hints_line(record.data)}\n{record.data.text}"
            case _:
                return record.text

    def estimate(self, record: Shown, width: int) -> int:
        """About how many lines a record takes, without drawing it."""
        match record:
            case UserRecord() | AnswerRecord():
                return 2 + len(record.text) // max(_ESTIMATE_WIDTH, width - 2)
            case NoticeRecord():
                return 2 + len(record.text) // max(_ESTIMATE_WIDTH, width - 2)
            case LiveCall():
                return 1 + _TAIL
            case CallRecord() if record.files or record.state == "failed":
                return 1 + _FAILED
            case _:
                return 1

    def foldable(self, record: Shown) -> bool:
        """Whether there is more of it to be seen."""
        if isinstance(record, FoldRecord):
            return bool(record.summary)
        return isinstance(record, ThinkingRecord | CallRecord | LiveCall | HintsRecord)

    def folded_by_default(self, record: Shown) -> bool:
        """Whether the rest is hidden at first."""
        return self.foldable(record)

    def lines(self, record: Shown, width: int, folded: bool) -> Sequence[RecordLine]:
        """The lines of a record."""
        inner = max(8, width - 2 * _MARGIN)
        match record:
            case UserRecord():
                return [blank_line(), *self._user(record, width)]
            case AnswerRecord():
                return [blank_line(), *self._answer(record, width - _MARGIN)]
            case ThinkingRecord() if not record.text and not record.open:
                # Only the provider can read it.
                return []
            case ThinkingRecord():
                return self._indented(self._thinking(record, inner, folded))
            case CallRecord() if shown_elsewhere(record):
                return []
            case CallRecord():
                return self._indented(self._call(record, inner, folded))
            case LiveCall():
                return self._indented(self._live_call(record, inner))
            case NoticeRecord():
                return [blank_line(), *self._indented(self._notice(record, inner))]
            case HintsRecord() | MarkRecord() | FoldRecord():
                return self._beside(record, inner, folded)

    def _indented(self, lines: Sequence[RecordLine]) -> list[RecordLine]:
        return indent(lines, self._margin())

    def _margin(self) -> Prefix:
        return Prefix.of(" " * _MARGIN, self.palette.text)

    def _user(self, record: UserRecord, width: int) -> list[RecordLine]:
        if record.by:
            return self._said_by_agent(record, width)
        bar = Prefix.of(f"{self.palette.glyphs.user_bar} ", self.palette.accent)
        text = clean(record.text)
        if record.steer:
            text = f"(while you work) {text}"
        inner = max(8, width - bar.width - 1)
        lines = plain_lines(text, inner, self.palette.user)
        return indent([*lines, *self._attached(record.attachments, inner)], bar)

    def _said_by_agent(self, record: UserRecord, width: int) -> list[RecordLine]:
        """What another agent says: an order, or a report."""
        palette = self.palette
        who = clean(f"{record.by} says")
        bar = Prefix.of(f"{palette.glyphs.user_bar} ", palette.rule)
        inner = max(8, width - bar.width - 1)
        head = plain_lines(who, inner, palette.dim)
        return indent([*head, *plain_lines(clean(record.text), inner, palette.text)], bar)

    def _attached(self, attachments: Sequence[Attachment], width: int) -> list[RecordLine]:
        glyphs = self.palette.glyphs
        texts = [cut_end(attachment_line(a, glyphs), width, glyphs.ellipsis) for a in attachments]
        return [line_of([Segment(text, self.palette.dim)]) for text in texts]

    def _answer(self, record: AnswerRecord, width: int) -> Sequence[RecordLine]:
        where = (record.key, width)
        margin = self._margin()
        if record.open:
            stream = self._streams.get(where)
            if stream is None:
                self._streams.clear()
                stream = StreamingMarkdown(width, self.palette, prefix=margin)
                self._streams[where] = stream
            stream.update(record.text)
            return stream.lines()
        self._streams.pop(where, None)
        lines = render_markdown(record.text, width, self.palette, prefix=margin)
        if record.interrupted:
            note = plain_lines("(interrupted)", width, self.palette.dim)
            return [*lines, *self._indented(note)]
        return lines

    def _thinking(self, record: ThinkingRecord, width: int, folded: bool) -> list[RecordLine]:
        glyphs = self.palette.glyphs
        mark = glyphs.folded if folded else glyphs.unfolded
        words = len(record.text.split())
        head = f"{mark} thinking" + (f" {glyphs.dot} {words} words" if not record.open else "")
        if record.open:
            head += glyphs.ellipsis
        lines = plain_lines(head, width, self.palette.dim)
        if folded:
            return lines
        body = plain_lines(clean(record.text), max(8, width - 2), self.palette.thinking)
        return lines + indent(body, self._bar())

    def _beside(
        self, record: HintsRecord | MarkRecord | FoldRecord, width: int, folded: bool
    ) -> list[RecordLine]:
        """What nobody said."""
        match record:
            case FoldRecord():
                return [blank_line(), *self._indented(self._fold(record, width, folded))]
            case HintsRecord():
                return self._indented(self._hints(record, width, folded))
            case MarkRecord():
                text = f"{self.palette.glyphs.dot} {clean(record.text)}"
                return self._indented(plain_lines(text, width, self.palette.dim))

    def _hints(self, record: HintsRecord, width: int, folded: bool) -> list[RecordLine]:
        data, glyphs = record.data, self.palette.glyphs
        mark = glyphs.folded if folded else glyphs.unfolded
        lines = plain_lines(f"{mark} {clean(hints_line(data))}", width, self.palette.dim)
        if folded or not data.text:
            return lines
        body = plain_lines(clean(data.text), max(8, width - 2), self.palette.dim)
        return lines + indent(body, self._bar())

    def _bar(self) -> Prefix:
        return Prefix.of(f"  {self.palette.glyphs.vertical} ", self.palette.rule)

    def _live_call(self, shown: LiveCall, width: int) -> list[RecordLine]:
        head = line_of(call_head(shown.record, width, self.palette, shown.seconds))
        tail = clean_output(shown.tail).rstrip("\n").split("\n")[-_TAIL:] if shown.tail else []
        return [head, *indent(self._end_of(tail, max(8, width - 4)), self._bar())]

    def _call(self, call: CallRecord, width: int, folded: bool) -> list[RecordLine]:
        head = line_of(call_head(call, width, self.palette))
        inner = max(8, width - 4)
        body = [*self._attached(call.pictures, inner), *self._body(call, inner, folded)]
        return [head, *indent(body, self._bar())]

    def _body(self, call: CallRecord, width: int, folded: bool) -> list[RecordLine]:
        if call.files:
            lines: list[RecordLine] = []
            for change in call.files:
                limit = _DIFF if folded else None
                lines += self._diff(change.diff, change.path, width, limit)
            return lines
        if plan := presented_plan(call):
            return list(render_markdown(plan, width, self.palette))
        shows = not folded or call.state in ("failed", "denied", "unknown")
        if not call.settled or not shows:
            return []
        text = clean_output(call.result).strip("\n")
        if folded:
            return self._end_of(text.split("\n"), width)
        return plain_lines(text, width, self.palette.dim, words=False)

    def _end_of(self, texts: list[str], width: int) -> list[RecordLine]:
        """The last lines of an output, a row each."""
        dim, ellipsis = self.palette.dim, self.palette.glyphs.ellipsis
        rows = [line_of(cut([Segment(expand_tabs(t), dim)], width, ellipsis)) for t in texts]
        if len(rows) <= _FAILED:
            return rows
        note = f"{ellipsis} {len(rows) - _FAILED} more lines above"
        return [*plain_lines(note, width, dim), *rows[-_FAILED:]]

    def _diff(self, diff: str, path: str, width: int, limit: int | None) -> list[RecordLine]:
        lines = diff_lines(diff, width, self.palette, path=path, headers=False)
        if limit is not None and len(lines) > limit:
            more = len(lines) - limit
            note = f"{self.palette.glyphs.ellipsis} {more} more lines"
            return [*lines[:limit], *plain_lines(note, width, self.palette.dim)]
        return list(lines)

    def _fold(self, record: FoldRecord, width: int, folded: bool) -> list[RecordLine]:
        """A rule across, and what of the conversation above it the model sees."""
        palette, glyphs = self.palette, self.palette.glyphs
        style = palette.dim if record.undone else palette.accent
        mark = (glyphs.folded if folded else glyphs.unfolded) if record.summary else glyphs.dot
        rule = line_of([Segment(glyphs.rule * width, palette.rule)])
        lines = [rule, *plain_lines(f"{mark} {clean(fold_words(record))}", width, style)]
        if folded or not record.summary:
            return lines
        body = render_markdown(record.summary, max(8, width - 4), palette)
        return [*lines, *indent(body, self._bar())]

    def _notice(self, record: NoticeRecord, width: int) -> list[RecordLine]:
        palette, glyphs = self.palette, self.palette.glyphs
        match record.level:
            case "error":
                mark, style = glyphs.failed, palette.error
            case "warning":
                mark, style = glyphs.waiting, palette.warn
            case "info":
                mark, style = glyphs.dot, palette.dim
        prefix = Prefix((Segment(f"{mark} ", style),), (Segment("  "),))
        lines = plain_lines(clean(record.text), max(8, width - 2), style)
        if record.hint:
            lines += plain_lines(clean(record.hint), max(8, width - 2), palette.dim)
        return indent(lines, prefix)

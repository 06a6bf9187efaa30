"""Steps to an answer that are lists: rules, hunks, calls alike, and the model's explanation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult

from goose_agent.events import ApprovalAnswer
from goose_agent.evolve import evolve
from goose_tui.screens.approval_rows import Hint
from goose_tui.screens.approval_step import Step
from goose_tui.transcript.approval import Fact, Passage, heading, hunk_passages, passages
from goose_tui.transcript.approval_drawing import ApprovalDrawer
from goose_tui.view.lines import Prefix, indent, plain_lines
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.events import Approval, Proposal, RequestExplained, RuleScope
    from goose_agent.state.session_state import Pending
    from goose_tui.view.palette import Palette

__all__ = ["AlikeStep", "ExplainStep", "HunksStep", "RuleStep"]

_SCOPES: tuple[tuple[RuleScope, str, str], ...] = (
    ("once", "once", "for this call only"),
    ("turn", "turn", "until this turn ends"),
    ("session", "session", "until this session ends"),
    ("project", "project", "in this folder, in every session"),
    ("user", "everywhere", "in every folder, in every session"),
)
_MOST_RULES = 3


class _ListStep(Step):
    """A step with a list that scrolls."""

    def __init__(
        self, title: str, palette: Palette, *, tail: bool = False, cursor: bool = False
    ) -> None:
        super().__init__(title)
        self._palette = palette
        self._drawer = ApprovalDrawer(evolve(palette, cursor=palette.selection))
        self._list: RecordView[Passage] = RecordView(
            self._drawer, tail=tail, cursor=cursor, selectable=not cursor
        )
        self._records: Sequence[Passage] = ()

    def compose(self) -> ComposeResult:
        """The list."""
        yield self._list

    def begin(self) -> None:
        """Read it."""
        self._list.show(self._records)
        self._list.focus()

    def fit(self, width: int, room: int) -> None:
        """As high as what it shows, as far as there is room."""
        wanted = 0
        for record in self._records:
            wanted += len(self._drawer.lines(record, width, False))
            if wanted > room:
                break
        self._list.styles.height = max(1, min(wanted, room))
        self._list.styles.scrollbar_size_vertical = 1 if wanted > room else 0


class RuleTable(Rows):
    """The rules that are proposed, and how long the chosen one would hold."""

    DEFAULT_CSS = "RuleTable { height: auto; }"

    def __init__(self, proposals: Sequence[Proposal]) -> None:
        super().__init__()
        self._proposals = proposals
        self.at = 0
        self.scope = 2

    def rows(self, width: int) -> list[Row]:
        """The rules, each complete, then the scopes."""
        palette = self.palette
        rows: list[Row] = []
        for at, proposal in enumerate(self._proposals):
            here = at == self.at
            mark = palette.glyphs.prompt if here else " "
            first = (Segment(f"{mark} {at + 1}  ", palette.accent if here else palette.dim),)
            margin = Prefix(first, (Segment("     "),))
            style = palette.bright if here else palette.text
            lines = plain_lines(clean_line(proposal.line, strict=True), max(8, width - 5), style)
            lines += plain_lines(clean_line(proposal.words), max(8, width - 5), palette.dim)
            rows += [list(line.strip) for line in indent(lines, margin)]
        row = [Segment("holds", palette.dim)]
        for at, (_, name, _) in enumerate(_SCOPES):
            style = palette.accent + palette.selection if at == self.scope else palette.text
            row += [Segment(f" {name} ", style)]
        words = Segment(f"      {_SCOPES[self.scope][2]}", palette.dim)
        return [*rows, [], row, [words], []]


class RuleStep(_ListStep):
    """Which calls are to run from now on without a question, and how long that holds."""

    ACTIONS = frozenset({"agree", "move", "widen"})

    def __init__(self, proposals: Sequence[Proposal], palette: Palette) -> None:
        super().__init__("always allow", palette)
        self._proposals = tuple(proposals)[:_MOST_RULES]
        self._table = RuleTable(self._proposals)
        self._look()

    @property
    def hints(self) -> Sequence[Hint]:
        """The keys that matter here."""
        keys = "123"[: len(self._proposals)]
        return (
            ("y", "allow from now on"),
            (" ".join(keys), "which rule"),
            ("s", "how long"),
            ("esc", "back"),
        )

    def compose(self) -> ComposeResult:
        """The rules above what they would have done."""
        self._table.palette = self._palette
        yield self._table
        yield self._list

    def fit(self, width: int, room: int) -> None:
        """The past gets what room the rules leave."""
        super().fit(width, max(1, room - len(self._table.rows(width))))

    def on_key(self, event: events.Key) -> None:
        """A digit chooses."""
        if event.character and event.character in "123"[: len(self._proposals)]:
            event.stop()
            self.move(int(event.character) - 1 - self._table.at)

    def move(self, step: int) -> None:
        """To the next rule, or the one before."""
        self._table.at = min(max(0, self._table.at + step), len(self._proposals) - 1)
        self._table.redraw()
        self._look()
        self._list.show(self._records)
        self.post_message(self.Said(""))

    def widen(self, step: int) -> None:
        """Let it hold longer, or less long."""
        self._table.scope = (self._table.scope + step) % len(_SCOPES)
        self._table.redraw()

    def _look(self) -> None:
        passed = self._proposals[self._table.at].passed
        count = len(passed)
        words = f"would have let {count} earlier call{'s' if count != 1 else ''} run:"
        none = "would have let none of the calls run that asked before"
        texts = (words, *passed) if passed else (none,)
        self._records = [Fact(f"past {self._table.at}", "past", texts)]

    def agree(self) -> None:
        """The chosen rule, for so long."""
        rule = self._proposals[self._table.at].line
        scope = _SCOPES[self._table.scope][0]
        self.post_message(self.Answered(ApprovalAnswer("session", rule=rule, scope=scope)))


class HunksStep(_ListStep):
    """Which hunks of a change are to be made."""

    ACTIONS = frozenset({"agree", "toggle_item"})

    def __init__(self, approval: Approval, palette: Palette) -> None:
        super().__init__("which hunks", palette, cursor=True)
        self._approval = approval
        self._wanted = set(range(len(approval.hunks)))
        self._look()

    @property
    def hints(self) -> Sequence[Hint]:
        """The keys that matter here."""
        words = f"make {len(self._wanted)} of {len(self._approval.hunks)}"
        return (("y", words), ("space", "with or without it"), ("esc", "back"))

    def _look(self) -> None:
        glyphs = self._palette.glyphs
        self._records = hunk_passages(self._approval, self._wanted, glyphs.ok, glyphs.denied)

    def toggle(self) -> None:
        """With the hunk under the cursor, or without it."""
        keys = [record.key for record in self._records]
        if self._list.cursor_key in keys:
            self._wanted ^= {keys.index(self._list.cursor_key)}
            self._look()
            self._list.show(self._records)
            self.post_message(self.Said(""))

    def agree(self) -> None:
        """These; all of them are the change as it stands."""
        if not self._wanted:
            self.post_message(self.Said("No hunk is left: esc, then n denies the call."))
        elif len(self._wanted) == len(self._approval.hunks):
            self.post_message(self.Answered(ApprovalAnswer("once")))
        else:
            hunks = tuple(sorted(self._wanted))
            self.post_message(self.Answered(ApprovalAnswer("hunks", hunks=hunks)))


class AlikeStep(_ListStep):
    """All that waits of one tool, to be answered in one way."""

    ACTIONS = frozenset({"agree", "deny"})

    def __init__(self, pending: Sequence[Pending], tool: str, palette: Palette) -> None:
        count = len(pending)
        super().__init__(f"all {count} {clean_line(tool)} calls", palette)
        self._ids = tuple(item.request_id for item in pending)
        records: list[Passage] = []
        for at, item in enumerate(pending, 1):
            if item.subject.kind == "approval":
                records.append(heading(item.subject, at, count))
                records += passages(item.subject, f"{at} ")
        self._records = records

    @property
    def hints(self) -> Sequence[Hint]:
        """The keys that matter here."""
        count = len(self._ids)
        return (("y", f"all {count} once"), ("n", f"deny all {count}"), ("esc", "back"))

    @property
    def request_ids(self) -> tuple[str, ...]:
        """What would be answered."""
        return self._ids

    def agree(self) -> None:
        """All may run, once."""
        self.post_message(self.Answered(ApprovalAnswer("once"), self._ids))

    def deny(self) -> None:
        """None may."""
        self.post_message(self.Answered(ApprovalAnswer("deny"), self._ids))


class ExplainStep(_ListStep):
    """What a model says the call would do; marked as such."""

    def __init__(self, palette: Palette) -> None:
        super().__init__("explained by a model", palette)
        self._records = [Fact("text", "", ("waiting for the model",))]
        self._explained: RequestExplained | None = None

    def show(self, explained: RequestExplained) -> bool:
        """So far it says this; tells whether that is new."""
        if explained == self._explained:
            return False
        self._explained = explained
        by = f"{explained.model} says so; it may be wrong, and what it read may mislead it."
        records: list[Passage] = [Fact("by", "by", (by,), grave=True)]
        if explained.problem:
            records.append(Fact("problem", "", (explained.problem,), grave=True))
        if explained.text:
            records.append(Fact("text", "", ("", *explained.text.split("\n"))))
        self._records = records
        self._list.show(records)
        return True

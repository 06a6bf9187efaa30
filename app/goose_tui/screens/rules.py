"""The rules a session heeds: who set each, where it stands, how often it decided; `d` takes one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from goose_agent.evolve import evolve
from goose_tui.view.formatting import age, cut_path, fit
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from goose_agent.events import ListedRule

__all__ = ["RulesScreen"]

_EMPTY = "No rules yet. They come from answers to questions and from goose-tui policy allow."


class _RuleDrawer:
    def __init__(self, palette: Palette, now: datetime) -> None:
        self.palette = palette
        self._now = now

    def key(self, record: ListedRule) -> str:
        return f"{record.layer} {record.rule_id} {record.source}"

    def text(self, record: ListedRule) -> str:
        return record.line

    def estimate(self, record: ListedRule, width: int) -> int:
        return 2

    def foldable(self, record: ListedRule) -> bool:
        return False

    def folded_by_default(self, record: ListedRule) -> bool:
        return False

    def lines(self, record: ListedRule, width: int, folded: bool) -> Sequence[RecordLine]:
        palette, more = self.palette, self.palette.glyphs.ellipsis
        effect, _, rest = record.line.partition(" ")
        hits = f"{record.hits} hits" if record.hits != 1 else "1 hit"
        if record.last is not None:
            hits += f", {age((self._now - record.last).total_seconds())}"
        room = max(8, width - len(hits) - 9)
        first = [
            Segment(f" {fit(clean_line(effect), 6, more)} ", self._colour(record)),
            Segment(
                fit(clean_line(rest), room, more), palette.bright if record.active else palette.dim
            ),
            Segment(hits, palette.dim),
        ]
        about = record.layer if record.active else f"{record.layer}, does not count: not trusted"
        about += f"  {record.why}" if record.why else ""
        where = cut_path(clean_line(record.source), max(8, width - len(about) - 12))
        second = [Segment(f"{'':8}{clean_line(about)}  {where}"[:width], palette.dim)]
        return [line_of(first), line_of(second)]

    def _colour(self, record: ListedRule) -> Style:
        palette = self.palette
        if not record.active:
            return palette.dim
        return {"allow": palette.ok, "ask": palette.warn, "deny": palette.error}[record.effect]


class RulesScreen(ModalScreen[None]):
    """All rules.

    Args:
        rules: as the session listed them.
        palette: styles.
        now: the wall clock, UTC.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True),
        Binding("d,delete,backspace", "revoke", "take back", show=False),
    ]

    @dataclass
    class Revoked(Message):
        """A rule is to be taken back."""

        rule_id: str

    def __init__(self, rules: Sequence[ListedRule], palette: Palette, now: datetime) -> None:
        super().__init__()
        self._rules = tuple(rules)
        self._drawer = _RuleDrawer(evolve(palette, cursor=palette.selection), now)
        self._list = RecordView(self._drawer, tail=False, cursor=True, selectable=False)
        self._empty = Static(_EMPTY, markup=False)

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog rules") as dialog:
            dialog.border_title = "Rules"
            dialog.border_subtitle = "d takes one back, esc closes"
            yield self._empty
            yield self._list

    def on_mount(self) -> None:
        """Start at the first."""
        self.show(self._rules)
        self._list.focus()

    def show(self, rules: Sequence[ListedRule]) -> None:
        """The rules are these now."""
        self._rules = tuple(rules)
        self._list.show(self._rules)
        self._empty.display = not rules

    def action_revoke(self) -> None:
        """Take the rule under the cursor back, where that can be done here."""
        rule = next((r for r in self._rules if self._drawer.key(r) == self._list.cursor_key), None)
        if rule is None:
            return
        if not rule.removable:
            self.app.bell()
            return
        self.post_message(self.Revoked(rule.rule_id))

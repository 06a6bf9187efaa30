"""May this call run? All of it is shown, and nothing but a chosen key answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Input

from goose_tui.keys import KEY_SILENCE, bindings
from goose_tui.screens.asking import AskingScreen
from goose_tui.transcript.approval import ApprovalDrawer, approval_parts
from goose_tui.view.formatting import cut_end
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.events import Approval
    from goose_agent.events.requests import ApprovalChoice
    from goose_tui.view.palette import Palette

__all__ = ["ApprovalScreen"]

_WIDEST = 220
_AROUND = 9
"""Rows that are neither body nor choices: header, frame, head, margins, composer and status."""


class ApprovalHead(Rows):
    """What asks, and how many more wait."""

    def __init__(self, approval: Approval, waiting: int) -> None:
        super().__init__()
        self._approval = approval
        self._waiting = waiting

    def show(self, waiting: int) -> None:
        """So many wait, this one included."""
        if waiting != self._waiting:
            self._waiting = waiting
            self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The tool and what it would do, and the count at the right."""
        palette = self.palette
        count = f"1 of {self._waiting} waiting" if self._waiting > 1 else ""
        tool = f"{palette.glyphs.waiting} {clean_line(self._approval.tool)}"
        room = max(0, width - cell_len(tool) - cell_len(count) - 5)
        summary = cut_end(clean_line(self._approval.summary), room, palette.glyphs.ellipsis)
        gap = " " * max(0, room - cell_len(summary))
        return [
            [
                Segment(tool, palette.warn),
                Segment("   "),
                Segment(summary + gap, palette.bright),
                Segment(f"  {count}", palette.dim),
            ]
        ]


class ApprovalChoices(Rows):
    """The keys that answer."""

    def __init__(self, approval: Approval) -> None:
        super().__init__()
        self._approval = approval
        self._armed = False

    def arm(self, armed: bool) -> None:
        """Whether keys answer by now."""
        if armed != self._armed:
            self._armed = armed
            self.redraw()

    def rows(self, width: int) -> list[Row]:
        """As many rows as the choices need."""
        palette = self.palette
        choices = [
            ("1 y", "once"),
            ("3 n", "deny"),
            ("4 r", "deny + reason"),
            ("5 s", "stop"),
            ("v", "fold"),
        ]
        if self._approval.rule:
            rule = clean_line(self._approval.rule)
            limit = max(12, width // 3)
            words = f"this session: {cut_end(rule, limit, palette.glyphs.ellipsis)}"
            choices.insert(1, ("2 a", words))
        rows: list[Row] = []
        row: list[Segment] = []
        used = 0
        for keys, words in choices:
            size = cell_len(keys) + 1 + cell_len(words)
            if row and used + 3 + size > width:
                rows.append(row)
                row, used = [], 0
            if row:
                row.append(Segment("   "))
                used += 3
            row += [
                Segment(keys, palette.bright if self._armed else palette.dim),
                Segment(f" {words}", palette.text if self._armed else palette.dim),
            ]
            used += size
        return [*rows, row]


class ApprovalFrame(Vertical):
    """All of the dialog; tells how much it covers."""

    class Placed(Message):
        """It has another height now."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    def on_resize(self) -> None:
        """It grew, shrank or was folded."""
        self.post_message(self.Placed(self.outer_size.height))


class ApprovalScreen(AskingScreen):
    """A question about one call.

    Args:
        request_id: names the question.
        approval: what is asked.
        waiting: how many questions wait, this one included.
        palette: styles and glyphs.
        key_silence: seconds without a key that pass before one answers.
    """

    CSS_PATH = "approval.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("approval", priority=True)]

    class Answered(Message):
        """The person chose."""

        def __init__(self, request_id: str, choice: ApprovalChoice, reason: str) -> None:
            super().__init__()
            self.request_id = request_id
            self.choice: ApprovalChoice = choice
            self.reason = reason

    class BehindScrolled(Message):
        """What is behind the folded dialog is to be scrolled."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    def __init__(
        self,
        request_id: str,
        approval: Approval,
        waiting: int,
        palette: Palette,
        *,
        key_silence: float = KEY_SILENCE,
    ) -> None:
        super().__init__(request_id, key_silence=key_silence)
        self._approval = approval
        self._palette = palette
        self._head = ApprovalHead(approval, waiting)
        self._choices = ApprovalChoices(approval)
        self._drawer = ApprovalDrawer(palette)
        self._body = RecordView(self._drawer, tail=False, id="approval-body")
        self._reason = Input(placeholder="Why not? The model reads this.", id="approval-reason")

    def compose(self) -> ComposeResult:
        """Head, body, choices, and a place for a reason."""
        with ApprovalFrame(id="approval"):
            yield self._head
            yield self._body
            yield self._choices
            yield self._reason

    def on_mount(self) -> None:
        """Show all of it from its start."""
        for part in (self._head, self._choices):
            part.palette = self._palette
        self.query_one("#approval").border_title = "Approve"
        self._reason.display = False
        self._body.show(approval_parts(self._approval))
        self._body.focus()

    def on_resize(self, event: events.Resize) -> None:
        """The body is as high as what it shows, as far as the screen has room."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        width = min(_WIDEST, size.width) - 4
        parts = approval_parts(self._approval)
        wanted = sum(len(self._drawer.lines(part, width, False)) for part in parts)
        reason = 2 if self._reason.display else 0
        room = max(2, size.height - _AROUND - len(self._choices.rows(width)) - reason)
        self._body.styles.height = min(wanted, room)
        self._body.styles.scrollbar_size_vertical = 1 if wanted > room else 0

    def show_waiting(self, waiting: int) -> None:
        """So many wait, this one included."""
        self._head.show(waiting)

    def arm(self) -> None:
        """Take keys as answers from now on."""
        super().arm()
        self._choices.arm(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing answers before the silence, nor while a reason is written."""
        if action in ("choose", "give_reason", "toggle_fold"):
            return self.armed and not self._reason.display
        if action == "scroll_behind":
            return self._folded
        return True

    @property
    def _folded(self) -> bool:
        return self.query_one("#approval").has_class("folded")

    def on_key(self, event: events.Key) -> None:
        """Esc leaves the reason."""
        if self._reason.display and event.key == "escape":
            event.stop()
            self._leave_reason()

    def _leave_reason(self) -> None:
        self._reason.display = False
        self._fit(self.size)
        self._body.focus()

    def action_choose(self, choice: ApprovalChoice) -> None:
        """A key of the table was pressed."""
        if choice == "session" and not self._approval.rule:
            return
        self._answer(choice, "")

    def _answer(self, choice: ApprovalChoice, reason: str) -> None:
        self.armed = False
        self._choices.arm(False)
        self.post_message(self.Answered(self.request_id, choice, reason))

    def action_give_reason(self) -> None:
        """Ask for the reason of a denial."""
        self._reason.display = True
        self._fit(self.size)
        self._reason.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The reason is written."""
        event.stop()
        self._leave_reason()
        self._answer("deny", event.value.strip())

    def action_toggle_fold(self) -> None:
        """Fold to a bar, to read what is behind; and back."""
        self.query_one("#approval").toggle_class("folded")

    def action_scroll_behind(self, pages: int) -> None:
        """Page through what is behind."""
        self.post_message(self.BehindScrolled(pages))

"""The rows around what an approval shows: what asks, where it would run, the keys that answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from textual.containers import Vertical
from textual.message import Message

from goose_tui.transcript.approval import size_words
from goose_tui.view.formatting import cut_end, cut_path
from goose_tui.view.session_words import folder_name
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.events import Approval

__all__ = ["ApprovalChoices", "ApprovalFoot", "ApprovalFrame", "ApprovalHead", "Choice", "Hint"]

_GAP = 3


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


class ApprovalHead(Rows):
    """What asks, and how many more wait.

    Args:
        approval: what is asked.
        waiting: how many questions wait, this one included.
        who: the subagent that asks; empty for the main agent.
    """

    def __init__(self, approval: Approval, waiting: int, who: str = "") -> None:
        super().__init__()
        self._approval = approval
        self._waiting = waiting
        self._who = clean_line(who, strict=True)

    def show(self, waiting: int) -> None:
        """So many wait, this one included."""
        if waiting != self._waiting:
            self._waiting = waiting
            self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The tool and what it would do, and the count at the right."""
        palette = self.palette
        count = f"  1 of {self._waiting} waiting" if self._waiting > 1 else ""
        tool = f"{palette.glyphs.waiting} {clean_line(self._approval.tool, strict=True)}"
        room = max(0, width - cell_len(tool) - cell_len(count) - _GAP)
        summary = clean_line(self._approval.summary, strict=True)
        summary = cut_end(summary, room, palette.glyphs.ellipsis)
        gap = " " * max(0, room - cell_len(summary))
        head = [[Segment(cut_end(self._who, width, palette.glyphs.ellipsis), palette.accent)]]
        return [
            *(head if self._who else []),
            [
                Segment(tool, palette.warn),
                Segment(" " * _GAP),
                Segment(summary + gap, palette.bright),
                Segment(count, palette.dim),
            ],
        ]


class ApprovalFoot(Rows):
    """Where it would run, how long it is, and whether all of it was in sight."""

    def __init__(self, approval: Approval) -> None:
        super().__init__()
        self._approval = approval
        self._length = size_words(approval.preview)
        self._more = False
        self._short = False
        self._said = ""

    def more(self, below: bool) -> None:
        """Whether there is more below what is seen."""
        if below != self._more:
            self._more = below
            self.redraw()

    def shorten(self, short: bool) -> None:
        """Whether to leave out how long it is, as something else is shown."""
        if short != self._short:
            self._short = short
            self.redraw()

    def say(self, words: str) -> None:
        """Say why a key did nothing; nothing to stop saying it."""
        if words != self._said:
            self._said = words
            self.redraw()

    def rows(self, width: int) -> list[Row]:
        """One row."""
        palette, more = self.palette, self.palette.glyphs.ellipsis
        if self._said:
            return [[Segment(cut_end(self._said, width, more), palette.warn)]]
        below = f"  {palette.glyphs.below} more below" if self._more and not self._short else ""
        sandbox = clean_line(self._approval.sandbox)
        rest = "no sandbox" if sandbox == "none" else f"sandbox {sandbox}"
        if not self._short:
            rest += f" {palette.glyphs.dot} {self._length}"
        room = width - cell_len(rest) - cell_len(below) - _GAP
        folder = clean_line(folder_name(self._approval.folder), strict=True)
        if folder and room >= 8:
            rest = f"{cut_path(folder, room, more)} {palette.glyphs.dot} {rest}"
        rest = cut_end(rest, max(0, width - cell_len(below)), more)
        gap = " " * max(0, width - cell_len(rest) - cell_len(below))
        return [[Segment(rest + gap, palette.dim), Segment(below, palette.accent)]]


class Choice(Struct, frozen=True):
    """One answer, or a way to one."""

    action: str
    keys: str
    words: str


Hint = tuple[str, str]
"""A key, and what it does."""


class ApprovalChoices(Rows):
    """The keys that answer. One answer is in focus: the safe one, until another is chosen.

    Args:
        choices: all there are.
        safe: the action of the one that is in focus at first.
    """

    def __init__(self, choices: Sequence[Choice], safe: str) -> None:
        super().__init__()
        self._choices = tuple(choices)
        self._safe = self._at = next(
            (at for at, choice in enumerate(choices) if choice.action == safe), 0
        )
        self._armed = False
        self._hints: Sequence[Hint] = ()
        self.chosen = False
        """Whether somebody moved the focus."""

    @property
    def focused_action(self) -> str:
        """The action of the answer in focus."""
        return self._choices[self._at].action

    def arm(self, armed: bool) -> None:
        """Whether keys answer by now."""
        if armed != self._armed:
            self._armed = armed
            self.redraw()

    def offer(self, choices: Sequence[Choice]) -> None:
        """There are other answers now."""
        if tuple(choices) != self._choices:
            action = self.focused_action
            self._choices = tuple(choices)
            actions = [choice.action for choice in choices]
            if action in actions:
                self._at = actions.index(action)
            else:
                self._at, self.chosen = min(self._safe, len(actions) - 1), False
            self.redraw(layout=True)

    def move(self, step: int) -> None:
        """Focus the next answer, or the one before."""
        self._at = (self._at + step) % len(self._choices)
        self.chosen = True
        self.redraw()

    def hint(self, hints: Sequence[Hint]) -> None:
        """Show other keys instead; none for the answers."""
        self._hints = hints
        self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """As many rows as the keys need."""
        palette = self.palette
        key = palette.bright if self._armed or self._hints else palette.dim
        text = palette.text if self._armed or self._hints else palette.dim
        rows: list[Row] = []
        row: list[Segment] = []
        used = 0
        shown = self._hints or [(choice.keys, choice.words) for choice in self._choices]
        for at, (keys, words) in enumerate(shown):
            size = cell_len(keys) + 1 + cell_len(words)
            if row and used + _GAP + size > width:
                rows.append(row)
                row, used = [], 0
            if row:
                row.append(Segment(" " * _GAP))
                used += _GAP
            focused = not self._hints and at == self._at and self._armed
            over = palette.selection if focused else palette.text
            row += [
                Segment(keys, over + key if focused else key),
                Segment(f" {words}", over + text if focused else text),
            ]
            used += size
        return [*rows, row]

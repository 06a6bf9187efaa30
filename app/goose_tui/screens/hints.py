"""The hint files of a session: whose each is, its size, and whether the model reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from goose_agent.evolve import evolve
from goose_tui.slash.hints import NO_HINTS
from goose_tui.view.formatting import cut_end, cut_path, fit
from goose_tui.view.hints import SCOPES
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.numbers import byte_count
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from goose_agent.events import ListedHint

__all__ = ["HintsScreen"]

_SCOPE = max(map(len, SCOPES.values()))
_SIZE = 9
_STATE = 3


class _HintDrawer:
    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: ListedHint) -> str:
        return record.path

    def text(self, record: ListedHint) -> str:
        return record.name

    def estimate(self, record: ListedHint, width: int) -> int:
        return 1 + bool(record.imports) + len(record.problems)

    def foldable(self, record: ListedHint) -> bool:
        return False

    def folded_by_default(self, record: ListedHint) -> bool:
        return False

    def lines(self, record: ListedHint, width: int, folded: bool) -> Sequence[RecordLine]:
        palette, glyphs = self.palette, self.palette.glyphs
        mark = glyphs.ok if record.on else glyphs.pending
        room = max(8, width - _SCOPE - _SIZE - _STATE - 10)
        name = fit(cut_path(clean_line(record.name), room), room, glyphs.ellipsis)
        lines = [
            line_of(
                [
                    Segment(f" {mark} ", palette.ok if record.on else palette.dim),
                    Segment(name, palette.bright if record.on else palette.dim),
                    Segment(f"  {fit(SCOPES[record.scope], _SCOPE)}", palette.dim),
                    Segment(f"  {byte_count(record.size):>{_SIZE}}", palette.dim),
                    Segment(f"  {'on' if record.on else 'off':>{_STATE}}", palette.text),
                ]
            )
        ]
        if record.imports:
            words = f"imports {', '.join(record.imports)}"
            lines.append(self._below(words, width, wrong=False))
        return [*lines, *(self._below(words, width, wrong=True) for words in record.problems)]

    def _below(self, words: str, width: int, *, wrong: bool) -> RecordLine:
        palette = self.palette
        text = cut_end(clean_line(words), max(8, width - 4), palette.glyphs.ellipsis)
        return line_of([Segment(f"   {text}", palette.warn if wrong else palette.dim)])


class HintsScreen(ModalScreen[None]):
    """All hint files.

    Args:
        hints: as the session listed them.
        palette: styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True),
        Binding("t,space", "switch", "on or off", show=False),
    ]

    @dataclass
    class Switched(Message):
        """The model is to read a file, or not."""

        path: str
        on: bool

    @dataclass
    class Opened(Message):
        """A file is to be shown as the model reads it."""

        path: str

    def __init__(self, hints: Sequence[ListedHint], palette: Palette) -> None:
        super().__init__()
        self._hints = tuple(hints)
        drawer = _HintDrawer(evolve(palette, cursor=palette.selection))
        self._list = RecordView(drawer, tail=False, cursor=True, selectable=False)
        self._empty = Static(NO_HINTS, markup=False)

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog rules") as dialog:
            dialog.border_title = "Hints"
            dialog.border_subtitle = "enter shows one, t on or off, esc closes"
            yield self._empty
            yield self._list

    def on_mount(self) -> None:
        """Start at the first."""
        self.show(self._hints)
        self._list.focus()

    def show(self, hints: Sequence[ListedHint]) -> None:
        """The hint files are these now."""
        self._hints = tuple(hints)
        self._list.show(self._hints)
        self._empty.display = not hints

    def action_switch(self) -> None:
        """Let the model read the one under the cursor, or not."""
        hint = next((each for each in self._hints if each.path == self._list.cursor_key), None)
        if hint is not None:
            self.post_message(self.Switched(hint.path, not hint.on))

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter."""
        event.stop()
        if self._list.cursor_key is not None:
            self.post_message(self.Opened(str(self._list.cursor_key)))

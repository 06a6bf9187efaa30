"""The files this session changed: what changed in each, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen

from goose_agent.evolve import evolve
from goose_tui.transcript.changes import ChangeDrawer, ChangeRow, change_rows
from goose_tui.view.palette import Palette
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rules import Label

if TYPE_CHECKING:
    from goose_agent.events import ChangedFile, ChangesListed
    from goose_agent.state.changes import FileHistory

__all__ = ["ChangesScreen"]

_KEYS = "enter folds   r takes back   t this turn or all   esc closes"
_MANY = 6
"""Files from which on only their names are shown at first."""


class ChangesScreen(ModalScreen[None]):
    """The changed files.

    Args:
        turn: the last turn's number.
        palette: styles and glyphs.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", show=False, priority=True),
        Binding("r", "take_back", "take back", show=False),
        Binding("t", "toggle_scope", "this turn, or the whole session", show=False),
    ]

    @dataclass
    class Wanted(Message):
        """The changes since a turn are to be listed."""

        since: int

    @dataclass
    class TakenBack(Message):
        """A change is to be undone."""

        path: str
        since: int
        hunks: tuple[int, ...]

    def __init__(self, turn: int, palette: Palette) -> None:
        super().__init__()
        self._turn = turn
        self._since = 0
        self._files: tuple[ChangedFile, ...] | None = None
        self._folded: set[str] = set()
        self._rows: tuple[ChangeRow, ...] = ()
        self._history: FileHistory | None = None
        self._asked: ChangeRow | None = None
        """What the next `r` takes back."""
        self._list = RecordView(
            ChangeDrawer(evolve(palette, cursor=palette.selection)), tail=False, cursor=True
        )
        self._empty = Label(id="no-changes")

    @property
    def since(self) -> int:
        """The turn from which on changes are shown; 0 for all."""
        return self._since

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog tall changes") as dialog:
            dialog.border_title = "Changes"
            dialog.border_subtitle = _KEYS
            yield self._empty
            yield self._list

    def on_mount(self) -> None:
        """Ask what there is."""
        self._list.focus()
        self.post_message(self.Wanted(self._since))

    def refresh_for(self, history: FileHistory) -> None:
        """Ask anew where there is more on record than at the last time."""
        if self._history is not None and history is not self._history:
            self.post_message(self.Wanted(self._since))
        self._history = history

    def show(self, listed: ChangesListed) -> None:
        """The changes, as they are now."""
        if listed.since != self._since:
            return
        if self._files is None and len(listed.files) >= _MANY:
            self._folded = {file.path for file in listed.files}
        self._files = listed.files
        self._forget_question()
        self._draw()

    def _draw(self) -> None:
        files = self._files or ()
        self._rows = tuple(change_rows(files, self._folded))
        self._list.show(self._rows)
        self._list.display = bool(files)
        whole = "this session" if self._since == 0 else "this turn"
        added = sum(file.added for file in files)
        removed = sum(file.removed for file in files)
        count = "1 file" if len(files) == 1 else f"{len(files)} files"
        self._title(f"Changes of {whole} · {count} +{added} -{removed}")
        self._empty.display = not files
        self._empty.show(f"Nothing was changed in {whole}.")

    def _title(self, words: str) -> None:
        self.query_one(".dialog", Vertical).border_title = Content(words)

    def _row(self) -> ChangeRow | None:
        key = self._list.cursor_key
        return next((row for row in self._rows if row.key == key), None)

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter folds a file."""
        event.stop()
        row = self._row()
        if row is None:
            return
        self._folded ^= {row.file.path}
        self._draw()
        self._list.move_cursor_to(row.file.path)

    def action_toggle_scope(self) -> None:
        """All of the session, or only its last turn."""
        self._since = self._turn if self._since == 0 else 0
        self._forget_question()
        self.post_message(self.Wanted(self._since))

    def action_take_back(self) -> None:
        """Undo what is under the cursor; asks first."""
        row = self._row()
        if row is None:
            return
        if not row.file.revertible:
            self._say(row.file.note)
        elif self._asked is not None and self._asked.key == row.key:
            self._forget_question()
            hunks = (row.number,) if row.number is not None and row.file.divisible else ()
            self.post_message(self.TakenBack(row.file.path, self._since, hunks))
        else:
            self._asked = row
            whole = row.number is None or not row.file.divisible
            self._say(f"r again takes {'the whole file' if whole else 'these lines'} back")

    def action_close(self) -> None:
        """Esc: take a question back first."""
        if self._asked is not None:
            self._forget_question()
        else:
            self.dismiss()

    def _forget_question(self) -> None:
        self._asked = None
        self._say(_KEYS)

    def _say(self, words: str) -> None:
        self.query_one(".dialog", Vertical).border_subtitle = Content(words)

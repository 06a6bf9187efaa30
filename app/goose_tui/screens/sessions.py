"""All sessions on record: fewer with every letter typed, or what was said in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from goose_agent.clock import World
from goose_agent.errors import GooseError
from goose_agent.evolve import evolve
from goose_agent.sessions import keeping
from goose_agent.sessions.library import Library
from goose_tui.transcript.session_list import SessionList
from goose_tui.transcript.sessions import FoundRow, SessionDrawer, SessionRow
from goose_tui.view.palette import Palette
from goose_tui.view.session_words import session_facts
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated, CursorMoved
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rules import Label

__all__ = ["Opening", "SessionsScreen"]

_KEYS = "enter opens  tab text  ^f fork ^r name ^t pin ^e archive ^d del ^o all"
_KEYS_FOUND = "enter opens the session, or a passage  ^f forks there  tab goes back"
_KEYS_NAMING = "enter gives this title  esc leaves it as it is"
_NAMES = "a few letters of a title, folder or model"
_WORDS = "words: what was said, run, decided, or went wrong"
_LOOK = 50
"""Sessions that are taken into the index between two looks at what is found now."""


class Opening(Struct, frozen=True):
    """What is to be opened."""

    session_id: str
    seq: int | None = None
    """The event to open it at; None for its end."""
    fork: bool = False
    """Whether a copy that ends there is to go on, and the session to stay as it is."""


class SessionsScreen(ModalScreen[Opening | None]):
    """The list of sessions; the result is the one to open.

    Args:
        library: the sessions.
        current: the one on the screen.
        rename: gives the one on the screen another title.
        palette: styles.
        now: the wall clock, UTC.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False, priority=True),
        Binding("tab", "toggle_scope", "titles or text", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("ctrl+f", "fork", "fork", show=False, priority=True),
        Binding("ctrl+r", "rename", "rename", show=False, priority=True),
        Binding("ctrl+t", "toggle_mark('pinned')", "pin", show=False, priority=True),
        Binding("ctrl+e", "toggle_mark('archived')", "archive", show=False, priority=True),
        Binding("ctrl+o", "toggle_archived", "archived too", show=False, priority=True),
        Binding("ctrl+d,delete", "delete", "delete", show=False, priority=True),
    ]

    def __init__(
        self,
        library: Library,
        current: str,
        rename: Callable[[str], None],
        palette: Palette,
        now: datetime,
    ) -> None:
        super().__init__()
        self._library = library
        self._current = current
        self._rename = rename
        self._shown = SessionList(current)
        self._naming = ""
        """The session that gets another title; empty for none."""
        self._doomed = ""
        """The session that the next `ctrl+d` deletes."""
        drawer = SessionDrawer(evolve(palette, cursor=palette.selection), now)
        self._list = RecordView(drawer, tail=False, cursor=True, selectable=False)
        self._list.can_focus = False  # letters go to the line above it
        self._empty = Label(id="no-sessions")
        self._about = Label(id="about-session")
        self._about.palette = self._empty.palette = palette

    def compose(self) -> ComposeResult:
        """A line to type in, the list, and more of what is under the cursor."""
        with Vertical(classes="dialog tall sessions") as dialog:
            dialog.border_title = "Sessions"
            dialog.border_subtitle = _KEYS
            line = Input(placeholder=_NAMES, id="session-words")
            line.cursor_blink = False
            yield line
            yield self._empty
            yield self._list
            yield self._about

    def on_mount(self) -> None:
        """What is known at once; what has to be read of the sessions meanwhile."""
        self._input.focus()
        self._load()

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    # What there is

    @work(exclusive=True, group="load")
    async def _load(self) -> None:
        from anyio import to_thread

        await self._refresh()
        unread = await to_thread.run_sync(self._library.unread)
        for at, session_id in enumerate(unread):
            if at % _LOOK == 0:
                self._shown.unread = len(unread) - at
                self._show_title()
                self._search()
            await to_thread.run_sync(self._library.take_in, session_id)
        if unread:
            self._shown.unread = 0
            await self._refresh()
            self._search()

    async def _refresh(self) -> None:
        from anyio import to_thread

        self._shown.know(await to_thread.run_sync(self._library.entries))
        self._show()

    @work(exclusive=True, group="search")
    async def _search(self, *, anew: bool = False) -> None:
        from anyio import to_thread

        if not self._shown.in_text or not self._list.is_attached:
            return
        try:
            self._shown.hits = await to_thread.run_sync(self._library.search, self._input.value)
        except GooseError as error:
            self._say(str(error))
            return
        self._show()
        if anew and self._list.is_attached:
            self._list.action_scroll_home()

    def _show(self) -> None:
        if not self._list.is_attached:
            return  # closed while the sessions were read
        wanted = "" if self._naming else self._input.value.strip()
        rows = self._shown.choose(wanted)
        self._list.show(rows)
        self._list.display = bool(rows)
        self._empty.display = not rows
        self._empty.show(self._shown.why_empty(wanted))
        self._show_title()
        self._show_about()

    def _show_title(self) -> None:
        if not self._list.is_attached:
            return
        self.query_one(".dialog", Vertical).border_title = self._shown.title

    def _show_about(self) -> None:
        row = self._row()
        self._about.show(*session_facts(row.entry) if row is not None else ("", ""))

    def _say(self, words: str = "") -> None:
        if not self._list.is_attached:
            return
        keys = _KEYS_NAMING if self._naming else _KEYS_FOUND if self._shown.in_text else _KEYS
        self.query_one(".dialog", Vertical).border_subtitle = Content(clean_line(words) or keys)

    # Typing and choosing

    def _row(self) -> SessionRow | FoundRow | None:
        return self._shown.row(self._list.cursor_key)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        event.stop()
        self._forget_question()
        if self._naming:
            return
        if self._shown.in_text:
            self._search(anew=True)
        else:
            self._show()
            self._list.action_scroll_home()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter gives a title, or opens what is under the cursor."""
        event.stop()
        if self._naming:
            self._give_title(self._naming, event.value)
            self._end_naming()
        else:
            self._open(self._row())

    def on_record_view_activated(self, event: Activated) -> None:
        """A double click."""
        event.stop()
        self._open(self._shown.row(event.key))

    def on_record_view_cursor_moved(self, event: CursorMoved) -> None:
        """Tell more of what is there."""
        event.stop()
        row = self._row()
        if row is None or row.entry.session_id != self._doomed:
            self._forget_question()
        self._show_about()

    def _open(self, row: SessionRow | FoundRow | None, *, fork: bool = False) -> None:
        match row:
            case SessionRow(entry):
                self.dismiss(Opening(entry.session_id, fork=fork))
            case FoundRow(entry, hit):
                self.dismiss(Opening(entry.session_id, hit.seq, fork))
            case None:
                pass

    def action_fork(self) -> None:
        """Go on in a copy of what is under the cursor."""
        if not self._naming:
            self._open(self._row(), fork=True)

    def action_toggle_scope(self) -> None:
        """Titles, or what was said."""
        if self._naming:
            return
        self._shown.in_text = not self._shown.in_text
        self._input.placeholder = _WORDS if self._shown.in_text else _NAMES
        self._forget_question()
        self._show()
        self._list.action_scroll_home()
        self._search(anew=True)

    def action_toggle_archived(self) -> None:
        """Show archived sessions too, or leave them out."""
        self._shown.archived = not self._shown.archived
        self._show()

    def action_move(self, step: int) -> None:
        """Up and down."""
        self._list.action_cursor(step)

    def action_page(self, pages: int) -> None:
        """PgUp and PgDn."""
        if pages < 0:
            self._list.action_page_up()
        else:
            self._list.action_page_down()

    def action_close(self) -> None:
        """Esc: take a question or a title back first."""
        if self._naming:
            self._end_naming()
        elif self._doomed:
            self._forget_question()
        else:
            self.dismiss(None)

    # Keeping

    def action_rename(self) -> None:
        """Write another title into the line above."""
        row = self._row()
        if row is None or self._naming:
            return
        self._naming = row.entry.session_id
        self._input.value = row.entry.title
        self._input.cursor_position = len(row.entry.title)
        self._say()

    def _end_naming(self) -> None:
        self._naming = ""
        self._input.value = ""
        self._say()

    def _give_title(self, session_id: str, title: str) -> None:
        if session_id == self._current:
            self._rename(title)
            self._shown.rename(session_id, title)
            return
        self._keep(lambda: keeping.rename_session(self._library, session_id, title, World()))

    def action_toggle_mark(self, mark: keeping.Mark) -> None:
        """Pin or archive, or take that back."""
        row = self._row()
        if row is None or self._naming:
            return
        session_id, on = row.entry.session_id, not getattr(row.entry, mark)
        self._keep(lambda: keeping.mark_session(self._library, session_id, mark, on))

    def action_delete(self) -> None:
        """Delete the session under the cursor; asks first."""
        row = self._row()
        if row is None or self._naming:
            return
        session_id = row.entry.session_id
        if session_id == self._current:
            self._say("this session is open: it cannot be deleted now")
        elif self._doomed == session_id:
            self._forget_question()
            self._keep(lambda: keeping.delete_session(self._library, session_id))
        else:
            self._doomed = session_id
            self._say("^d again deletes it for good, with all that was said")

    def _forget_question(self) -> None:
        self._doomed = ""
        self._say()

    @work(group="keep")
    async def _keep(self, do: Callable[[], None]) -> None:
        from anyio import to_thread

        try:
            await to_thread.run_sync(do)
        except GooseError as error:
            self._say(str(error))
        await self._refresh()

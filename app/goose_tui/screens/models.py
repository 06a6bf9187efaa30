"""Pick a model: those that can be used, fewer with every letter typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from rich.segment import Segment
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from goose_agent.evolve import evolve
from goose_tui.slash.completing import rank
from goose_tui.slash.models import model_words
from goose_tui.view.formatting import cut_end, fit
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from goose_agent.messages import ModelRole
    from goose_agent.providers.model import ModelInfo
    from goose_tui.model_setup import ModelSetup

__all__ = ["ModelsScreen"]

_KEYS = "enter takes it, esc goes back"
_ALONE = "no other model can be used yet: see goose-tui providers"
_NAME = 44
"""Columns of a name, where there is room."""


class _ModelRow(Struct, frozen=True):
    name: str
    words: str


class _ModelDrawer:
    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: _ModelRow) -> str:
        return record.name

    def text(self, record: _ModelRow) -> str:
        return record.name

    def estimate(self, record: _ModelRow, width: int) -> int:
        return 1

    def foldable(self, record: _ModelRow) -> bool:
        return False

    def folded_by_default(self, record: _ModelRow) -> bool:
        return False

    def lines(self, record: _ModelRow, width: int, folded: bool) -> Sequence[RecordLine]:
        palette = self.palette
        column = min(_NAME, width * 6 // 10)
        name = fit(clean_line(record.name), column - 1, palette.glyphs.ellipsis)
        words = cut_end(clean_line(record.words), max(1, width - column - 2))
        return [line_of([Segment(f" {name} ", palette.text), Segment(words, palette.dim)])]


class ModelsScreen(ModalScreen[str]):
    """A list of models; the result is the name of one, or empty.

    Args:
        current: the one that answers now; empty where none can be had.
        used: tokens of the conversation.
        setup: knows the user's models; None for only the current one.
        palette: styles.
        role: what the model is there for.
        title: of the dialog; empty for the usual one.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
    ]

    def __init__(
        self,
        current: str,
        used: int,
        setup: ModelSetup | None,
        palette: Palette,
        *,
        role: ModelRole = "main",
        title: str = "",
    ) -> None:
        super().__init__()
        self._role = role
        usual = "Models" if role == "main" else f"Models for {role}"
        self._title = title or usual
        self._current = current
        self._used = used
        self._setup = setup
        self._models: Sequence[ModelInfo] = ()
        drawer = _ModelDrawer(evolve(palette, cursor=palette.selection))
        self._list = RecordView(drawer, tail=False, cursor=True, selectable=False)
        self._list.can_focus = False  # letters go to the line above it

    def compose(self) -> ComposeResult:
        """A line to type in, the list."""
        with Vertical(classes="dialog models") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = _KEYS
            line = Input(placeholder="a few letters, or provider/model", id="model-name")
            line.cursor_blink = False
            yield line
            yield self._list

    def on_mount(self) -> None:
        """What is known at once; the providers' own lists meanwhile."""
        self.query_one(Input).focus()
        self._show()
        if self._setup is not None:
            self._look(self._setup)

    @work
    async def _look(self, setup: ModelSetup) -> None:
        from anyio import to_thread

        from goose_agent.errors import ConfigError

        dialog = self.query_one(".models")
        try:
            self._models = await to_thread.run_sync(setup.known_models)
            self._show()
            dialog.border_subtitle = "asking the providers"
            self._models = await setup.models()
            others = any(info.name != self._current for info in self._models)
            dialog.border_subtitle = _KEYS if others else _ALONE
        except ConfigError as error:
            dialog.border_subtitle = Content(clean_line(str(error)))
        self._show()

    def _show(self) -> None:
        if not self._list.is_attached:
            return  # it was answered while the providers were asked
        wanted = self.query_one(Input).value.strip()
        now = "answers now" if self._role == "main" else "is there for it"
        rows = [_ModelRow(self._current, now)] if self._current else []
        rows += [
            _ModelRow(info.name, model_words(info, self._used))
            for info in self._models
            if info.name != self._current
        ]
        found = [
            (fits, at, row)
            for at, row in enumerate(rows)
            if (fits := rank(wanted, row.name)) is not None
        ]
        shown = [row for *_, row in sorted(found, key=lambda each: each[:2])]
        self._list.show(shown)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits, the best first."""
        event.stop()
        self._show()
        self._list.action_scroll_home()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the model under the cursor, or the name as it is typed."""
        event.stop()
        self.dismiss(self._list.cursor_key or event.value.strip())

    def on_record_view_activated(self, event: Activated) -> None:
        """A double click."""
        event.stop()
        self.dismiss(event.key)

    def action_move(self, step: int) -> None:
        """Up and down."""
        self._list.action_cursor(step)

    def action_page(self, pages: int) -> None:
        """PgUp and PgDn."""
        if pages < 0:
            self._list.action_page_up()
        else:
            self._list.action_page_down()

    def action_cancel(self) -> None:
        """Esc goes back."""
        self.dismiss("")

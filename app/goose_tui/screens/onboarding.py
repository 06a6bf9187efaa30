"""No model was found: take the tour, or choose who answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from msgspec import Struct
from rich.segment import Segment
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from goose_agent.evolve import evolve
from goose_tui.view.formatting import cut_end, fit
from goose_tui.view.lines import RecordLine, line_of, plain_lines
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_line
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.model_access import ProviderStatus
    from goose_tui.model_setup import ModelSetup

__all__ = ["Chosen", "OnboardingScreen"]

_TOUR = "the tour"
"""Key of the first row; no provider's name has a blank."""
_LABEL = 20


class Chosen(Struct, frozen=True):
    """A model that was tried and works."""

    model: str


class _Way(Struct, frozen=True):
    """One row of the list."""

    key: str
    label: str
    words: str


class _WayDrawer:
    """Draws the list for a `RecordView`."""

    def __init__(self, palette: Palette) -> None:
        # The list stands on a panel, whose ground is near that of the cursor.
        self.palette = evolve(palette, cursor=palette.selection)

    def key(self, record: _Way) -> str:
        return record.key

    def text(self, record: _Way) -> str:
        return record.label

    def estimate(self, record: _Way, width: int) -> int:
        return 1

    def foldable(self, record: _Way) -> bool:
        return False

    def folded_by_default(self, record: _Way) -> bool:
        return False

    def lines(self, record: _Way, width: int, folded: bool) -> Sequence[RecordLine]:
        palette = self.palette
        label = fit(clean_line(record.label), _LABEL - 1) + " "
        style = palette.accent if record.key == _TOUR else palette.text
        words = cut_end(clean_line(record.words), max(1, width - _LABEL - 1))
        return [line_of([Segment(f" {label}", style), Segment(words, palette.dim)])]


class OnboardingText(Rows):
    """A paragraph or two.

    Args:
        head: the first, bright.
        more: the second, dim; may be empty.
        most: rows of the second that are shown.
    """

    DEFAULT_CSS = "OnboardingText { height: auto; }"

    def __init__(self, head: str, more: str = "", *, most: int = 4) -> None:
        super().__init__()
        self._head = head
        self._more = more
        self._most = most

    def rows(self, width: int) -> list[Row]:
        """The paragraphs."""
        palette = self.palette
        bright = plain_lines(clean(self._head), width, palette.bright) if self._head else ()
        dim = plain_lines(clean(self._more), width, palette.dim) if self._more else ()
        return [list(line.strip) for line in (*bright, *tuple(dim)[: self._most])]


class OnboardingScreen(ModalScreen["Literal['tour', 'quit'] | Chosen"]):
    """The tour, a model, or out.

    Args:
        message: what was looked for.
        hint: what to do.
        palette: styles.
        setup: the user's providers and keys; None to offer only the tour.
        tour: whether the tour is offered; otherwise the program goes on without it.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "leave('tour')", "take the tour", show=False, priority=True),
        Binding("q,escape,ctrl+c,ctrl+d", "leave('quit')", "quit", show=False, priority=True),
    ]

    def __init__(
        self,
        message: str,
        hint: str,
        palette: Palette,
        setup: ModelSetup | None = None,
        *,
        tour: bool = True,
    ) -> None:
        super().__init__()
        self._tour = tour
        what, _, looked = message.partition(" (")
        ways = "Choose who answers and enter a key."
        self._head = OnboardingText(
            f"{what.rstrip('.')}.",
            f"Take the tour, or {ways[0].lower()}{ways[1:]}" if tour else ways,
        )
        self._foot = OnboardingText("", f"Looked for {looked.rstrip(').')}." if looked else hint)
        self._palette = palette
        self._setup = setup
        self._statuses: dict[str, ProviderStatus] = {}
        self._list = RecordView(_WayDrawer(palette), tail=False, cursor=True, selectable=False)

    def compose(self) -> ComposeResult:
        """Words, the list, words."""
        self._head.palette = self._foot.palette = self._palette
        with Vertical(classes="dialog onboarding") as dialog:
            dialog.border_title = "Welcome to goose-tui" if self._tour else "Providers"
            dialog.border_subtitle = (
                "enter chooses, t tour, q quits" if self._tour else "enter chooses, q goes back"
            )
            yield self._head
            yield self._list
            yield self._foot

    def on_mount(self) -> None:
        """The tour can be taken at once; providers are looked at meanwhile."""
        self._show(())
        self._list.focus()
        if self._setup is not None:
            self._look(self._setup)

    @work
    async def _look(self, setup: ModelSetup) -> None:
        from anyio import to_thread

        from goose_agent.errors import ConfigError

        try:
            statuses = await to_thread.run_sync(setup.statuses)
        except ConfigError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._statuses = {status.definition.name: status for status in statuses}
        self._show(statuses)

    def _show(self, statuses: Sequence[ProviderStatus]) -> None:
        tour = [_Way(_TOUR, "Take the tour", "offline, needs no key")] if self._tour else []
        ways = [
            _Way(status.definition.name, status.definition.display_name, _words(status))
            for status in statuses
        ]
        self._list.show([*tour, *ways])

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter."""
        event.stop()
        status = self._statuses.get(event.key)
        if status is None or self._setup is None:
            self.dismiss("tour")
            return
        from goose_tui.screens.provider import ProviderScreen

        screen = ProviderScreen(status, self._setup, self._palette)
        self.app.push_screen(screen, self._provider_left)

    def _provider_left(self, model: str | None) -> None:
        if model:
            self.dismiss(Chosen(model))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There may be no tour to take."""
        return self._tour or (action, parameters) != ("leave", ("tour",))

    def action_leave(self, way: Literal["tour", "quit"]) -> None:
        """A key was pressed."""
        self.dismiss(way)


def _words(status: ProviderStatus) -> str:
    definition = status.definition
    if status.key_place is not None:
        return f"{status.key_variable} is there ({status.key_place})"
    if status.problem is None and definition.opened_by:
        return f"{definition.opened_by}; {status.place}"
    if not definition.requires_auth:
        return f"no key; {status.place}"
    return definition.description or f"needs {definition.api_key_env}"

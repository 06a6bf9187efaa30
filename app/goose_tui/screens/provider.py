"""One provider: enter its key, choose a model, try it, say where the key is to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from goose_tui.view.lines import plain_lines
from goose_tui.view.numbers import duration
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean
from goose_tui.widgets.rows import Row, Rows

if TYPE_CHECKING:
    from goose_agent.errors import GooseError
    from goose_agent.model_access import ProviderStatus
    from goose_tui.model_setup import KeyPlace, ModelSetup

__all__ = ["ProviderScreen"]


class _About(Rows):
    """What the provider is and where its keys are."""

    DEFAULT_CSS = "_About { height: auto; }"

    def __init__(self, status: ProviderStatus) -> None:
        super().__init__()
        self._status = status

    def rows(self, width: int) -> list[Row]:
        palette, definition = self.palette, self._status.definition
        texts = [(definition.description, palette.text)]
        if definition.key_url and self._status.key_place is None:
            texts.append((f"Get a key: {definition.key_url}", palette.accent))
        lines = [
            line for text, style in texts if text for line in plain_lines(clean(text), width, style)
        ]
        return [list(line.strip) for line in lines]


class _Label(Rows):
    """What a field is for."""

    DEFAULT_CSS = "_Label { height: 1; margin-top: 1; }"

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def rows(self, width: int) -> list[Row]:
        return [[Segment(self._text[:width], self.palette.dim)]]


class _Outcome(Rows):
    """How it stands: nothing, asking, what went wrong, where to keep the key."""

    DEFAULT_CSS = "_Outcome { height: auto; margin-top: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._words: list[tuple[str, str]] = []

    def tell(self, *words: tuple[str, str]) -> None:
        """Show texts, each with its role: `good`, `bad`, `plain` or `dim`."""
        self._words = list(words)
        self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        palette = self.palette
        styles = {"good": palette.ok, "bad": palette.error, "plain": palette.text}
        return [
            list(line.strip)
            for text, role in self._words
            for line in plain_lines(clean(text), width, styles.get(role, palette.dim))
        ]


class ProviderScreen(ModalScreen["str | None"]):
    """From a provider to a model that works; the result is its name, or None.

    Args:
        status: of the provider.
        setup: tries models and keeps keys.
        palette: styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, priority=True),
        Binding("up", "app.focus_previous", show=False, priority=True),
        Binding("down", "app.focus_next", show=False, priority=True),
    ]

    def __init__(self, status: ProviderStatus, setup: ModelSetup, palette: Palette) -> None:
        super().__init__()
        self._status = status
        self._setup = setup
        self._palette = palette
        self._outcome = _Outcome()
        models = status.offer.models
        # A local server serves what it has loaded, not what is known of.
        known = models[0].info.name if models and status.definition.requires_auth else ""
        self._model = known.partition("/")[2]
        self._worked = ""
        """The model that answered; empty until one did."""
        self._places: tuple[KeyPlace, ...] = ()
        self._busy = False

    def compose(self) -> ComposeResult:
        """What it is, the fields, how it stands."""
        definition = self._status.definition
        with VerticalScroll(classes="dialog onboarding", can_focus=False) as dialog:
            dialog.border_title = Content(definition.display_name)
            dialog.border_subtitle = "enter tries it, esc goes back"
            yield _About(self._status)
            if self._asks_key:
                yield _Label(f"Key ({definition.api_key_env})")
                yield Input(password=True, placeholder="paste it here", id="provider-key")
            yield _Label(f"Model ({definition.name}/…)")
            yield Input(self._model, placeholder="the first one it has", id="provider-model")
            yield self._outcome

    def on_mount(self) -> None:
        """Say what is missing besides the key."""
        for rows in self.query(Rows):
            rows.palette = self._palette
        problem = self._status.problem
        if problem is not None and not self._key_is_missing:
            self._outcome.tell((problem.message, "bad"), (problem.hint, "dim"))
        self.query(Input).first().focus()

    @property
    def _asks_key(self) -> bool:
        return bool(self._status.definition.api_key_env) and self._status.key_place is None

    @property
    def _key_is_missing(self) -> bool:
        problem = self._status.problem
        key = self._status.definition.api_key_env
        return problem is not None and bool(key) and key in problem.message

    @property
    def _key(self) -> str:
        return self.query_one("#provider-key", Input).value.strip() if self._asks_key else ""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter tries, once there is a key."""
        event.stop()
        if self._busy or self._worked:
            return
        definition = self._status.definition
        needs_key = definition.requires_auth and not definition.opened_by
        if self._asks_key and needs_key and not self._key:
            self.query_one("#provider-key", Input).focus()
            self._outcome.tell(("Enter the key first.", "bad"))
            return
        self._try(self.query_one("#provider-model", Input).value.strip())

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was tried is no longer what stands there."""
        if self._worked:
            self._worked = ""
            self._outcome.tell()

    @work(exclusive=True)
    async def _try(self, model: str) -> None:
        from goose_agent.errors import GooseError

        self._busy = True
        name = f"{self._status.definition.name}/{model}" if model else ""
        try:
            if not name:
                self._outcome.tell(("Asking which models there are …", "dim"))
                name = await self._setup.default_model(self._status, self._key)
            self._outcome.tell((f"Asking {name} …", "dim"))
            done = await self._setup.attempt(self._status, name, self._key)
            await self._keep_or_leave(name, done.seconds)
        except GooseError as error:
            self._fail(error)
        finally:
            self._busy = False

    def _fail(self, error: GooseError) -> None:
        self._outcome.tell((error.message, "bad"), (error.hint, "dim"))

    async def _keep_or_leave(self, name: str, seconds: float) -> None:
        from anyio import to_thread

        self._worked = name
        if not self._key:
            await self._leave(name)
            return
        self._places = await to_thread.run_sync(self._setup.key_places)
        good = f"{self._palette.glyphs.ok} {name} answered in {duration(seconds)}"
        rows = [(f"  {at}  {place.words}", "plain") for at, place in enumerate(self._places, 1)]
        self._outcome.tell((good, "good"), ("Keep the key in", "dim"), *rows)
        self.query_one(VerticalScroll).border_subtitle = "a digit keeps it, esc goes back"
        self.set_focus(None)

    def on_key(self, event: events.Key) -> None:
        """A digit says where the key is to be kept."""
        if not self._worked or self._busy or not (event.character or "").isdigit():
            return
        at = int(event.character or 0) - 1
        if 0 <= at < len(self._places):
            event.stop()
            self._keep(self._places[at])

    @work(exclusive=True)
    async def _keep(self, place: KeyPlace) -> None:
        from anyio import to_thread

        from goose_agent.errors import GooseError

        self._busy = True
        try:
            await to_thread.run_sync(self._setup.keep, self._status, self._key, place.place)
            await self._leave(self._worked)
        except GooseError as error:
            self._fail(error)
        finally:
            self._busy = False

    async def _leave(self, name: str) -> None:
        from anyio import to_thread

        await to_thread.run_sync(self._setup.start_with, name)
        self.dismiss(name)

    def action_back(self) -> None:
        """Esc."""
        self.dismiss(None)

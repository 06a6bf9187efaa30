"""The extensions of a session: how each is, its tools, and what a person may do with them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from goose_agent.commands import (
    AddExtension,
    Command,
    RemoveExtension,
    RestartExtension,
    RuleExtensionTool,
    SwitchExtension,
    SwitchExtensionTool,
    TryTool,
)
from goose_agent.evolve import evolve
from goose_tui.screens.schema_form import SchemaForm
from goose_tui.slash.extensions import NO_EXTENSIONS
from goose_tui.transcript.extension_list import (
    ExtensionDrawer,
    ExtensionRow,
    extension_rows,
    phase_words,
)
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.record_messages import Activated
from goose_tui.widgets.record_view import RecordView

if TYPE_CHECKING:
    from goose_agent.events import Decision, ListedExtension

__all__ = ["AddExtensionScreen", "ExtensionsScreen", "TryToolScreen"]

_NEXT: Mapping[str, Decision | None] = {"allow": "ask", "ask": "deny", "deny": None}
"""What is said of a tool after what was said of it."""
_NEW = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "description": "what it is called here"},
        "target": {
            "type": "string",
            "minLength": 1,
            "title": "command or address",
            "description": "npx -y @scope/server, or https://host/mcp",
        },
        "envs": {
            "type": "array",
            "items": {"type": "string"},
            "title": "environment",
            "description": "NAME=VALUE, one a line",
        },
        "env_keys": {
            "type": "array",
            "items": {"type": "string"},
            "title": "secrets",
            "description": "names of variables that are kept as secrets",
        },
        "timeout": {"type": "integer", "minimum": 1, "description": "seconds, 300 if left out"},
    },
    "required": ["name", "target"],
}


class ExtensionsScreen(ModalScreen[None]):
    """All extensions and their tools.

    Args:
        extensions: as the session listed them; None where it has not yet.
        problems: what is odd about the files they stand in.
        palette: styles.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "close", show=False, priority=True),
        Binding("t,space", "switch", "on or off", show=False),
        Binding("r", "restart", "start anew", show=False),
        Binding("a", "add", "add", show=False),
        Binding("d", "remove", "remove", show=False),
        Binding("c", "try_tool", "call", show=False),
        Binding("p", "rule", "allow, ask, deny", show=False),
    ]

    @dataclass
    class Wanted(Message):
        """The session is to do something; the list comes anew after that."""

        command: Command

    @dataclass
    class Opened(Message):
        """What a server wrote is to be shown."""

        title: str
        text: str

    def __init__(
        self,
        extensions: Sequence[ListedExtension] | None,
        problems: Sequence[str],
        palette: Palette,
    ) -> None:
        super().__init__()
        self._rows: Sequence[ExtensionRow] = ()
        self._extensions = extensions
        self._problems = tuple(problems)
        self._palette = palette
        drawer = ExtensionDrawer(evolve(palette, cursor=palette.selection))
        self._list = RecordView(drawer, tail=False, cursor=True, selectable=False)
        self._words = Static("", markup=False)

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog extensions tall") as dialog:
            dialog.border_title = "Extensions"
            dialog.border_subtitle = (
                "t on/off, p rule, c call, r restart, a add, d remove, enter more, esc"
            )
            yield self._words
            yield self._list

    def on_mount(self) -> None:
        """Start at the first."""
        if self._extensions is not None:
            self.show(self._extensions, self._problems)
        self._list.focus()

    def show(self, extensions: Sequence[ListedExtension], problems: Sequence[str]) -> None:
        """The extensions are these now."""
        self._rows = extension_rows(extensions)
        self._list.show(self._rows)
        words = [*map(clean_line, problems), *([] if extensions else [NO_EXTENSIONS])]
        self._words.update("\n".join(words))
        self._words.display = bool(words)

    @property
    def _row(self) -> ExtensionRow | None:
        return next((row for row in self._rows if row.key == self._list.cursor_key), None)

    def action_switch(self) -> None:
        """Switch what is under the cursor."""
        row = self._row
        if row is None:
            return
        name = row.extension.name
        if row.tool is not None:
            self._want(SwitchExtensionTool(name, row.tool.name, not row.tool.on))
        else:
            self._want(SwitchExtension(name, not row.extension.enabled))

    def action_rule(self) -> None:
        """Say something else of the tool under the cursor: allow, ask, deny, nothing."""
        if (row := self._row) is not None and row.tool is not None:
            effect = _NEXT.get(row.tool.rule, "allow")
            self._want(RuleExtensionTool(row.extension.name, row.tool.name, effect))

    def action_restart(self) -> None:
        """Start the extension under the cursor anew."""
        if (row := self._row) is not None and row.extension.enabled:
            self._want(RestartExtension(row.extension.name))

    def action_remove(self) -> None:
        """Forget the extension under the cursor."""
        if (row := self._row) is not None and row.tool is None:
            self._want(RemoveExtension(row.extension.name))

    def action_add(self) -> None:
        """Write down a new one."""

        def added(command: AddExtension | None) -> None:
            if command is not None:
                self._want(command)

        self.app.push_screen(AddExtensionScreen(self._palette), added)

    def action_try_tool(self) -> None:
        """Call the tool under the cursor."""

        def called(command: TryTool | None) -> None:
            if command is not None:
                self._want(command)

        if (row := self._row) is not None and row.tool is not None:
            self.app.push_screen(TryToolScreen(row, self._palette), called)

    def _want(self, command: Command) -> None:
        self.post_message(self.Wanted(command))

    def on_record_view_activated(self, event: Activated) -> None:
        """Enter."""
        event.stop()
        if (row := self._row) is not None:
            self.post_message(self.Opened(row.extension.name, _all_of(row.extension)))


def _all_of(extension: ListedExtension) -> str:
    """All that is known of an extension, as text."""
    facts = (
        ("state", phase_words(extension)),
        ("why", extension.why),
        ("reached by", extension.shown),
        ("stands in", extension.source),
        ("is", extension.server),
        ("protocol", extension.protocol),
        ("started in", f"{extension.seconds:g} s" if extension.seconds is not None else ""),
    )
    lines = [f"{name}: {value}" for name, value in facts if value]
    return "\n".join([*lines, "", "It wrote last:", *(extension.lines or ("nothing",))])


class AddExtensionScreen(ModalScreen[AddExtension | None]):
    """A new extension, by a form."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close", show=False, priority=True)
    ]

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._form = SchemaForm({}, _NEW, palette)

    def compose(self) -> ComposeResult:
        """The form."""
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Add an extension"
            dialog.border_subtitle = "enter adds and starts it, esc closes"
            yield self._form

    def on_mount(self) -> None:
        """Write at once."""
        self._form.begin()

    def on_schema_form_done(self, event: SchemaForm.Done) -> None:
        """Add it."""
        event.stop()
        try:
            entry = entry_of(event.values)
        except ValueError as error:
            self._form.say(str(error))
            return
        self.dismiss(AddExtension(str(event.values["name"]).strip(), entry))


def entry_of(values: dict[str, Any]) -> dict[str, Any]:
    """What was written into the form, as it stands in a file.

    Raises:
        ValueError: a line says nothing.
    """
    target = str(values["target"]).strip()
    if target.startswith(("https://", "http://")):
        entry: dict[str, Any] = {"type": "streamable_http", "uri": target}
    else:
        command, *args = shlex.split(target) or [""]
        entry = {"type": "stdio", "cmd": command, "args": args}
    pairs = [line.partition("=") for line in values.get("envs", ()) if line.strip()]
    if any(not equals for _, equals, _ in pairs):
        raise ValueError("environment: each line is NAME=VALUE")
    if pairs:
        entry["envs"] = {name.strip(): value for name, _, value in pairs}
    if values.get("env_keys"):
        entry["env_keys"] = [name.strip() for name in values["env_keys"] if name.strip()]
    if values.get("timeout"):
        entry["timeout"] = values["timeout"]
    return entry


class TryToolScreen(ModalScreen[TryTool | None]):
    """A call of a tool that only its person reads."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close", show=False, priority=True),
        Binding("ctrl+r", "call", "call", show=False, priority=True),
    ]

    def __init__(self, row: ExtensionRow, palette: Palette) -> None:
        super().__init__()
        assert row.tool is not None
        self._extension, self._tool = row.extension.name, row.tool
        self._form = SchemaForm({}, row.tool.schema, palette)

    def compose(self) -> ComposeResult:
        """The form."""
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = Content(f"Call {clean_line(self._tool.called, strict=True)}")
            dialog.border_subtitle = "enter or ctrl+r calls it, no model reads it, esc closes"
            yield self._form

    def on_mount(self) -> None:
        """Write at once."""
        self._form.begin()

    def action_call(self) -> None:
        """Call it so."""
        self._form.send()

    def on_schema_form_done(self, event: SchemaForm.Done) -> None:
        """Call it so."""
        event.stop()
        self.dismiss(TryTool(self._extension, self._tool.name, event.values))

"""The step in which the arguments of a call are changed: as a form, or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from goose_agent.events import ApprovalAnswer
from goose_tui.screens.approval_rows import Hint
from goose_tui.screens.approval_step import Step
from goose_tui.view.formatting import cut_end
from goose_tui.view.schema_fields import (
    Field,
    FieldFault,
    fields_of,
    json_text,
    read_fields,
    read_json,
)
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.choice_field import ChoiceField
from goose_tui.widgets.rows import Row, Rows
from goose_tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from goose_tui.view.palette import Palette

__all__ = ["FormStep"]

_WIDEST_NAME = 18
_ABOUT = {
    "integer": "a whole number",
    "number": "a number",
    "lines": "one item a line",
    "json": "JSON",
}

Entry = TextField | ChoiceField


class FieldName(Rows):
    """The name of an argument before its field."""

    def __init__(self, name: str, palette: Palette) -> None:
        super().__init__()
        self._shown = clean_line(name, strict=True)
        self.palette = palette

    def rows(self, width: int) -> list[Row]:
        """One row."""
        text = cut_end(self._shown, max(1, width - 2), self.palette.glyphs.ellipsis)
        return [[Segment(text, self.palette.dim)]]


class FormStep(Step):
    """Arguments as a form made from their schema; behind its last field the same as JSON."""

    ACTIONS = frozenset({"open_editor"})

    def __init__(
        self, arguments: Mapping[str, Any], schema: Mapping[str, Any] | None, palette: Palette
    ) -> None:
        super().__init__("edit, then run")
        self._original = dict(arguments)
        self._schema = schema
        self._palette = palette
        self._fields: Sequence[Field] = ()
        self._entries: list[Entry] = []
        self._raw = TextField("", rows=3)
        self._form = VerticalScroll(id="approval-form", can_focus=False)
        self._as_json = False

    def compose(self) -> ComposeResult:
        """The form, and the text that takes its place."""
        with self._form:
            yield from self._lines(self._original)
        self._raw.display = False
        yield self._raw

    def _lines(self, arguments: Mapping[str, Any]) -> list[Horizontal]:
        """A name and a field for each argument."""
        self._fields = fields_of(arguments, self._schema)
        self._entries = [self._entry(field) for field in self._fields]
        names = (cell_len(clean_line(field.name, strict=True)) for field in self._fields)
        column = min(_WIDEST_NAME, max(names, default=0)) + 2
        lines = []
        for field, entry in zip(self._fields, self._entries, strict=True):
            name = FieldName(field.name, self._palette)
            name.styles.width = column
            lines.append(Horizontal(name, entry, classes="field"))
        return lines

    def _entry(self, field: Field) -> Entry:
        if field.kind == "choice":
            return ChoiceField(field.choices, field.text, self._palette)
        about = clean_line(field.about) or _ABOUT.get(field.kind, "")
        left_out = "" if field.required else "left out"
        words = " – ".join(filter(None, (left_out, about)))
        return TextField(field.text, placeholder=words)

    @property
    def hints(self) -> Sequence[Hint]:
        """The keys that matter here."""
        other = "form" if self._as_json else "next, JSON"
        keys = (("tab", other), ("ctrl+j", "new line"), ("ctrl+g", "editor"))
        return (("enter", "run it"), *keys, ("esc", "back"))

    def begin(self) -> None:
        """Write into the first field."""
        (self._entries[0] if self._entries else self._raw).focus()
        if not self._entries:
            self._show_json(self._original)
        elif any(isinstance(entry, TextField) and entry.marked for entry in self._entries):
            words = "⟨…⟩ stands for what nobody sees; a field that is changed runs as it reads."
            self.post_message(self.Said(words))

    def fit(self, width: int, room: int) -> None:
        """As high as the fields, as far as there is room."""
        self._form.styles.max_height = room
        self._raw.styles.max_height = room

    async def on_key(self, event: events.Key) -> None:
        """Tab and shift+tab go from field to field; JSON lies behind the last and before the first."""
        if event.key not in ("tab", "shift+tab"):
            return
        event.stop()
        event.prevent_default()
        step = 1 if event.key == "tab" else -1
        if self._as_json:
            await self._leave_json(0 if step > 0 else -1)
            return
        places = [at for at, entry in enumerate(self._entries) if entry.has_focus]
        at = places[0] + step if places else 0
        if 0 <= at < len(self._entries):
            self._entries[at].focus()
        else:
            self._to_json()

    def _to_json(self) -> None:
        arguments = self._read()
        if arguments is not None:
            self._show_json(arguments)

    def _show_json(self, arguments: Mapping[str, Any]) -> None:
        self._as_json = True
        self._raw.replace_all(json_text(arguments))
        self._form.display, self._raw.display = False, True
        self._raw.focus()

    async def _leave_json(self, at: int) -> None:
        arguments = self._read()
        if arguments is None:
            return
        await self._form.remove_children()
        await self._form.mount_all(self._lines(arguments))
        # Only now, all at once: until then the text has the keys.
        self._as_json = False
        self._form.display, self._raw.display = True, False
        if self._entries:
            self._entries[at].focus()

    def _read(self) -> dict[str, Any] | None:
        """What is written; None, and why is said, where it is no arguments."""
        try:
            if self._as_json:
                arguments = read_json(self._raw.value, self._schema)
            else:
                texts = [entry.value for entry in self._entries]
                arguments = read_fields(self._fields, texts)
        except FieldFault as fault:
            self.post_message(self.Said(clean_line(str(fault))))
            return None
        self.post_message(self.Said(""))
        return arguments

    def on_text_field_done(self, event: TextField.Done) -> None:
        """Enter in a text."""
        event.stop()
        self._finish()

    def on_choice_field_done(self, event: ChoiceField.Done) -> None:
        """Enter on a choice."""
        event.stop()
        self._finish()

    def _finish(self) -> None:
        """Run it so; unchanged, it is what was asked about."""
        arguments = self._read()
        if arguments is None:
            return
        if arguments == self._original:
            self.post_message(self.Answered(ApprovalAnswer("once")))
        else:
            self.post_message(self.Answered(ApprovalAnswer("edit", arguments=arguments)))

"""A form made from a JSON schema: a line for each value that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from goose_tui.screens.approval_form import FieldName
from goose_tui.view.formatting import cut_end
from goose_tui.view.schema_fields import Field, FieldFault, fields_of, read_fields
from goose_tui.view.titled_choices import titled_choices
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.choice_field import ChoiceField
from goose_tui.widgets.rows import Row, Rows
from goose_tui.widgets.text_field import TextField

if TYPE_CHECKING:
    from goose_tui.view.palette import Palette

__all__ = ["SchemaForm"]

_WIDEST_NAME = 24
_KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "lines": "one item a line (ctrl+j)",
    "json": "JSON",
}


class Fault(Rows):
    """What is wrong with what was written."""

    DEFAULT_CSS = "Fault { height: auto; }"

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._words = ""
        self.palette = palette

    def say(self, words: str) -> None:
        """Show this; empty for nothing."""
        self._words = clean_line(words)
        self.redraw(layout=True)

    def rows(self, width: int) -> list[Row]:
        """One row, where there is anything to say."""
        if not self._words:
            return []
        text = cut_end(self._words, max(8, width), self.palette.glyphs.ellipsis)
        return [[], [Segment(text, self.palette.error)]]


class SchemaForm(Vertical):
    """Values as a schema wants them.

    Args:
        values: what is there at first.
        schema: JSON schema of an object; None where nothing is known of it.
        palette: styles.
    """

    DEFAULT_CSS = """
    SchemaForm {
        height: auto; margin-top: 1;
        .field { height: auto; margin-bottom: 1; }
        FieldName { height: 1; }
        TextField, ChoiceField { width: 1fr; height: auto; }
    }
    """

    class Done(Message):
        """Enter was pressed, and what is written is what is wanted."""

        def __init__(self, values: dict[str, Any]) -> None:
            super().__init__()
            self.values = values

    def __init__(
        self, values: Mapping[str, Any], schema: Mapping[str, Any] | None, palette: Palette
    ) -> None:
        super().__init__()
        self._palette = palette
        self._choices = titled_choices(schema)
        plain = self._choices.schema if schema is not None else None
        self._fields = fields_of(self._choices.shown(values), plain)
        self._entries = [self._entry(field) for field in self._fields]
        self._fault = Fault(palette)

    def _entry(self, field: Field) -> TextField | ChoiceField:
        if field.kind == "choice":
            return ChoiceField(field.choices, field.text, self._palette)
        words = (
            "" if field.required else "may be left out",
            _KINDS.get(field.kind, ""),
            clean_line(field.about),
        )
        return TextField(field.text, placeholder=", ".join(filter(None, words)))

    def compose(self) -> ComposeResult:
        """A name and a field for each value, and what is wrong."""
        names = [clean_line(_title(field), strict=True) for field in self._fields]
        column = min(_WIDEST_NAME, max(map(cell_len, names), default=0)) + 2
        for shown, entry in zip(names, self._entries, strict=True):
            name = FieldName(shown, self._palette)
            name.styles.width = column
            yield Horizontal(name, entry, classes="field")
        yield self._fault

    @property
    def empty(self) -> bool:
        """Whether there is nothing to fill in."""
        return not self._entries

    def begin(self) -> None:
        """Write into the first field."""
        if self._entries:
            self._entries[0].focus()

    def say(self, words: str) -> None:
        """Say what is wrong."""
        self._fault.say(words)

    def send(self) -> None:
        """Hand over what is written, unless it is not what is wanted: then why is said."""
        try:
            texts = [entry.value for entry in self._entries]
            values = read_fields(self._fields, texts)
            _check_filled(self._fields, values)
            _check_listed(self._choices.values, values)
        except FieldFault as fault:
            self.say(str(fault))
            return
        self.say("")
        self.post_message(self.Done(self._choices.meant(values)))

    def on_text_field_done(self, event: TextField.Done) -> None:
        """Enter in a text."""
        event.stop()
        self.send()

    def on_choice_field_done(self, event: ChoiceField.Done) -> None:
        """Enter on a choice."""
        event.stop()
        self.send()


def _title(field: Field) -> str:
    title = field.schema.get("title")
    return title if isinstance(title, str) and title else field.name


def _check_filled(fields: Sequence[Field], values: Mapping[str, Any]) -> None:
    """An empty text is no answer where one is needed.

    Raises:
        FieldFault: a field that is needed was left empty.
    """
    for field in fields:
        if field.required and field.kind == "text" and values.get(field.name) == "":
            raise FieldFault(f"{field.name}: a value is needed")


def _check_listed(known: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> None:
    """Of a list only what the schema names is taken.

    Raises:
        FieldFault: something else stands in one.
    """
    for name, listed in known.items():
        given = values.get(name)
        if isinstance(given, list) and any(item not in listed for item in given):
            raise FieldFault(f"{name}: one a line, of {', '.join(listed)}")

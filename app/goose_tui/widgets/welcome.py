"""The first screen of a new session: what is here, what was done before, what one could ask."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.segment import Segment
from textual.geometry import Size

from goose_tui.view.formatting import cut_end
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

__all__ = ["Greeting", "Welcome"]

EXAMPLES = (
    "Explain how this project is built and where to start reading.",
    "Run the tests and fix what fails.",
    "Find the slowest part of the test suite and make it faster.",
)


class Greeting(Struct, frozen=True):
    """What the welcome says."""

    facts: tuple[tuple[str, str], ...] = ()
    """What was found: a name and a value each."""
    recent: tuple[tuple[str, str], ...] = ()
    """Earlier sessions of this folder: a title and an age each."""


class Welcome(Rows):
    """Fills the transcript's place until there is one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._greeting = Greeting()

    def show(self, greeting: Greeting) -> None:
        """Say this from now on."""
        if greeting != self._greeting:
            self._greeting = greeting
            self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """All there is."""
        return container.height

    def rows(self, width: int) -> list[Row]:
        """Facts, earlier sessions, examples."""
        palette, greeting = self.palette, self._greeting
        rows: list[Row] = [[], [Segment("  What shall we do?", palette.bright)], []]
        rows += self._table(greeting.facts, width)
        if greeting.recent:
            rows += [
                [],
                [
                    Segment("  Earlier here", palette.dim),
                    Segment("   goose-tui -c continues the last one", palette.dim),
                ],
            ]
            rows += [self._entry(title, age, width) for title, age in greeting.recent]
        rows += [[], [Segment("  You could say", palette.dim)]]
        for example in EXAMPLES:
            text = cut_end(example, max(1, width - 6), palette.glyphs.ellipsis)
            rows.append(
                [
                    Segment(f"  {palette.glyphs.bullet} ", palette.accent),
                    Segment(text, palette.text),
                ]
            )
        return rows

    def _table(self, facts: Sequence[tuple[str, str]], width: int) -> list[Row]:
        palette = self.palette
        room = max((len(name) for name, _ in facts), default=0)
        return [
            [
                Segment(f"  {name.ljust(room)}  ", palette.dim),
                Segment(
                    cut_end(clean_line(value), max(1, width - room - 6), palette.glyphs.ellipsis),
                    palette.text,
                ),
            ]
            for name, value in facts
        ]

    def _entry(self, title: str, age: str, width: int) -> Row:
        palette = self.palette
        text = cut_end(clean_line(title), max(1, width - len(age) - 8), palette.glyphs.ellipsis)
        return [
            Segment(f"  {palette.glyphs.dot} ", palette.dim),
            Segment(text, palette.text),
            Segment(f"  {age}", palette.dim),
        ]

"""The top line: what the session is about, where, who answers, and how it stands."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from goose_tui.view.formatting import cut_end, cut_path
from goose_tui.view.untrusted import clean_line
from goose_tui.widgets.rows import Row, Rows

__all__ = ["Header", "Heading", "Level"]

Level = Literal["", "urgent", "failed"]

_TITLE_SHARE = 0.45
_MODEL_SHARE = 0.3


class Heading(Struct, frozen=True):
    """What the header says."""

    title: str = ""
    folder: str = ""
    """As people write it: below `~` where it is."""
    branch: str = ""
    model: str = ""
    role: str = ""
    """What that model is there for; empty for the main one."""
    word: str = ""
    """How it stands, in a word; empty for nothing special."""
    level: Level = ""
    """Whether it waits for the person, or went wrong."""


class Header(Rows):
    """One line across the top."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._heading = Heading()

    def show(self, heading: Heading) -> None:
        """Say this from now on."""
        if heading != self._heading:
            self._heading = heading
            self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The line."""
        heading, palette = self._heading, self.palette
        glyphs = palette.glyphs
        mark, style = {
            "": (glyphs.step, palette.accent),
            "urgent": (glyphs.waiting, palette.warn),
            "failed": (glyphs.failed, palette.error),
        }[heading.level]
        right = [
            (self._model(width), palette.dim),
            (f"{mark} {heading.word}" if heading.word else "", style),
        ]
        right_text = [(text, style) for text, style in right if text]
        right_width = sum(cell_len(text) + 3 for text, _ in right_text)
        room = max(0, width - right_width - 2)
        title = cut_end(
            clean_line(heading.title) or "new session",
            max(8, int(room * _TITLE_SHARE)),
            glyphs.ellipsis,
        )
        branch = f" ({clean_line(heading.branch)})" if heading.branch else ""
        where_room = max(0, room - cell_len(title) - cell_len(branch) - 3)
        where = cut_path(clean_line(heading.folder), where_room, glyphs.ellipsis)
        row = [
            Segment(" "),
            Segment(title, palette.bright),
            Segment("   "),
            Segment(where + branch, palette.dim),
        ]
        used = sum(cell_len(segment.text) for segment in row)
        row.append(Segment(" " * max(0, width - used - right_width - 1)))
        for text, style in right_text:
            row += [Segment("   "), Segment(text, style)]
        return [row]

    def _model(self, width: int) -> str:
        """The model's name; a long one must not push out how the session stands."""
        room = max(12, int(width * _MODEL_SHARE))
        whose = f" ({self._heading.role})" if self._heading.role else ""
        name = clean_line(self._heading.model)
        return cut_path(name, room - len(whose), self.palette.glyphs.ellipsis) + whose

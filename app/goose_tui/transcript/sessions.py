"""Sessions on record as lines, and what was found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style

from goose_agent.sessions.index import Hit
from goose_agent.sessions.library import SessionEntry
from goose_tui.view.branches import branch_title
from goose_tui.view.formatting import age_of, cut_path, fit
from goose_tui.view.lines import RecordLine, cut, line_of
from goose_tui.view.numbers import money
from goose_tui.view.palette import Palette
from goose_tui.view.session_words import SESSION_WORDS, folder_name
from goose_tui.view.untrusted import clean_line

__all__ = ["FoundRow", "SessionDrawer", "SessionRow", "found_rows"]

_FOLDER_FROM, _FOLDER = 90, 26
_MODEL_FROM, _MODEL = 130, 24
"""Columns from which on a folder, or a model, has a column, and how wide that is."""
_STATE = 17
_COST = 8
_AGE = 7
_KIND = 9


class SessionRow(Struct, frozen=True):
    """A session."""

    entry: SessionEntry
    current: bool = False
    """Whether it is the one on the screen."""
    depth: int = 0
    """How far it stands below the session that it was forked from."""
    parent: SessionEntry | None = None
    """That session, where it stands above."""

    @property
    def key(self) -> str:
        """What names it."""
        return self.entry.session_id


class FoundRow(Struct, frozen=True):
    """A passage of the session above it."""

    entry: SessionEntry
    hit: Hit

    @property
    def key(self) -> str:
        """What names it."""
        return f"{self.hit.session_id} {self.hit.seq}"


def found_rows(
    hits: Sequence[Hit], entries: Mapping[str, SessionEntry], current: str
) -> list[SessionRow | FoundRow]:
    """What was found, below the sessions it is in.

    Args:
        hits: in their order.
        entries: of the list, by id.
        current: the session on the screen.
    """
    rows: list[SessionRow | FoundRow] = []
    above = ""
    for hit in hits:
        entry = entries.get(hit.session_id)
        if entry is None:
            continue  # it was deleted meanwhile
        if hit.session_id != above:
            above = hit.session_id
            rows.append(SessionRow(entry, above == current))
        rows.append(FoundRow(entry, hit))
    return rows


class SessionDrawer:
    """Draws sessions for a `RecordView`.

    Args:
        palette: styles and glyphs.
        now: the wall clock, UTC.
    """

    def __init__(self, palette: Palette, now: datetime) -> None:
        self.palette = palette
        self._now = now

    def key(self, record: SessionRow | FoundRow) -> str:
        """What names a row."""
        return record.key

    def text(self, record: SessionRow | FoundRow) -> str:
        """What searching looks at."""
        return record.hit.excerpt if isinstance(record, FoundRow) else record.entry.title

    def estimate(self, record: SessionRow | FoundRow, width: int) -> int:
        """Rows are one line."""
        return 1

    def foldable(self, record: SessionRow | FoundRow) -> bool:
        """There is nothing more to show."""
        return False

    def folded_by_default(self, record: SessionRow | FoundRow) -> bool:
        """Never."""
        return False

    def lines(
        self, record: SessionRow | FoundRow, width: int, folded: bool
    ) -> Sequence[RecordLine]:
        """The line of a row."""
        if isinstance(record, FoundRow):
            return [line_of(self._found(record.hit, width))]
        return [line_of(self._session(record, width))]

    def _session(self, row: SessionRow, width: int) -> list[Segment]:
        palette, more, entry = self.palette, self.palette.glyphs.ellipsis, row.entry
        mark = palette.glyphs.step if row.current else palette.glyphs.user_bar
        right = self._columns(entry, width)
        room = max(8, width - 3 - sum(len(segment.text) for segment in right))
        unnamed = entry.session_id if entry.state == "damaged" else "untitled"
        title = clean_line(branch_title(entry, row.parent)) or unnamed
        if row.depth:
            title = f"{'  ' * (row.depth - 1)}{palette.glyphs.forked} {title}"
        if entry.archived:
            title += " (archived)"
        return [
            Segment(f"{mark if row.current or entry.pinned else ' '} ", palette.accent),
            Segment(fit(title, room, more), palette.dim if entry.archived else palette.text),
            Segment(" "),
            *right,
        ]

    def _columns(self, entry: SessionEntry, width: int) -> list[Segment]:
        palette, more = self.palette, self.palette.glyphs.ellipsis
        columns = []
        if width >= _FOLDER_FROM:
            folder = cut_path(clean_line(folder_name(entry.folder)), _FOLDER, more)
            columns.append(Segment(f" {fit(folder, _FOLDER, more)}", palette.dim))
        if width >= _MODEL_FROM:
            model = clean_line(entry.model).rpartition("/")[2]
            columns.append(Segment(f" {fit(model, _MODEL, more)}", palette.dim))
        glyph, style = self._state(entry)
        state = fit(f"{glyph} {SESSION_WORDS[entry.state]}", _STATE, more)
        cost = "" if entry.cost is None else money(entry.cost)
        used = age_of(entry.updated, self._now)
        return [
            *columns,
            Segment(f" {state}", style),
            Segment(f" {cost:>{_COST}} {used:>{_AGE}}", palette.dim),
        ]

    def _state(self, entry: SessionEntry) -> tuple[str, Style]:
        palette, glyphs = self.palette, self.palette.glyphs
        return {
            "running": (glyphs.running, palette.accent),
            "waiting": (glyphs.waiting, palette.warn),
            "interrupted": (glyphs.denied, palette.text),
            "done": (glyphs.ok, palette.dim),
            "damaged": (glyphs.failed, palette.error),
        }[entry.state]

    def _found(self, hit: Hit, width: int) -> list[Segment]:
        palette = self.palette
        segments = [Segment(f"    {fit(hit.kind, _KIND)}", palette.dim)]
        at = 0
        for start, stop in hit.marks:
            segments.append(Segment(clean_line(hit.excerpt[at:start]), palette.text))
            segments.append(Segment(clean_line(hit.excerpt[start:stop]), palette.accent))
            at = stop
        segments.append(Segment(clean_line(hit.excerpt[at:]), palette.text))
        return cut(segments, width, palette.glyphs.ellipsis)

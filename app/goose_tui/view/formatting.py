"""Names and times as short text for the screen, in columns that line up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len

from goose_tui.view.splitting import split_at

__all__ = [
    "age",
    "age_of",
    "align_right",
    "columns",
    "cut_end",
    "cut_path",
    "fit",
]


def age(seconds: float) -> str:
    """How long ago something was: `now`, `5m ago`, `3h ago`, `2d ago`, `6w ago`, `2y ago`.

    Args:
        seconds: since then; a future moment counts as now.
    """
    if seconds < 60:
        return "now"
    for limit, unit, letter in (
        (3600, 60, "m"),
        (86_400, 3600, "h"),
        (14 * 86_400, 86_400, "d"),
        (365 * 86_400, 7 * 86_400, "w"),
    ):
        if seconds < limit:
            return f"{int(seconds // unit)}{letter} ago"
    return f"{int(seconds // (365 * 86_400))}y ago"


def age_of(time: str, now: datetime) -> str:
    """How long ago a moment was; nothing where the record does not tell.

    Args:
        time: ISO 8601.
        now: the wall clock, UTC.
    """
    try:
        then = datetime.fromisoformat(time)
    except ValueError:
        return ""
    return age((now - then).total_seconds()) if then.tzinfo else ""


def cut_end(text: str, width: int, ellipsis: str = "…") -> str:
    """Prose cut at its end to a width in cells, never without the ellipsis."""
    if cell_len(text) <= width:
        return text
    room = width - cell_len(ellipsis)
    if room < 0:
        return split_at(ellipsis, max(0, width))[0]
    return split_at(text, room)[0].rstrip(" ") + ellipsis


def cut_path(path: str, width: int, ellipsis: str = "…") -> str:
    """A path cut in its middle to a width in cells: the name at the end survives longest."""
    if cell_len(path) <= width:
        return path
    room = width - cell_len(ellipsis)
    if room <= 1:
        return cut_end(path, width, ellipsis)
    name = cell_len(path.rpartition("/")[2]) + 1
    # The name gets what it needs, else two thirds; the rest shows where the path begins.
    tail = name if name <= room - room // 4 else room - room // 3
    tail = max(tail, room - room // 2)
    return split_at(path, room - tail)[0] + ellipsis + _last(path, tail)


def _last(text: str, width: int) -> str:
    """The end of a text, at most so many cells wide."""
    rest = text
    while cell_len(rest) > width:
        rest = split_at(rest, max(1, cell_len(rest) - width))[1] if rest.isascii() else rest[1:]
    return rest


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """The text cut or padded at its end to exactly a width in cells."""
    text = cut_end(text, width, ellipsis)
    return text + " " * (width - cell_len(text))


def align_right(left: str, right: str, width: int, ellipsis: str = "…") -> str:
    """Two texts on one row: the right one whole at the edge, the left one cut to what is left.

    Args:
        left: cut at its end.
        right: kept, unless the row is narrower than it.
        width: of the row, in cells.
        ellipsis: what stands for what was cut.
    """
    right = cut_end(right, width, ellipsis)
    room = width - cell_len(right) - 1
    if room < 1:
        return " " * (width - cell_len(right)) + right
    return f"{fit(left, room, ellipsis)} {right}"


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = (), gap: int = 2) -> list[str]:
    """Rows of texts as a table in which columns line up by cells.

    Args:
        rows: the texts; rows may differ in length.
        right: indexes of the columns aligned at their right.
        gap: blank cells between columns.
    """
    widths: list[int] = []
    for row in rows:
        for index, text in enumerate(row):
            if index == len(widths):
                widths.append(0)
            widths[index] = max(widths[index], cell_len(text))
    lines = []
    for row in rows:
        parts = []
        for index, text in enumerate(row):
            blank = " " * (widths[index] - cell_len(text))
            parts.append(blank + text if index in right else text + blank)
        lines.append((" " * gap).join(parts).rstrip())
    return lines

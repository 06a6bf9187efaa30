"""What the scrubber shows of a recording: a mark for each column, by whatever the axis counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, get_args

from goose_agent.replay.timeline import Axis, MarkKind, Timeline

__all__ = ["ColumnMark", "column_of", "marks_of"]

ColumnMark = MarkKind | Literal["bookmark", ""]

_WEIGHT: dict[str, int] = {kind: at for at, kind in enumerate(get_args(MarkKind), 1)}
_WEIGHT["bookmark"] = len(_WEIGHT) + 1


def column_of(along: Sequence[float], place: int, width: int) -> int:
    """The column of a place.

    Args:
        along: how far along the axis each place lies.
        place: counted from 0.
        width: columns there are.
    """
    if not along or width < 1:
        return 0
    length = along[-1] - along[0]
    if length <= 0:
        return width - 1
    return min(width - 1, max(0, int((along[place] - along[0]) / length * (width - 1) + 0.5)))


def marks_of(
    timeline: Timeline, axis: Axis, width: int, bookmarks: Collection[int] = ()
) -> list[ColumnMark]:
    """The gravest mark of each column; nothing where none is.

    Args:
        timeline: of the recording.
        axis: what a column is a part of.
        width: columns there are.
        bookmarks: `seq` of the events that have one.
    """
    along = timeline.along(axis)
    found: list[ColumnMark] = [""] * width
    for place, moment in enumerate(timeline.moments):
        mark: ColumnMark = "bookmark" if moment.seq in bookmarks else (moment.mark or "")
        if mark and width:
            at = column_of(along, place, width)
            if _WEIGHT[mark] > _WEIGHT.get(found[at], 0):
                found[at] = mark
    return found

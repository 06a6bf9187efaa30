"""Whether a model is sent the thoughts of its earlier answers, as a request tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from goose_agent.events import Segment
from goose_agent.state.stepping import SegmentEdit

__all__ = ["thoughts_are_sent"]


def thoughts_are_sent(segments: Iterable[Segment], edits: Mapping[str, SegmentEdit]) -> bool:
    """Whether they are; so it is taken to be where there is none.

    Args:
        segments: of a request.
        edits: what a person changed, by key.
    """
    return not any(
        segment.kind == "thinking" and segment.altered == "dropped" and segment.key not in edits
        for segment in segments
    )

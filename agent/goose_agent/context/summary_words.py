"""The words that stand for what was left out of a conversation."""

from __future__ import annotations

from goose_agent.events.compaction import CompactionWay
from goose_agent.events.model import segment_key

__all__ = ["summary_key", "summary_text"]

_HEADS: dict[CompactionWay, str] = {
    "summarize": (
        "Summary of the conversation so far: older messages were left out to save room. What comes "
        "after it was kept word for word. Go on from there; do not mention this summary."
    ),
    "truncate": "(The oldest part of this conversation was left out to save room.)",
    "clear": "(What was said before was left out to save room.)",
    "results": "",
}


def summary_key(seq: int) -> str:
    """Names the segment of a summary.

    Args:
        seq: of the event with which it came.
    """
    return segment_key("summary", seq, "")


def summary_text(way: CompactionWay, summary: str) -> str:
    """What the model reads in the place of what was left out.

    Args:
        way: how it was left out.
        summary: of that; empty for none.
    """
    return f"{_HEADS[way]}\n\n{summary}".strip()

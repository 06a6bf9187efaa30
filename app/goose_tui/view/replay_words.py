"""What an event is, in a few words."""

from __future__ import annotations

from datetime import datetime

from goose_agent.events import (
    AnyData,
    ContextBuilt,
    Event,
    ModelRequested,
    ModelResponded,
    ToolFinished,
    ToolJudged,
    UserCommand,
)
from goose_agent.replay.search import words_of
from goose_tui.view.untrusted import clean_line

__all__ = ["event_words", "local_time"]

_LOOKED_AT = 200
"""Characters of a text of which a line is made."""


def event_words(event: Event) -> str:
    """Its type, the subagent whose it is, and how it begins."""
    who = clean_line(event.agent.partition("/")[2])
    return f"{who}  {event.type}  {clean_line(_words(event.data))}".strip()


def local_time(moment: datetime) -> datetime:
    """A moment as the clocks here show it; far from our times as it was written."""
    try:
        return moment.astimezone()
    except (OverflowError, ValueError):
        return moment


def _words(data: AnyData) -> str:
    match data:
        case ToolJudged(decision=decision):
            return decision
        case ToolFinished(outcome=outcome):
            return outcome
        case ModelRequested(model=model):
            return model
        case ModelResponded(stop=stop):
            return stop
        case ContextBuilt(added=added):
            return f"{len(added)} new segments"
        case UserCommand(name=name):
            return name
        case _:
            return words_of(data)[:_LOOKED_AT].strip()

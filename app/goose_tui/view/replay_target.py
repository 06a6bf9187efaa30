"""Where in a recording somebody wants to go, from what they typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from goose_agent.errors import UsageError

if TYPE_CHECKING:
    from goose_agent.replay.timeline import Timeline

__all__ = ["place_wanted"]

_NUMBER = re.compile(r"#?(\d{1,12})")
_SHARE = re.compile(r"(\d{1,3})%")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})")
_SHIFT = re.compile(r"([+-])(\d{1,6})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def place_wanted(text: str, timeline: Timeline, place: int) -> int:
    """The place that is meant.

    Args:
        text: the number of an event, `02:14:30` or `14:30` from the start, `-30m` or `+90s` from
            here, or `50%`.
        timeline: of the recording.
        place: where one is.

    Raises:
        UsageError: it means none of these.
    """
    text = text.strip()
    if found := _NUMBER.fullmatch(text):
        return timeline.at_number(int(found[1]))
    if found := _SHARE.fullmatch(text):
        return round((len(timeline) - 1) * min(100, int(found[1])) / 100)
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = int(found[1] or 0), int(found[2]), int(found[3])
        return timeline.at_elapsed(hours * 3600 + minutes * 60 + seconds)
    if found := _SHIFT.fullmatch(text):
        seconds = int(found[2]) * _SECONDS[found[3]] * (-1 if found[1] == "-" else 1)
        return timeline.at_elapsed(max(0.0, timeline.moments[place].elapsed + seconds))
    raise UsageError(f"{text} is no place.", "Say 120, 02:14:30, -30m or 50%.")

"""Who wrote a line of a file, in words."""

from __future__ import annotations

from goose_agent.replay.blame import Blamed
from goose_agent.replay.recording import Recording
from goose_tui.view.replay_words import local_time
from goose_tui.view.untrusted import clean_line

__all__ = ["blame_words"]

_WRITERS = {
    "before": "It was there before the session's first change of this file.",
    "outside": "Somebody else wrote it between two changes on record.",
    "unknown": "A change wrote it whose content is not on record.",
}
_ORIGINS = {"tool": "by a tool", "command": "by a command", "person": "by you"}


def blame_words(recording: Recording, found: Blamed) -> str:
    """The event, the turn and the call, a line each."""
    if isinstance(found.writer, str):
        return _WRITERS[found.writer]
    edit = found.writer
    event = recording.event(edit.seq)
    when = f" at {local_time(event.at):%Y-%m-%d %H:%M:%S}" if event is not None else ""
    words = [f"event #{edit.seq}, turn {edit.turn}, {_ORIGINS[edit.origin]}{when}"]
    last = recording.state_at(len(recording) - 1)
    if (call := last.find_call(edit.call_id)) is not None:
        words.append(f"call {clean_line(f'{call.tool} {call.summary}')}")
    if 0 < edit.turn <= len(last.turns):
        words.append(f"asked: {clean_line(last.turns[edit.turn - 1].text)}")
    return "\n".join(words)

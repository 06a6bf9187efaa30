"""Notices a model that goes in circles: first the model reads it, then a person is asked.

An answer with calls is a step. Three equal steps in a row, two that fail the same way, or two that
take turns are a circle. What is known of that is read from the state alone, so that a resumed turn
is judged like one that was never cut off. A word of a person starts the count anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from goose_agent.events import Outcome, Question
from goose_agent.state.records import CallRecord, UserRecord
from goose_agent.state.session_state import SessionState

__all__ = [
    "AFTER_HANGUP",
    "GO_ON",
    "STOP",
    "goes_round",
    "is_again",
    "last_steps",
    "remark",
    "standstill",
]

STOP = "Stop"
GO_ON = "Go on"
"""What a person can answer, besides words of their own."""
AFTER_HANGUP = Question(
    "hangup",
    "The terminal went away while the agent worked. What ran was finished, and nothing else was "
    "begun. Should it go on? You can also tell it what to do instead.",
    (GO_ON, STOP),
    free_text=True,
    about="hangup",
    otherwise=GO_ON,
)

_SAME = 3
"""Equal steps in a row that are a circle."""
_TURNS = 4
"""Steps, two by turns, that are a circle."""
_LOOKED_AT = 5

_NOTE = "\n\n[goose-agent: "
"""Begins a remark in a result; what stands before it is the tool's own."""
_REPEATED = "this is the very call that you made twice before"
_ALTERNATED = "you go back and forth between the same calls"
_FAILED = "this is the same error as with your call before"
_ADVICE = "Read what the results say and try another way; if there is none, say what stands in it."

Step = Sequence[CallRecord]


def remark(state: SessionState, call: CallRecord, outcome: Outcome, text: str) -> str:
    """What the model is to read behind the result of a call; empty while it gets on.

    Args:
        state: the session, before this result.
        call: the call that has come to its result.
        outcome: how it went.
        text: the result.
    """
    steps = last_steps(state)
    if not steps or steps[-1][0].request_id != call.request_id:
        return ""
    words = ""
    if steps[-1][0].key == call.key:  # once a step is enough
        words = _circle(steps)
    if not words and outcome == "error" and _failed_before(steps, call.tool, text):
        words = _FAILED
    return f"{_NOTE}{words}. {_ADVICE}]" if words else ""


def standstill(state: SessionState) -> Question | None:
    """What to ask the person, where a model goes on in a circle that it was told of.

    Args:
        state: the session; all calls are settled.
    """
    steps = last_steps(state)
    if len(steps) < 2 or not any(_NOTE in call.result for call in steps[-2]):
        return None
    last = steps[-1][-1]
    if any(_failed_before(steps, call.tool, call.result) for call in _failures(steps[-1])):
        what = f"gets the same error again and again, the last time from {_named(last)}"
    elif _circle(steps):
        what = f"makes the same calls again and again, the last one {_named(last)}"
    else:
        return None
    text = f"The model {what}. Should it go on? You can also tell it what to do instead."
    return Question(last.key, text, (STOP, GO_ON), free_text=True)


def is_again(state: SessionState) -> bool:
    """Whether the last step is just the one before it."""
    steps = last_steps(state, 2)
    return len(steps) == 2 and _signature(steps[0]) == _signature(steps[1])


def goes_round(state: SessionState) -> bool:
    """Whether the last step is just the one before it, or was told that it goes in a circle.

    Args:
        state: the session; all calls are settled.
    """
    told = (_NOTE in call.result for step in last_steps(state, 1) for call in step)
    return is_again(state) or any(told)


def last_steps(state: SessionState, most: int = _LOOKED_AT) -> list[Step]:
    """The last steps of the turn under way since a person spoke, the oldest first.

    Args:
        state: the session.
        most: so many at most.
    """
    turn = state.turn
    found: list[list[CallRecord]] = []
    for at in range(len(state.records) - 1, turn.first_record - 1 if turn else -1, -1):
        record = state.records[at]
        if isinstance(record, UserRecord) and not record.by:
            break
        if not isinstance(record, CallRecord) or not record.proposed:
            continue
        if not found or found[-1][0].request_id != record.request_id:
            if len(found) == most:
                break
            found.append([])
        found[-1].append(record)
    return [step[::-1] for step in reversed(found)]


def _circle(steps: Sequence[Step]) -> str:
    """In which circle the last steps go, judged by the calls alone; empty for none."""
    signs = [_signature(step) for step in steps]
    if len(signs) >= _SAME and len(set(signs[-_SAME:])) == 1:
        return _REPEATED
    if len(signs) >= _TURNS and len(set(signs[-_TURNS:])) == 2:
        first, second, third, fourth = signs[-_TURNS:]
        if (first, second) == (third, fourth):
            return _ALTERNATED
    return ""


def _signature(step: Step) -> tuple[tuple[str, str], ...]:
    """Tool and arguments of each call; the order of keys does not matter."""
    return tuple(
        (
            call.tool,
            call.arguments_text.strip()
            if call.arguments is None
            else json.dumps(call.arguments, sort_keys=True),
        )
        for call in step
    )


def _failures(step: Step) -> list[CallRecord]:
    return [call for call in step if call.state == "failed"]


def _failed_before(steps: Sequence[Step], tool: str, text: str) -> bool:
    """Whether a call of the step before the last failed in just this way."""
    if len(steps) < 2:
        return False
    earlier = {(call.tool, _own(call.result)) for call in _failures(steps[-2])}
    return (tool, _own(text)) in earlier


def _own(result: str) -> str:
    return result.partition(_NOTE)[0]


def _named(call: CallRecord) -> str:
    return f"{call.tool} {call.summary}".strip()

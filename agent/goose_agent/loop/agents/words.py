"""What agents read of each other: orders, reports, how far a subagent is."""

from __future__ import annotations

from collections.abc import Iterable

from goose_agent.events import AgentEnd, ListedAgent
from goose_agent.state.records import AnswerRecord, CallRecord
from goose_agent.state.session_state import Agent, SessionState

__all__ = [
    "agents_prompt",
    "child_prompt",
    "lost_words",
    "report_words",
    "result_words",
    "standing",
]

_ENDED: dict[AgentEnd, str] = {
    "done": "",
    "failed": "The subagent failed before it was done.",
    "max_turns": "The subagent came to its limit of model calls before it was done.",
    "budget": "The subagent was stopped: the budget is used up.",
    "stopped": "The subagent was stopped before it was done.",
    "interrupted": "The subagent was interrupted before it was done.",
}
_SAID = 2_000
"""Characters of its last words where it did not come to an end of its own."""

_CHILD = """\
You are a subagent: another agent has given you a part of its work, and reads nothing but your last \
answer. Nobody else answers you, so decide what can be decided, and say what you could not find out. \
End with an answer that stands by itself: what was asked for, with paths and lines; no greeting.
"""


def child_prompt(instructions: str) -> str:
    """What a subagent is told of its place.

    Args:
        instructions: those of its agent file; may be empty.
    """
    return f"{_CHILD}\n{instructions}".strip()


def agents_prompt(listed: Iterable[ListedAgent]) -> str:
    """What a model is told of the agents that files describe; empty for none."""
    lines = [f"- {one.name}: {one.description or 'no description'}" for one in listed]
    if not lines:
        return ""
    return "\n".join(["## Agents that delegate can name", "", *lines])


def result_words(state: SessionState, end: AgentEnd) -> str:
    """What its parent reads of a subagent that has ended.

    Args:
        state: its own.
        end: how it ended.
    """
    said = last_words(state)
    if end == "done":
        return said or "The subagent ended without a word."
    done = f"It had made {_calls(state)}."
    rest = f" The last that it said:\n\n{said[-_SAID:]}" if said else ""
    return f"{_ENDED[end]} {done}{rest}"


def lost_words(state: SessionState) -> str:
    """The same of one that was at work when the process ended."""
    said = last_words(state)
    done = f"It had made {_calls(state)}, and was not started again."
    rest = f" The last that it said:\n\n{said[-_SAID:]}" if said else ""
    return f"The program ended while this subagent was at work. {done}{rest}"


def report_words(agent: Agent) -> str:
    """The message with which a subagent in the background reports."""
    text = agent.result.replace("</subagent", "< /subagent")
    title = agent.title.replace('"', "'")
    return f'<subagent id="{agent.short}" task="{title}">\n{text}\n</subagent>'


def standing(agent: Agent) -> str:
    """How far a subagent is, for its parent."""
    state = agent.state
    if agent.end is not None:
        return agent.result
    running = [call for call in state.open_calls() if call.state == "running"]
    now = (
        f"It runs {running[0].tool} {running[0].summary}." if running else "It waits for its model."
    )
    if state.pending:
        now = "It waits for the person."
    said = last_words(state)
    rest = f" The last that it said:\n\n{said[-_SAID:]}" if said else ""
    return f"{agent.short} is at work: {_calls(state)} so far. {now}{rest}"


def last_words(state: SessionState) -> str:
    """The text of its last answer that has any."""
    texts: list[str] = []
    request = ""
    for record in reversed(state.records):
        if isinstance(record, AnswerRecord) and record.text.strip():
            if request and record.request_id != request:
                break
            request = record.request_id
            texts.append(record.text.strip())
    return "\n\n".join(reversed(texts))


def _calls(state: SessionState) -> str:
    made = sum(isinstance(record, CallRecord) and record.proposed for record in state.records)
    return "one call" if made == 1 else f"{made} calls"

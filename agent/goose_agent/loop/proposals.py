"""The calls of an answer on record; what cannot run as the model wrote it is answered at once."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from goose_agent.events import ToolFinished, ToolProposed
from goose_agent.loop.bench import Bench
from goose_agent.loop.gathering import Answered, CallDraft
from goose_agent.loop.guard import remark
from goose_agent.loop.prompts import cut_answer_problem
from goose_agent.sessions.log import SessionLog

__all__ = ["Reading", "propose", "read_call"]


class Reading(Struct, frozen=True):
    """A call as it was understood."""

    tool: str
    text: str
    """Its arguments as JSON."""
    problem: str = ""
    """Why it cannot run."""
    arguments: dict[str, Any] | None = None
    summary: str = ""


def propose(log: SessionLog, bench: Bench, answered: Answered) -> None:
    """Put the calls of an answer on record.

    Args:
        log: the session's record.
        bench: knows the tools.
        answered: the answer.
    """
    cut = answered.stop == "length"
    readings = [(draft.call_id, read_call(bench, draft, cut)) for draft in answered.calls]
    numbers = {
        call_id: log.record(
            ToolProposed(
                call_id,
                answered.request_id,
                reading.tool,
                reading.text,
                reading.arguments,
                reading.problem,
                reading.summary,
            ),
            "model",
            cause=answered.seq,
        )
        for call_id, reading in readings
    }
    # The results come after all proposals: only then is it known what the answer repeats.
    for call_id, reading in readings:
        if problem := reading.problem:
            problem += remark(log.state, log.state.call(call_id), "error", problem)
            finished = ToolFinished(call_id, "error", problem, 0.0)
            log.record(finished, "agent", cause=numbers[call_id])


def read_call(bench: Bench, draft: CallDraft, cut: bool) -> Reading:
    """A call as it is understood.

    Args:
        bench: knows the tools.
        draft: the call as the model wrote it.
        cut: whether the answer was cut off at the model's limit.
    """
    tool = bench.registry.find(draft.tool)
    if tool is None:
        return Reading(draft.tool, draft.arguments, bench.registry.unknown(draft.tool))
    if cut:
        return Reading(tool.name, draft.arguments, cut_answer_problem())
    text = tool.as_json(draft.arguments)
    arguments = tool.parse(text)
    if isinstance(arguments, str):
        return Reading(tool.name, draft.arguments, arguments)
    summary = tool.summary(arguments, bench.workspace)
    return Reading(tool.name, text, arguments=arguments, summary=summary)

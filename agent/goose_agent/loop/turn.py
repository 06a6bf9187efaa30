"""One turn: build the context, call the model, judge and run its calls, repeat.

What comes next is read from the session's state, never from where the code stands: so a turn that a
crash cut off goes on from its record.
"""

from __future__ import annotations

from dataclasses import dataclass

from goose_agent.context.build import build_context
from goose_agent.events import Notice, ToolFinished, ToolProposed, TurnEnd, UserMessage
from goose_agent.loop.answers import Answered, CallDraft, answer
from goose_agent.loop.desk import Desk
from goose_agent.loop.prompts import cut_answer_problem, system_prompt
from goose_agent.loop.tool_runs import Bench, ToolRuns
from goose_agent.providers.model import Model
from goose_agent.sessions.log import SessionLog

__all__ = ["TurnSettings", "run_turn"]


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """What bounds and colours a turn."""

    max_requests: int
    """Most model calls."""
    extra_prompt: str
    """Further instructions for the system prompt."""
    platform: str


async def run_turn(
    log: SessionLog,
    model: Model,
    desk: Desk,
    bench: Bench,
    settings: TurnSettings,
) -> tuple[TurnEnd, int]:
    """Work until the model answers without calls, or something stops the turn.

    Args:
        log: the session's record; its last turn is the one to work on.
        model: who answers.
        desk: where to ask the person.
        bench: what calls run with.
        settings: bounds.

    Returns:
        Why it ended, and how many times a model was called.
    """
    runs = ToolRuns(log, desk, bench)
    requests = 0
    while True:
        if calls := log.state.open_calls():
            await runs.settle(calls)
            await log.settle()
            if runs.stopped:
                return "stopped", requests
        _take_steering(log)
        if requests >= settings.max_requests:
            return "max_turns", requests
        requests += 1
        answered = await _ask_model(log, model, bench, settings)
        if answered is None:
            return "failed", requests
        _propose(log, bench, answered)
        if not answered.calls and not _steered(log):
            _explain(log, answered)
            return "done", requests


async def _ask_model(
    log: SessionLog,
    model: Model,
    bench: Bench,
    settings: TurnSettings,
) -> Answered | None:
    state = log.state
    system = system_prompt(
        state, bench.registry.prompts(), settings.extra_prompt, settings.platform
    )
    tools = () if state.mode == "chat" else bench.registry.schemas()
    built = build_context(state, system, tools, log.world.ids.new("r"))
    seq = log.record(built.event, "agent", blobs=built.blobs)
    return await answer(log, model, built, seq)


def _steered(log: SessionLog) -> bool:
    return any(item.steer for item in log.state.queue)


def _take_steering(log: SessionLog) -> None:
    """Messages sent into the turn reach the model with the next request."""
    for item in log.state.queue:
        if item.steer:
            log.record(UserMessage(item.message_id, item.text, steer=True), "user")


def _explain(log: SessionLog, answered: Answered) -> None:
    """Say so where an answer ended in a way a person would not expect."""
    match answered.stop:
        case "length":
            log.record(
                Notice(
                    "warning",
                    "The answer was cut off at the model's output limit.",
                    "Say “go on” to let it continue.",
                ),
                "agent",
                cause=answered.seq,
            )
        case "refusal":
            log.record(
                Notice(
                    "warning", "The model refused to answer.", "Rephrase, or try another model."
                ),
                "agent",
                cause=answered.seq,
            )
        case _ if not answered.has_text:
            log.record(
                Notice("warning", "The model answered nothing.", "Try again with /retry."),
                "agent",
                cause=answered.seq,
            )
        case _:
            pass


def _propose(log: SessionLog, bench: Bench, answered: Answered) -> None:
    """Put the calls of an answer on record; what cannot run is answered at once."""
    for draft in answered.calls:
        problem, arguments, summary, name = _parsed(bench, draft, answered.stop == "length")
        seq = log.record(
            ToolProposed(
                draft.call_id,
                answered.request_id,
                name,
                draft.arguments,
                arguments,
                problem,
                summary,
            ),
            "model",
            cause=answered.seq,
        )
        if problem:
            log.record(ToolFinished(draft.call_id, "error", problem, 0.0), "agent", cause=seq)


def _parsed(
    bench: Bench, draft: CallDraft, cut: bool
) -> tuple[str, dict[str, object] | None, str, str]:
    """(problem, arguments, summary, name) of a call as the model wrote it."""
    tool = bench.registry.find(draft.tool)
    if tool is None:
        return bench.registry.unknown(draft.tool), None, "", draft.tool
    if cut:
        return cut_answer_problem(), None, "", tool.name
    arguments = tool.parse(draft.arguments)
    if isinstance(arguments, str):
        return arguments, None, "", tool.name
    return "", arguments, tool.summary(arguments, bench.workspace), tool.name

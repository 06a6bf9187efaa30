"""How a session is told without a screen: as text, as one JSON object, as a stream of events."""

from __future__ import annotations

import shlex
import sys
from textwrap import indent
from typing import TYPE_CHECKING

from goose_agent.events import (
    AgentEnded,
    AgentStarted,
    Approval,
    BlobRead,
    CompactionReview,
    Event,
    ExtensionChanged,
    ExtensionFailed,
    ModelFailed,
    ModelResponded,
    ModelRetrying,
    Notice,
    PlanReview,
    Question,
    ServerRequest,
    SessionRecovered,
    Status,
    ToolFinished,
    ToolProposed,
    TurnEnded,
    UserMessage,
)
from goose_agent.events.requests import question_words
from goose_agent.permissions.gate import FLOOR
from goose_agent.permissions.rules.proposals import readable
from goose_agent.permissions.rules.rule import Rule
from goose_agent.state.extension_reducer import extension_words
from goose_agent.state.records import AnswerRecord, CallRecord
from goose_agent.state.session_state import MAIN, Spent
from goose_tui.cli.output import note, say
from goose_tui.view.agent_words import agent_facts, agent_label, agent_word
from goose_tui.view.attachments import attachment_words
from goose_tui.view.compaction_words import review_heading
from goose_tui.view.untrusted import clean, clean_line

if TYPE_CHECKING:
    from goose_agent.state.session_state import Agent, Pending, SessionState
    from goose_tui.faces import Outcome

__all__ = ["EventStream", "Progress", "call_line", "question_lines", "report"]

_MARKS = {
    "ok": "✓",
    "failed": "✗",
    "denied": "⊘",
    "cancelled": "⊘",
    "unknown": "?",
    "waiting": "◆",
}
_ASCII_MARKS = {
    "ok": "+",
    "failed": "x",
    "denied": "-",
    "cancelled": "-",
    "unknown": "?",
    "waiting": "*",
}


class Progress:
    """Tells people what happens, a line for each call.

    Args:
        answers: whether final answers are a result and go to standard output.
        debug: whether every event is named, and all is shown that models and tools are given.
    """

    def __init__(self, *, answers: bool = True, debug: bool = False) -> None:
        self._answers = answers
        self._debug = debug

    def happened(self, event: Event, line: bytes, state: SessionState) -> None:
        """Tell of one event."""
        if self._debug:
            _lay_open(event)
        if event.agent != MAIN:
            _tell_of_agent(event, state)
            return
        match event.data:
            case ModelResponded(request_id=request_id, parts=parts):
                calls = any(part.kind == "call" for part in parts)
                if text := _text_of(state, request_id):
                    self._answer(text, between=calls)
            case UserMessage(attachments=attachments):
                for attachment in attachments:
                    note(f"  {attachment_words(attachment)}")
            case ToolFinished(call_id=call_id):
                note(call_line(state.call(call_id)))
            case Status(text) if text:
                note(f"! {clean_line(text)}")
            case (
                ModelRetrying()
                | ModelFailed()
                | Notice()
                | ExtensionFailed()
                | ExtensionChanged()
                | SessionRecovered()
                | TurnEnded(reason="max_turns") as data
            ):
                self._tell(data, state)
            case _:
                pass

    def _answer(self, text: str, *, between: bool) -> None:
        if between or not self._answers:
            note(text)
        else:
            say(text)

    def _tell(
        self,
        data: ModelRetrying
        | ModelFailed
        | Notice
        | ExtensionFailed
        | ExtensionChanged
        | SessionRecovered
        | TurnEnded,
        state: SessionState,
    ) -> None:
        match data:
            case ModelRetrying():
                again = f"trying again in {data.delay:.0f} s"
                note(f"{_mark('↻', '~')} {clean_line(data.message)} ({again})")
            case ModelFailed() | Notice():
                text = data.message if isinstance(data, ModelFailed) else data.text
                note(f"! {clean_line(f'{text} {data.hint}'.strip())}")
            case ExtensionFailed() | ExtensionChanged():
                if words := extension_words(data):
                    note(f"! {clean_line(' '.join(words))}")
            case SessionRecovered():
                note("! The last run of this session was cut off.")
            case TurnEnded():
                note("! The limit of model calls for one message is reached (--max-turns).")


class EventStream:
    """Writes every event that is kept, just as it is kept, a line each."""

    def happened(self, event: Event, line: bytes, state: SessionState) -> None:
        """Write one event."""
        if not event.transient:
            say(line.decode())


def _tell_of_agent(event: Event, state: SessionState) -> None:
    """What a subagent does, a line for its beginning, its end and each of its calls."""
    agent = state.agents.get(event.agent)
    if agent is None:
        return
    match event.data:
        case AgentStarted():
            note(clean_line(f"{_mark('▸', '>')} subagent {agent_label(agent)}"))
        case AgentEnded():
            facts = ", ".join([agent_word(agent), *agent_facts(state, agent, None)])
            good = agent.end == "done"
            mark = _mark("✓", "+") if good else _mark("✗", "x")
            note(clean_line(f"{mark} subagent {agent.short}  {facts}"))
        case ToolFinished(call_id=call_id):
            note(f"  {agent.short}  {call_line(agent.state.call(call_id))}")
        case ModelFailed(message=message) | ModelRetrying(message=message):
            note(f"! {agent.short}: {clean_line(message)}")
        case _:
            pass


def _lay_open(event: Event) -> None:
    """Name an event, and show the whole of what went to the model or to a tool, or came back."""
    if not event.transient:
        note(f"  {event.seq} {event.type}")
    match event.data:
        case UserMessage(text=text) | ToolProposed(arguments_text=text) | ToolFinished(text=text):
            note(indent(clean(text), "    "))
        case BlobRead(text=text):
            note("  the whole output:")
            note(indent(clean(text), "    "))
        case _:
            pass


def _text_of(state: SessionState, request_id: str) -> str:
    """What a model said in one answer, safe to be shown."""
    texts = []
    for record in reversed(state.records):
        if getattr(record, "request_id", request_id) != request_id:
            break
        if isinstance(record, AnswerRecord):
            texts.append(record.text)
    return clean("\n".join(reversed(texts)).strip())


def call_line(call: CallRecord) -> str:
    """One line that says what a call did and how it ended."""
    mark = _mark(_MARKS.get(call.state, "▸"), _ASCII_MARKS.get(call.state, ">"))
    ended: list[str] = []
    if call.state in ("denied", "cancelled", "waiting"):
        ended.append(call.state)
    if call.state == "unknown":
        ended.append("outcome unknown")
    if call.exit_code:
        ended.append(f"exit {call.exit_code}")
    for change in call.files:
        ended.append(f"+{change.added} −{change.removed}")  # noqa: PERF401 (as one reads it)
    if call.seconds and call.seconds >= 0.1:
        ended.append(f"{call.seconds:.1f}s")
    if call.state == "failed" and not call.exit_code:
        ended.append(call.result.partition("\n")[0][:120])
    words = (mark, call.tool, call.summary, *ended)
    return clean_line("  ".join(word for word in words if word))


def question_lines(item: Pending, session_id: str) -> str:
    """What waits for a person, and how to answer it."""
    subject = item.subject
    if isinstance(subject, Approval):
        why = "; ".join(reason.text for reason in subject.reasons)
        lines = [
            f"{subject.tool}  {subject.summary} needs approval, and there is nobody to ask.",
            f"  why: {why}",
        ]
        if _passes_in_auto(subject):
            lines.append(f"  allow it: goose-tui run --resume {session_id} --mode auto")
        if rule := _rule_for(subject):
            like = f"goose-tui run --resume {session_id} --allow {shlex.quote(rule)}"
            lines.append(f"  only the like of it: {like}")
    elif isinstance(subject, PlanReview):
        lines = ["a plan, and nobody is there to decide about it"]
    elif isinstance(subject, CompactionReview):
        lines = [f"{review_heading(subject)} Nobody is there to look at it."]
    elif isinstance(subject, ServerRequest):
        lines = [f"{question_words(subject)} (nobody is there to answer)"]
    else:
        choices = f" ({', '.join(subject.choices)})" if subject.choices else ""
        lines = [f"a question, and nobody is there to answer: {subject.text}{choices}"]
    lines.append(f"  decide yourself: goose-tui --resume {session_id}")
    return "\n".join(clean_line(line, strict=True) for line in lines)


def _passes_in_auto(subject: Approval) -> bool:
    """Whether mode auto would not ask about this call."""
    stages = {reason.stage for reason in subject.reasons}
    return stages <= {"tool", "mode", *(("path",) if subject.preview.kind == "command" else ())}


def _rule_for(subject: Approval) -> str:
    """The narrowest rule that would let this call run; empty where none does."""
    if subject.proposals:
        return subject.proposals[0].line
    command = subject.preview.text if subject.preview.kind == "command" else ""
    if any(reason.stage == FLOOR for reason in subject.reasons) or not command.strip():
        return ""
    # No rule is offered for what can do anything; its very text is still less than mode auto.
    return str(Rule("allow", (subject.tool,), exact=command)) if readable(command) else ""


def report(outcome: Outcome) -> dict[str, object]:
    """All about one errand, as plain data."""
    state, before = outcome.state, outcome.before
    records = [record for record in state.records if record.seq > before.seq]
    return {
        "session_id": state.session_id or None,
        "status": outcome.status,
        "model": state.asked or state.model or None,
        "models": _models(outcome),
        "answer": outcome.answer,
        "value": outcome.checked.value if outcome.checked is not None else None,
        "turns": len(state.turns) - len(before.turns),
        "calls": [_call(record) for record in records if isinstance(record, CallRecord)],
        "waiting": [*(_waiting(item) for item in outcome.waiting), *_paused(state)],
        "agents": [_agent(each) for each in state.agents.values() if each.seq > before.seq],
        "usage": _usage(state.spent, before.spent),
        "cost": _cost(state.spent, before.spent),
        "error": _error(outcome),
    }


def _models(outcome: Outcome) -> dict[str, object]:
    """What each model that was asked used."""
    before = outcome.before.spent_by
    used: dict[str, object] = {}
    for name, spent in outcome.state.spent_by.items():
        earlier = before.get(name, Spent())
        if spent.requests > earlier.requests:
            used[name] = {**_usage(spent, earlier), "cost": _cost(spent, earlier)}
    return used


def _usage(spent: Spent, earlier: Spent) -> dict[str, int]:
    return {
        "requests": spent.requests - earlier.requests,
        "input_tokens": spent.input_tokens - earlier.input_tokens,
        "output_tokens": spent.output_tokens - earlier.output_tokens,
        "cache_read_tokens": spent.cache_read_tokens - earlier.cache_read_tokens,
        "cache_write_tokens": spent.cache_write_tokens - earlier.cache_write_tokens,
    }


def _cost(spent: Spent, earlier: Spent) -> float | None:
    """US dollars; None where no price is known."""
    priced = spent.requests - spent.unpriced > earlier.requests - earlier.unpriced
    return round(spent.cost - earlier.cost, 6) if priced else None


def _call(call: CallRecord) -> dict[str, object]:
    return {
        "id": call.key,
        "tool": call.tool,
        "summary": call.summary,
        "outcome": call.state,
        "exit_code": call.exit_code,
        "seconds": call.seconds,
        "files": [change.path for change in call.files],
    }


def _agent(agent: Agent) -> dict[str, object]:
    """What a subagent did and took, without those that work for it."""
    records = agent.state.records
    return {
        "agent": agent.path,
        "call_id": agent.call_id,
        "name": agent.name,
        "task": agent.title,
        "end": agent.end,
        "seconds": agent.seconds,
        "calls": [_call(record) for record in records if isinstance(record, CallRecord)],
        "usage": _usage(agent.state.spent, Spent()),
        "cost": _cost(agent.state.spent, Spent()),
    }


def _waiting(item: Pending) -> dict[str, object]:
    subject = item.subject
    match subject:
        case Question() | PlanReview():
            asked = subject.text
        case Approval():
            asked = subject.summary
        case _:
            asked = question_words(subject)
    return {
        "request_id": item.request_id,
        "agent": item.agent,
        "kind": subject.kind,
        "call_id": subject.call_id,
        "text": asked,
    }


def _paused(state: SessionState) -> list[dict[str, object]]:
    pause = state.debugging.pause
    if pause is None:
        return []
    from goose_tui.view.pause_words import pause_words  # slow to import

    words = pause_words(state)
    if words is None:
        return []
    return [
        {
            "request_id": pause.pause_id,
            "kind": "pause",
            "call_id": pause.call_id,
            "text": words.where,
        }
    ]


def _error(outcome: Outcome) -> dict[str, object] | None:
    if refused := outcome.refused:
        return {"kind": refused.kind, "message": refused.message, "hint": refused.hint}
    if outcome.status == "failed" and (failure := outcome.failure):
        return {"kind": failure.error, "message": failure.message, "hint": failure.hint}
    if outcome.checked is not None and outcome.checked.faults:
        return {"kind": "schema", "message": "; ".join(outcome.checked.faults), "hint": ""}
    return None


def _mark(glyph: str, plain: str) -> str:
    """A glyph, where standard error can hold it."""
    try:
        glyph.encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return plain
    return glyph

"""What happened, as lines that are spoken well: each says by itself what it is about.

What the program says begins in the first column; what a model, a tool or a file says is indented
or stands behind a word of ours, so that nobody else's text can pass for a question of the program.
"""

from __future__ import annotations

from collections.abc import Iterable

from goose_agent.events import (
    AgentEnded,
    AgentStarted,
    Attachment,
    BreakpointRemoved,
    BreakpointSet,
    CompactionApplied,
    CompactionFailed,
    CompactionRedone,
    CompactionUndone,
    EffortChanged,
    Event,
    ExtensionChanged,
    ExtensionFailed,
    FileChanged,
    MessageQueued,
    MessageUnqueued,
    ModeChanged,
    ModelCancelled,
    ModelChanged,
    ModelDelta,
    ModelFailed,
    ModelResponded,
    ModelRetrying,
    ModelSwitched,
    Notice,
    PlanItem,
    PlanUpdated,
    RequestAnswered,
    RequestAsked,
    RequestExplained,
    RequestWithdrawn,
    ResultEdited,
    RulesChanged,
    SegmentEdited,
    SessionTitled,
    Status,
    SteppingChanged,
    ToolFinished,
    ToolOutcomeUnknown,
    TurnEnded,
)
from goose_agent.state.extension_reducer import extension_words
from goose_agent.state.records import (
    AnswerRecord,
    CallRecord,
    FoldRecord,
    HintsRecord,
    MarkRecord,
    NoticeRecord,
    Record,
    ThinkingRecord,
    UserRecord,
)
from goose_agent.state.session_state import Agent, SessionState
from goose_tui.plain.questions import answer_words
from goose_tui.view.agent_words import agent_facts, agent_label, agent_word
from goose_tui.view.attachments import attachment_words
from goose_tui.view.compaction_words import fold_words
from goose_tui.view.hints import hints_line
from goose_tui.view.untrusted import clean, clean_line, clean_output

__all__ = [
    "Teller",
    "attachment_lines",
    "earlier_lines",
    "greeting_lines",
    "queue_lines",
    "running_line",
    "said_lines",
]

_OUTPUT = 10
"""Lines of a failed call's output that are told, the last ones."""
_WIDE = 500
"""Characters of such a line that are told."""
_EARLIER = 60
"""Lines of an earlier conversation that are told, the last ones."""
_ENDS = {
    "interrupted": "interrupted.",
    "stopped": "stopped.",
    "failed": "The turn failed. /retry calls the model again.",
    "max_turns": "stopped: the limit of model calls in one turn is reached. Say more to go on.",
    "budget": "stopped: the budget is used up. Raise it with --max-cost, -tokens or -time.",
}
_CHANGES = {
    "edit": "edited",
    "drop": "dropped",
    "restore": "as it was",
    "pin": "pinned",
    "unpin": "not pinned any more",
}
_STEPS = {"pending": "to do", "active": "now", "done": "done", "dropped": "dropped"}


class Teller:
    """Tells events one after another; an answer by whole lines while it arrives."""

    def __init__(self) -> None:
        self._part: tuple[str, int] | None = None
        """Request and part of the answer that is being told."""
        self._rest = ""
        """Its last line, as far as it has come."""
        self._begun = False
        self._plan: tuple[PlanItem, ...] = ()
        self._seen: set[str] = set()
        """Calls that were shown in full when they were asked about."""

    def lines(self, event: Event, state: SessionState) -> list[str]:
        """The lines that tell of an event.

        Args:
            event: what happened.
            state: what it led to.
        """
        match event.data:
            case ModelDelta() as delta:
                return self._answer(delta)
            case ModelRetrying(message=message, delay=delay):
                self._part, self._rest = None, ""
                return [f"trying again in {delay:.0f} s: {clean_line(message)}"]
            case ModelResponded() | ModelCancelled() | ModelFailed() | TurnEnded() as data:
                return [*self._end_answer(), *_end(data)]
            case RequestExplained() as told:
                return _explanation(told) if told.done else []
            case RequestAsked(subject=subject):
                self._seen.add(subject.call_id)
                return self._end_answer()
            case (
                FileChanged()
                | PlanUpdated()
                | ToolFinished()
                | ToolOutcomeUnknown()
                | RequestAnswered()
                | RequestWithdrawn() as data
            ):
                return [*self._end_answer(), *self._work(data, state)]
            case (
                CompactionApplied() | CompactionUndone() | CompactionRedone() | CompactionFailed()
            ) as data:
                return [*self._end_answer(), *_compaction(data, state)]
            case _:
                return _governing(event)

    def agent_lines(self, event: Event, state: SessionState) -> list[str]:
        """The lines that tell of what a subagent does: less than of the main agent.

        Args:
            event: what happened.
            state: what it led to.
        """
        agent = state.agents.get(event.agent)
        if agent is None:
            return []
        lines = _of_agent(event, state, agent)
        match event.data:
            case RequestAsked(subject=subject):
                self._seen.add(subject.call_id)
                return self._end_answer()
            case RequestAnswered() | RequestWithdrawn() as data:
                lines = self._work(data, state)
            case _:
                pass
        return [*self._end_answer(), *lines] if lines else []

    def _answer(self, delta: ModelDelta) -> list[str]:
        before: list[str] = []
        if self._part != (delta.request_id, delta.part):
            before = self._end_answer()
            self._part = (delta.request_id, delta.part)
        if delta.kind != "text":
            return before
        *whole, self._rest = (self._rest + delta.text).split("\n")
        return [*before, *(line for text in whole for line in self._told(text))]

    def _end_answer(self) -> list[str]:
        lines = self._told(self._rest) if self._rest.strip() else []
        self._part, self._rest, self._begun = None, "", False
        return lines

    def _told(self, text: str) -> list[str]:
        if not self._begun and not text.strip():
            return []
        lead = "  " if self._begun else "goose: "
        self._begun = True
        return [f"{lead}{clean_line(text)}".rstrip()]

    def _work(
        self,
        data: FileChanged
        | PlanUpdated
        | ToolFinished
        | ToolOutcomeUnknown
        | RequestAnswered
        | RequestWithdrawn,
        state: SessionState,
    ) -> list[str]:
        match data:
            case FileChanged():
                return _change(data, state.folder, seen=data.call_id in self._seen)
            case PlanUpdated(items=items):
                changed, self._plan = items != self._plan, items
                return _plan(items) if changed else []
            case ToolFinished(call_id=call_id) | ToolOutcomeUnknown(call_id=call_id):
                return _call(state.call(call_id))
            case RequestAnswered(answer=answer):
                return [answer_words(answer)]
            case RequestWithdrawn():
                return ["The question fell away."]


def _of_agent(event: Event, state: SessionState, agent: Agent) -> list[str]:
    """What is told of a subagent, with its number before it."""
    own = agent.state
    lead = f"[{agent.short}]"
    match event.data:
        case AgentStarted(background=background):
            how = " in the background" if background else ""
            return [clean_line(f"subagent{how}: {agent_label(agent)}")]
        case AgentEnded():
            facts = ", ".join([agent_word(agent), *agent_facts(state, agent, None)])
            return [clean_line(f"subagent {agent.short} … {facts}")]
        case ToolFinished(call_id=call_id) | ToolOutcomeUnknown(call_id=call_id):
            return [f"{lead} {line}" for line in _call(own.call(call_id))]
        case FileChanged() as change:
            return [f"{lead} {line}" for line in _change(change, state.folder, seen=True)]
        case ModelFailed(message=message) | ModelRetrying(message=message):
            return [f"{lead} {clean_line(message)}"]
        case ModeChanged() | RulesChanged() | Notice():
            return [f"{lead} {line}" for line in _governing(event)]
        case MessageQueued(text=text):
            return said_lines(text, f"you, to {agent.short}")
        case _:
            return []


def _explanation(told: RequestExplained) -> list[str]:
    if told.problem and not told.text:
        return [f"no explanation: {clean_line(told.problem)}"]
    lines = said_lines(told.text, f"{clean_line(told.model)} explains, and may be wrong")
    return [*lines, f"it broke off: {clean_line(told.problem)}"] if told.problem else lines


def _end(data: ModelResponded | ModelCancelled | ModelFailed | TurnEnded) -> list[str]:
    match data:
        case ModelFailed(message=message, hint=hint):
            return [f"failed: {clean_line(f'{message} {hint}'.strip())}"]
        case TurnEnded(reason=reason):
            return [_ENDS[reason]] if reason in _ENDS else []
        case _:
            return []


def _governing(event: Event) -> list[str]:
    """What changed about the session itself."""
    match event.data:
        case Notice() | Status() | ExtensionFailed() | ExtensionChanged():
            return _said_by_program(event.data)
        case MessageQueued(text=text, steer=steer):
            return said_lines(text, "goes in at the next pause" if steer else "queued")
        case MessageUnqueued():
            return ["taken out of the queue."]
        case ModeChanged(mode=mode):
            return [f"mode: {mode}"]
        case EffortChanged(effort=effort):
            return [f"thinking effort: {effort or 'as the provider has it'}"]
        case ModelChanged() | ModelSwitched() as data:
            return [_model(data)]
        case SteppingChanged(on=on):
            return [f"stepping: {'on' if on else 'off'}"]
        case RulesChanged() as change:
            return [_rules(change)]
        case SessionTitled(title=title) if event.actor == "user":
            return [f"title: {clean_line(title)}"]
        case _:
            return _edits(event)


def _compaction(
    data: CompactionApplied | CompactionUndone | CompactionRedone | CompactionFailed,
    state: SessionState,
) -> list[str]:
    if isinstance(data, CompactionFailed):
        return [_notice("warning", data.message, data.hint)]
    folds = (record for record in reversed(state.records) if isinstance(record, FoldRecord))
    found = next((record for record in folds if record.key == data.compaction_id), None)
    return [fold_words(found)] if found is not None else []


def _edits(event: Event) -> list[str]:
    """What a person changed who steps through the turn."""
    match event.data:
        case BreakpointSet(condition=condition, enabled=enabled):
            return [f"breakpoint {'on' if enabled else 'off'}: {clean_line(condition)}"]
        case BreakpointRemoved():
            return ["breakpoint removed."]
        case SegmentEdited(segment=segment, change=change):
            return [f"request, {segment.partition(':')[0].replace('_', ' ')}: {_CHANGES[change]}"]
        case ResultEdited(text=text):
            return said_lines(text, "the model will read")
        case _:
            return []


def _model(data: ModelChanged | ModelSwitched) -> str:
    whose = f" for {data.role}" if data.role != "main" else ""
    if isinstance(data, ModelSwitched):
        return clean_line(f"{data.model} answers{whose}: {data.reason}")
    return clean_line(f"model{whose}: {data.model or 'as for everything else'}")


def _rules(change: RulesChanged) -> str:
    if change.added is None:
        return f"rule taken back: {clean_line(str(change.removed), strict=True)}"
    held = (
        "for this session" if not change.source else f"in {clean_line(change.source, strict=True)}"
    )
    return f"rule {held}: {clean_line(str(change.added), strict=True)}"


def _change(change: FileChanged, folder: str, *, seen: bool) -> list[str]:
    path = clean_line(change.path.removeprefix(f"{folder}/"), strict=True)
    lines = [f"changed {path}: {change.added} added, {change.removed} removed"]
    return lines if seen or not change.diff else [*lines, *_indented(clean(change.diff))]


def _plan(items: tuple[PlanItem, ...]) -> list[str]:
    steps = [f"  {_STEPS[item.state]}: {clean_line(item.text)}" for item in items]
    done = sum(item.state == "done" for item in items)
    return [f"plan: {done} of {len(items)} done", *steps]


def _call(call: CallRecord) -> list[str]:
    """How a call ended; of one that failed the end of its output too."""
    if call.tool == "update_plan" and call.state == "ok":
        return []  # the plan itself was told
    ended: list[str] = ["outcome unknown" if call.state == "unknown" else call.state]
    if call.exit_code is not None:
        ended.append(f"exit {call.exit_code}")
    if call.seconds is not None and call.seconds >= 0.1:
        ended.append(f"{call.seconds:.1f} s")
    lines = [f"{_name(call)} … {', '.join(ended)}", *attachment_lines(call.pictures)]
    if call.state == "failed":
        output = _tail(_indented(clean_output(call.result)), _OUTPUT)
        lines += [line if len(line) <= _WIDE else f"{line[:_WIDE]} …" for line in output]
    return lines


def _name(call: CallRecord) -> str:
    return clean_line(f"tool {call.tool}: {call.summary}".rstrip(": "))


def running_line(call: CallRecord, seconds: float) -> str:
    """A call that takes its time.

    Args:
        call: it.
        seconds: since it started.
    """
    return f"{_name(call)} … still running, {seconds:.0f} s"


def said_lines(text: str, lead: str = "you") -> list[str]:
    """What somebody said, who is named first.

    Args:
        text: all of it.
        lead: who, or how.
    """
    first, *rest = clean(text.strip()).split("\n")
    return [f"{lead}: {first}".rstrip(), *(f"  {line}".rstrip() for line in rest)]


def attachment_lines(attachments: Iterable[Attachment]) -> list[str]:
    """The files that go with what was said, or the pictures that a call brought."""
    return [f"  {attachment_words(attachment)}" for attachment in attachments]


def queue_lines(state: SessionState) -> list[str]:
    """What waits in the queue of a session that does not work, and how it gets out."""
    if not state.queue:
        return []
    lines = [line for item in state.queue for line in said_lines(item.text, "queued")]
    return [*lines, "An empty line sends the first of the queue, /queue takes the last one back."]


def greeting_lines(state: SessionState) -> list[str]:
    """Which session this is, and the few things to know."""
    title = f"session: {state.title}, " if state.title else ""
    models = "".join(f", for {role} {name}" for role, name in state.models.items())
    where = f"{title}folder {state.folder}, model {state.model}{models}, mode {state.mode}"
    return [
        clean_line(where),
        "/help lists commands. A line that ends with a backslash goes on. Ctrl+C interrupts, "
        "Ctrl+D leaves.",
    ]


def earlier_lines(state: SessionState) -> list[str]:
    """The end of the conversation so far, and the plan: for who comes back to it."""
    lines: list[str] = []
    for at in range(len(state.records) - 1, -1, -1):
        lines = _record(state.records[at]) + lines
        if len(lines) >= _EARLIER:
            break
    plan = _plan(state.plan) if state.plan else []
    return [*_tail(lines, _EARLIER), *plan]


def _record(record: Record) -> list[str]:
    match record:
        case UserRecord(text=text, attachments=attachments, by=by):
            return [*said_lines(text, by or "you"), *attachment_lines(attachments)]
        case AnswerRecord(text=text):
            return said_lines(text, "goose") if text.strip() else []
        case CallRecord():
            return _call(record) if record.settled else []
        case NoticeRecord(level=level, text=text, hint=hint):
            return [_notice(level, text, hint)]
        case HintsRecord(data=data):
            return [clean_line(hints_line(data))]
        case MarkRecord(text=text):
            return [clean_line(text)]
        case FoldRecord():
            return [fold_words(record)]
        case ThinkingRecord():
            return []


def _said_by_program(data: Notice | Status | ExtensionFailed | ExtensionChanged) -> list[str]:
    match data:
        case Notice():
            return [_notice(data.level, data.text, data.hint)]
        case Status():
            return [_notice("warning", data.text, "") if data.text else "note: it goes on."]
        case _:
            words = extension_words(data)
            return [_notice("warning", *words)] if words else []


def _notice(level: str, text: str, hint: str) -> str:
    return f"{'note' if level == 'info' else level}: {clean_line(f'{text} {hint}'.strip())}"


def _indented(text: str) -> list[str]:
    return [f"  {line}".rstrip() for line in text.rstrip("\n").split("\n")]


def _tail(lines: list[str], limit: int) -> list[str]:
    left = len(lines) - limit
    return lines if left <= 0 else [f"({left} earlier lines are left out)", *lines[left:]]

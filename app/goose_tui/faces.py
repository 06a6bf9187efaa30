"""A face without a screen: it gives a session one message and sees the work through.

It speaks the same lines with the engine as the screen does. What it hears goes to a listener, which
writes it down in one form or another.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Container, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import anyio
from anyio import to_thread
from msgspec import Struct, field

from goose_agent.codec import event_from
from goose_agent.commands import AnswerRequest, Close, Command, FetchBlob, Retry, Submit
from goose_agent.errors import ConfigError, UsageError
from goose_agent.events import (
    AgentEnded,
    Approval,
    ApprovalAnswer,
    Elicitation,
    ElicitationAnswer,
    EndReason,
    Event,
    MessageRefused,
    ModelFailed,
    PlanAnswer,
    PlanReview,
    Question,
    QuestionAnswer,
    Sampling,
    SamplingAnswer,
    ServerAnswer,
    SignIn,
    SignInAnswer,
    ToolFinished,
    TurnEnded,
)
from goose_agent.state.image import state_from
from goose_agent.state.records import AnswerRecord
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import MAIN, Pending, SessionState
from goose_agent.tools.subagents import SUBAGENT
from goose_agent.wire import Gone, Imaged, Open, Opened, Refused, Tell, frames, parse, write
from goose_tui.answer_schema import AnswerSchema, Checked

if TYPE_CHECKING:
    from anyio.abc import ObjectReceiveStream, ObjectSendStream

    from goose_tui.bridge import Link

__all__ = ["Errand", "HeadlessFace", "Listener", "Outcome", "Status", "engine_here", "quit_at_once"]

Status = Literal[
    "done",
    "failed",
    "max_turns",
    "budget",
    "stopped",
    "waiting",
    "interrupted",
    "hangup",
    "refused",
]

_CHUNKS = 256
"""Most chunks of lines that wait on either side."""
_TRIES = 3
"""Times that an answer which does not follow its schema is sent back."""
_REPORTS = "The subagents have ended. Take in what they report, and come to an end."
_WHOLE = 2**40
"""Bytes of an output that are asked for; the engine has its own limit."""
_CODES: dict[Status, int] = {
    "done": 0,
    "failed": 1,
    "max_turns": 1,
    "budget": 1,
    "stopped": 1,
    "waiting": 4,
    "interrupted": 130,
    "hangup": 129,
}
_NEEDS_PERSON = ("auth", "quota")
"""Failures that are a matter of configuration."""


class Errand(Struct, frozen=True):
    """What is to be done."""

    word: Open
    text: str
    """The message; may be empty where a question that waits is to be answered."""
    approve: bool = False
    """Whether every approval is given without asking: only for a script of our own, as the tour is."""
    whole_outputs: bool = False
    """Whether to read what tools put out beyond what the model reads; it comes as `blob.read`."""
    schema: AnswerSchema | None = None
    """What the last answer has to follow; None for nothing."""


class Listener(Protocol):
    """Who is told what happens."""

    def happened(self, event: Event, line: bytes, state: SessionState) -> None:
        """Something new happened; `line` is the event as it is stored, `state` what it led to.

        Raises:
            BrokenPipeError: nobody reads any more.
        """


class Outcome(Struct):
    """How it went."""

    state: SessionState = field(default_factory=SessionState)
    before: SessionState = field(default_factory=SessionState)
    """The state when the session was opened."""
    status: Status = "interrupted"
    refused: Refused | None = None
    failure: ModelFailed | None = None
    waiting: tuple[Pending, ...] = ()
    """What nobody was there to answer."""
    skipped: tuple[Question, ...] = ()
    """What was answered as it is where nobody is there."""
    checked: Checked | None = None
    """What became of the last answer, where it has to follow a schema."""
    plan: str = ""
    """The plan that the errand ended with, for the person to decide about."""

    @property
    def answer(self) -> str:
        """The plan it ended with, or the words of the last answer since the session was opened."""
        if self.plan:
            return self.plan
        found = [
            record
            for record in self.state.records
            if record.seq > self.before.seq and isinstance(record, AnswerRecord)
        ]
        last = found[-1].request_id if found else ""
        return "".join(record.text for record in found if record.request_id == last)

    @property
    def exit_code(self) -> int:
        """The exit status of the program."""
        if self.refused is not None:
            return self.refused.exit_code
        if self.status == "failed" and self.failure and self.failure.error in _NEEDS_PERSON:
            return 3
        return _CODES[self.status]


class HeadlessFace:
    """Runs one errand.

    Args:
        link: runs the engine.
        errand: what is to be done.
        listener: who is told what happens.
    """

    def __init__(self, link: Link, errand: Errand, listener: Listener) -> None:
        self._link = link
        self._errand = errand
        self._listener = listener
        self._outcome = Outcome()
        self._session_id = ""
        self._opened = False
        self._under_way = False
        """Whether the session has begun to work, or to go on."""
        self._closing = False
        self._gone = False
        self._answered: set[str] = set()
        self._tries_left = _TRIES
        self._waits_for_agents = False
        """Whether the turn is done, and subagents in the background are not."""
        self._to_engine: ObjectSendStream[bytes]

    async def run(self) -> Outcome:
        """See it through; a signal to end leaves a session that can be resumed.

        Raises:
            UsageError: there is nothing to do.
        """
        self._to_engine, inbound = anyio.create_memory_object_stream[bytes](_CHUNKS)
        outbound, from_engine = anyio.create_memory_object_stream[bytes](_CHUNKS)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._serve, inbound, outbound)
            tasks.start_soon(self._heed_signals, tasks.cancel_scope)
            async with self._to_engine, from_engine:
                await self._to_engine.send(write(self._errand.word))
                async for chunk in from_engine:
                    await self._hear(chunk)
                    if self._gone:
                        break
            # The engine has nothing left to do, and signals mean what they meant before.
            tasks.cancel_scope.cancel()
        before = self._outcome.before
        if self._opened and not (self._errand.text.strip() or self._again or _goes_on(before)):
            raise UsageError("There is no message.", "Give one: goose-tui run -t TEXT")
        return self._outcome

    async def _serve(
        self, inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]
    ) -> None:
        async with inbound, outbound:
            await self._link(inbound, outbound)

    # What is heard

    async def _hear(self, chunk: bytes) -> None:
        for line in frames(chunk):
            match parse(line):
                case bytes() as body:
                    await self._happened(body)
                case Imaged(image=image):
                    self._outcome.state = state_from(image)
                case Opened(session_id=session_id):
                    self._session_id = session_id
                    await self._set_to_work()
                case Refused() as refused:
                    self._outcome.refused, self._outcome.status = refused, "refused"
                    self._gone = self._gone or not refused.session_id
                case Gone():
                    self._gone = True
                case _:
                    pass
        if self._under_way and not self._closing:
            await self._look_at_questions()

    async def _set_to_work(self) -> None:
        self._opened = True
        self._outcome.before = self._outcome.state
        if self._errand.text.strip():
            await self._tell(Submit(self._errand.text))
        elif self._again:
            await self._tell(Retry())
        elif not _goes_on(self._outcome.state):
            await self._close("done")

    @property
    def _again(self) -> bool:
        """Whether nothing new is said in a fork: then the model answers from there."""
        before = self._outcome.before
        forked = self._errand.word.fork is not None and not self._errand.text.strip()
        return forked and bool(before.turns) and not _goes_on(before)

    async def _happened(self, line: bytes) -> None:
        event = event_from(line)
        outcome = self._outcome
        outcome.state = reduce(outcome.state, event)
        if not self._opened:
            return
        self._under_way = True
        try:
            self._listener.happened(event, line, outcome.state)
        except BrokenPipeError:
            outcome.status = "hangup"
            await self._close("hangup")
        if isinstance(event.data, ToolFinished) and self._errand.whole_outputs:
            if sha := event.blobs.get("output"):
                await self._tell(FetchBlob(sha, _WHOLE))
        elif event.agent == MAIN:
            await self._main_did(event)
        elif isinstance(event.data, AgentEnded) and not self._closing:
            await self._agent_ended()

    async def _main_did(self, event: Event) -> None:
        """Something of the session's own agent."""
        outcome = self._outcome
        match event.data:
            case ModelFailed() as failure:
                outcome.failure = failure
            case MessageRefused(reason=reason, hint=hint):
                error = UsageError(reason, hint)
                outcome.refused = Refused.because(error, self._session_id)
                outcome.status = "refused"
                await self._close("failed")
            case TurnEnded(reason="recovered"):
                pass  # that was the process before this one
            case TurnEnded(reason=reason) if not self._closing:
                if reason == "done" and await self._goes_on():
                    return
                outcome.status = "interrupted" if reason == "recovered" else reason
                if reason == "done" and outcome.checked is not None and outcome.checked.faults:
                    outcome.status = "failed"
                await self._close("done" if outcome.status == "done" else "failed")
            case _:
                pass

    async def _goes_on(self) -> bool:
        """Whether there is more to come after a turn that is done."""
        state = self._outcome.state
        if state.queue:
            return True
        if state.running_agents:
            self._waits_for_agents = True
            return True
        if any(a.background and a.end and not a.reported for a in state.agents.values()):
            await self._tell(Submit(_REPORTS, actor="system"))
            return True
        return await self._sent_back()

    async def _agent_ended(self) -> None:
        """Once all subagents have ended, the main agent is to hear of it."""
        if self._waits_for_agents and not self._outcome.state.running_agents:
            self._waits_for_agents = False
            await self._tell(Submit(_REPORTS, actor="system"))

    async def _sent_back(self) -> bool:
        """Whether the answer does not follow its schema, and the model is to give it again."""
        schema = self._errand.schema
        if schema is None:
            return False
        answer = self._outcome.answer
        self._outcome.checked = checked = await to_thread.run_sync(schema.check, answer)
        if self._closing:  # a signal came meanwhile
            return True
        if not checked.faults or self._tries_left == 0:
            return False
        self._tries_left -= 1
        self._outcome.checked = None
        await self._tell(Submit(schema.complaint(checked.faults), actor="system"))
        return True

    async def _look_at_questions(self) -> None:
        """Answer what may be answered; leave once everything else waits for a person."""
        state = self._outcome.state
        for item in state.questions:
            if isinstance(item.subject, Question) and item.subject.about == "model":
                await self._lack_model(item.subject)
                return
            if (
                self._errand.approve
                and isinstance(item.subject, Approval)
                and item.request_id not in self._answered
            ):
                self._answered.add(item.request_id)
                await self._tell(AnswerRequest(item.request_id, ApprovalAnswer("once")))
            elif isinstance(item.subject, PlanReview) and item.request_id not in self._answered:
                self._answered.add(item.request_id)
                self._outcome.plan = item.subject.text
                await self._tell(AnswerRequest(item.request_id, PlanAnswer("keep")))
            elif (answer := _unattended(item)) and item.request_id not in self._answered:
                self._answered.add(item.request_id)
                if isinstance(item.subject, Question):
                    self._outcome.skipped += (item.subject,)
                await self._tell(AnswerRequest(item.request_id, answer))
        # What becomes of a compaction that waits the session knows by itself.
        left = tuple(
            item
            for item in state.questions
            if item.request_id not in self._answered and item.subject.kind != "compaction"
        )
        waiting = {item.subject.call_id for item in left}
        paused = state.debugging.pause is not None
        if paused or (left and _all_wait(state, waiting)):
            self._outcome.waiting = left
            self._outcome.status = "waiting"
            await self._close("failed")
        elif not (self._errand.text.strip() or self._again or state.waits or state.working):
            self._outcome.status = "done"  # it was only a compaction that waited
            await self._close("done")

    async def _lack_model(self, question: Question) -> None:
        """Leave: the model cannot be had any more, and nobody is there to name another."""
        session_id = self._session_id
        self._outcome.refused = Refused(
            "NoModel",
            question.text.partition("\n\n")[0],
            f"Go on with another: goose-tui run --resume {session_id} --model PROVIDER/MODEL",
            ConfigError.exit_code,
            session_id,
        )
        self._outcome.status = "refused"
        await self._close("failed")

    # What is said

    async def _tell(self, command: Command) -> None:
        await self._to_engine.send(write(Tell(self._session_id, command)))

    async def _close(self, reason: EndReason) -> None:
        if not self._closing:
            self._closing = True
            await self._tell(Close(reason))

    async def _heed_signals(self, scope: anyio.CancelScope) -> None:
        heeded = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` sets it
            heeded.append(signal.SIGHUP)
        asked = False
        with anyio.open_signal_receiver(*heeded) as signals:
            async for number in signals:
                if asked:
                    quit_at_once()
                asked = True
                hangup = number == signal.SIGHUP
                if self._closing:
                    continue
                self._outcome.status = "hangup" if hangup else "interrupted"
                if not self._opened:
                    scope.cancel()
                    return
                await self._close("hangup" if hangup else "terminated")


def _goes_on(state: SessionState) -> bool:
    """Whether a session that is resumed goes on with its turn before anything is said."""
    return state.waits or any(call.state == "running" for call in state.open_calls())


def _unattended(item: Pending) -> ServerAnswer | QuestionAnswer | None:
    """What is answered where nobody is there; None for what waits for a person."""
    match item.subject:
        case Question(otherwise=otherwise) if otherwise:
            return QuestionAnswer(otherwise)
        case Elicitation():
            return ElicitationAnswer("cancel")
        case Sampling():
            return SamplingAnswer("deny")
        case SignIn():
            return SignInAnswer("")
        case _:
            return None


def _all_wait(state: SessionState, waiting: Container[str]) -> bool:
    """Whether no agent gets on without an answer.

    Args:
        state: the session.
        waiting: ids of the calls that wait for one.
    """
    own = [agent.state for agent in state.running_agents]
    if state.working or not own:
        own.append(state)
    return all(_waits(state, each, waiting) for each in own)


def _waits(state: SessionState, own: SessionState, waiting: Container[str]) -> bool:
    calls = own.open_calls()
    if not calls:
        return bool(own.pending)
    return all(
        call.key in waiting or call.tool == SUBAGENT or state.agent_for(call.key) is not None
        for call in calls
    )


def quit_at_once() -> None:
    """Whoever asks twice waits for nothing: what is on record stays, what runs is killed."""
    for children in Path("/proc/self/task").glob("*/children"):  # where the system tells
        with suppress(OSError):
            for number in children.read_text(encoding="ascii").split():
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(int(number), signal.SIGKILL)  # each command leads a group
    os._exit(130)


def engine_here(version: str, environ: Mapping[str, str]) -> Link:
    """An engine in this process.

    Args:
        version: of the program, for the record.
        environ: what stands for the environment.
    """

    async def link(inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]) -> None:
        from goose_agent.clock import World
        from goose_agent.config.places import Places
        from goose_agent.engine import Engine, Options
        from goose_tui.tour.prepare import connect_any

        options = Options(version, Places.of(environ), connect_any)
        await Engine(options, World(environ=environ), outbound).run(inbound)

    return link

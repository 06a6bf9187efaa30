"""One tool call, from the gate's verdict to the result the model reads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import anyio
from anyio import to_thread
from msgspec import Struct

from goose_agent.changes.watch import ChangeWatch
from goose_agent.events import (
    Notice,
    Outcome,
    Picture,
    Reason,
    ToolFinished,
    ToolJudged,
    ToolStarted,
    TurnEnd,
)
from goose_agent.evolve import evolve
from goose_agent.loop.approvals import Approvals, Grant, Refusal
from goose_agent.loop.attachments import recorded_picture
from goose_agent.loop.bench import Bench, RunningCall
from goose_agent.loop.binding import leads
from goose_agent.loop.changed_call import changed_words
from goose_agent.loop.cut_off import BEFORE, CutOff, leave_unknown
from goose_agent.loop.debugger import Debugger
from goose_agent.loop.desk import Desk
from goose_agent.loop.guard import is_again, remark
from goose_agent.loop.own_changes import OwnChanges
from goose_agent.loop.prompts import is_lean
from goose_agent.loop.rulings import Rulings, denial
from goose_agent.permissions.gate import Verdict
from goose_agent.providers.model import ModelInfo
from goose_agent.redaction import Redactor
from goose_agent.sessions.log import SessionLog
from goose_agent.sessions.store import StoredBlob
from goose_agent.state.records import CallRecord
from goose_agent.tools.output import for_model
from goose_agent.tools.registry import Tool
from goose_agent.tools.tool import Approved, ToolOutput

__all__ = ["ToolRuns"]

PARALLEL = 8
"""Calls of one answer that run at the same time, at most."""
_LARGE = 256 * 2**10
"""Bytes of output from which on it is masked and hashed beside the event loop."""

UNREADABLE = "Not run: its arguments could not be read. Send the call again."
AGAIN = "Not run again: you made this very call just before, and its result is above."


class _Result(Struct, frozen=True):
    """What is recorded of a call's output: known secrets masked, the whole of it as a blob."""

    text: str
    full: StoredBlob | None
    exit_code: int | None
    total: int
    pictures: tuple[tuple[Picture, StoredBlob], ...] = ()


class ToolRuns:
    """Runs the calls of one answer: each is judged, asked about where needed, run and recorded.

    Args:
        log: the session's record.
        desk: where to ask the person.
        bench: what calls run with.
        watch: notices what commands do to the files.
        debugger: where calls may pause.
        reader: tells who reads the results.
    """

    def __init__(
        self,
        log: SessionLog,
        desk: Desk,
        bench: Bench,
        watch: ChangeWatch,
        debugger: Debugger,
        reader: Callable[[], ModelInfo],
    ) -> None:
        self._log = log
        self._reader = reader
        self._desk = desk
        self._bench = bench
        self._watch = watch
        self._debugger = debugger
        self._rulings = Rulings(log, bench)
        self._own = OwnChanges()
        self._approvals = Approvals(log, desk, bench, self._rulings, self._own)
        self._cut_off = CutOff(log, desk)
        # What was approved is compared with a file and then made, without another edit between.
        self._editing = anyio.Lock()
        self._places = anyio.Semaphore(PARALLEL, fast_acquire=True)
        self._running: dict[str, RunningCall] = {}
        # What a call beside it makes a link of must not take along what was judged before.
        self._leads: dict[str, tuple[tuple[str, str], ...]] = {}
        self.turn_end: TurnEnd | None = None
        """How the person lets the turn end with these calls; None to let it go on."""

    async def settle(self, calls: tuple[CallRecord, ...]) -> None:
        """Bring every one of these calls to its result."""
        self._own.clear()
        if self._log.state.debugging.armed:
            await self._settle_in_turn(calls)
            return
        await self._rulings.prepare(calls)
        # What a model is asked about holds up nothing but itself.
        judged = [call for call in calls if self._rulings.waits_for_model(call)]
        verdicts = [(call, self._verdict(call)) for call in calls if call not in judged]
        await self._rulings.keep()
        async with anyio.create_task_group() as tasks:
            for call in judged:
                tasks.start_soon(self._settle_by_model, call, tasks.cancel_scope)
            for call, verdict in verdicts:
                tasks.start_soon(self._settle_one, call, verdict, tasks.cancel_scope)

    async def look_at_what_waits(self) -> tuple[Notice, ...]:
        """Read rules and inspect the calls that wait since before; tells what is wrong with rules."""
        problems = await self._rulings.look_up()
        for _, call in self._approvals.waiting():
            await self._rulings.inspect(call)
        return problems

    async def answer_what_is_settled(self, *, by_mode: bool) -> None:
        """Questions that wait and that a rule, or a mode just chosen, answers need not be asked."""
        self._approvals.answer_by_rules(by_mode=by_mode)
        await self._rulings.keep()

    async def _settle_in_turn(self, calls: tuple[CallRecord, ...]) -> None:
        """The same one call after another: so each stop sees what the calls before it did."""
        with anyio.CancelScope() as scope:
            for call in calls:
                if self.turn_end:
                    self._cancelled(call)
                    continue
                try:
                    if call.state not in ("waiting", "running"):  # else that pause is over
                        await self._debugger.before_call(call)
                    await self._rulings.prepare((call,))
                    if self._rulings.waits_for_model(call):
                        await self._settle_by_model(call, scope)
                        continue
                    verdict = self._verdict(call)
                    await self._rulings.keep()
                    await self._settle_one(call, verdict, scope)
                except anyio.get_cancelled_exc_class():
                    if self._desk.stopping:
                        for each in calls:
                            self._cancelled(each)
                    raise

    def _verdict(self, call: CallRecord) -> Verdict | None:
        """The gate's word on a call; None where it has none to say (any more)."""
        tool = self._bench.registry.find(call.tool)
        if tool is None or call.arguments is None or call.state in ("waiting", "running"):
            return None
        if self._is_idle(call):
            return None
        verdict = self._rulings.verdict(tool, call)
        self._leads[call.key] = leads(tool, call.arguments, self._bench)
        self._rulings.take(verdict)
        self._log.record(
            ToolJudged(call.key, verdict.decision, verdict.reasons), "agent", cause=call.seq
        )
        return verdict

    def _is_idle(self, call: CallRecord) -> bool:
        """Whether a small model only says again what it said before: such models do, for ever."""
        begun = call.state in ("waiting", "running")
        return not begun and is_lean(self._reader()) and is_again(self._log.state)

    def _moved(self, tool: Tool, call: CallRecord) -> str:
        """Which path leads elsewhere than when the call was let run, in words; empty for none."""
        now = leads(tool, call.arguments or {}, self._bench)
        for (path, before), (_, real) in zip(self._leads.get(call.key, now), now, strict=True):
            if before != real:
                return f"{path} leads to {real} now, not to {before}"
        return ""

    async def _settle_by_model(self, call: CallRecord, scope: anyio.CancelScope) -> None:
        """Bring a call to its result on which a model is heard first."""
        try:
            await self._rulings.let_judge(call)
        except anyio.get_cancelled_exc_class():
            self._cancelled(call)
            raise
        verdict = self._verdict(call)
        await self._rulings.keep()
        await self._settle_one(call, verdict, scope)

    async def _settle_one(
        self, call: CallRecord, verdict: Verdict | None, scope: anyio.CancelScope
    ) -> None:
        await self._judged(call, verdict, scope)
        if self._log.state.debugging.armed and not self.turn_end:
            await self._debugger.after_call(call)

    async def _judged(
        self, call: CallRecord, verdict: Verdict | None, scope: anyio.CancelScope
    ) -> None:
        """Let a call run or not, as the gate decided and a person answers."""
        tool = self._bench.registry.find(call.tool)
        if tool is None and self._cut_off.is_cut_off(call):
            leave_unknown(self._log, call)
            return
        if tool is None:  # this process has fewer tools than the one that proposed the call
            unknown = self._bench.registry.unknown(call.tool)
            self._finish(call, "error", ToolOutput(unknown, is_error=True))
            return
        if call.arguments is None:  # the process ended before it could be told what was wrong
            self._finish(call, "error", ToolOutput(UNREADABLE, is_error=True))
            return
        if self._is_idle(call):
            self._finish(call, "error", ToolOutput(AGAIN, is_error=True))
            return
        try:
            if not self._cut_off.is_cut_off(call):
                await self._run_as_judged(tool, call, verdict, scope)
            elif await self._is_to_run_again(tool, call):
                await self._run_again(tool, call, scope)
        except anyio.get_cancelled_exc_class():
            self._cancelled(call)
            raise

    async def _run_as_judged(
        self,
        tool: Tool,
        call: CallRecord,
        verdict: Verdict | None,
        scope: anyio.CancelScope,
        changed: dict[str, Any] | None = None,
    ) -> None:
        """Deny a call, ask about it or run it.

        Args:
            tool: of the call.
            call: the call.
            verdict: the gate's word on it; None where it waits for its answer already.
            scope: of all calls of the answer.
            changed: what a person made of its arguments before: that is asked about.
        """
        if verdict is not None and verdict.decision == "deny":
            self._finish(call, "denied", ToolOutput(denial(verdict), is_error=True))
            return
        asks = call.state == "waiting" or (verdict is not None and verdict.decision == "ask")
        if asks or changed is not None:
            reasons = verdict.reasons if verdict else call.reasons
            await self._run_approved(tool, call, reasons, scope, changed)
            return
        async with self._places:
            moved = self._moved(tool, call)
            if not moved:
                await self._run(tool, call)
        if moved:
            await self._run_approved(tool, call, (Reason("binding", moved),), scope)

    async def _is_to_run_again(self, tool: Tool, call: CallRecord) -> bool:
        """Ask about a call of which nobody knows how far it came; otherwise it has its result then."""
        fate = await self._cut_off.ask(tool, call)
        if fate.what == "unknown":
            leave_unknown(self._log, call)
        elif fate.what == "result":
            self._finish(call, "denied", ToolOutput(fate.result, is_error=True), made_up=True)
        return fate.what == "again"

    async def _run_again(self, tool: Tool, call: CallRecord, scope: anyio.CancelScope) -> None:
        """Judge a call that was cut off as one of now."""
        call = evolve(call, state="proposed")
        await self._rulings.prepare((call,))
        verdict = self._verdict(call)
        await self._rulings.keep()
        await self._run_as_judged(tool, call, verdict, scope, call.edited)

    def _cancelled(self, call: CallRecord) -> None:
        """Give a call that was stopped its result, unless it waits for an answer after a resume."""
        now = self._log.state.call(call.key)
        waits = any(item.subject.call_id == call.key for item in self._log.state.pending)
        nobody_knows = now.state == "running" and call.key not in self._running
        if now.settled or waits or nobody_knows:
            return
        text, total = "Not run: the turn was stopped.", None
        if now.state == "running":
            text = "Stopped by the person while it ran."
            if (running := self._running.get(call.key)) is not None and running.tail:
                text += f" Its output ended so:\n{running.tail}"
                total = running.total
        self._finish(call, "cancelled", ToolOutput(text, is_error=True, total=total))

    async def _run_approved(
        self,
        tool: Tool,
        call: CallRecord,
        reasons: tuple[Reason, ...],
        scope: anyio.CancelScope,
        again: dict[str, Any] | None = None,
    ) -> None:
        """Ask, and run what was approved; what is not as it was then is asked about again.

        Args:
            tool: of the call.
            call: the call.
            reasons: why it asks.
            scope: of all calls of the answer, for a person who stops the turn.
            again: with what it would run, where that is not what was proposed.
        """
        while True:
            outcome = await self._approvals.ask(tool, call, reasons, again)
            if isinstance(outcome, Refusal):
                self._finish(
                    call, "denied", ToolOutput(outcome.text, is_error=True), outcome.made_up
                )
                if outcome.stops:
                    self.turn_end, self._desk.stopping = "stopped", True
                    scope.cancel()
                return
            async with (
                self._places,
                self._editing if tool.mark.effect == "edit" else nullcontext(),
            ):
                if denied := await self._rulings.denied_by_now(tool, call, outcome.arguments):
                    self._finish(call, "denied", ToolOutput(denied, is_error=True))
                    return
                good = await self._approvals.still_good(tool, outcome)
                if isinstance(good, Grant):
                    await self._run(tool, call, good)
                    return
            again = outcome.arguments
            kept = (reason for reason in reasons if reason.stage != "binding")
            reasons = (Reason("binding", f"asked again: {good}"), *kept)

    async def _run(self, tool: Tool, call: CallRecord, grant: Grant | None = None) -> None:
        if tool.mark.effect != "run":
            await self._run_alone(tool, call, grant)
            return
        await self._watch.ready()
        since = self._watch.now()
        try:
            await self._run_alone(tool, call, grant)
        finally:
            self._watch.look(call.key, since, call.seq)

    async def _run_alone(self, tool: Tool, call: CallRecord, grant: Grant | None) -> None:
        arguments, hunks, binding, approved = call.arguments or {}, None, "", None
        leading = self._leads.get(call.key, ())
        if grant is not None:
            await tool.allowed()
            arguments, hunks, binding = grant.arguments, grant.hunks, grant.bound.sha
            approved, leading = Approved(dict(grant.bound.files), hunks), grant.bound.paths
        hooks = self._bench.hooks
        if hooks is not None and (blocked := await hooks.before(tool, call.key, arguments)):
            self._finish(call, "denied", ToolOutput(blocked, is_error=True))
            return
        edited = None if arguments == (call.arguments or {}) else arguments
        if self._desk.alone:
            self._desk.held_back = True
            await anyio.sleep_forever()  # the session is about to end
        data = ToolStarted(call.key, edited, hunks, binding)
        started = self._log.record(data, "tool", cause=call.seq)
        await self._log.settle()  # on disk before anything happens
        running = RunningCall(
            self._log,
            self._desk,
            self._bench,
            call,
            started,
            self._reader(),
            approved=approved,
            own=self._own,
            leads=dict(leading),
        )
        self._running[call.key] = running
        self._bench.moving[call.key] = running.moved
        output = await tool.run(running, arguments)
        self.turn_end = self.turn_end or running.turn_end
        if hooks is not None:
            hooks.after(tool, call.key, arguments, output)
        if grant is not None and (words := changed_words(call, grant)):
            output = evolve(output, text=f"{words}\n\n{output.text}")
        redactor = self._bench.redactor
        pictures = sum(len(picture.data) for picture in output.pictures)
        if len(output.full or b"") + len(output.text) + pictures > _LARGE:
            # The tool is done: whoever stops the turn now still gets its true outcome.
            with anyio.CancelScope(shield=True):
                result = await to_thread.run_sync(_masked, redactor, output)
        else:
            result = _masked(redactor, output)
        self._record(call, "error" if output.is_error else "ok", result)

    def _finish(
        self, call: CallRecord, outcome: Outcome, output: ToolOutput, made_up: bool = False
    ) -> None:
        began = self._log.state.call(call.key).started is not None
        if began and call.key not in self._running and not made_up:
            # It was to run a second time, and did not.
            output = evolve(output, text=f"{output.text}\n{BEFORE}")
        self._record(call, outcome, _masked(self._bench.redactor, output), made_up)

    def _record(
        self, call: CallRecord, outcome: Outcome, result: _Result, made_up: bool = False
    ) -> None:
        self._running.pop(call.key, None)
        self._bench.moving.pop(call.key, None)
        self._leads.pop(call.key, None)
        self._rulings.forget(call.key)
        started = self._log.state.call(call.key).started
        now = self._log.world.clock.mono()
        blobs = {f"picture {at}": blob for at, (_, blob) in enumerate(result.pictures, 1)}
        if result.full is not None:
            blobs["output"] = result.full
        self._log.record(
            ToolFinished(
                call.key,
                outcome,
                result.text + remark(self._log.state, call, outcome, result.text),
                round(now - started, 3) if started is not None else 0.0,
                result.exit_code,
                result.total,
                tuple(picture for picture, _ in result.pictures),
                made_up,
            ),
            "tool",
            cause=call.seq,
            blobs=blobs,
        )


def _masked(redactor: Redactor, output: ToolOutput) -> _Result:
    """What a tool put out, ready for the record; takes long where that is much."""
    masked = redactor.text(output.text)
    text = for_model(masked)
    full = redactor.data(output.full) if output.full is not None else None
    if full is None and len(text) < len(output.text):
        full = masked.encode()
    total = output.total if output.total is not None else len(full or text.encode())
    blob = StoredBlob.of(full) if full is not None else None
    pictures = tuple(map(recorded_picture, output.pictures))
    return _Result(text, blob, output.exit_code, total, pictures)

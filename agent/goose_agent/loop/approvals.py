"""Asks the person about a call until it is clear what may run, and as what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import anyio
from anyio import to_thread
from msgspec import Struct

from goose_agent.errors import ConfigError
from goose_agent.events import (
    Approval,
    ApprovalAnswer,
    Notice,
    Reason,
    SessionRule,
    ToolJudged,
)
from goose_agent.evolve import evolve
from goose_agent.loop.bench import Bench
from goose_agent.loop.binding import Bound, bind, changed_meanwhile
from goose_agent.loop.desk import Desk, answer_as
from goose_agent.loop.new_rules import kept_rule, proposals_for
from goose_agent.loop.own_changes import OwnChanges
from goose_agent.loop.rulings import Rulings
from goose_agent.permissions.gate import FLOOR
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import CallRecord
from goose_agent.state.session_state import Pending
from goose_agent.tools.registry import Tool

__all__ = ["Approvals", "Grant", "Refusal"]

DENIED = "The person denied this call. "
GO_ON = (
    "Do not try the same thing in another way; go on without it or ask what they would rather have."
)
STOPPED = "The person denied this call and stopped the turn."


class Grant(Struct, frozen=True):
    """What may run."""

    arguments: dict[str, Any]
    bound: Bound
    """What it was when it was approved."""
    hunks: tuple[int, ...] | None = None
    """Numbers of the pieces of the change that may be made; None for all."""
    shown: tuple[str, ...] = ()
    """All pieces, as they were shown."""


class Refusal(Struct, frozen=True):
    """Nothing runs."""

    text: str
    """What the model reads."""
    made_up: bool = False
    """Whether that is to stand for a result."""
    stops: bool = False
    """Whether the turn ends with it."""


class Approvals:
    """Asks about the calls of a session.

    Args:
        log: the session's record.
        desk: where to ask.
        bench: what calls run with.
        rulings: judges what an answer leads to.
        own: what the calls beside it changed.
    """

    def __init__(
        self, log: SessionLog, desk: Desk, bench: Bench, rulings: Rulings, own: OwnChanges
    ) -> None:
        self._own = own
        self._log = log
        self._desk = desk
        self._bench = bench
        self._rulings = rulings
        # Questions come in the order of the calls, however long each takes to put.
        self._in_order = anyio.Lock()

    async def ask(
        self,
        tool: Tool,
        call: CallRecord,
        reasons: tuple[Reason, ...],
        arguments: dict[str, Any] | None = None,
    ) -> Grant | Refusal:
        """Ask until there is an answer that can be followed.

        Args:
            tool: of the call.
            call: the call.
            reasons: why it asks.
            arguments: what it would run with, where that is not what was proposed.
        """
        earlier = self._desk.earlier(call.key)
        if arguments is None:
            # What a person made of the call before the process ended is what they are asked about.
            arguments = (earlier.arguments if earlier else None) or call.arguments or {}
        while True:
            async with self._in_order:
                bound = await to_thread.run_sync(bind, tool, arguments, self._bench)
                subject = await self._subject(tool, call, arguments, reasons, bound)
            if earlier is not None and (change := changed_meanwhile(earlier, subject)):
                again = Reason("binding", f"asked again: {change}")
                subject = evolve(subject, reasons=(again, *subject.reasons))
            earlier = None
            answer = answer_as(ApprovalAnswer, await self._desk.ask(subject, call.seq))
            outcome = await self._followed(tool, call, subject, answer, bound)
            if not isinstance(outcome, _Again):
                return outcome
            arguments, reasons = outcome.arguments or arguments, outcome.reasons

    async def _followed(
        self,
        tool: Tool,
        call: CallRecord,
        subject: Approval,
        answer: ApprovalAnswer,
        bound: Bound,
    ) -> Grant | Refusal | _Again:
        """What an answer leads to."""
        match answer.choice:
            case "once" | "session":
                if answer.choice == "session":
                    await self._add_rule(subject, answer, call)
                return Grant(subject.arguments or {}, bound, shown=subject.hunks)
            case "edit":
                return await self._edited(tool, call, subject, answer.arguments)
            case "hunks":
                return _with_hunks(subject, answer, bound)
            case "result":
                return Refusal(answer.result, made_up=True)
            case "deny":
                words = f"The person denied this call: {answer.reason}\n" if answer.reason else ""
                return Refusal((words or DENIED) + GO_ON)
            case "stop":
                return Refusal(STOPPED, stops=True)

    async def still_good(self, tool: Tool, grant: Grant) -> Grant | str:
        """What may run now, or what is not as it was approved any more, in words."""
        now = await to_thread.run_sync(bind, tool, grant.arguments, self._bench)
        change = grant.bound.difference(now)
        if not change:
            return grant
        files = grant.bound.changed_files(now)
        if not files or not self._own.explain(files):
            return change
        # An edit beside it came first. Where this one makes the very lines that were shown, the
        # person has allowed it; it is bound to the file as it is by now.
        foreseen = await tool.foresee(self._bench.workspace, grant.arguments)
        shown = _changed_lines(grant.shown)
        if grant.hunks is None and shown and _changed_lines(foreseen.hunks) == shown:
            return evolve(grant, bound=now)
        return f"{change} by an earlier call of this answer, and it would change other lines now"

    async def _subject(
        self,
        tool: Tool,
        call: CallRecord,
        arguments: dict[str, Any],
        reasons: tuple[Reason, ...],
        bound: Bound,
    ) -> Approval:
        """The question, with all that is known of the call."""
        bench, rulings = self._bench, self._rulings
        foreseen = await tool.foresee(bench.workspace, arguments)
        meant = evolve(call, arguments=arguments)
        # What asks in every mode, a rule would not answer.
        floor = any(reason.stage == FLOOR for reason in reasons)
        proposals = () if floor else proposals_for(self._log.state, bench, tool, meant)
        rule = str(SessionRule(tool.name, tool.rule_argument(arguments))) if proposals else ""
        return Approval(
            call.key,
            tool.name,
            tool.summary(arguments, bench.workspace),
            foreseen.preview,
            reasons,
            rule,
            proposals,
            effects=rulings.effects(tool, arguments),
            parts=rulings.parts(tool, arguments),
            hunks=foreseen.hunks,
            folder=bound.folder,
            arguments=arguments,
            schema=dict(tool.schema.parameters),
            provenance=rulings.provenance(call.key),
            binding=bound.sha,
        )

    async def _edited(
        self,
        tool: Tool,
        call: CallRecord,
        subject: Approval,
        given: Mapping[str, Any] | None,
    ) -> Grant | _Again:
        """What a person's own arguments lead to: they are judged as any others."""
        parsed = tool.parse(json.dumps(given or {}))
        if isinstance(parsed, str):
            return _asked_again(subject, parsed)
        meant = evolve(call, arguments=parsed)
        await self._rulings.inspect(meant)
        verdict = self._rulings.verdict(tool, meant)
        if verdict.decision == "deny":
            words = "; ".join(reason.text for reason in verdict.reasons)
            await self._rulings.inspect(evolve(call, arguments=subject.arguments))
            return _asked_again(subject, f"what you made of it is denied: {words}")
        judged = ToolJudged(call.key, verdict.decision, verdict.reasons, parsed)
        self._log.record(judged, "agent", cause=call.seq)
        known = {reason.text for reason in subject.reasons if reason.stage == FLOOR}
        if any(r.stage == FLOOR and r.text not in known for r in verdict.reasons):
            return _Again(parsed, verdict.reasons)
        return Grant(parsed, await to_thread.run_sync(bind, tool, parsed, self._bench))

    async def _add_rule(self, subject: Approval, answer: ApprovalAnswer, call: CallRecord) -> None:
        """Let the rule hold that was chosen; one that was not offered does not."""
        offered = [proposal.line for proposal in subject.proposals]
        line = answer.rule or next(iter(offered), "")
        if line not in offered:
            return
        number = self._log.state.rule_turn
        rule = SessionRule(subject.tool, line=line, scope=answer.scope, turn=number)
        try:
            change = await kept_rule(rule, self._bench.guard)
        except ConfigError as error:
            self._log.record(Notice("error", error.message, error.hint), "system")
            return
        self._log.record(change, "user", cause=call.seq)
        self.answer_by_rules(f"allowed by the new rule: {rule}")

    def waiting(self) -> Iterator[tuple[Pending, CallRecord]]:
        """The calls that wait for the person, as they would run."""
        for item in self._log.state.pending:
            if isinstance(item.subject, Approval):
                call = self._log.state.call(item.subject.call_id)
                yield item, evolve(call, arguments=item.subject.arguments or call.arguments)

    def answer_by_rules(self, words: str = "", *, by_mode: bool = False) -> None:
        """Questions that wait and that a rule answers now need not be asked any more.

        Args:
            words: what to say of those that are allowed; empty for what allows them.
            by_mode: whether the mode may allow them, too, as one that was just chosen does.
        """
        for item, meant in [*self.waiting()]:
            tool = self._bench.registry.find(meant.tool)
            verdict = self._rulings.verdict(tool, meant) if tool is not None else None
            if verdict is None or verdict.decision == "ask":
                continue
            ruled = verdict.reasons[0].stage == "rule"
            if not ruled and not (by_mode and verdict.decision == "allow"):
                continue
            self._rulings.take(verdict)
            given = self._log.state.call(meant.key).arguments
            changed = None if meant.arguments == given else meant.arguments
            judged = ToolJudged(meant.key, verdict.decision, verdict.reasons, changed)
            self._log.record(judged, "agent", cause=meant.seq)
            why = "; ".join(reason.text for reason in verdict.reasons)
            if verdict.decision == "allow":
                answer = ApprovalAnswer("once", words or why)
            else:
                answer = ApprovalAnswer("deny", why)
            self._desk.answer(item.request_id, answer, "agent")


class _Again(Struct, frozen=True):
    """The person is to be asked once more."""

    arguments: dict[str, Any] | None = None
    """About other arguments; None for the same."""
    reasons: tuple[Reason, ...] = ()


def _changed_lines(hunks: Sequence[str]) -> list[str]:
    """The lines that go and come, without where they are and what stands around them."""
    lines = [line for hunk in hunks for line in hunk.split("\n")[1:]]
    return [line for line in lines if line.startswith(("-", "+"))]


def _with_hunks(subject: Approval, answer: ApprovalAnswer, bound: Bound) -> Grant | _Again:
    """Leave to make only some pieces of a change."""
    chosen, count = set(answer.hunks), len(subject.hunks)
    if not chosen or not chosen <= set(range(count)):
        return _asked_again(subject, "it has no such pieces to choose from")
    some = None if len(chosen) == count else tuple(sorted(chosen))
    return Grant(subject.arguments or {}, bound, some, subject.hunks)


def _asked_again(subject: Approval, problem: str) -> _Again:
    """The same question, with what was wrong with the answer."""
    kept = (reason for reason in subject.reasons if reason.stage != "edit")
    return _Again(subject.arguments, (Reason("edit", f"asked again: {problem}"), *kept))

"""The whole judgement of a call: the gate, ignore files, people's rules, inspectors, a model's word.

Each may tighten what the ones before it said. Only two loosen, and only a question: a rule that a
person set, and the model that judges what nothing surer could.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from anyio import to_thread

from goose_agent.clock import World
from goose_agent.errors import UsageError
from goose_agent.events import Actor, AnyData, ApprovalPart, Mode, Notice, Reason, SessionRule
from goose_agent.loop.bench import Bench
from goose_agent.permissions.actions import command_action, file_action
from goose_agent.permissions.consequences import of_command, of_files
from goose_agent.permissions.gate import FLOOR, Intent, Verdict, allowed_for_run, judge
from goose_agent.permissions.inspectors.inspector import Inspection, Subject
from goose_agent.permissions.inspectors.taint import Taint
from goose_agent.permissions.judge import Judged
from goose_agent.permissions.paths import Roots
from goose_agent.permissions.rules.action import Action
from goose_agent.permissions.rules.deciding import Moment, RuleVerdict, decide
from goose_agent.permissions.rules.line import parse_line
from goose_agent.permissions.rules.rule import HeldRule, Rule
from goose_agent.permissions.shell.classify import Surroundings, classify
from goose_agent.permissions.shell.judgement import Judgement, Part
from goose_agent.permissions.shell.verdict import by_mode, staged
from goose_agent.state.records import CallRecord, Record
from goose_agent.state.session_state import SessionState
from goose_agent.tools.registry import Tool

__all__ = ["JUDGED", "Past", "Rulings", "action_of", "held_for_session", "judgement_of"]

JUDGED = "a model says that it only reads: "
"""Begins the reason that rests on a model's word."""


class Past(Protocol):
    """What a judgement needs of a session's record."""

    @property
    def state(self) -> SessionState:
        """What the session has come to."""

    @property
    def world(self) -> World:
        """Tells the time."""

    def record(self, data: AnyData, actor: Actor) -> int:
        """Let something have happened; returns the event's number."""


class Rulings:
    """Judges the calls of a session.

    Args:
        log: the session's record.
        bench: what calls run with, and the rules of all files.
    """

    def __init__(self, log: Past, bench: Bench) -> None:
        self._log = log
        self._bench = bench
        self._seen: dict[str, Inspection] = {}
        self._judged: dict[str, Judged] = {}
        self._taken: list[str] = []

    async def prepare(self, calls: Sequence[CallRecord]) -> None:
        """Do what takes time, so that `verdict` does not: read files, inspect, ask a model."""
        for problem in await to_thread.run_sync(self._look_up, self._log.state.records):
            self._log.record(
                Notice("error", problem, "Until it is mended, all calls ask."), "system"
            )
        for call in calls:
            tool = await self.inspect(call)
            if tool is not None:
                await self._let_judge(tool, call)

    async def inspect(self, call: CallRecord) -> Tool | None:
        """Let the inspectors look at a call as it is now; None where there is nothing to judge."""
        tool = self._bench.registry.find(call.tool)
        if tool is None or call.arguments is None or tool.mark.effect == "session":
            return None
        subject = self._subject(tool, call.arguments)
        self._seen[call.key] = await self._bench.inspectors.look(subject)
        self._judged.pop(call.key, None)
        return tool

    def _look_up(self, records: Sequence[Record]) -> tuple[str, ...]:
        """Take in what files and records have come to; tells the problems that are new."""
        self._bench.inspectors.learn(records)
        return self._bench.guard.refresh()

    async def _let_judge(self, tool: Tool, call: CallRecord) -> None:
        """Ask a model where nothing but not knowing stands against the call."""
        if self._bench.judge is None or self._log.state.mode != "smart":
            return
        verdict = self.verdict(tool, call)
        if verdict.decision == "ask" and all(reason.stage == "tool" for reason in verdict.reasons):
            description = tool.schema.description
            self._judged[call.key] = await self._bench.judge.only_reads(
                tool.name, description, call.arguments or {}
            )

    def verdict(self, tool: Tool, call: CallRecord) -> Verdict:
        """The decision about a call, and why."""
        state, bench = self._log.state, self._bench
        arguments = call.arguments or {}
        action = action_of(tool, arguments, bench)
        verdict = _by_gate(tool, arguments, bench, state.mode)
        if verdict.decision == "deny" or tool.mark.effect == "session":
            return verdict
        if hidden := self._hidden(tool, action):
            return Verdict("deny", (Reason("ignore", hidden),))
        ruled = decide([*bench.guard.book.held, *self._session_rules()], action, self._moment())
        verdict = _with_judge(_with_rules(verdict, ruled), self._judged.get(call.key))
        return _with_inspection(verdict, ruled, self._seen.get(call.key))

    def take(self, verdict: Verdict) -> None:
        """Count the rules that decided."""
        self._taken += [reason.rule for reason in verdict.reasons if reason.rule]

    async def keep(self) -> None:
        """Write down what was counted, for all sessions of the person."""
        taken, self._taken = self._taken, []
        uses = self._bench.guard.book.uses
        if taken and uses is not None:
            # That a rule was used is on record anyway: a full disk does not stop the work.
            with suppress(OSError):
                await to_thread.run_sync(uses.count, taken, self._log.world.clock.now())
            await to_thread.run_sync(self._bench.guard.refresh)

    def effects(self, tool: Tool, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """What a call would do, in words, the gravest first."""
        bench = self._bench
        judgement = judgement_of(tool, arguments, bench)
        if judgement is not None:
            return of_command(judgement)
        return of_files(_intent(tool, arguments, bench), bench.workspace.roots)

    def parts(self, tool: Tool, arguments: Mapping[str, Any]) -> tuple[ApprovalPart, ...]:
        """The commands of a chain and what the gate says of each; empty for a single one."""
        judgement = judgement_of(tool, arguments, self._bench)
        if judgement is None or len(judgement.parts) < 2:
            return ()
        return tuple(self._part(tool, part) for part in judgement.parts)

    def _part(self, tool: Tool, part: Part) -> ApprovalPart:
        """A command by itself, with the folders and the names of where it stands."""
        bench = self._bench
        alone = Judgement(part.text, (part,), None, part.findings)
        verdict = staged(by_mode(alone, self._log.state.mode))
        if verdict.decision != "deny":
            action = command_action(tool.name, part.text, str(bench.workspace.folder))
            ruled = decide([*bench.guard.book.held, *self._session_rules()], action, self._moment())
            verdict = _with_rules(verdict, ruled)
        words = verdict.reasons[0].text if verdict.reasons else ""
        return ApprovalPart(part.text, verdict.decision, words)

    def provenance(self, key: str) -> tuple[str, ...]:
        """Where pieces of a call that came from outside were seen first."""
        inspection = self._seen.get(key)
        reasons = inspection.reasons if inspection is not None else ()
        lead = f"{Taint.name}: "
        return tuple(
            reason.text.removeprefix(lead) for reason in reasons if reason.text.startswith(lead)
        )

    def recall(self, key: str, judged: Judged) -> None:
        """Heed a model's word on a call that is on record, in the place of asking for one."""
        self._judged[key] = judged

    def forget(self, key: str) -> None:
        """A call is done."""
        self._seen.pop(key, None)
        self._judged.pop(key, None)

    def _hidden(self, tool: Tool, action: Action) -> str:
        ignore = self._bench.guard.ignore
        if ignore.empty:
            return ""
        for part in action.parts:
            for touch in part.touches:
                if reason := ignore.reason(touch.real) or ignore.reason(touch.named):
                    return reason
        folder = str(self._bench.workspace.folder)
        return ignore.reason_in(action.text, folder) if tool.mark.command else ""

    def _session_rules(self) -> Sequence[HeldRule]:
        found = (held_for_session(rule) for rule in self._log.state.rules)
        return [held for held in found if held is not None]

    def _moment(self) -> Moment:
        state, book = self._log.state, self._bench.guard.book
        used = {rule: use.hits for rule, use in book.used.items()}
        for rule in self._taken:
            used[rule] = used.get(rule, 0) + 1
        used |= {f"session {rule}": use.hits for rule, use in state.rule_uses.items()}
        turn = state.turn.number if state.turn is not None else 0
        return Moment(book.ground, state.mode, self._log.world.clock.now(), turn, used)

    def _subject(self, tool: Tool, arguments: Mapping[str, Any]) -> Subject:
        deciding = [*tool.paths(arguments)]
        if tool.mark.command:
            deciding.append(str(arguments.get(tool.mark.command, "")))
        named = {*tool.mark.paths, tool.mark.command}
        others = (value for name, value in arguments.items() if name not in named)
        content = tuple(value for value in others if isinstance(value, str))
        if not deciding:
            deciding, content = list(content), ()
        roots = self._bench.guard.book.ground.roots
        return Subject(tool.name, tool.mark.effect, tuple(deciding), content, roots)


def held_for_session(kept: SessionRule) -> HeldRule | None:
    """A rule of the session as one among all; None where this version does not understand it."""
    if kept.line:
        try:
            rule = parse_line(kept.line)
        except UsageError:
            return None
    else:
        rule = Rule("allow", (kept.tool,), exact=kept.argument)
    return HeldRule(
        rule, "session", "this session", turn=kept.turn if kept.scope == "turn" else None
    )


def action_of(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> Action:
    """What a call amounts to, for rules."""
    text = tool.rule_argument(arguments)
    if tool.mark.command:
        return command_action(tool.name, text, str(bench.workspace.folder))
    paths = [str(bench.named(path)) for path in tool.paths(arguments)]
    return file_action(tool.name, text, "read" if tool.mark.effect == "read" else "write", paths)


def judgement_of(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> Judgement | None:
    """What is known of the command that a call runs; None where it runs none."""
    if not tool.mark.command:
        return None
    workspace = bench.workspace
    where = Surroundings(workspace.folder, Roots(workspace.roots), bench.environ.get("PATH"))
    return classify(str(arguments.get(tool.mark.command, "")), where)


def _by_gate(tool: Tool, arguments: Mapping[str, Any], bench: Bench, mode: Mode) -> Verdict:
    judgement = judgement_of(tool, arguments, bench)
    intent, roots = _intent(tool, arguments, bench), bench.workspace.roots
    if judgement is not None:
        return allowed_for_run(staged(by_mode(judgement, mode)), intent, roots, bench.allowed)
    return judge(intent, mode, (), roots, bench.allowed)


def _intent(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> Intent:
    paths = tuple(bench.named(path) for path in tool.paths(arguments))
    return Intent(tool.name, tool.mark.effect, paths, tool.rule_argument(arguments))


def _with_rules(verdict: Verdict, ruled: RuleVerdict) -> Verdict:
    match ruled.decision:
        case None:
            return verdict
        case "deny":
            return Verdict("deny", ruled.reasons)
        case "ask":
            kept = verdict.reasons if verdict.decision == "ask" else ()
            return Verdict("ask", (*ruled.reasons, *kept))
        case "allow":
            if verdict.decision == "allow":
                return verdict
            if any(reason.stage == FLOOR for reason in verdict.reasons):
                return verdict
            places = [reason for reason in verdict.reasons if reason.stage == "path"]
            if places and not ruled.anywhere:
                # It names neither this path nor this very command: that was not thought of.
                return verdict
            return Verdict("allow", ruled.reasons)


def _with_judge(verdict: Verdict, judged: Judged | None) -> Verdict:
    if judged is None or not judged.only_reads or verdict.decision != "ask":
        return verdict
    if any(reason.stage != "tool" for reason in verdict.reasons):
        return verdict
    return Verdict("allow", (Reason("judge", f"{JUDGED}{judged.why}"),))


def _with_inspection(
    verdict: Verdict, ruled: RuleVerdict, inspection: Inspection | None
) -> Verdict:
    if inspection is None or not inspection.reasons or verdict.decision == "deny":
        return verdict
    reasons = (*verdict.reasons, *inspection.reasons)
    # Who allowed the text letter by letter has seen all that an inspector sees.
    if verdict.decision == "ask" or not inspection.asks or ruled.literal:
        return Verdict(verdict.decision, reasons)
    return Verdict("ask", (*inspection.reasons, *verdict.reasons))

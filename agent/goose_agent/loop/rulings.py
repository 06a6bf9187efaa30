"""The whole judgement of a call: the gate, ignore files, people's rules, inspectors, a model's word.

Each may tighten what the ones before it said. Only two loosen, and only a question: a rule that a
person set, and the model that judges what nothing surer could.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from anyio import to_thread

from goose_agent.addresses import read_web_address
from goose_agent.clock import World
from goose_agent.errors import UsageError
from goose_agent.events import Actor, AnyData, ApprovalPart, Mode, Notice, Reason, SessionRule
from goose_agent.evolve import evolve
from goose_agent.loop.bench import Bench
from goose_agent.permissions.actions import (
    command_action,
    file_action,
    network_action,
    server_action,
    texts_in,
)
from goose_agent.permissions.consequences import of_command, of_files
from goose_agent.permissions.gate import Intent, Verdict, judge
from goose_agent.permissions.inspectors.inspector import Inspection, Subject
from goose_agent.permissions.inspectors.taint import Taint
from goose_agent.permissions.judge import Judged, may_vouch_for, words_of
from goose_agent.permissions.paths import Roots
from goose_agent.permissions.rules.action import Action
from goose_agent.permissions.rules.deciding import Moment
from goose_agent.permissions.rules.line import parse_line
from goose_agent.permissions.rules.rule import HeldRule, Rule
from goose_agent.permissions.shell.classify import Surroundings, classify
from goose_agent.permissions.shell.judgement import Judgement, Part
from goose_agent.permissions.shell.verdict import by_mode, staged
from goose_agent.permissions.weighing import hidden_by, with_inspection, with_rules
from goose_agent.state.records import CallRecord, Record
from goose_agent.state.session_state import SessionState
from goose_agent.tools.registry import Tool

__all__ = [
    "Past",
    "Rulings",
    "action_of",
    "denial",
    "held_for_session",
    "judgement_of",
    "notices_of",
    "only_reads",
]


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
        """Do what takes time, so that `verdict` does not: read files, let inspectors look."""
        for problem in await self.look_up():
            self._log.record(problem, "system")
        for call in calls:
            await self.inspect(call)

    async def inspect(self, call: CallRecord) -> Tool | None:
        """Let the inspectors look at a call as it is now; None where there is nothing to judge."""
        tool = self._bench.registry.find(call.tool)
        if tool is None or call.arguments is None or tool.mark.effect == "session":
            return None
        subject = self._subject(tool, call.arguments)
        self._seen[call.key] = await self._bench.inspectors.look(subject)
        self._judged.pop(call.key, None)
        return tool

    async def look_up(self) -> tuple[Notice, ...]:
        """Take in what files and records have come to; tells the problems that are new."""
        return notices_of(await to_thread.run_sync(self._learn, self._log.state.records))

    def _learn(self, records: Sequence[Record]) -> tuple[str, ...]:
        self._bench.inspectors.learn(records)
        return self._bench.guard.refresh()

    def waits_for_model(self, call: CallRecord) -> bool:
        """Whether a model is to be asked about a call that is prepared, before its verdict."""
        tool, bench = self._bench.registry.find(call.tool), self._bench
        if tool is None or bench.judge is None or self._log.state.mode != "smart":
            return False
        if call.arguments is None or call.state in ("waiting", "running"):
            return False
        if tool.mark.effect != "run" or not _judgeable(self.verdict(tool, call)):
            return False
        return _model_may_judge(tool, call.arguments, bench)

    async def let_judge(self, call: CallRecord) -> None:
        """Ask the model about a call for which `waits_for_model` holds."""
        tool, judge = self._bench.registry.find(call.tool), self._bench.judge
        if tool is not None and judge is not None:
            self._judged[call.key] = await judge.only_reads(
                tool.name, tool.schema.description, call.arguments or {}
            )

    def verdict(self, tool: Tool, call: CallRecord) -> Verdict:
        """The decision about a call, and why."""
        state, bench = self._log.state, self._bench
        arguments = call.arguments or {}
        action = action_of(tool, arguments, bench)
        verdict = _by_gate(tool, arguments, bench, state.mode)
        if verdict.decision == "deny":
            return verdict
        if tool.mark.effect == "session":
            # It touches nothing, so that nothing need be asked; a rule of the person may deny it.
            denied, _ = with_rules(verdict, self._rules(), action, self._moment())
            return denied if denied.decision == "deny" else verdict
        folder = str(bench.workspace.folder) if tool.mark.command else ""
        if hidden := hidden_by(bench.guard, action, folder):
            return Verdict("deny", (Reason("ignore", hidden),))
        verdict, ruled = with_rules(verdict, self._rules(), action, self._moment())
        verdict = _with_judge(verdict, self._judged.get(call.key))
        return with_inspection(verdict, ruled, self._seen.get(call.key))

    async def denied_by_now(
        self, tool: Tool, call: CallRecord, arguments: Mapping[str, Any]
    ) -> str:
        """Why a call that a person allowed must not run after all; empty where it may.

        Rules and ignore files may have changed while the question waited.
        """
        for problem in await self.look_up():
            self._log.record(problem, "system")
        verdict = self.verdict(tool, evolve(call, arguments=dict(arguments)))
        return denial(verdict) if verdict.decision == "deny" else ""

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
            verdict, _ = with_rules(verdict, self._rules(), action, self._moment())
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
        """A call has its result: what was seen in it and said of it is of no use any more."""
        self._seen.pop(key, None)
        self._judged.pop(key, None)

    def _rules(self) -> Sequence[HeldRule]:
        found = (held_for_session(rule) for rule in self._log.state.rules)
        return [*self._bench.guard.book.held, *filter(None, found)]

    def _moment(self) -> Moment:
        state, book = self._log.state, self._bench.guard.book
        used = {rule: use.hits for rule, use in book.used.items()}
        for rule in self._taken:
            used[rule] = used.get(rule, 0) + 1
        used |= {f"session {rule}": use.hits for rule, use in state.rule_uses.items()}
        now = self._log.world.clock.now()
        return Moment(book.ground, state.mode, now, state.rule_turn, used)

    def _subject(self, tool: Tool, arguments: Mapping[str, Any]) -> Subject:
        deciding = [*tool.paths(arguments)]
        decides = (tool.mark.command, tool.mark.url)
        deciding += [str(arguments.get(name, "")) for name in decides if name]
        named = {*tool.mark.paths, *decides}
        others = [value for name, value in arguments.items() if name not in named]
        content = tuple(texts_in(others))
        if not deciding:
            deciding, content = list(content), ()
        roots = self._bench.guard.book.ground.roots
        return Subject(tool.name, tool.mark.effect, tuple(deciding), content, roots, tool.changed)


def notices_of(problems: Sequence[str]) -> tuple[Notice, ...]:
    """What a person is told of rules files that cannot be relied on."""
    return tuple(
        Notice("error", problem, "Until it is mended, all calls ask.") for problem in problems
    )


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
    if tool.mark.url:
        return network_action(tool.name, text)
    if tool.server_tool:
        return server_action(tool.name, tool.server_tool, arguments)
    paths = [str(bench.named(path)) for path in tool.paths(arguments)]
    return file_action(tool.name, text, "read" if tool.mark.effect == "read" else "write", paths)


def judgement_of(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> Judgement | None:
    """What is known of the command that a call runs; None where it runs none."""
    if not tool.mark.command:
        return None
    workspace = bench.workspace
    where = Surroundings(workspace.folder, Roots(workspace.roots), bench.environ.get("PATH"))
    return classify(str(arguments.get(tool.mark.command, "")), where)


def denial(verdict: Verdict) -> str:
    """What the model reads of a call that is denied."""
    words = "; ".join(reason.text for reason in verdict.reasons)
    return f"Not run: {words}."


def only_reads(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> bool:
    """Whether a call is a command of which it is proven that it only reads, within the workspace."""
    judgement = judgement_of(tool, arguments, bench)
    return judgement is not None and by_mode(judgement, "smart").decision == "allow"


def _by_gate(tool: Tool, arguments: Mapping[str, Any], bench: Bench, mode: Mode) -> Verdict:
    judgement = judgement_of(tool, arguments, bench)
    if judgement is not None:
        return staged(by_mode(judgement, mode))
    return judge(_intent(tool, arguments, bench), mode, bench.workspace.roots)


def _intent(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> Intent:
    paths = tuple(bench.named(path) for path in tool.paths(arguments))
    address = read_web_address(str(arguments.get(tool.mark.url, ""))) if tool.mark.url else None
    host = address.host if address else ""
    server = tool.extension if tool.server_tool else ""
    return Intent(tool.name, tool.mark.effect, paths, host, server)


def _with_judge(verdict: Verdict, judged: Judged | None) -> Verdict:
    if judged is None or not judged.why or not _judgeable(verdict):
        return verdict
    reason = Reason("judge", words_of(judged))
    if judged.only_reads:
        return Verdict("allow", (reason,))
    return Verdict("ask", (*verdict.reasons, reason))


def _judgeable(verdict: Verdict) -> bool:
    """Whether nothing but not knowing what it does stands against a call."""
    return verdict.decision == "ask" and all(reason.stage == "tool" for reason in verdict.reasons)


def _model_may_judge(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> bool:
    """Whether a model's word on a call may count, and the call stays within the workspace."""
    if tool.server_tool:
        return False  # what a server writes of its own tool is no ground to judge on
    judgement = judgement_of(tool, arguments, bench)
    if judgement is not None and not may_vouch_for(judgement):
        return False
    touches = (touch for part in action_of(tool, arguments, bench).parts for touch in part.touches)
    roots = bench.guard.book.ground.roots
    return all(any(Path(touch.real).is_relative_to(root) for root in roots) for touch in touches)

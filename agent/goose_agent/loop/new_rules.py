"""Rules that come of an answer: what is offered, and where what was chosen is kept."""

from __future__ import annotations

from anyio import to_thread

from goose_agent.events import Proposal, RulesChanged, SessionRule
from goose_agent.evolve import evolve
from goose_agent.loop.bench import Bench
from goose_agent.loop.rulings import action_of
from goose_agent.permissions.guard import Guard
from goose_agent.permissions.rules.deciding import Moment
from goose_agent.permissions.rules.edit import add_rule
from goose_agent.permissions.rules.line import parse_line
from goose_agent.permissions.rules.proposals import PastCall, propose
from goose_agent.permissions.rules.shown import COMMAND_TOOLS
from goose_agent.state.records import CallRecord
from goose_agent.state.session_state import SessionState
from goose_agent.tools.registry import Tool

__all__ = ["asked_about", "kept_rule", "proposals_for"]

_MOST_PAST = 60
"""Calls that are looked at for what a rule would have let run."""


def proposals_for(
    state: SessionState, bench: Bench, tool: Tool, call: CallRecord
) -> tuple[Proposal, ...]:
    """Rules that would let a call run, the narrowest first; none where none is safe to offer.

    Args:
        state: the session.
        bench: what calls run with.
        tool: of the call.
        call: that is asked about.
    """
    action = action_of(tool, call.arguments or {}, bench)
    book = bench.guard.book
    now = state.updated_at
    if now is None:
        return ()
    moment = Moment(book.ground, state.mode, now)
    op = "command" if tool.mark.command else tool.mark.effect
    return propose(action, op, book.ground, lambda: asked_about(state, bench), moment)


def asked_about(state: SessionState, bench: Bench) -> list[PastCall]:
    """The session's calls that waited for a person, the latest first."""
    found: list[PastCall] = []
    for at in range(len(state.records) - 1, -1, -1):
        record = state.records[at]
        if not isinstance(record, CallRecord) or record.arguments is None or not record.asked:
            continue
        tool = bench.registry.find(record.tool)
        if tool is not None:
            found.append(PastCall(record.summary, action_of(tool, record.arguments, bench)))
        if len(found) == _MOST_PAST:
            break
    return found


async def kept_rule(rule: SessionRule, guard: Guard) -> RulesChanged:
    """Keep a rule where its scope says; what comes of it is for the record.

    Raises:
        ConfigError: the person's file cannot be changed.
    """
    if not rule.line:
        return RulesChanged(rule)
    parsed = parse_line(rule.line)
    if rule.scope == "once":
        parsed = evolve(parsed, uses=1)
    if rule.scope == "project" and COMMAND_TOOLS.issuperset(parsed.tools):
        # The person's own rule: the folder's file is everybody's, and has to be trusted first.
        folder = guard.book.ground.roots[0]
        parsed = evolve(parsed, cwd=parsed.cwd or f"{folder}/**")
    named = evolve(rule, line=str(parsed), rule_id=parsed.rule_id)
    if rule.scope not in ("user", "project"):
        return RulesChanged(named)
    path = guard.book.files.user
    await to_thread.run_sync(add_rule, path, parsed)
    await to_thread.run_sync(guard.refresh)
    return RulesChanged(named, source=str(path))

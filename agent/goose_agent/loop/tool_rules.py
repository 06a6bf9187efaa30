"""What a person's rules say of the tools of servers, and how they say something else of one."""

from __future__ import annotations

from anyio import to_thread

from goose_agent.events import (
    Decision,
    ExtensionsListed,
    ListedExtension,
    RulesChanged,
    SessionRule,
)
from goose_agent.evolve import evolve
from goose_agent.loop.new_rules import kept_rule
from goose_agent.permissions.guard import Guard
from goose_agent.permissions.rules.action import Action
from goose_agent.permissions.rules.deciding import Moment, decide
from goose_agent.permissions.rules.edit import remove_rule
from goose_agent.permissions.rules.rule import Rule
from goose_agent.sessions.log import SessionLog

__all__ = ["ToolRules"]


class ToolRules:
    """Reads and writes them.

    Args:
        log: the session's record.
        guard: the files that decide.
    """

    def __init__(self, log: SessionLog, guard: Guard) -> None:
        self._log = log
        self._guard = guard

    async def say(self, server_tool: str, effect: Decision | None) -> None:
        """Let a tool always run, ask, or never run, in all sessions; None takes that back.

        Raises:
            ConfigError: the person's file cannot be changed.
        """
        path = self._guard.book.files.user
        for held in self._guard.book.held:
            if held.layer == "user" and held.rule == Rule(held.rule.effect, mcp=server_tool):
                await to_thread.run_sync(remove_rule, path, held.rule_id)
                gone = SessionRule(line=str(held.rule), scope="user", rule_id=held.rule_id)
                self._log.record(RulesChanged(removed=gone, source=str(path)), "user")
        if effect is not None:
            line = str(Rule(effect, mcp=server_tool))
            change = await kept_rule(SessionRule(line=line, scope="user"), self._guard)
            self._log.record(change, "user")
        await to_thread.run_sync(self._guard.refresh)

    def told_in(self, listed: ExtensionsListed) -> ExtensionsListed:
        """A list of extensions with what the rules say of each tool."""
        return evolve(listed, extensions=tuple(map(self._ruled, listed.extensions)))

    def _ruled(self, extension: ListedExtension) -> ListedExtension:
        book, state = self._guard.book, self._log.state
        moment = Moment(book.ground, state.mode, self._log.world.clock.now())
        tools = []
        for tool in extension.tools:
            action = Action(tool.called, mcp=tool.server_tool)
            said = decide(book.held, action, moment).decision
            tools.append(evolve(tool, rule=said or ""))
        return evolve(extension, tools=tuple(tools))

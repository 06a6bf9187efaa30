"""Rules and trust, as a person looks through them and takes them back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from anyio import to_thread

from goose_agent.commands import ListRules, RemoveRule, SetTrust
from goose_agent.errors import ConfigError
from goose_agent.events import (
    FolderTrust,
    ListedRule,
    Notice,
    RulesChanged,
    RulesListed,
    SessionRule,
)
from goose_agent.evolve import evolve
from goose_agent.loop.rulings import held_for_session, notices_of
from goose_agent.permissions.guard import Guard
from goose_agent.permissions.rules.edit import remove_rule
from goose_agent.permissions.rules.rule import HeldRule
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import RuleUse

__all__ = ["RuleDesk"]

_REMOVABLE = ("user", "session")
_NAMED = 3
"""Files that are named, at most."""


class RuleDesk:
    """Answers what a face asks about rules, and does what it says.

    Args:
        log: the session's record.
        guard: the files that decide.
    """

    def __init__(self, log: SessionLog, guard: Guard) -> None:
        self._log = log
        self._guard = guard

    def open(self, trust: FolderTrust | None) -> None:
        """Note how the person stands to the folder; say so where something there does not count.

        Args:
            trust: as it is now; None where nobody looked.
        """
        before = self._log.state.trust
        if trust is None or (trust.status == "nothing" and before is None):
            return
        if trust != before:
            self._log.record(trust, "system")
        if trust.status == "untrusted":
            names = [file.name for file in trust.files if not file.known]
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            named = ", ".join(names[:_NAMED]) + more
            text = f"This folder is not trusted: what {named} would allow does not count."
            hint = "Look at it with /trust, or run goose-tui trust."
            self._log.record(Notice("warning", text, hint), "system")

    async def refresh(self) -> None:
        """Read again what has changed; says what is wrong with it."""
        for problem in notices_of(await to_thread.run_sync(self._guard.refresh)):
            self._log.record(problem, "system")

    async def handle(self, command: ListRules | RemoveRule | SetTrust) -> None:
        """Do what a face wants."""
        try:
            match command:
                case ListRules():
                    await self._list()
                case RemoveRule(rule_id):
                    await self._remove(rule_id)
                    await self._list()
                case SetTrust(answer):
                    await self._trust(answer)
        except ConfigError as error:
            self._log.record(Notice("error", error.message, error.hint), "system")

    async def _list(self) -> None:
        await self.refresh()
        self._log.record(RulesListed(tuple(self._all())), "system")

    def _all(self) -> Iterator[ListedRule]:
        book, state = self._guard.book, self._log.state
        kept = filter(None, (held_for_session(rule) for rule in state.rules))
        for held in (*kept, *book.held):
            # Those of files are counted over all sessions.
            uses = state.rule_uses if held.layer == "session" else book.used
            use = uses.get(held.rule_id, RuleUse())
            yield _listed(held, use)

    async def _remove(self, rule_id: str) -> None:
        kept = next((rule for rule in self._log.state.rules if _names(rule, rule_id)), None)
        if kept is not None:
            self._log.record(RulesChanged(removed=kept), "user")
            return
        path = self._guard.book.files.user
        held = next((held for held in self._guard.book.held if held.rule_id == rule_id), None)
        if held is None or not await to_thread.run_sync(remove_rule, path, rule_id):
            source = f" It stands in {held.source}." if held is not None and held.source else ""
            raise ConfigError("This rule cannot be taken back here." + source)
        removed = SessionRule(line=str(held.rule), scope="user", rule_id=rule_id)
        self._log.record(RulesChanged(removed=removed, source=str(path)), "user")

    async def _trust(self, answer: str) -> None:
        shown = self._log.state.trust
        if shown is None or shown.status == "nothing":
            return
        store, now = self._guard.trust, self._log.world.clock.now()
        if answer == "trusted":
            await to_thread.run_sync(partial(store.answer, shown, "trusted", now))
            files = tuple(evolve(file, known=bool(file.sha)) for file in shown.files)
            self._log.record(evolve(shown, status="trusted", files=files), "user")
        else:
            await to_thread.run_sync(partial(store.answer, shown, "never", now))
            self._log.record(evolve(shown, status="never"), "user")
        await to_thread.run_sync(self._guard.refresh)


def _names(rule: SessionRule, rule_id: str) -> bool:
    held = held_for_session(rule)
    return held is not None and held.rule_id == rule_id


def _listed(held: HeldRule, use: RuleUse) -> ListedRule:
    return ListedRule(
        held.rule_id,
        str(held.rule),
        held.rule.effect,
        held.layer,
        held.source,
        held.rule.why,
        held.active or held.rule.effect != "allow",
        use.hits,
        use.last,
        held.layer in _REMOVABLE,
    )

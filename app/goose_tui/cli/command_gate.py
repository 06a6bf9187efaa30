"""The word of a session's gate on shell commands, without a session."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from goose_agent.config.places import Places
from goose_agent.events import Mode, Reason
from goose_agent.permissions.actions import command_action
from goose_agent.permissions.gate import Verdict
from goose_agent.permissions.inspectors.egress import Egress
from goose_agent.permissions.inspectors.hidden import Hidden
from goose_agent.permissions.inspectors.inspector import Subject, inspect_now
from goose_agent.permissions.paths import Roots
from goose_agent.permissions.rules.deciding import Moment
from goose_agent.permissions.shell.classify import Surroundings, classify
from goose_agent.permissions.shell.judgement import Judgement
from goose_agent.permissions.shell.verdict import by_mode, staged
from goose_agent.permissions.weighing import hidden_by, with_inspection, with_rules
from goose_tui.cli.policy_rules import guard_of

__all__ = ["CommandGate", "GateWord"]


_INSPECTORS = (Hidden(), Egress())
"""Those that need no session to look at a command."""


class GateWord(Struct, frozen=True):
    """What it says of one command."""

    verdict: Verdict
    judgement: Judgement


class CommandGate:
    """The gate for a mode and a folder, by the rules and ignore files that hold there now.

    Args:
        mode: the permission mode.
        cwd: where commands would start, absolute.
        root: the workspace, absolute.
    """

    def __init__(self, mode: Mode, cwd: Path, root: Path) -> None:
        self._mode = mode
        self._cwd = str(cwd)
        self._guard = guard_of(Places.of(os.environ), root)
        self._surroundings = Surroundings(cwd, Roots((root,)), os.environ.get("PATH", os.defpath))
        book = self._guard.book
        used = {rule: use.hits for rule, use in book.used.items()}
        self._moment = Moment(book.ground, mode, datetime.now(UTC), used=used)

    def judge(self, command: str) -> GateWord:
        """What would become of a command; nothing runs.

        Args:
            command: as the shell would get it.
        """
        judgement = classify(command, self._surroundings)
        verdict = staged(by_mode(judgement, self._mode))
        if verdict.decision != "deny":
            verdict = self._weighed(verdict, command)
        return GateWord(verdict, judgement)

    def _weighed(self, verdict: Verdict, command: str) -> Verdict:
        guard = self._guard
        action = command_action("shell", command, self._cwd)
        if hidden := hidden_by(guard, action, self._cwd):
            return Verdict("deny", (Reason("ignore", hidden),))
        verdict, ruled = with_rules(verdict, guard.book.held, action, self._moment)
        subject = Subject("shell", "run", (command,), roots=guard.book.ground.roots)
        return with_inspection(verdict, ruled, inspect_now(_INSPECTORS, subject))

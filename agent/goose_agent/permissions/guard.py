"""The files that decide about a session's calls: rules, ignore files, trust."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from pathlib import Path

from goose_agent.permissions.ignore import Ignore
from goose_agent.permissions.paths import real_path
from goose_agent.permissions.rules.action import Part, Touch
from goose_agent.permissions.rules.book import MANAGED, RuleBook, RuleFiles
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.rule import HeldRule, Rule
from goose_agent.permissions.rules.uses import Uses
from goose_agent.permissions.trust import RULES, TrustStore

__all__ = ["Guard", "ground_of"]

_SEARCHING = frozenset({"read", "grep", "glob", "tree"})


class Guard:
    """All of them, as the files are at the last `refresh`. Blocks where it is made.

    Args:
        config: the person's folder of settings, with `rules.yaml` and `.gooseignore`.
        data: where this program keeps what it must not lose.
        roots: the folders the agent works in, the working folder first, absolute.
        home: the person's home folder.
        goose: Goose's own folder of settings, if there is one.
        allowed: rules of the command line of this run.
        managed: the rules of whoever owns the machine.
    """

    def __init__(
        self,
        config: Path,
        data: Path,
        roots: Sequence[Path],
        home: str,
        goose: Path | None = None,
        allowed: Sequence[Rule] = (),
        managed: Path = MANAGED,
    ) -> None:
        folder = roots[0]
        self.trust = TrustStore(data / "trust.json")
        files = RuleFiles(
            user=config / "rules.yaml",
            project=folder / RULES,
            managed=managed,
            goose=goose / "permission.yaml" if goose is not None else None,
        )
        self.book = RuleBook(
            files,
            ground_of(roots, home),
            allowed,
            lambda sha: self.trust.trusts(folder, RULES, sha),
            Uses(data / "rule_uses.json"),
        )
        self.ignore = Ignore(config / ".gooseignore", roots)
        self._hiding: tuple[HeldRule, ...] = ()

    def refresh(self) -> tuple[str, ...]:
        """Read again what has changed; tells the problems that are new. Blocks."""
        self.ignore.refresh()
        problems = self.book.refresh()
        self._hiding = tuple(held for held in self.book.held if _hides(held.rule))
        return problems

    def hides(self, path: str) -> bool:
        """Whether an absolute path is kept from the agent, by an ignore file or a rule."""
        if self.ignore.empty and not self._hiding:
            return False
        # The folders above are followed already: whoever walks did not come through a link.
        real = real_path(path) if Path(path).is_symlink() else path
        if self.ignore.hides(path) or (real != path and self.ignore.hides(real)):
            return True
        part = Part(touches=(Touch("read", real, path),))
        return any(held.rule.touches(part, self.book.ground) for held in self._hiding)


def ground_of(roots: Sequence[Path], home: str) -> Ground:
    """What the paths of rules are relative to."""
    return Ground(
        tuple(os.path.realpath(root) for root in roots), os.path.realpath(home) if home else ""
    )


def _hides(rule: Rule) -> bool:
    """Whether it denies reading, whatever else holds: then searching must not read it either."""
    if rule.effect != "deny" or not rule.path or rule.op == "write":
        return False
    if rule.argv is not None or rule.exact or rule.host or rule.mcp or rule.modes or rule.expires:
        return False
    return not rule.tools or bool(_SEARCHING.intersection(rule.tools))

"""One rule, and whether it speaks of an action."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from goose_agent.events import Decision, Mode
from goose_agent.permissions.hosts import canonical_host
from goose_agent.permissions.rules.action import Action, Op, Part, Touch
from goose_agent.permissions.rules.argv import ArgvPattern
from goose_agent.permissions.rules.path_pattern import Ground, path_matches
from goose_agent.permissions.rules.shown import rule_line

__all__ = ["HeldRule", "Layer", "Rule"]

Layer = Literal["managed", "user", "command line", "goose", "session", "project"]
"""Who set a rule: the machine's owner, the person, the command line of this run, Goose's own lists,
an answer in this session, the folder."""


class Rule(Struct, frozen=True):
    """What is said of some calls. Every condition that is set has to hold."""

    effect: Decision
    tools: tuple[str, ...] = ()
    """Names of tools; empty for any."""
    argv: ArgvPattern | None = None
    exact: str = ""
    """The whole command or path, letter by letter."""
    path: str = ""
    op: Op | None = None
    """Which use of the path is meant; None for any."""
    host: str = ""
    """A name; `*.name` for all below it."""
    mcp: str = ""
    """`server/tool`, each with `*`."""
    cwd: str = ""
    modes: tuple[Mode, ...] = ()
    expires: datetime | None = None
    uses: int | None = None
    """How many calls it may allow."""
    why: str = ""
    """What the person wrote about it."""
    match: tuple[str, ...] = ()
    """Commands or paths that it has to speak of."""
    not_match: tuple[str, ...] = ()

    def __str__(self) -> str:
        return rule_line(self)

    @property
    def rule_id(self) -> str:
        """Names the rule, wherever it stands; what explains it is no part of it."""
        return "r-" + hashlib.blake2s(str(self).encode(), digest_size=5).hexdigest()

    @property
    def wide(self) -> bool:
        """Whether it names tools and nothing that they do."""
        return self.argv is None and not (self.exact or self.path or self.host)

    def may_concern(self, programs: Collection[str], *, touches: bool) -> bool:
        """Whether it can speak of a call at all: a glance, before each part is compared.

        Args:
            programs: first words of its parts.
            touches: whether it names any path.
        """
        if self.path and not touches:
            return False
        if self.argv is None:
            return True
        return any(map(self.argv.slots[0].takes, programs))

    def holds(self, action: Action, mode: Mode, now: datetime, used: int) -> bool:
        """Whether it counts at all now, for this tool.

        Args:
            action: the call.
            mode: the permission mode.
            now: the wall clock, UTC.
            used: how many calls it has allowed.
        """
        if self.tools and action.tool not in self.tools:
            return False
        if self.modes and mode not in self.modes:
            return False
        if self.expires is not None and now >= self.expires:
            return False
        if self.uses is not None and self.effect == "allow" and used >= self.uses:
            return False
        if self.mcp and not _mcp_matches(self.mcp, action.mcp):
            return False
        return not self.exact or self.exact == action.text

    def touches(self, part: Part, ground: Ground) -> bool:
        """Whether it speaks of a part, for asking or denying: one path or host is enough."""
        return self._covers(part, ground, any, strictly=False)

    def may_touch(self, part: Part, ground: Ground) -> bool:
        """Whether it may speak of a part of which not all words are known, for asking."""
        if not part.unknown:
            return False
        if self.cwd and not path_matches(self.cwd, part.cwd, ground, strictly=False):
            return False
        if self.argv is not None and not self.argv.may_cover(part.words, part.unknown):
            return False
        # Any path or host may be among them; a rule of these alone would ask about everything.
        return self.argv is not None or bool(self.host and part.may_speak)

    def allows(self, part: Part, ground: Ground) -> bool:
        """Whether it lets a part run: every path and host has to be meant."""
        return self._covers(part, ground, _all_of_some, strictly=True)

    def _covers(
        self,
        part: Part,
        ground: Ground,
        enough: Callable[[Iterable[bool]], bool],
        *,
        strictly: bool,
    ) -> bool:
        if self.argv is not None and not self.argv.covers(part.words):
            return False
        if self.cwd and not path_matches(self.cwd, part.cwd, ground, strictly=strictly):
            return False
        if self.path and not enough(
            self._meant(touch, ground, strictly=strictly) for touch in part.touches
        ):
            return False
        if not self.host:
            return True
        hosts = part.hosts if strictly else (*part.hosts, *part.maybe_hosts)
        return enough(_host_matches(self.host, host) for host in hosts)

    def _meant(self, touch: Touch, ground: Ground, *, strictly: bool) -> bool:
        if self.op not in (None, touch.op):
            return False
        if path_matches(self.path, touch.real, ground, strictly=strictly):
            return True
        if strictly or touch.named in ("", touch.real):
            return False
        # A link's own name may be what a person thought of when they forbade it.
        return path_matches(self.path, touch.named, ground, strictly=False)


class HeldRule(Struct, frozen=True):
    """A rule and where it comes from."""

    rule: Rule
    layer: Layer
    source: str = ""
    """File and line, or what else it comes from."""
    active: bool = True
    """Whether it counts; what a folder allows does not before the person trusts the folder."""
    turn: int | None = None
    """The only turn in which it holds."""

    @property
    def rule_id(self) -> str:
        """Names the rule."""
        return self.rule.rule_id

    @property
    def use_key(self) -> str:
        """By what its uses are counted: a session counts its own rules alone."""
        return f"session {self.rule_id}" if self.layer == "session" else self.rule_id


def _all_of_some(values: Iterable[bool]) -> bool:
    found = list(values)
    return bool(found) and all(found)


def _host_matches(pattern: str, host: str) -> bool:
    host, pattern = canonical_host(host), pattern.casefold().rstrip(".")
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return pattern == "*" or canonical_host(pattern) == host


def _mcp_matches(pattern: str, name: str) -> bool:
    server, _, tool = name.partition("/")
    wanted_server, slash, wanted_tool = pattern.partition("/")
    if not name or not fnmatchcase(server, wanted_server):
        return False
    return not slash or fnmatchcase(tool, wanted_tool)

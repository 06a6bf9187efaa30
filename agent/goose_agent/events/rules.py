"""Rules and trust: what a person allowed, what a face may show of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability
from goose_agent.events.tools import Decision

__all__ = [
    "FolderFile",
    "FolderTrust",
    "ListedRule",
    "Proposal",
    "RuleScope",
    "RulesChanged",
    "RulesListed",
    "SessionRule",
    "TrustStatus",
]

RuleScope = Literal["once", "turn", "session", "project", "user"]
"""For one call, this turn, this session, everybody in this folder, all sessions of this person."""
TrustStatus = Literal["nothing", "untrusted", "trusted", "never"]
"""`nothing`: no file there would loosen or run anything."""


class SessionRule(Struct, frozen=True):
    """What a person said of some calls."""

    tool: str = ""
    argument: str = ""
    """The exact command or path it is limited to; empty for any."""
    line: str = ""
    """The whole rule in one line; empty where tool and argument say all."""
    scope: RuleScope = "session"
    turn: int = 0
    """The turn it was said in."""
    rule_id: str = ""

    def __str__(self) -> str:
        if self.line:
            return self.line
        return f"{self.tool} {self.argument}" if self.argument else self.tool


class RulesChanged(Struct, frozen=True):
    """A rule was added, or one was taken back."""

    type: ClassVar[str] = "rules.changed"
    durability: ClassVar[Durability] = "act"

    added: SessionRule | None = None
    removed: SessionRule | None = None
    source: str = ""
    """The file that was changed; empty where only this session knows of it."""


class Proposal(Struct, frozen=True):
    """A rule that would answer a question like this one from now on."""

    line: str
    words: str
    """How far it reaches, in a few words."""
    passed: tuple[str, ...] = ()
    """What it would have let run of this session's calls that were asked about, one line each."""


class ListedRule(Struct, frozen=True):
    """A rule as a person looks through them."""

    rule_id: str
    line: str
    effect: Decision
    layer: str
    """Who set it."""
    source: str = ""
    """File and line."""
    why: str = ""
    active: bool = True
    """Whether it counts."""
    hits: int = 0
    last: datetime | None = None
    """When it decided last."""
    removable: bool = False


class RulesListed(Struct, frozen=True):
    """The rules that a face asked for."""

    type: ClassVar[str] = "rules.listed"
    durability: ClassVar[Durability] = "transient"

    rules: tuple[ListedRule, ...]


class FolderFile(Struct, frozen=True):
    """A file of a folder that could loosen or run something."""

    name: str
    """From the folder on."""
    sha: str
    """sha256 of its content; empty where it cannot be read."""
    lines: tuple[str, ...]
    """What it would do, a line each."""
    known: bool = False
    """Whether this very content was trusted."""


class FolderTrust(Struct, frozen=True):
    """How a person stands to a folder's own files."""

    type: ClassVar[str] = "folder.trust"
    durability: ClassVar[Durability] = "act"

    folder: str
    """Absolute, without links."""
    status: TrustStatus
    files: tuple[FolderFile, ...] = ()

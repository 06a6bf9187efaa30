"""What is known of a shell command before it runs."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from goose_agent.permissions.shell.effects import Effect
from goose_agent.permissions.shell.script import Refusal, Span

__all__ = ["Concern", "Finding", "Judgement", "Part"]

Concern = Literal[
    "unproven",
    "unread",
    "outside",
    "beyond",
    "secret",
    "protected",
    "special",
    "catastrophe",
    "hidden",
]
"""What a finding is about.

`unproven`: it is not known to only read. `unread`: what it runs, writes or ends only shows as it
runs. `outside`: it reaches beyond the workspace. `beyond`: it writes or deletes there. `secret`: it
reads or overwrites what holds a key. `protected`: it changes what decides about what runs.
`special`: a device, a pipe, or what is no plain file name. `catastrophe`: it destroys what nobody
gets back. `hidden`: it has characters that a person cannot see.
"""


class Finding(Struct, frozen=True):
    """One thing to know before it runs."""

    concern: Concern
    text: str
    """A short sentence without a full stop."""
    span: Span
    """Which piece of the text it is about."""
    denied: bool = False
    """Whether nobody can mean it, so that asking is of no use."""


class Part(Struct, frozen=True):
    """One simple command of the text."""

    text: str
    """As it stands in the text."""
    span: Span
    argv: tuple[str, ...]
    """Its words; those that the shell makes up as it runs stand as they are written."""
    effects: tuple[Effect, ...]
    """What it is known to do."""
    findings: tuple[Finding, ...]
    """What speaks against running it unasked; empty where it only reads, within the workspace."""
    is_dynamic: bool = False
    """Whether the shell makes up some of its words as it runs."""

    @property
    def only_reads(self) -> bool:
        """Whether it is proven to only read, within the workspace."""
        return not self.findings


class Judgement(Struct, frozen=True):
    """All that is known of a text."""

    text: str
    parts: tuple[Part, ...]
    refusal: Refusal | None
    """Why the text as a whole proves nothing; None where every part speaks for itself."""
    findings: tuple[Finding, ...]
    """What speaks against running it unasked, of the whole text and of all parts."""

    @property
    def only_reads(self) -> bool:
        """Whether it is proven to only read, within the workspace."""
        return not self.findings and self.refusal is None

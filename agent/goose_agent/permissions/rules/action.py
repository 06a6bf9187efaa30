"""What a call amounts to, as rules see it: words, resolved paths, hosts, and never raw text alone."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["Action", "Op", "Part", "Touch"]

Op = Literal["read", "write"]
"""What is done to a path; deleting is writing."""


class Touch(Struct, frozen=True):
    """A path that would be read or written."""

    op: Op
    real: str
    """Absolute, every link followed."""
    named: str = ""
    """Absolute, as the call names it."""


class Part(Struct, frozen=True):
    """One thing that would happen: a command of a script, or the work of another tool."""

    words: tuple[str, ...] = ()
    """Of a command, the program first."""
    cwd: str = ""
    """Where a command runs, absolute, every link followed."""
    touches: tuple[Touch, ...] = ()
    hosts: tuple[str, ...] = ()
    """Names or addresses it would speak to."""
    maybe_hosts: tuple[str, ...] = ()
    """Further words that may be such names."""
    unknown: tuple[int, ...] = ()
    """Indices of the words that only the running shell knows; each may be any words, or none."""
    may_speak: bool = False
    """Whether a host may be among those."""


class Action(Struct, frozen=True):
    """A call before it runs."""

    tool: str
    text: str = ""
    """Its command or path, verbatim."""
    parts: tuple[Part, ...] = ()
    whole: bool = True
    """Whether the parts are certainly all that would happen; where not, nothing short of the exact
    text can be allowed."""
    within: tuple[Part, ...] = ()
    """What the parts may run in their turn: behind wrappers, in scripts. Only denying and asking
    heeds it."""
    mcp: str = ""
    """`server/tool` where a server of the Model Context Protocol brings it."""

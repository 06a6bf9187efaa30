"""What an inspector is, and how all of them look at one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import anyio
from anyio import to_thread
from msgspec import Struct

from goose_agent.events import Reason

__all__ = ["Finding", "Inspection", "Inspector", "Subject", "inspect_call", "inspect_now"]

SECONDS = 0.2
"""How long all inspectors together may look at a call."""


class Subject(Struct, frozen=True):
    """A call that is looked at."""

    tool: str
    effect: Literal["read", "edit", "net", "run", "session"]
    deciding: tuple[str, ...]
    """Its arguments that decide what happens: commands and paths, verbatim."""
    content: tuple[str, ...] = ()
    """Its other texts, such as what is written to a file."""
    roots: tuple[str, ...] = ()
    """The folders the agent works in, absolute, without links."""
    changed: str = ""
    """How the tool differs from the one that was allowed, in a few words; empty where it does not."""


class Finding(Struct, frozen=True):
    """What an inspector saw."""

    text: str
    asks: bool = True
    """Whether the person should decide; else it is a remark."""


class Inspector(Protocol):
    """Looks at one call, in a thread."""

    @property
    def name(self) -> str:
        """In a word or two."""

    def inspect(self, subject: Subject) -> Sequence[Finding]:
        """What it sees; nothing where all is well."""


class Inspection(Struct, frozen=True):
    """What all inspectors saw."""

    asks: bool
    reasons: tuple[Reason, ...]


async def inspect_call(
    inspectors: Sequence[Inspector], subject: Subject, seconds: float = SECONDS
) -> Inspection:
    """Let all inspectors look; one that fails or takes too long counts as a question.

    Args:
        inspectors: in the order in which their words are shown.
        subject: the call.
        seconds: how long they may take together.
    """
    found: list[tuple[str, Finding]] = []
    at = [""]
    with anyio.move_on_after(seconds) as scope:
        await to_thread.run_sync(
            _look, inspectors, subject, found.append, at, abandon_on_cancel=True
        )
    if scope.cancelled_caught:
        found.append((at[0], Finding("takes too long to say that all is well")))
    return _summed_up(found)


def inspect_now(inspectors: Sequence[Inspector], subject: Subject) -> Inspection:
    """The same for inspectors that need no time. Blocks.

    Args:
        inspectors: in the order in which their words are shown.
        subject: the call.
    """
    found: list[tuple[str, Finding]] = []
    _look(inspectors, subject, found.append, [""])
    return _summed_up(found)


def _summed_up(found: Sequence[tuple[str, Finding]]) -> Inspection:
    return Inspection(
        any(finding.asks for _, finding in found),
        tuple(Reason("inspector", f"{name}: {finding.text}") for name, finding in found),
    )


def _look(
    inspectors: Sequence[Inspector],
    subject: Subject,
    add: Callable[[tuple[str, Finding]], None],
    at: list[str],
) -> None:
    for inspector in inspectors:
        at[0] = inspector.name
        try:
            for finding in inspector.inspect(subject):
                add((inspector.name, finding))
        except Exception as error:  # whatever goes wrong in there, the person decides
            add((inspector.name, Finding(f"failed ({type(error).__name__}), so that you decide")))

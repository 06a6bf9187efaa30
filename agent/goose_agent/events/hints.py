"""Hint files: what people write down for the agent, as it was read."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = ["HintChange", "HintScope", "HintsListed", "HintsRead", "ListedHint"]

HintScope = Literal["global", "project", "nested"]
"""`global`: the person's own, for all projects. `project`: of a folder on the way from the top of
the repository to the working folder. `nested`: of a folder that a call has touched."""
HintChange = Literal["new", "changed", "gone"]


class HintsRead(Struct, frozen=True):
    """A hint file was read, for the first time or because it is another now."""

    type: ClassVar[str] = "hints.read"
    durability: ClassVar[Durability] = "shown"

    path: str
    """Absolute."""
    name: str
    """Its path as people and the model read it."""
    scope: HintScope
    text: str
    """What the model reads of it and of what it imports; empty for nothing."""
    size: int
    """Bytes of the file itself."""
    imports: tuple[str, ...] = ()
    """The files that it brought in, as they are shown."""
    problems: tuple[str, ...] = ()
    """What of it was not taken as it is, a sentence each."""
    change: HintChange = "new"
    opens: bool = False
    """Whether it stands with the system prompt; otherwise in the conversation, where it was read."""


class ListedHint(Struct, frozen=True):
    """A hint file of a session."""

    path: str
    """Absolute."""
    name: str
    scope: HintScope
    size: int
    """Bytes of what the model reads of it."""
    on: bool
    """Whether the model is to read it."""
    imports: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class HintsListed(Struct, frozen=True):
    """The hint files that a face asked for."""

    type: ClassVar[str] = "hints.listed"
    durability: ClassVar[Durability] = "transient"

    hints: tuple[ListedHint, ...]
